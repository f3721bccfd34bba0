//! A package that needs another, which needs a third; both are published.
#![allow(dead_code, reason = "each test program takes what it needs")]

use std::path::{Path, PathBuf};

use super::home::{Home, Run};
use super::tree::tree;

pub const UNITS: &str = "package acme:units@1.0.0; interface weight { type gram = u64; }";
pub const SHOP: &str = "package acme:shop@1.0.0; interface stock { use acme:units/weight@1.0.0.{gram}; weigh: func() -> gram; }";
pub const APP: &str = "package me:app; world app { import acme:shop/stock@1.0.0; }";

/// A home with a directory as its registry, in which `acme:units` and `acme:shop` are, and a package
/// in `app/` that needs the latter.
pub fn home() -> Home {
    let home = Home::with_directory();
    home.publish("units", UNITS);
    home.package("shop", SHOP);
    home.run(&home.path("shop"), &["fetch"]).printed();
    home.run(&home.path("shop"), &["publish"]).printed();
    home.package("app", APP);
    home
}

pub fn fetch(home: &Home, more: &[&str]) -> Run {
    home.run(&home.path("app"), &[&["fetch"], more].concat())
}

pub fn registry(home: &Home, package: &str) -> PathBuf {
    home.path("registry/acme").join(package)
}

/// The names of what is in `deps/`.
pub fn deps(dir: &Path) -> Vec<String> {
    let files = tree(&dir.join("wit/deps")).into_keys();
    let files = files.filter(|path| path.ends_with("package.wit"));
    files
        .map(|path| path.parent().unwrap().display().to_string())
        .collect()
}
