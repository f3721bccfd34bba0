//! `witgen compose`: which members it rejects, and with which message.
//!
//! A folder of `compose/` is a case: components, which are made of `*.wit`, and in `args` the command line.
//! `stderr.txt` is all that the user reads. `WITGEN_BLESS=1` rewrites it.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::components::{component, loaded};
use testkit::suite::{Case, Cases, Suite};

const CASES: Cases = Cases {
    folder: "tests/compose",
    inputs: &["args", "*.wit", "*.wat"],
    golden: "stderr.txt",
};

fn main() {
    Suite::new(file!()).cases(CASES, rejection).run();
}

/// Returns the file that a file of a case is made into: a component for `a.wit`, an encoded package for
/// `a.package.wit`, and a copy of anything else that is an input of `witgen compose`.
fn member(path: &Path) -> Option<(String, Vec<u8>)> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let package = || loaded(path);
    if let Some(stem) = name.strip_suffix(".package.wit") {
        let package = package();
        let bytes = wit_component::encode(package.resolve(), package.id(), false).unwrap();
        return Some((format!("{stem}.wasm"), bytes));
    }
    if let Some(stem) = name.strip_suffix(".wit") {
        return Some((format!("{stem}.wasm"), component(&package())));
    }
    let is_member = !matches!(name, "args" | "stderr.txt");
    is_member.then(|| (name.to_owned(), fs::read(path).unwrap()))
}

/// Composes the members of a case, which must fail without writing; returns what the user reads.
fn rejection(case: &Case) -> String {
    let dir = tempfile::tempdir().unwrap();
    let entries = fs::read_dir(&case.folder).unwrap();
    for (name, bytes) in entries.filter_map(|entry| member(&entry.unwrap().path())) {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    let written = case.read("args");
    let mut args: Vec<_> = written.split_whitespace().collect();
    if !args.contains(&"-o") {
        args.extend(["-o", "out.wasm"]);
    }
    let count_files = || fs::read_dir(dir.path()).unwrap().count();
    let before = count_files();
    let (status, stderr) = witgen(dir.path(), &[&["compose"], args.as_slice()].concat());
    assert_eq!(status, 2, "{stderr}");
    assert_eq!(count_files(), before, "it writes");
    stderr
}
