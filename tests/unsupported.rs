//! Valid WIT that wit-bindgen or wasmtime cannot turn into Rust is refused with an explanation.
//!
//! A folder of `unsupported/`, and of `unsupported_by_wasmtime/`, is a case: `case.wit`, and in
//! `error.txt` what the user reads. It is called after the file of
//! `generator/emit/rust_guest/unsupported/`, or `rust_host/unsupported/`, that finds it, with a
//! suffix where there are several. `WITGEN_BLESS=1` rewrites `error.txt`.

use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;
use wit_parser::WorldId;
use witgen::diagnostic::Result;
use witgen::emit::{rust_guest, rust_host};
use witgen::fileset::FileSet;
use witgen::source::{Features, Package, Source, load};

/// One of the two generators of Rust.
struct Generator {
    cases: &'static str,
    reasons: &'static str,
    rule: &'static str,
    render: fn(Package, WorldId) -> Result<FileSet>,
}

const GENERATORS: [Generator; 2] = [
    Generator {
        cases: "tests/unsupported",
        reasons: "generator/emit/rust_guest/unsupported",
        rule: "unsupported-by-wit-bindgen",
        render: |package, world| {
            rust_guest::render(package, world, &rust_guest::Options::default())
        },
    },
    Generator {
        cases: "tests/unsupported_by_wasmtime",
        reasons: "generator/emit/rust_host/unsupported",
        rule: "unsupported-by-wasmtime",
        render: |package, world| rust_host::render(package, world, &rust_host::Options::default()),
    },
];

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn names(dir: &str) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(here(dir))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn each_case_is_refused_and_explained() {
    let bless = std::env::var_os("WITGEN_BLESS").is_some();
    assert!(
        !bless || std::env::var_os("CI").is_none(),
        "CI never blesses"
    );
    for generator in GENERATORS {
        for name in names(generator.cases) {
            let folder = here(generator.cases).join(&name);
            let package = load(&Source::File(folder.join("case.wit")), &Features::default())
                .unwrap_or_else(|error| panic!("{name} is not valid WIT:\n{error}"));
            let world = package.select_world(None).unwrap();
            let error = (generator.render)(package, world).expect_err(&name);
            assert_eq!(error.rule, generator.rule, "{name}");
            let shown = format!("{error}\n").replace(folder.to_str().unwrap(), "");
            let expected = folder.join("error.txt");
            if bless {
                fs::write(&expected, &shown).unwrap();
            }
            assert_eq!(shown, fs::read_to_string(&expected).unwrap(), "{name}");
        }
    }
}

#[test]
fn no_reason_is_without_a_case() {
    for generator in GENERATORS {
        let cases = names(generator.cases);
        let mut reasons = names(generator.reasons);
        reasons.retain(|reason| reason != "mod");
        for reason in reasons {
            assert!(
                cases.iter().any(|case| case.starts_with(&reason)),
                "no folder of {} begins with `{reason}`",
                generator.cases
            );
        }
    }
}

#[test]
fn every_reason_is_looked_for() {
    for generator in GENERATORS {
        let list = fs::read_to_string(here(generator.reasons).join("mod.rs")).unwrap();
        for reason in names(generator.reasons) {
            assert!(
                reason == "mod" || list.contains(&format!("    {reason}::find,\n")),
                "{} doesn't list `{reason}`",
                generator.reasons
            );
        }
    }
}
