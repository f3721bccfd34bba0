//! Dependencies that a manifest lists: `add`, `remove`, `update`, `outdated`, and what `fetch` makes of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use testkit::home::{Home, Run};
use testkit::tree::tree;

mod add;
mod listed;
mod outdated;
mod paths;
mod registries;
mod remove;
mod update;

/// Versions of one package: 1.1.0 adds to 1.0.1, and 2.0.0 lacks what 1.1.0 has.
const UNITS: [(&str, &str); 6] = [
    ("1.0.0", "type gram = u64; weigh: func() -> gram;"),
    ("1.0.1", "type gram = u64; weigh: func() -> gram;"),
    (
        "1.1.0",
        "type gram = u64; weigh: func() -> gram; tare: func();",
    ),
    ("1.2.0-rc.1", "type gram = u64; weigh: func() -> gram;"),
    ("2.0.0", "type kilo = u64;"),
    ("2.1.0-rc.1", "type kilo = u64;"),
];

/// A package that uses `acme:units` in two places.
const APP: &str = "\
package me:app@0.1.0;

/// acme:units/weight@1.0.0 in a comment stays.
interface scales {
  use acme:units/weight@1.0.0.{gram};
  read: func() -> gram;
}

world app {
  import acme:units/weight@1.0.0;
  export scales;
}
";

/// A home whose registry has all versions of `acme:units`, and `app/` with a package that uses nothing.
fn home() -> Home {
    let home = Home::with_directory();
    for (version, items) in UNITS {
        publish(
            &home,
            &format!("package acme:units@{version}; interface weight {{ {items} }}"),
        );
    }
    home.package("app", "package me:app@0.1.0; world app {}\n");
    home
}

/// The same, whose package uses `acme:units` 1.0.0, and has this manifest; everything is fetched.
fn fetched(manifest: &str) -> Home {
    let home = home();
    home.package("app", APP);
    if !manifest.is_empty() {
        home.write("app/witgen.toml", manifest);
    }
    witgen(&home, &["fetch"]).printed();
    home
}

/// Publishes a package in whatever version it has.
fn publish(home: &Home, wit: &str) {
    let dir = home.package("publisher", wit);
    let args = [
        "publish",
        "--quiet",
        "--allow-prerelease",
        "--allow-breaking",
    ];
    home.run(&dir, &args).printed();
}

/// Runs `witgen` in `app/`.
fn witgen(home: &Home, args: &[&str]) -> Run {
    home.run(&home.path("app"), args)
}

/// Runs `witgen` in `app/`, which must fail without a change to any file there; returns what the user reads.
#[track_caller]
fn refused(home: &Home, args: &[&str]) -> String {
    let before = files(home);
    let message = witgen(home, args).failed(2);
    assert_eq!(files(home), before, "{args:?} writes");
    message
}

/// The files of `app/`.
fn files(home: &Home) -> BTreeMap<PathBuf, Vec<u8>> {
    tree(&home.path("app"))
}

fn read(home: &Home, file: &str) -> String {
    fs::read_to_string(home.path("app").join(file)).unwrap()
}

/// The requirements and the versions in the lock file.
fn locked(home: &Home) -> Vec<(String, String)> {
    let value = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
    let text = read(home, "wkg.lock");
    let lines = |key: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with(key)).map(value).collect()
    };
    lines("requirement = ").into_iter().zip(lines("version = \"")).collect()
}
