//! Modules and components of a world's exact type, made without a compiler.

use std::fs;
use std::path::Path;

use wit_component::{StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, WorldId};
use witgen::source::{Features, Package, Source, load};

use crate::packages;

/// Makes a core module of the exact type of a package's only world.
pub fn module(package: &Package) -> Vec<u8> {
    module_of(package, package.select_world(None).unwrap())
}

/// Makes a core module of a world's exact type, as glue and a compiler would.
pub fn module_of(package: &Package, world: WorldId) -> Vec<u8> {
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::AsyncCallback);
    let resolve = package.resolve();
    let mut module = dummy_module(resolve, world, abi);
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8, false).unwrap();
    module
}

/// Makes a component of the exact type of a package's only world.
pub fn component(package: &Package) -> Vec<u8> {
    witgen::component::encode(&module(package), &[]).unwrap()
}

/// Loads a package of one file. If it uses `wasi:http` without defining it, it gets this repository's.
pub fn loaded(path: &Path) -> Package {
    let text = fs::read_to_string(path).unwrap();
    if text.contains("package wasi:http") || !text.contains("wasi:http") {
        return load(&Source::File(path.to_owned()), &Features::default()).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    packages::add_http(dir.path());
    fs::write(dir.path().join("package.wit"), text).unwrap();
    load(
        &Source::Directory(dir.path().to_owned()),
        &Features::default(),
    )
    .unwrap()
}

/// Makes a component of the only world of this WIT.
pub fn of_wit(wit: &str) -> Vec<u8> {
    let file = tempfile::NamedTempFile::with_suffix(".wit").unwrap();
    fs::write(file.path(), wit).unwrap();
    component(&loaded(file.path()))
}
