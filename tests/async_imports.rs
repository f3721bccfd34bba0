//! Components whose toolchains can't import async functions: their plain imports are made async.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::components::{loaded_text, module_of};
use testkit::root;
use testkit::tree::copy;
use witgen::component::{AsyncImports, encode, fits, with_async_imports};
use witgen::source::{Features, Package, Source, load};

fn package() -> Package {
    load(&Source::Embedded, &Features::default()).unwrap()
}

fn fitting(component: &[u8]) -> Vec<String> {
    let fits = fits(&package(), component).into_iter();
    fits.filter(|fit| fit.result.is_ok()).map(|fit| fit.world).collect()
}

/// The built-in package with plain functions instead of the async ones of these files.
fn plain_package(dir: &Path, files: &[&str]) -> Package {
    fs::create_dir(dir).unwrap();
    copy(&root().join("wit"), dir);
    for file in files {
        let text = fs::read_to_string(dir.join(file)).unwrap();
        assert!(text.contains("async func"), "{file}");
        fs::write(dir.join(file), text.replace("async func", "func")).unwrap();
    }
    let source = Source::Directory(dir.to_owned());
    load(&source, &Features::default()).unwrap()
}

#[test]
fn plain_imports_of_a_finished_component_are_made_async() {
    let dir = tempfile::tempdir().unwrap();
    let plain = plain_package(&dir.path().join("wit"), &["origin.wit", "client.wit"]);
    let world = plain.select_world(Some("proxy")).unwrap();
    let component = encode(&module_of(&plain, world), &[]).unwrap();
    assert_eq!(fitting(&component), [""; 0]);
    fs::write(dir.path().join("plain.wasm"), &component).unwrap();
    let here = dir.path().join("here");
    fs::create_dir(&here).unwrap();
    let (status, stderr) = witgen(&here, &["component", "../plain.wasm", "--world", "proxy"]);
    assert_eq!(status, 1, "{stderr}");
    assert!(
        stderr.contains("`witgen component ../plain.wasm -o FILE` makes it async"),
        "{stderr}"
    );
    let args = [
        "component",
        "../plain.wasm",
        "-o",
        "proxy.wasm",
        "--world",
        "proxy",
    ];
    let (status, stderr) = witgen(&here, &args);
    assert_eq!(status, 0, "{stderr}");
    assert!(
        stderr.contains("made async: wasi:http/origin@0.3.1002.handle"),
        "{stderr}"
    );
    assert!(
        stderr.contains("made async: wasi:http/client@0.3.1002.send"),
        "{stderr}"
    );
    let made = fs::read(here.join("proxy.wasm")).unwrap();
    assert_eq!(fitting(&made), ["wasi:http/proxy@0.3.1002"]);
    // The result needs no change.
    let again = with_async_imports(package().resolve(), &made).unwrap();
    assert_eq!(again, None);
    let (status, stderr) = witgen(&here, &["component", "proxy.wasm", "-o", "again.wasm"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(!stderr.contains("made async"), "{stderr}");
    assert!(fs::read(here.join("again.wasm")).unwrap() == made);
    // The command may be repeated, because the result is witgen's.
    let (status, stderr) = witgen(&here, &args);
    assert_eq!(status, 0, "{stderr}");
}

#[test]
fn inner_components_import_an_async_function_under_the_same_name_only() {
    let text = r#"(component
        (type (instance (type (func)) (export "f" (func (type 0)))))
        (import "a:b/c" (instance $c (type 0)))
        (component $inner
            (type (instance (type (func)) (export "f" (func (type 0)))))
            (import "NAME" (instance (type 0))))
        (instance (instantiate $inner (with "NAME" (instance $c))))
    )"#;
    let package = loaded_text("package a:b; interface c { f: async func(); }");
    let with_name = |name: &str| {
        let component = wat::parse_str(text.replace("NAME", name)).unwrap();
        with_async_imports(package.resolve(), &component)
    };
    let made = with_name("a:b/c").unwrap().unwrap();
    assert_eq!(made.functions, ["a:b/c.f"]);
    let failure = with_name("other").unwrap_err();
    assert_eq!(failure.code(), "misfit");
    assert!(
        failure.to_string().contains("the imports `a:b/c.f` can't be made asynchronous"),
        "{failure}"
    );
}

/// Makes the imports of a component in text async where this package has async functions.
fn made(text: &str) -> Option<AsyncImports> {
    let wit = "package a:b; interface c { f: async func(); h: async func(); g: func(); } interface d { f: func(); }";
    let component = wat::parse_str(text).unwrap();
    with_async_imports(loaded_text(wit).resolve(), &component).unwrap()
}

/// In each of these, the type of `f` is also that of something plain.
#[test]
fn a_type_that_something_plain_shares_stays_plain() {
    for text in [
        // A function of the same interface, by the same index or an equal one.
        r#"(component
            (type (instance (type (func)) (export "f" (func (type 0))) (export "g" (func (type 0)))))
            (import "a:b/c" (instance (type 0))))"#,
        r#"(component
            (type (instance
                (type (func))
                (export "t" (type (eq 0)))
                (export "f" (func (type 0)))
                (export "g" (func (type 1)))))
            (import "a:b/c" (instance (type 0))))"#,
        // A function of another interface.
        r#"(component
            (type (instance (type (func)) (export "f" (func (type 0)))))
            (import "a:b/c" (instance (type 0)))
            (import "a:b/d" (instance (type 0))))"#,
        // A type within the instance type, and one within a component.
        r#"(component
            (type (instance
                (type (func))
                (type (instance (alias outer 1 0 (type)) (export "h" (func (type 0)))))
                (export "sub" (instance (type 1)))
                (export "f" (func (type 0)))))
            (import "a:b/c" (instance (type 0))))"#,
        r#"(component
            (type (instance (type (func)) (export "f" (func (type 0)))))
            (import "a:b/c" (instance (type 0)))
            (component (alias outer 1 0 (type)) (import "x" (instance (type 0)))))"#,
        // An export.
        r#"(component
            (type (instance (type (func)) (export "f" (func (type 0)))))
            (import "a:b/c" (instance $c (type 0)))
            (export "x" (instance $c) (instance (type 0))))"#,
    ] {
        assert_eq!(made(text), None, "{text}");
    }
}

#[test]
fn async_functions_may_have_one_type() {
    let text = r#"(component
        (type (instance (type (func)) (export "f" (func (type 0))) (export "h" (func (type 0)))))
        (import "a:b/c" (instance (type 0))))"#;
    assert_eq!(made(text).unwrap().functions, ["a:b/c.f", "a:b/c.h"]);
}

#[test]
fn an_inner_component_alone_is_not_changed() {
    let text = r#"(component
        (type (instance (type (func async)) (export "f" (func (type 0)))))
        (import "a:b/c" (instance (type 0)))
        (component
            (type (instance (type (func)) (export "f" (func (type 0)))))
            (import "a:b/c" (instance (type 0)))))"#;
    assert_eq!(made(text), None);
}

#[test]
fn an_invalid_component_is_reported_as_such() {
    let text = r#"(component
        (type (instance (type (func)) (export "f" (func (type 0)))))
        (import "a:b/c" (instance (type 0)))
        (import "x" (func (type 77))))"#;
    let component = wat::parse_str(text).unwrap();
    let package = loaded_text("package a:b; interface c { f: async func(); }");
    let failure = with_async_imports(package.resolve(), &component).unwrap_err();
    assert_eq!(failure.code(), "damaged-wasm");
}
