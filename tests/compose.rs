//! `witgen compose`: what it refuses, and in what words.

use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;
#[path = "support/command.rs"]
mod command;

#[path = "support/components.rs"]
mod components;

use command::witgen;
use components::{component, loaded};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose")
}

/// What a file of a case stands for, and its name: a component for `a.wit`, an encoded package for
/// `a.package.wit`, itself for anything else that isn't about the case.
fn input(path: &Path) -> Option<(String, Vec<u8>)> {
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
    let is_input = !matches!(name, "args" | "stderr.txt");
    is_input.then(|| (name.to_owned(), fs::read(path).unwrap()))
}

#[test]
fn what_cannot_be_linked_is_refused_with_its_reason_and_nothing_is_written() {
    let mut seen = 0;
    let mut cases: Vec<_> = fs::read_dir(cases())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    for case in cases {
        let dir = tempfile::tempdir().unwrap();
        let entries = fs::read_dir(&case).unwrap();
        for (name, bytes) in entries.filter_map(|entry| input(&entry.unwrap().path())) {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        let args = fs::read_to_string(case.join("args")).unwrap();
        let mut args: Vec<_> = args.split_whitespace().collect();
        if !args.contains(&"-o") {
            args.extend(["-o", "out.wasm"]);
        }
        let files = || fs::read_dir(dir.path()).unwrap().count();
        let before = files();
        let (status, stderr) = witgen(dir.path(), &[&["compose"], args.as_slice()].concat());
        let expected = case.join("stderr.txt");
        if std::env::var_os("WITGEN_BLESS").is_some() {
            fs::write(&expected, &stderr).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(stderr, expected, "{}", case.display());
        assert_eq!(status, 2, "{}: {stderr}", case.display());
        assert_eq!(files(), before, "{}", case.display());
        seen += 1;
    }
    assert!(seen > 20, "only {seen}");
}
