//! A package that depends on a second, which depends on a third; the latter two are published.

use std::path::{Path, PathBuf};

use crate::home::{Home, Run};
use crate::tree::tree;

/// A package without dependencies.
pub const UNITS: &str = "package acme:units@1.0.0; interface weight { type gram = u64; }";
/// A package that depends on [`UNITS`].
pub const SHOP: &str = "package acme:shop@1.0.0; interface stock { use acme:units/weight@1.0.0.{gram}; weigh: func() -> gram; }";
/// A package that depends on [`SHOP`].
pub const APP: &str = "package me:app; world app { import acme:shop/stock@1.0.0; }";

/// Returns a home whose registry is a directory that holds `acme:units` and `acme:shop`, and which has
/// [`APP`] in `app/`.
pub fn home() -> Home {
    let home = Home::with_directory();
    home.publish("units", UNITS);
    home.package("shop", SHOP);
    home.run(&home.path("shop"), &["fetch"]).printed();
    home.run(&home.path("shop"), &["publish"]).printed();
    home.package("app", APP);
    home
}

/// Runs `witgen fetch` in `app/`.
pub fn fetch(home: &Home, more: &[&str]) -> Run {
    home.run(&home.path("app"), &[&["fetch"], more].concat())
}

/// Returns the folder of a package of `acme` in the registry.
pub fn registry(home: &Home, package: &str) -> PathBuf {
    home.path("registry/acme").join(package)
}

/// Returns the names of the folders in `wit/deps/` that have a package.
pub fn deps(dir: &Path) -> Vec<String> {
    let files = tree(&dir.join("wit/deps"))
        .into_keys()
        .filter(|path| path.ends_with("package.wit"));
    files.map(|path| path.parent().unwrap().display().to_string()).collect()
}
