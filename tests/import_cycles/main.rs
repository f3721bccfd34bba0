//! Holds the files of each crate to imports that point one way.
//!
//! A file that uses what another one declares imports it. `mod` declarations and re-exports are not
//! counted, and neither is what only tests use.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

mod imports;
mod modules;

use imports::{Imports, cycles, imports};
use modules::Modules;

/// Every Rust file below a folder, by its path from there.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
                let text = fs::read_to_string(&path).unwrap();
                files.insert(name.replace('\\', "/"), text);
            }
        }
    }
    files
}

/// Fails if files of a crate, whose root is in this folder, import each other in a cycle.
fn check(folder: &str) -> Imports {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let imports = imports(&Modules::of(&files(&root.join(folder))));
    let cycles = cycles(&imports);
    assert!(
        cycles.is_empty(),
        "move what files of `{folder}` share into a file of its own, below both\n{}",
        cycles.join("\n")
    );
    imports
}

#[test]
fn no_files_of_the_runtime_import_each_other_in_a_cycle() {
    check("runtime");
}

#[test]
fn no_files_of_the_generator_import_each_other_in_a_cycle() {
    let imports = check("generator");
    // The command line uses the library, and the library the model: paths are resolved.
    for (file, other) in [
        ("cli/golden.rs", "project/relation.rs"),
        ("emit/docs/lookup.rs", "model/types.rs"),
    ] {
        let edge = (file.to_owned(), other.to_owned());
        assert!(imports.contains_key(&edge), "{file} imports {other}");
    }
}

#[test]
fn no_files_of_the_host_import_each_other_in_a_cycle() {
    check("host/src");
}

/// The cycles of a crate with these files.
fn cycles_of<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    cycles(&imports(&Modules::of(&files.into())))
}

#[test]
fn a_cycle_is_reported_with_its_edges() {
    let cycles = cycles_of([
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::{One, two}; pub struct Other;"),
        ("b.rs", "pub struct One; pub fn two() { super::c::three() }"),
        ("c.rs", "use crate::a::Other; pub fn three() {}"),
    ]);
    assert_eq!(
        cycles,
        ["cycle:\n  a.rs → b.rs: One, two\n  b.rs → c.rs: three\n  c.rs → a.rs: Other"]
    );
}

#[test]
fn files_that_import_one_way_are_no_cycle() {
    let cycles = cycles_of([
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::One;"),
        ("b.rs", "use std::fmt; pub struct One;"),
    ]);
    assert_eq!(cycles, [""; 0]);
}

#[test]
fn a_parent_and_its_child_can_be_a_cycle() {
    let cycles = cycles_of([
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod b; pub struct One; fn run() { b::two() }"),
        ("a/b.rs", "use super::One; pub fn two() {}"),
    ]);
    assert_eq!(
        cycles,
        ["cycle:\n  a/b.rs → a/mod.rs: One\n  a/mod.rs → a/b.rs: two"]
    );
}

#[test]
fn re_exports_lead_to_the_file_that_declares_the_item() {
    let cycles = cycles_of([
        ("lib.rs", "mod a;"),
        (
            "a/mod.rs",
            "mod b; mod c; pub use b::One; pub(crate) use c::*;",
        ),
        ("a/b.rs", "use super::two; pub struct One;"),
        ("a/c.rs", "use crate::a::One; pub fn two() {}"),
    ]);
    assert_eq!(
        cycles,
        ["cycle:\n  a/b.rs → a/c.rs: two\n  a/c.rs → a/b.rs: One"]
    );
}

#[test]
fn a_re_exported_item_that_the_module_uses_itself_is_an_import() {
    let cycles = cycles_of([
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod b; pub use b::One; pub struct Two(One);"),
        ("a/b.rs", "pub struct One; fn of(two: super::Two) {}"),
    ]);
    assert_eq!(
        cycles,
        ["cycle:\n  a/b.rs → a/mod.rs: Two\n  a/mod.rs → a/b.rs: One"]
    );
}

#[test]
fn paths_inside_macros_are_imports() {
    let cycles = cycles_of([
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub fn one() { println!(\"{}\", crate::b::two()) }"),
        ("b.rs", "use crate::a; pub fn two() { vec![a::one()]; }"),
    ]);
    assert_eq!(cycles, ["cycle:\n  a.rs → b.rs: two\n  b.rs → a.rs: one"]);
}

#[test]
fn imports_of_tests_are_not_counted() {
    let cycles = cycles_of([
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "pub struct One; #[cfg(test)] mod tests { use crate::b::Two; }",
        ),
        ("b.rs", "use crate::a::One; pub struct Two;"),
    ]);
    assert_eq!(cycles, [""; 0]);
}
