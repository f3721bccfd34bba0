//! Holds wasi:http to the golden files beside this one. Made by `witgen golden`; a change of the
//! package that is meant shows when it is run again.
//!
//! Its crate has `witgen` and `pretty_assertions` among its `[dev-dependencies]`.

use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;
use witgen::diagnostic::Failure;
use witgen::emit::golden::{Options, render};
use witgen::fileset::FileSet;
use witgen::project;
use witgen::relation::{self, Relation};
use witgen::source::{Features, Package, Source, load};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn golden() -> PathBuf {
    root().join("tests/golden")
}

fn package() -> Result<Package, Failure> {
    let features = Features::default();
    load(&Source::at(&root().join("wit"))?, &features)
}

fn relations() -> Result<Vec<Relation>, Failure> {
    let config = witgen::config::Config::find(root())?;
    Ok(config.map_or_else(Vec::new, |(_, config)| project::relations(&config)))
}

#[test]
fn what_is_related_is_as_the_relations_say() -> Result<(), Failure> {
    let findings: Vec<String> = relation::check(&package()?, &relations()?)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    Ok(())
}

fn rendered() -> Result<FileSet, Failure> {
    let options = Options {
        relations: relations()?,
        ..Options::default()
    };
    Ok(render(&package()?, &options))
}

/// Compares a golden file with what the package says now.
fn same(path: &str) -> Result<(), Failure> {
    let rendered = rendered()?;
    let golden = fs::read_to_string(golden().join(path))
        .unwrap_or_else(|error| panic!("cannot read the golden file `{path}`: {error}"))
        .replace("\r\n", "\n");
    let expected = rendered.get(path).unwrap_or_default();
    assert_eq!(golden, expected);
    Ok(())
}
/// Makes a test of each file.
macro_rules! tests {
    ($($test:ident: $path:literal,)*) => {
        const COMPARED: &[&str] = &[$($path),*];

        $(
            #[test]
            fn $test() -> Result<(), Failure> {
                same($path)
            }
        )*
    };
}

tests! {
    differences: "differences.txt",
    fingerprints: "fingerprints.txt",
    the_core_functions_of_imports: "worlds/imports.abi.txt",
    the_normal_form_of_imports: "worlds/imports.wit",
    the_core_functions_of_middleware: "worlds/middleware.abi.txt",
    the_normal_form_of_middleware: "worlds/middleware.wit",
    the_core_functions_of_proxy: "worlds/proxy.abi.txt",
    the_normal_form_of_proxy: "worlds/proxy.wit",
    the_core_functions_of_service: "worlds/service.abi.txt",
    the_normal_form_of_service: "worlds/service.wit",
}

#[test]
fn every_golden_file_is_compared() -> Result<(), Failure> {
    let files = rendered()?;
    let paths: Vec<&str> = files.iter().map(|(path, _)| path).collect();
    assert_eq!(COMPARED, paths);
    Ok(())
}
