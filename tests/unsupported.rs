//! Valid WIT that wit-bindgen cannot turn into Rust is refused with an explanation.
//!
//! A folder of `unsupported/` is a case: `case.wit`, and in `error.txt` what the user reads. It is
//! called after the file of `generator/emit/rust_guest/unsupported/` that finds it, with a suffix
//! where there are several. `WITGEN_BLESS=1` rewrites `error.txt`.

use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;
use witgen::emit::rust_guest;
use witgen::source::{Features, Source, load};

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
    for name in names("tests/unsupported") {
        let folder = here("tests/unsupported").join(&name);
        let package = load(&Source::File(folder.join("case.wit")), &Features::default())
            .unwrap_or_else(|error| panic!("{name} is not valid WIT:\n{error}"));
        let world = package.select_world(None).unwrap();
        let error = rust_guest::render(package, world, &rust_guest::Options::default())
            .expect_err("refused");
        assert_eq!(error.rule, "unsupported-by-wit-bindgen", "{name}");
        let shown = format!("{error}\n").replace(folder.to_str().unwrap(), "");
        let expected = folder.join("error.txt");
        if bless {
            fs::write(&expected, &shown).unwrap();
        }
        assert_eq!(shown, fs::read_to_string(&expected).unwrap(), "{name}");
    }
}

#[test]
fn no_reason_is_without_a_case() {
    let cases = names("tests/unsupported");
    let mut reasons = names("generator/emit/rust_guest/unsupported");
    reasons.retain(|reason| reason != "mod");
    for reason in reasons {
        assert!(
            cases.iter().any(|case| case.starts_with(&reason)),
            "no folder of tests/unsupported begins with `{reason}`"
        );
    }
}
