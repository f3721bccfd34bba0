//! `[overrides]` of `wkg.toml`: directories that packages are taken from.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::app::{UNITS, deps, fetch, home};
use testkit::home::Home;

#[test]
fn overrides_in_wkg_toml_are_used() {
    let home = home();
    home.package(
        "base",
        "package acme:base@1.0.0; interface i { f: func(); }",
    );
    home.package(
        "app",
        "package me:app; world app { import acme:base/i@1.0.0; import acme:units/weight@1.0.0; }",
    );
    home.write(
        "app/wkg.toml",
        "[overrides]\n\"acme:base\" = { path = \"../base/wit\" }\n",
    );
    let run = fetch(&home, &[]);
    assert!(
        run.stderr.contains("2 packages needed: 1 overridden, 1 from registries"),
        "{run:?}"
    );
    assert_eq!(
        deps(&home.path("app")),
        ["acme-base-1.0.0", "acme-units-1.0.0"]
    );
    let lock = fs::read_to_string(home.path("app/wkg.lock")).unwrap();
    assert!(
        !lock.contains("acme:base"),
        "what is beside has no digest: {lock}"
    );
    home.run(&home.path("app"), &["inspect"]).printed();

    home.package(
        "base",
        "package acme:base@1.1.0; interface i { f: func(); }",
    );
    let message = fetch(&home, &[]).failed(2);
    assert!(
        message.contains("`acme:base@1.0.0` is needed, but its override is `acme:base@1.1.0`"),
        "{message}"
    );
    home.write(
        "app/wkg.toml",
        "[overrides]\n\"acme:base\" = { version = \"2.0.0\" }\n",
    );
    let message = fetch(&home, &[]).failed(2);
    assert!(
        message.contains("the override of `acme:base` must have only a path"),
        "{message}"
    );
}

/// A home in which `app` needs `acme:shop`, and only that needs `acme:units`, which is also in `units2/`.
fn with_other_units(overrides: &str) -> Home {
    let home = home();
    home.package(
        "units2",
        &UNITS.replace("type gram", "type tonne = f64; type gram"),
    );
    home.write("app/wkg.toml", format!("[overrides]\n{overrides}\n"));
    home
}

fn units(home: &Home) -> String {
    fs::read_to_string(home.path("app/wit/deps/acme-units-1.0.0/package.wit")).unwrap()
}

#[test]
fn an_override_applies_to_a_package_that_only_others_need() {
    for key in ["acme:units", "acme:units@1.0.0"] {
        let home = with_other_units(&format!("\"{key}\" = {{ path = \"../units2/wit\" }}"));
        let run = fetch(&home, &[]);
        assert!(
            run.stderr.contains("2 packages needed: 1 overridden, 1 from registries"),
            "{run:?}"
        );
        assert!(!run.stderr.contains("warning"), "{run:?}");
        assert_eq!(
            deps(&home.path("app")),
            ["acme-shop-1.0.0", "acme-units-1.0.0"]
        );
        assert!(units(&home).contains("tonne"), "{}", units(&home));
        home.run(&home.path("app"), &["inspect"]).printed();
        fetch(&home, &["--check"]).printed();
    }
}

#[test]
fn an_override_brings_what_it_needs_and_nothing_else() {
    let home = with_other_units(
        "\"acme:shop\" = { path = \"../shop2/wit\" }\n\"acme:units\" = { path = \"../units3/wit\" }",
    );
    home.write(
        "shop2/wit/shop.wit",
        "package acme:shop@1.0.0; interface stock { use acme:units/weight@1.0.0.{gram}; weigh: func() -> gram; }",
    );
    // The root's override wins over what the directory of another one has.
    home.write("shop2/wit/deps/units.wit", UNITS);
    home.write(
        "units3/wit/units.wit",
        "package acme:units@1.0.0; interface weight { use acme:base/i@1.0.0.{gram}; }",
    );
    home.write(
        "units3/wit/deps/base.wit",
        "package acme:base@1.0.0; interface i { type gram = u32; }",
    );
    let run = fetch(&home, &[]);
    assert!(
        run.stderr.contains("3 packages needed: 2 overridden, 1 carried by these"),
        "{run:?}"
    );
    assert_eq!(
        deps(&home.path("app")),
        ["acme-base-1.0.0", "acme-shop-1.0.0", "acme-units-1.0.0"]
    );
    home.run(&home.path("app"), &["inspect"]).printed();
}

#[test]
fn an_override_that_lacks_what_others_use_is_rejected() {
    let home = with_other_units("\"acme:units\" = { path = \"../units2/wit\" }");
    home.package(
        "units2",
        "package acme:units@1.0.0; interface weight { type ounce = u64; }",
    );
    let message = fetch(&home, &[]).failed(2);
    assert!(message.contains("gram"), "{message}");
    assert!(!home.path("app/wit/deps").exists());
}

#[test]
fn an_override_that_applies_to_nothing_is_reported() {
    for (line, message) in [
        (
            "\"acme:spare\" = { path = \"../units2/wit\" }",
            "the override of `acme:spare` applies to no package",
        ),
        (
            "\"acme:units@1.1.0\" = { path = \"../units2/wit\" }",
            "the override of `acme:units@1.1.0` applies to no package",
        ),
    ] {
        let home = with_other_units(line);
        let run = fetch(&home, &[]);
        assert_eq!(run.status, 0, "{run:?}");
        assert!(run.stderr.contains("warning[unused-override]"), "{run:?}");
        assert!(run.stderr.contains(message), "{run:?}");
        assert!(run.stderr.contains("wkg.toml:2:"), "{run:?}");
        assert!(!units(&home).contains("tonne"));
    }
    // What somebody put into `deps/` takes precedence.
    let home = with_other_units("\"acme:units\" = { path = \"../units2/wit\" }");
    home.write("app/wit/deps/units.wit", UNITS);
    let run = fetch(&home, &[]);
    assert!(
        run.stderr.contains("takes precedence: remove one of them"),
        "{run:?}"
    );
}

#[test]
fn an_override_must_name_a_package_and_a_directory_that_exists() {
    for (line, message) in [
        (
            "\"acme:units\" = { path = \"../nowhere\" }",
            "names `../nowhere`, which doesn't exist",
        ),
        (
            "\"acme:spare\" = { path = \"../nowhere\" }",
            "names `../nowhere`, which doesn't exist",
        ),
        (
            "units = { path = \"../units2/wit\" }",
            "`units` is not the name of a package",
        ),
        (
            "\"acme:units\" = { version = \"2.0.0\" }",
            "the override of `acme:units` must have only a path",
        ),
    ] {
        let home = with_other_units(line);
        let message_of_run = fetch(&home, &[]).failed(2);
        assert!(message_of_run.contains(message), "{message_of_run}");
        assert!(message_of_run.contains("wkg.toml:2:"), "{message_of_run}");
        assert!(!home.path("app/wit/deps").exists());
    }
}
