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

/// The crate `witgen-runtime` compiles what the generator makes of the built-in package.
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
        "mod.rs",
        "native.rs",
        "origin.rs",
        "testing.rs",
        "time.rs",
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
        world app { import wasi:http/types@0.3.1002; }
        world old { import wasi:http/types@0.3.2; }
        package wasi:http@0.3.1002 { interface types { resource request; } }
        package wasi:http@0.3.2 { interface types { resource request; } }
    ";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.wit");
    std::fs::write(&path, text).unwrap();
    let package = load(&Source::File(path), &Features::default()).unwrap();
    let glue = glue(&package, "app", Runtime::Emit);
    let module = format!("wasi::http{}::types", "0.3.1002".replace('.', "_"));
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

/// rustfmt breaks calls whose arguments are wider than 60 columns.
#[test]
fn peers_with_long_labels_are_laid_out_as_rustfmt_does() {
    let label = |length: usize| "a".repeat(length);
    // The arguments are two texts, and for a client a boolean.
    for (interface, longest) in [("client", 10), ("handler", 13)] {
        for length in [longest, longest + 1] {
            let label = label(length);
            let text = format!(
                "package test:labels; world labels {{
                 include wasi:http/service@0.3.1002; import {label}: wasi:http/{interface}@0.3.1002; }}"
            );
            let package = testkit::components::loaded_text(&text);
            let glue = glue(&package, "labels", Runtime::Emit);
            let module = glue.get(&format!("{label}.rs")).unwrap();
            let start = module.find("pub(super) const PEER").unwrap();
            let first = module[start..].lines().next().unwrap();
            assert_eq!(first.ends_with('('), length > longest, "{first}");
        }
    }
}

fn bindings(text: &str, world: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("names.wit");
    std::fs::write(&path, text).unwrap();
    let package = load(&Source::File(path), &Features::All).unwrap();
    let glue = glue(&package, world, Runtime::Emit);
    glue.get("bindings.rs").unwrap().to_owned()
}

#[test]
fn items_whose_names_generated_code_uses_get_others_and_are_linked_by_their_own() {
    let bindings = bindings(
        "package a:b;
        interface i {
          resource %option { handle: func(vec0: string) -> string; }
          variant answer { self, other }
          ask: func() -> answer;
        }
        world w { import i; export i; }",
        "w",
    );
    for written in [
        "pub struct OptionType{",
        "pub fn handle_(&self,vec0_param: &str,)",
        "#[link_name = \"[method]option.handle\"]",
        "#[link_name = \"[resource-drop]option\"]",
        "pub trait GuestOptionType:",
        "a:b/i#[method]option.handle",
        "Self_,",
    ] {
        assert!(bindings.contains(written), "no `{written}` in\n{bindings}");
    }
    assert!(!bindings.contains("WitgenN"), "{bindings}");
}

#[test]
fn names_in_upper_case_that_are_keywords_are_escaped() {
    let bindings = bindings(
        "package a:b;
        interface i { record r { GEN: u32 } TYPE: func(r: r); }
        world w { import i; }",
        "w",
    );
    for written in ["pub gen_: ", "pub fn type_(", "#[link_name = \"TYPE\"]"] {
        assert!(bindings.contains(written), "no `{written}` in\n{bindings}");
    }
}

#[test]
fn text_that_looks_like_a_placeholder_stays_as_it_is() {
    let bindings = bindings(
        "package a:b;
        interface i {
          /// Not witgen-n0z, nor WitgenN0z.
          record %option { a: u32 }
          resource r;
          f-witgen-n0z: func(o: %option) -> result<r>;
        }
        world w { export i; }",
        "w",
    );
    for written in [
        "Not witgen-n0z, nor WitgenN0z.",
        "a:b/i#f-witgen-n0z",
        "OptionType",
    ] {
        assert!(bindings.contains(written), "no `{written}` in\n{bindings}");
    }
}

/// What wit-bindgen makes of a record is taken apart into variables that are called after its fields.
#[test]
fn fields_keep_their_names_and_not_their_variables() {
    let bindings = bindings(
        "package a:b;
        interface i { record r { vec1: string, %gen: u32 } f: func(r: r); }
        world w { import i; }",
        "w",
    );
    for written in ["pub vec1: ", "pub gen_: ", ".field(\"vec1\", &self.vec1)"] {
        assert!(bindings.contains(written), "no `{written}` in\n{bindings}");
    }
    assert!(bindings.contains("{ vec1:witgen_n0z0, "), "{bindings}");
}

/// Packages that other programs encoded have any documentation.
#[test]
fn documentation_that_rust_refuses_becomes_text() {
    let text = "package a:b; interface i { enum e { /// one\n a } f: func() -> result<u8, e>; } world w { import i; }";
    let mut resolve = wit_parser::Resolve::default();
    let id = resolve.push_source("a.wit", text).unwrap();
    let interface = resolve.packages[id].interfaces["i"];
    let ty = resolve.interfaces[interface].types["e"];
    let wit_parser::TypeDefKind::Enum(of) = &mut resolve.types[ty].kind else {
        panic!("`e` is an enum");
    };
    of.cases[0].docs.contents = Some("a \"quote\"\rand \u{202e}more\0".to_owned());
    resolve.types[ty].docs.contents = Some("\u{2066}first\rsecond".to_owned());
    let encoded = wit_component::encode(&resolve, id, false).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wasm");
    std::fs::write(&path, encoded).unwrap();
    let package = load(&Source::Wasm(path), &Features::default()).unwrap();
    let guest = glue(&package, "w", Runtime::Emit);
    let guest = guest.get("bindings.rs").unwrap();
    for written in [
        "/// \\u{2066}first\n",
        "/// second\n",
        "and \\\\u{202e}more\\\\u{0}",
    ] {
        assert!(guest.contains(written), "no `{written}` in\n{guest}");
    }
    assert!(
        !guest.contains(['\r', '\0', '\u{202e}', '\u{2066}']),
        "{guest}"
    );
    let world = package.select_world(Some("w")).unwrap();
    let host = witgen::emit::rust_host::render(package, world, &Default::default()).unwrap();
    let wit = host.get("world.wit").unwrap();
    assert!(wit.contains("/// \\u{2066}first\n"), "{wit}");
}
