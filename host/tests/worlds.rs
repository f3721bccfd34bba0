//! Host glue of several worlds, generated into the target directory, and compiled and tested there.

use std::fs;
use std::path::Path;

use testkit::guests::package;
use testkit::toolchain::{cargo, target_dir};
use witgen::emit::runtime::Runtime;
use witgen::emit::rust_host::{self, Options};
use witgen::fileset::WriteOptions;
use witgen::source::{Features, Package, Source, load};

fn embedded() -> Package {
    load(&Source::Embedded, &Features::default()).unwrap()
}

/// Writes glue into a folder, and returns the module that it is.
fn write(package: Package, world: &str, runtime: Runtime, folder: &Path) -> String {
    let id = package.select_world(Some(world)).unwrap();
    let folder = folder.join(world);
    let options = Options {
        folder: Some(folder.display().to_string()),
        runtime,
        ..Options::default()
    };
    let files = rust_host::render(package, id, &options).unwrap();
    files.write(&folder, &WriteOptions { force: true }).unwrap();
    let front = folder.join("mod.rs");
    format!("#[path = {front:?}]\npub mod {world};\n")
}

#[test]
fn several_worlds_work_in_one_program() {
    let folder = target_dir().join("worlds");
    let shared = || Runtime::At("witgen_serve::runtime".to_owned());
    let proxy = write(embedded(), "proxy", Runtime::Emit, &folder);
    let modules = [
        write(embedded(), "service", shared(), &folder),
        write(embedded(), "middleware", shared(), &folder),
        write(package("edge"), "edge", shared(), &folder),
        write(package("pipes"), "pipes", Runtime::Emit, &folder),
        write(package("pipes"), "labelled", Runtime::Emit, &folder),
        write(package("everything"), "all", Runtime::Emit, &folder),
        format!("/// Glue with a runtime of its own.\npub mod first {{ {proxy} }}\n"),
        format!("/// The same, as in another crate.\npub mod second {{ {proxy} }}\n"),
    ]
    .concat();
    let list = folder.join("worlds.rs");
    if fs::read_to_string(&list).ok().as_ref() != Some(&modules) {
        fs::write(&list, modules).unwrap();
    }

    let mut test = cargo();
    // The whole workspace, so that dependencies have the features that they have already been compiled with.
    test.args(["test", "--workspace", "--features", "witgen-worlds/glue"]);
    test.args(["--test", "http_worlds", "--test", "plain_worlds"]);
    test.env("CARGO_TARGET_DIR", target_dir()).env("WITGEN_WORLDS", list);
    let output = test.current_dir(testkit::root()).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
