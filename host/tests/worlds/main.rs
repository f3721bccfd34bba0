//! Host glue of several worlds, generated into the target directory, and compiled and tested there.

use std::fs;
use std::path::{Path, PathBuf};

use testkit::guests::package;
use testkit::toolchain::{cargo, target_dir};
use witgen::emit::new_host;
use witgen::emit::runtime::Runtime;
use witgen::emit::rust_host::{self, Options};
use witgen::emit::type_options::TypeOptions;
use witgen::fileset::WriteOptions;
use witgen::source::{Features, Package, Source, load};

mod names;

fn embedded() -> Package {
    load(&Source::Embedded, &Features::default()).unwrap()
}

/// Interfaces of WASI in two versions each, whose types other interfaces use.
const WASI_TWICE: &str = "
package names:wasi;
interface of-errors {
  use wasi:cli/types@0.3.0.{error-code};
  use wasi:cli/types@0.3.1.{error-code as newer};
  convert: func(code: error-code) -> newer;
}
world wasi-twice {
  import wasi:cli/exit@0.3.0;
  import wasi:cli/exit@0.3.1;
  import of-errors;
}
package wasi:cli@0.3.0 {
  interface exit { exit: func(status: result); }
  interface types { enum error-code { io, illegal-byte-sequence, pipe } }
}
package wasi:cli@0.3.1 {
  interface exit { exit: func(status: result); }
  interface types { enum error-code { io, illegal-byte-sequence, pipe } }
}
";

/// Resources with the names of type parameters, and a namespace, a package and interfaces with that of our module.
const RESOURCES_AND_BINDINGS: &str = "
package bindings:bindings;
interface bindings {
  resource t {
    constructor();
    look: func(at: borrow<t>) -> list<u8>;
    wait: async func() -> result<t, string>;
    all: static func() -> list<t>;
  }
  resource d { get: func() -> t; }
  resource s { get: func() -> d; }
}
world resources-and-bindings {
  export bindings;
  import bindings:other/bindings;
  import of-world: func() -> string;
}
package bindings:other { interface bindings { resource bindings { get: func() -> string; } } }
";

/// Two worlds whose types derive more than they do by themselves; the second world takes them from the first.
const SHARED_TYPES: &str = "
package shop:rates;
interface types {
  enum currency { euro, dollar }
  record price { amount: u32, currency: currency }
  variant discount { none, minus(price) }
}
interface rates {
  use types.{price, discount};
  convert: func(price: price, discount: discount) -> price;
}
world rating { import rates; export rate: func() -> u32; }
world billing { import rates; export bill: func() -> u32; }
";

fn parse(wit: &str) -> Package {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.wit");
    fs::write(&file, wit).unwrap();
    load(&Source::File(file), &Features::All).unwrap_or_else(|error| panic!("{error}"))
}

/// Writes glue into a folder, and returns the module that it is.
fn write(package: Package, world: &str, runtime: Runtime, folder: &Path) -> String {
    write_with(package, world, runtime, folder, TypeOptions::default())
}

/// Writes glue with options for its types.
fn write_with(
    package: Package,
    world: &str,
    runtime: Runtime,
    folder: &Path,
    types: TypeOptions,
) -> String {
    let id = package.select_world(Some(&world.replace('_', "-"))).unwrap();
    let folder = folder.join(world);
    let options = Options {
        folder: Some(folder.display().to_string()),
        runtime,
        types,
        ..Options::default()
    };
    let files = rust_host::render(package, id, &options).unwrap();
    files.write(&folder, &WriteOptions { force: true }).unwrap();
    let front = folder.join("mod.rs");
    format!("#[path = {front:?}]\npub mod {world};\n")
}

/// Writes the sources of the crate that `witgen new host` makes, and returns its main file.
fn write_program(folder: &Path) -> PathBuf {
    let program = new_host::render("program").unwrap();
    fs::create_dir_all(folder).unwrap();
    let glue = folder.join("proxy");
    program.glue.write(&glue, &WriteOptions { force: true }).unwrap();
    // What includes it has a beginning of its own.
    let code = program.files.get("src/main.rs").unwrap().replace("//!", "//");
    let main = folder.join("main.rs");
    if fs::read_to_string(&main).ok().as_ref() != Some(&code) {
        fs::write(&main, code).unwrap();
    }
    main
}

#[test]
fn several_worlds_work_in_one_program() {
    let folder = target_dir().join("worlds");
    let shared = || Runtime::At("witgen_serve::runtime".to_owned());
    let proxy = write(embedded(), "proxy", Runtime::Emit, &folder);
    let mut derives = TypeOptions::default();
    derives.derives = ["PartialEq", "Eq", "Hash"].map(str::to_owned).into();
    let mut mapped = TypeOptions::default();
    let module = "crate::rating::bindings::shop::rates::types";
    mapped.with = vec![("shop:rates/types".into(), module.into())];
    let modules = [
        write(embedded(), "service", shared(), &folder),
        write(embedded(), "middleware", shared(), &folder),
        write(package("edge"), "edge", shared(), &folder),
        write(package("router"), "router", shared(), &folder),
        write(package("pipes"), "pipes", Runtime::Emit, &folder),
        write(package("pipes"), "labelled", Runtime::Emit, &folder),
        write(package("everything"), "all", Runtime::Emit, &folder),
        write(parse(&names::wit()), "result", Runtime::Emit, &folder),
        write(
            parse(RESOURCES_AND_BINDINGS),
            "resources_and_bindings",
            Runtime::Emit,
            &folder,
        ),
        write(parse(WASI_TWICE), "wasi_twice", Runtime::Emit, &folder),
        write_with(
            parse(SHARED_TYPES),
            "rating",
            Runtime::Emit,
            &folder,
            derives,
        ),
        write_with(
            parse(SHARED_TYPES),
            "billing",
            Runtime::Emit,
            &folder,
            mapped,
        ),
        format!("/// Glue with a runtime of its own.\npub mod first {{ {proxy} }}\n"),
        format!("/// The same, as in another crate.\npub mod second {{ {proxy} }}\n"),
    ]
    .concat();
    let list = folder.join("worlds.rs");
    if fs::read_to_string(&list).ok().as_ref() != Some(&modules) {
        fs::write(&list, modules).unwrap();
    }

    let program = write_program(&folder.join("program"));
    let mut test = cargo();
    // The whole workspace, so that dependencies have the features that they have already been compiled with.
    test.args(["test", "--workspace", "--features", "witgen-worlds/glue"]);
    test.args([
        "--test",
        "http_worlds",
        "--test",
        "plain_worlds",
        "--test",
        "new_host",
    ]);
    test.env("CARGO_TARGET_DIR", target_dir()).env("WITGEN_WORLDS", list);
    test.env("WITGEN_NEW_HOST", program);
    let output = test.current_dir(testkit::root()).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
