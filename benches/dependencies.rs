//! `witgen add` and `witgen update --dry-run` without their output: `cargo bench --bench dependencies`.
//!
//! The registry is a directory with ten packages of two versions each; the package uses all of them, and the cache is warm.

use std::fs;
use std::path::Path;

use divan::Bencher;
use witgen::fileset::WriteOptions;
use witgen::project::dependencies::{Addition, PackageDir, UpdateOptions, add, outdated, update};
use witgen::registry::{Artifact, Metadata, Options, PublishOptions, Registries, publish};
use witgen::source::{Features, Source, load};

/// How many packages the registry has, each in two versions.
const PACKAGES: usize = 10;

fn main() {
    divan::main();
}

/// A folder with a registry, a cache and a package that uses all others in their first versions.
struct Home {
    dir: tempfile::TempDir,
    registries: Registries,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let registries = Registries::new(Options {
            registry: Some(path("registry").display().to_string()),
            cache: Some(path("cache")),
            ..Options::default()
        });
        for version in ["1.0.0", "1.1.0"] {
            for package in 0..PACKAGES {
                publish_one(&path("package.wit"), package, version, &registries);
            }
        }
        let imports = (0..PACKAGES).map(|package| format!("import acme:p{package}/types@1.0.0;\n"));
        let text = format!(
            "package me:app;\nworld app {{\n{}}}\n",
            imports.collect::<String>()
        );
        fs::create_dir_all(path("app/wit")).unwrap();
        fs::write(path("app/wit/app.wit"), text).unwrap();
        let home = Home { dir, registries };
        home.add(&home.package_dir());
        update(
            &home.package_dir(),
            &home.registries,
            &UpdateOptions::default(),
        )
        .unwrap();
        home
    }

    fn package_dir(&self) -> PackageDir {
        PackageDir::find(&self.dir.path().join("app"), None).unwrap()
    }

    fn add(&self, dir: &PackageDir) {
        let first: Addition = "acme:p0@1".parse().unwrap();
        let change = add(dir, &[first], &self.registries).unwrap().change;
        change.write(&WriteOptions::default()).unwrap();
        fs::remove_file(dir.manifest()).unwrap();
    }
}

fn publish_one(file: &Path, package: usize, version: &str, registries: &Registries) {
    let functions = (0..20).map(|n| format!("f{n}: func(a: list<u8>) -> t;\n"));
    let functions: String = functions.collect();
    let text = format!(
        "package acme:p{package}@{version};\ninterface types {{\ntype t = u64;\n{functions}}}\n"
    );
    fs::write(file, text).unwrap();
    let package = load(&Source::File(file.to_owned()), &Features::All).unwrap();
    let artifact = Artifact::of_package(&package, &Metadata::default()).unwrap();
    publish(&artifact, registries, &PublishOptions::default(), &|_| {}).unwrap();
}

#[divan::bench]
fn add_and_write(bencher: Bencher) {
    let home = Home::new();
    bencher.bench(|| home.add(&home.package_dir()));
}

#[divan::bench]
fn update_without_writing(bencher: Bencher) {
    let home = Home::new();
    bencher.bench(|| {
        let found = update(
            &home.package_dir(),
            &home.registries,
            &UpdateOptions::default(),
        );
        assert_eq!(found.unwrap().moves.len(), PACKAGES);
    });
}

#[divan::bench]
fn list_outdated(bencher: Bencher) {
    let home = Home::new();
    bencher.bench(|| outdated(&home.package_dir(), &home.registries).unwrap());
}
