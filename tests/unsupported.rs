//! Valid WIT that wit-bindgen or wasmtime cannot turn into Rust is rejected with an explanation.
//!
//! A folder of `unsupported/`, and of `unsupported_by_wasmtime/`, is a case: `case.wit`, and in
//! `error.txt` what the user reads. It has the name of the file of
//! `generator/emit/rust_guest/unsupported/`, or `rust_host/unsupported/`, that finds it, with a
//! suffix if there are several. `WITGEN_BLESS=1` rewrites `error.txt`.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use testkit::suite::{Case, Cases, Suite};
use testkit::{root, tests};
use wit_parser::WorldId;
use witgen::diagnostic::Result;
use witgen::emit::{rust_guest, rust_host};
use witgen::fileset::FileSet;
use witgen::source::{Features, Package, Source, load};

/// One of the two generators of Rust.
struct Generator {
    cases: Cases,
    reasons: &'static str,
    rule: &'static str,
    render: fn(Package, WorldId) -> Result<FileSet>,
}

const fn cases(folder: &'static str) -> Cases {
    Cases {
        folder,
        inputs: &["case.wit"],
        golden: "error.txt",
    }
}

const GUEST: Generator = Generator {
    cases: cases("tests/unsupported"),
    reasons: "generator/emit/rust_guest/unsupported",
    rule: "unsupported-by-wit-bindgen",
    render: |package, world| rust_guest::render(package, world, &rust_guest::Options::default()),
};

const HOST: Generator = Generator {
    cases: cases("tests/unsupported_by_wasmtime"),
    reasons: "generator/emit/rust_host/unsupported",
    rule: "unsupported-by-wasmtime",
    render: |package, world| rust_host::render(package, world, &rust_host::Options::default()),
};

fn main() {
    Suite::new(file!())
        .cases(GUEST.cases, |case| explanation(&GUEST, case))
        .cases(HOST.cases, |case| explanation(&HOST, case))
        .tests(&tests![
            no_reason_is_without_a_case,
            every_reason_is_looked_for,
        ])
        .run();
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// Returns the names of the files that each find one reason.
fn reasons(generator: &Generator) -> Vec<String> {
    let files = fs::read_dir(root().join(generator.reasons)).unwrap();
    files
        .map(|file| stem(&file.unwrap().path()))
        .filter(|reason| reason != "mod")
        .collect()
}

/// Generates the world of a case, which must fail; returns what the user reads.
fn explanation(generator: &Generator, case: &Case) -> String {
    let source = Source::File(case.folder.join("case.wit"));
    let package = load(&source, &Features::default())
        .unwrap_or_else(|error| panic!("this is not valid WIT:\n{error}"));
    let world = package.select_world(None).unwrap();
    let error = (generator.render)(package, world).expect_err("this is supported");
    assert_eq!(error.code(), generator.rule);
    format!("{error}\n").replace(case.folder.to_str().unwrap(), "")
}

fn no_reason_is_without_a_case() {
    for generator in [GUEST, HOST] {
        let cases: Vec<_> = generator.cases.list().iter().map(|case| stem(case)).collect();
        for reason in reasons(&generator) {
            assert!(
                cases.iter().any(|case| case.starts_with(&reason)),
                "no folder of {} begins with `{reason}`",
                generator.cases.folder
            );
        }
    }
}

fn every_reason_is_looked_for() {
    for generator in [GUEST, HOST] {
        let list = fs::read_to_string(root().join(generator.reasons).join("mod.rs")).unwrap();
        for reason in reasons(&generator) {
            assert!(
                list.contains(&format!("    {reason}::find,\n")),
                "{} doesn't list `{reason}`",
                generator.reasons
            );
        }
    }
}
