//! The layout of `witgen fmt`: each folder of `format/` has a file and what it becomes.

use testkit::suite::{Case, Cases, Suite};
use witgen::format::{Options, format};

const CASES: Cases = Cases {
    folder: "tests/format",
    inputs: &["input.wit"],
    golden: "formatted.wit",
};

fn main() {
    Suite::new(file!()).cases(CASES, formatted).run();
}

fn formatted(case: &Case) -> String {
    let text = case.read("input.wit");
    format("input.wit", &text, &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}
