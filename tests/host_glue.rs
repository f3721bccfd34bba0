//! Plain host glue says what the embedder implements and calls, and carries just the WIT it needs.

use std::path::Path;

use heck::ToKebabCase;
use pretty_assertions::assert_eq;
use testkit::packages;
use witgen::emit::runtime::Runtime;
use witgen::emit::rust_host::{Options, render};
use witgen::fileset::FileSet;
use witgen::source::{Features, Package, Source, load};

fn everything() -> Package {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages/everything");
    load(&Source::Directory(path), &Features::All).unwrap()
}

fn package(text: &str) -> Package {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wit");
    std::fs::write(&path, text).unwrap();
    load(&Source::File(path), &Features::All).unwrap()
}

fn plain(package: &Package, world: &str, folder: Option<&str>) -> FileSet {
    let id = package.select_world(Some(world)).unwrap();
    let options = Options {
        http: false,
        folder: folder.map(str::to_owned),
        ..Options::default()
    };
    render(package.clone(), id, &options).unwrap()
}

/// A world that imports WASI of two lines, a draft of a third, and an interface of its own.
const WITH_WASI: &str = "
package acme:app@1.0.0;

interface kv {
  resource bucket { get: func(key: string) -> option<string>; }
  watch: async func(key: string);
}

interface unrelated { f: func(); }

world app {
  import kv;
  import wasi:random/random@0.2.3;
  import wasi:clocks/monotonic-clock@0.3.1;
  import wasi:clocks/monotonic-clock@0.4.0-draft;
  export run: async func();
}

world elsewhere { import unrelated; }

package wasi:random@0.2.3 {
  interface random { get-random-u64: func() -> u64; }
  interface insecure { get-insecure-random-u64: func() -> u64; }
}
package wasi:clocks@0.3.1 {
  interface monotonic-clock { now: func() -> u64; }
}
package wasi:clocks@0.4.0-draft {
  interface monotonic-clock { now: func() -> u64; }
}
";

#[test]
fn the_front_door_lists_what_to_implement_and_what_to_call() {
    let files = plain(&everything(), "all", None);
    let front = files.get("mod.rs").unwrap();
    for said in [
        "[`types::Host`], [`types::HostDoor`], [`types::HostType`] for `witgen:everything/types@1.2.0`",
        "[`bindings::AllImports`], [`bindings::HostHandle`] for what the world imports itself",
        "[`types::HostDoorWithStore<State>`](types::HostDoorWithStore)",
        "type Second: types_copy::Host + 'static;",
        "[`call_run`](bindings::All::call_run) for `run`",
        "config.wasm_component_model_map(true);",
        "pub use self::bindings::witgen::dep0_1_0::a as dep0_1_0_a;",
    ] {
        assert!(front.contains(said), "no `{said}` in\n{front}");
    }
    assert!(!front.contains("wasmtime_wasi"));
}

#[test]
fn only_what_is_imported_of_wasi_is_taken_from_wasmtime() {
    let files = plain(&package(WITH_WASI), "app", None);
    let bindings = files.get("bindings.rs").unwrap();
    let with: Vec<_> = bindings
        .lines()
        .filter(|line| line.contains("\"wasi:"))
        .map(str::trim)
        .collect();
    let expected = [
        "\"wasi:clocks/monotonic-clock@0.3.1\": wasmtime_wasi::p3::bindings::clocks::monotonic_clock,",
        "\"wasi:random/random@0.2.3\": wasmtime_wasi::p2::bindings::random::random,",
    ];
    assert_eq!(with, expected);
}

#[test]
fn one_function_adds_the_embedders_part_and_that_of_wasi() {
    let files = plain(&package(WITH_WASI), "app", None);
    let front = files.get("mod.rs").unwrap();
    for added in [
        "features = [\"p2\", \"p3\"]",
        "T: WasiView + Send + 'static,",
        "HasSelf<T>: kv::HostWithStore<T>,",
        "p2::random::random::add_to_linker::<T, WasiRandom>(linker, WasiRandomView::random)?;",
        "p3::clocks::monotonic_clock::add_to_linker::<T, WasiClocks>(",
        "kv::add_to_linker::<T, HasSelf<T>>(linker, itself)?;",
        // A draft is not of a line that wasmtime implements.
        "monotonic_clock::add_to_linker::<T, HasSelf<T>>(linker, itself)?;",
    ] {
        assert!(front.contains(added), "no `{added}` in\n{front}");
    }
}

#[test]
fn the_wit_has_what_the_world_reaches_and_nothing_else() {
    let files = plain(&package(WITH_WASI), "app", None);
    let wit = files.get("world.wit").unwrap();
    for other in ["unrelated", "elsewhere", "insecure"] {
        assert!(!wit.contains(other), "`{other}` in\n{wit}");
    }
    let again = package(wit);
    assert_eq!(
        again.world_id(again.select_world(None).unwrap()),
        "acme:app/app@1.0.0"
    );
}

#[test]
fn named_streams_stand_where_they_were_used_even_in_other_interfaces() {
    let package = package(
        "package a:b;
        interface frames { record frame { bytes: list<u8> } type frames = stream<frame>; }
        interface player { use frames.{frames}; play: async func(what: frames); }
        world w { import player; }",
    );
    let files = plain(&package, "w", None);
    let wit = files.get("world.wit").unwrap();
    assert!(wit.contains("use frames.{frame};"), "{wit}");
    assert!(
        wit.contains("play: async func(what: stream<frame>);"),
        "{wit}"
    );
    assert!(!wit.contains("type frames"), "{wit}");
}

#[test]
fn features_that_were_chosen_are_not_asked_for_again() {
    let files = plain(&everything(), "all", None);
    let wit = files.get("world.wit").unwrap();
    assert!(
        wit.contains("interface new") && !wit.contains("@unstable"),
        "{wit}"
    );
}

#[test]
fn the_folder_is_where_bindgen_looks() {
    let package = everything();
    let named = plain(&package, "base", Some("glue/of/base/"));
    let path = |files: &FileSet| {
        let bindings = files.get("bindings.rs").unwrap();
        let line = bindings.lines().find(|line| line.contains("path:"));
        line.map(|line| line.trim().to_owned())
    };
    assert_eq!(
        path(&named).as_deref(),
        Some("path: \"glue/of/base/world.wit\",")
    );
    let unnamed = plain(&package, "base", None);
    assert_eq!(
        path(&unnamed).as_deref(),
        Some("path: \"src/base/world.wit\",")
    );
}

#[test]
fn the_same_package_gives_the_same_glue() {
    assert_eq!(
        plain(&everything(), "all", None),
        plain(&everything(), "all", None)
    );
}

/// Returns the names in upper camel case that the `use` declarations of a file bring into scope.
fn imported_types(file: &str) -> Vec<&str> {
    file.split(';')
        .filter_map(|item| item.rsplit_once("\nuse ").or(item.rsplit_once("\npub use ")))
        .flat_map(|(_, path)| path.split(|c: char| !c.is_alphanumeric()))
        .filter(|name| name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase))
        .filter(|name| *name != "Proxy")
        .collect()
}

#[test]
fn a_world_that_is_called_like_what_the_glue_uses_gets_another_name() {
    let dir = tempfile::tempdir().unwrap();
    packages::add_http(dir.path());
    let glue = http(Runtime::Emit);
    let mut names: Vec<_> = ["mod.rs", "component.rs"]
        .into_iter()
        .flat_map(|file| imported_types(glue.get(file).unwrap()))
        .map(|name| (name.to_kebab_case(), format!("{name}World")))
        .collect();
    assert!(
        names.contains(&("linker".to_owned(), "LinkerWorld".to_owned())),
        "{names:?}"
    );
    names.extend([("ok", "OkWorld"), ("edge", "Edge")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    for (world, name) in names {
        let text =
            format!("package a:b;\nworld {world} {{ include wasi:http/service@0.3.1002; }}\n");
        std::fs::write(dir.path().join("a.wit"), text).unwrap();
        let source = Source::Directory(dir.path().to_owned());
        let package = load(&source, &Features::All).unwrap();
        let id = package.select_world(Some(&world)).unwrap();
        let files = render(package, id, &Options::default()).unwrap();
        let component = files.get("component.rs").unwrap();
        assert!(
            component.contains(&format!("pub struct {name}(")),
            "{component}"
        );
    }
}

/// What a world of `wasi:http` has, with its runtime at a path or in its own folder.
fn http(runtime: Runtime) -> FileSet {
    let package = load(&Source::Embedded, &Features::default()).unwrap();
    let world = package.select_world(Some("proxy")).unwrap();
    let options = Options {
        runtime,
        ..Options::default()
    };
    render(package, world, &options).unwrap()
}

#[test]
fn glue_contains_its_runtime_unless_another_one_is_named() {
    let own = http(Runtime::Emit);
    for path in [
        "runtime/mod.rs",
        "runtime/host/instances.rs",
        "runtime/message/target.rs",
    ] {
        assert!(own.get(path).is_some(), "no {path}");
    }
    assert!(own.get("mod.rs").unwrap().contains("pub mod runtime;"));

    for (path, line) in [
        ("crate::other::runtime", "pub use crate::other::runtime;"),
        (
            "other_crate::shared",
            "pub use other_crate::shared as runtime;",
        ),
    ] {
        let shared = http(Runtime::At(path.to_owned()));
        let paths: Vec<_> = shared.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["component.rs", "mod.rs", "world.rs"]);
        let front = shared.get("mod.rs").unwrap();
        assert!(front.contains(line), "{front}");
    }
}

#[test]
fn glue_lists_the_peers_of_its_world() {
    let world = http(Runtime::Emit).get("world.rs").unwrap().to_owned();
    for peer in [
        "Peer::next_hop(\"origin\", \"wasi:http/origin@0.3.1002\", \"handle\"),",
        "Peer::side_call(\"client\", \"wasi:http/client@0.3.1002\", \"send\"),",
    ] {
        assert!(world.contains(peer), "no `{peer}` in\n{world}");
    }
}

#[test]
fn interfaces_of_wasi_that_wasmtime_lacks_are_the_embedders_in_http_glue_too() {
    let package = load(&Source::Embedded, &Features::All).unwrap();
    let proxy = package.select_world(Some("proxy")).unwrap();
    let files = render(package, proxy, &Options::default()).unwrap();
    let others = files.get("imports/mod.rs").unwrap();
    assert!(others.contains("[`timezone::Host`]"), "{others}");
}

/// wasmtime implements all versions of an interface at once, which a linker accepts only once.
#[test]
fn one_version_of_an_interface_of_wasi_is_left() {
    let text = "
        package acme:app@1.0.0;
        interface reporter {
          use wasi:sockets/network@0.2.0.{error-code as older};
          use wasi:sockets/network@0.2.6.{error-code};
          report: func(code: error-code, older: older);
        }
        world app {
          import wasi:sockets/network@0.2.0;
          import wasi:sockets/network@0.2.6;
          import reporter;
        }
        package wasi:sockets@0.2.0 { interface network { enum error-code { unknown } } }
        package wasi:sockets@0.2.6 { interface network { resource network; enum error-code { unknown } } }
    ";
    let files = plain(&package(text), "app", None);
    let wit = files.get("world.wit").unwrap();
    assert!(!wit.contains("0.2.0"), "{wit}");
    assert!(
        wit.contains("use wasi:sockets/network@0.2.6.{error-code as older, error-code};"),
        "{wit}"
    );
    let front = files.get("mod.rs").unwrap();
    assert_eq!(
        front.matches("network::add_to_linker").count(),
        1,
        "{front}"
    );
}

#[test]
fn types_whose_names_generated_code_uses_get_others() {
    let text = "
        package a:b;
        interface i {
          resource door;
          record host-door { name: string }
          variant %option { none }
          variant v-u32 { other }
          type t = u32;
          record holder { t: t }
          f: func(accessor: %option, host: v-u32) -> holder;
        }
        world send { import i; }
    ";
    let files = plain(&package(text), "send", None);
    let wit = files.get("world.wit").unwrap();
    for written in [
        "record host-door-type {",
        "variant option-type {",
        "variant vu32 {",
        "type t-type = u32;",
        "t: t-type,",
        "f: func(accessor-param: option-type, host-param: vu32) -> holder;",
        "world send-world {",
    ] {
        assert!(wit.contains(written), "no `{written}` in\n{wit}");
    }
}
