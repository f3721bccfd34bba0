//! Modules and components of a world's exact type, made without a compiler.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wasmparser::{Parser, Payload, Validator, WasmFeatures};
use wit_component::{StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, WorldId};
use witgen::compose::Member;
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

/// Loads a package as [`loaded`] does, from its text.
pub fn loaded_text(wit: &str) -> Package {
    let file = tempfile::NamedTempFile::with_suffix(".wit").unwrap();
    fs::write(file.path(), wit).unwrap();
    loaded(file.path())
}

/// Makes a member of a chain: a component of a world of `wasi:http` that has more items.
pub fn member(name: &str, world: &str, more: &str) -> Member {
    Member::new(name, &including(world, more)).unwrap()
}

/// Makes a component of the only world of this WIT.
pub fn of_wit(wit: &str) -> Vec<u8> {
    component(&loaded_text(wit))
}

/// Makes a component of a world of this repository's `wasi:http`, and of what else stands in its braces.
pub fn including(world: &str, more: &str) -> Vec<u8> {
    of_wit(&format!(
        "package test:member;\nworld member {{ include wasi:http/{world}@0.3.1002; {more} }}"
    ))
}

/// Returns the names of what a component imports and exports.
pub fn outside(component: &[u8]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut imports, mut exports) = (BTreeSet::new(), BTreeSet::new());
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                imports.extend(section.into_iter().map(|i| i.unwrap().name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                exports.extend(section.into_iter().map(|e| e.unwrap().name.name.to_owned()));
            }
            _ => {}
        }
    }
    (imports, exports)
}

/// Returns the components within a component, and how many instances it makes.
pub fn parts(component: &[u8]) -> (BTreeSet<Vec<u8>>, usize) {
    let (mut components, mut instances) = (BTreeSet::new(), 0);
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::ComponentSection {
                unchecked_range, ..
            } => {
                if depth == 0 {
                    let at = |at: u64| usize::try_from(at).unwrap();
                    let range = at(unchecked_range.start)..at(unchecked_range.end);
                    components.insert(component[range].to_vec());
                }
                depth += 1;
            }
            Payload::ModuleSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentInstanceSection(section) if depth == 0 => {
                instances += section.count() as usize;
            }
            _ => {}
        }
    }
    (components, instances)
}

/// Fails if a component isn't valid with these features.
pub fn assert_valid(component: &[u8], features: WasmFeatures) {
    Validator::new_with_features(features).validate_all(component).unwrap();
}
