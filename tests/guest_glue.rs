//! Guest glue contains its runtime, or uses one elsewhere.

use pretty_assertions::assert_eq;
use testkit::golden::assert_golden;
use testkit::root;
use witgen::emit::runtime::Runtime;
use witgen::emit::rust_guest::{Options, render};
use witgen::fileset::FileSet;
use witgen::source::{Features, Package, Source, load};

fn glue(package: &Package, world: &str, runtime: Runtime) -> FileSet {
    let world = package.select_world(Some(world)).unwrap();
    let options = Options {
        runtime,
        ..Options::default()
    };
    render(package.clone(), world, &options).unwrap()
}

fn embedded() -> Package {
    load(&Source::Embedded, &Features::default()).unwrap()
}

/// The crate `witgen-runtime` compiles what the generator makes of the embedded package.
/// `WITGEN_BLESS=1` rewrites it.
#[test]
fn the_bindings_of_the_crate_are_up_to_date() {
    let glue = glue(&embedded(), "proxy", Runtime::Emit);
    for file in ["guest/bindings.rs", "guest/wasi.rs"] {
        let made = glue.get(&format!("runtime/{file}")).unwrap();
        assert_golden(&root().join("runtime").join(file), made);
    }
}

#[test]
fn worlds_of_one_package_have_the_same_runtime() {
    let runtime = |world| {
        let glue = glue(&embedded(), world, Runtime::Emit);
        let files = glue
            .iter()
            .filter(|(path, _)| path.starts_with("runtime/"))
            .map(|(path, contents)| (path.to_owned(), contents.to_owned()));
        files.collect::<Vec<_>>()
    };
    assert_eq!(runtime("proxy"), runtime("service"));
    assert_eq!(runtime("proxy"), runtime("middleware"));
}

#[test]
fn a_world_with_a_runtime_elsewhere_has_only_files_of_its_own() {
    let runtime = Runtime::At("crate::service::runtime".into());
    let glue = glue(&embedded(), "proxy", runtime);
    let files: Vec<_> = glue.iter().map(|(path, _)| path).collect();
    let expected = [
        "bindings.rs",
        "client.rs",
        "handler_export.rs",
        "mod.rs",
        "origin.rs",
        "testing.rs",
    ];
    assert_eq!(files, expected);
    let front = glue.get("mod.rs").unwrap();
    assert!(
        front.contains("\npub use crate::service::runtime;\n"),
        "{front}"
    );
}

/// wit-bindgen puts the version into the names of modules if a package comes in several.
#[test]
fn the_runtime_finds_its_bindings_among_several_versions() {
    let text = "
        package acme:app@1.0.0;
        world app { import wasi:http/types@0.3.3; }
        world old { import wasi:http/types@0.3.2; }
        package wasi:http@0.3.3 { interface types { resource request; } }
        package wasi:http@0.3.2 { interface types { resource request; } }
    ";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.wit");
    std::fs::write(&path, text).unwrap();
    let package = load(&Source::File(path), &Features::default()).unwrap();
    let glue = glue(&package, "app", Runtime::Emit);
    let module = "wasi::http0_3_3::types";
    let reexports = glue.get("runtime/guest/wasi.rs").unwrap();
    assert!(
        reexports.contains(&format!("pub use super::bindings::{module}::*;")),
        "{reexports}"
    );
    let bindings = glue.get("bindings.rs").unwrap();
    assert!(
        bindings.contains(&format!("use super::runtime::bindings::{module} as ")),
        "{bindings}"
    );
}
