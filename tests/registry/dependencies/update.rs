//! `witgen update`: newer versions in the WIT, `deps/` and the lock file.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::app::deps;
use testkit::home::Home;
use testkit::registry::Registry;

use super::{APP, fetched, files, home, locked, publish, read, refused, witgen};

const MANIFEST: &str = "[dependencies]\n\"acme:units\" = \"1.0\"\n";

#[test]
fn versions_move_in_the_wit_in_deps_and_in_the_lock_file() {
    for manifest in [MANIFEST, ""] {
        let home = fetched(manifest);
        let run = witgen(&home, &["update"]);
        assert!(
            run.stderr.contains("Updating acme:units v1.0.0 -> v1.1.0 (available: v2.0.0)"),
            "{run:?}"
        );
        let note = "1 dependency has a newer version that the requirement doesn't allow";
        assert!(run.stderr.contains(note), "{run:?}");
        let wit = APP.replace("@1.0.0.{", "@1.1.0.{").replace("weight@1.0.0;", "weight@1.1.0;");
        assert_eq!(read(&home, "wit/package.wit"), wit, "comments stay");
        assert_eq!(deps(&home.path("app")), ["acme-units-1.1.0"]);
        assert_eq!(locked(&home), [("=1.1.0".to_owned(), "1.1.0".to_owned())]);
        witgen(&home, &["fetch", "--check"]).printed();

        let before = files(&home);
        let run = witgen(&home, &["update", "--verbose"]);
        assert!(
            run.stderr.contains("Unchanged acme:units v1.1.0 (available: v2.0.0)"),
            "{run:?}"
        );
        assert_eq!(files(&home), before);
    }
}

#[test]
fn requirements_bound_the_update() {
    for (requirement, expected) in [("=1.0.0", "1.0.0"), (">=1, <1.1", "1.0.1"), ("1", "1.1.0")] {
        let home = fetched(&format!(
            "[dependencies]\n\"acme:units\" = \"{requirement}\"\n"
        ));
        witgen(&home, &["update"]).printed();
        assert_eq!(deps(&home.path("app")), [format!("acme-units-{expected}")]);
    }
}

#[test]
fn dependencies_that_only_the_manifest_lists_move_in_the_lock_file() {
    let home = Home::with_directory();
    home.package("app", "package me:app@0.1.0; world app {}\n");
    publish(&home, "package acme:units@1.0.0; interface i {}");
    witgen(&home, &["add", "acme:units@1"]).printed();
    publish(&home, "package acme:units@1.3.0; interface i {}");
    witgen(&home, &["fetch"]).printed();
    assert_eq!(
        deps(&home.path("app")),
        ["acme-units-1.0.0"],
        "what is locked stays"
    );
    witgen(&home, &["update"]).printed();
    assert_eq!(deps(&home.path("app")), ["acme-units-1.3.0"]);
    assert_eq!(locked(&home), [("^1".to_owned(), "1.3.0".to_owned())]);
}

#[test]
fn single_packages_are_updated_by_name() {
    let home = Home::with_directory();
    for version in ["1.0.0", "1.1.0"] {
        publish(
            &home,
            &format!("package acme:one@{version}; interface i {{}}"),
        );
        publish(
            &home,
            &format!("package acme:two@{version}; interface i {{}}"),
        );
    }
    home.package(
        "app",
        "package me:app; world app { import acme:one/i@1.0.0; import acme:two/i@1.0.0; }",
    );
    witgen(&home, &["fetch"]).printed();
    witgen(&home, &["update", "acme:two"]).printed();
    assert_eq!(
        deps(&home.path("app")),
        ["acme-one-1.0.0", "acme-two-1.1.0"]
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    let home = fetched(MANIFEST);
    let before = files(&home);
    let run = witgen(&home, &["update", "--dry-run"]);
    for part in [
        "Updating acme:units v1.0.0 -> v1.1.0",
        "would change wkg.lock",
    ] {
        assert!(run.stderr.contains(part), "{run:?}");
    }
    assert_eq!((run.status, files(&home)), (0, before));
}

#[test]
fn a_version_that_breaks_what_the_package_uses_is_refused() {
    for (version, items, part) in [
        ("1.5.0", "type gram = u32; weigh: func() -> gram;", "gram"),
        ("1.6.0", "type gram = u64;", "weigh"),
    ] {
        let home = fetched(MANIFEST);
        publish(
            &home,
            &format!("package acme:units@{version}; interface weight {{ {items} }}"),
        );
        let before = files(&home);
        let run = witgen(&home, &["update"]);
        let message = run.stderr.clone();
        assert_eq!((run.status, files(&home)), (1, before), "{message}");
        assert!(
            message.contains("error[update-breaks]") && message.contains(part),
            "{message}"
        );
        witgen(&home, &["update", "--allow-breaking"]).printed();
        assert_eq!(deps(&home.path("app")), [format!("acme-units-{version}")]);
    }
}

#[test]
fn a_version_that_lacks_a_name_that_the_wit_uses_is_refused() {
    let home = fetched(MANIFEST);
    publish(
        &home,
        "package acme:units@1.5.0; interface weight { type ounce = u64; }",
    );
    let message = refused(&home, &["update", "--allow-breaking"]);
    assert!(message.contains("gram"), "{message}");
    assert!(message.contains("package.wit:5"), "{message}");
}

#[test]
fn what_is_not_a_dependency_cannot_be_updated() {
    let home = fetched(MANIFEST);
    for (package, part) in [
        ("acme:unit", "did you mean `acme:units`?"),
        (
            "wasi:http",
            "`wasi:http` is not a dependency of this package",
        ),
        ("acme:units@1.1.0", "name `acme:units` alone"),
        ("units", "`units` is not the name of a package"),
    ] {
        let message = refused(&home, &["update", package]);
        assert!(message.contains(part), "{message}");
    }
    let home = super::home();
    let message = refused(&home, &["update", "acme:units"]);
    assert!(
        message.contains("`witgen add acme:units` adds one"),
        "{message}"
    );
}

#[test]
fn a_registry_without_the_package_is_reported_where_it_is_required() {
    let home = fetched(MANIFEST);
    fs::remove_dir_all(home.path("registry")).unwrap();
    let message = refused(&home, &["update"]);
    assert!(message.contains("has no package `acme:units`"), "{message}");
    assert!(message.contains("witgen.toml:2:16"), "{message}");
}

#[test]
fn wit_of_others_in_deps_stays_as_it_is() {
    let home = home();
    home.package(
        "app",
        "package me:app; world app { import my:copy/i@1.0.0; }",
    );
    let vendored = "package my:copy@1.0.0; interface i { use acme:units/weight@1.0.0.{gram}; }";
    home.write("app/wit/deps/own.wit", vendored);
    witgen(&home, &["fetch"]).printed();
    let before = files(&home);
    witgen(&home, &["update"]).printed();
    assert_eq!(files(&home), before);
}

#[test]
fn a_registry_of_the_distribution_specification_is_asked_for_versions() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    for version in ["1.0.0", "1.1.0", "2.0.0-rc.1"] {
        publish(
            &home,
            &format!(
                "package acme:units@{version}; interface weight {{ type gram = u64; f: func() -> gram; }}"
            ),
        );
    }
    home.package("app", APP);
    witgen(&home, &["add", "acme:units"]).printed();
    let table = witgen(&home, &["outdated"]).printed();
    assert!(
        table.contains("acme:units  1.0.0    1.1.0       1.1.0   witgen.toml:2"),
        "{table}"
    );
    witgen(&home, &["update"]).printed();
    assert_eq!(deps(&home.path("app")), ["acme-units-1.1.0"]);
    // What was seen is enough without a network.
    drop(registry);
    let run = witgen(&home, &["update", "--offline", "--verbose"]);
    assert!(
        run.stderr.contains("Unchanged acme:units v1.1.0"),
        "{run:?}"
    );
    let message = refused(&home, &["update"]);
    assert!(message.contains("`--offline` uses them"), "{message}");
}

#[test]
fn a_version_that_another_dependency_uses_stays_until_that_moves_too() {
    let home = home();
    let publish_shop = |version: &str, units: &str| {
        home.package("shop", &format!("package acme:shop@{version}; interface stock {{ use acme:units/weight@{units}.{{gram}}; count: func() -> gram; }}"));
        home.run(&home.path("shop"), &["fetch"]).printed();
        home.run(&home.path("shop"), &["publish", "--quiet"]).printed();
    };
    publish_shop("1.0.0", "1.0.0");
    let stock = "  import acme:shop/stock@1.0.0;\n  export scales;";
    home.package("app", &APP.replace("  export scales;", stock));
    witgen(&home, &["fetch"]).printed();
    let before = files(&home);
    let run = witgen(&home, &["update"]);
    assert!(
        run.stderr.contains(
            "warning[mixed-dependency-versions]: `acme:units` stays at 1.0.0 instead of 1.1.0"
        ),
        "{run:?}"
    );
    assert_eq!((run.status, files(&home)), (0, before));

    publish_shop("1.1.0", "1.1.0");
    let run = witgen(&home, &["update"]);
    assert!(!run.stderr.contains("warning"), "{run:?}");
    assert_eq!(
        deps(&home.path("app")),
        ["acme-shop-1.1.0", "acme-units-1.1.0"]
    );
}

#[test]
fn a_changed_requirement_moves_the_wit_to_a_version_that_it_allows() {
    let home = fetched(MANIFEST);
    publish(
        &home,
        "package acme:units@3.0.0; interface weight { type gram = u64; weigh: func() -> gram; }",
    );
    home.write("app/witgen.toml", MANIFEST.replace("1.0", "3"));
    let message = refused(&home, &["fetch"]);
    assert!(
        message.contains("`witgen update` changes the version in the WIT"),
        "{message}"
    );
    let table = witgen(&home, &["outdated"]).printed();
    assert!(
        table.contains("acme:units  1.0.0    3.0.0       3.0.0"),
        "{table}"
    );
    // Components that were built for this package don't link to 3.0.0.
    let run = witgen(&home, &["update"]);
    assert_eq!(run.status, 1, "{run:?}");
    let run = witgen(&home, &["update", "--allow-breaking"]);
    assert!(
        run.stderr.contains("Updating acme:units v1.0.0 -> v3.0.0"),
        "{run:?}"
    );
    assert_eq!(deps(&home.path("app")), ["acme-units-3.0.0"]);
    witgen(&home, &["check"]).printed();

    // Also to an earlier one.
    home.write("app/witgen.toml", MANIFEST.replace("1.0", "=1.0.1"));
    let run = witgen(&home, &["update", "--allow-breaking"]);
    assert!(
        run.stderr.contains("Updating acme:units v3.0.0 -> v1.0.1"),
        "{run:?}"
    );
    home.write("app/witgen.toml", MANIFEST.replace("1.0", "7"));
    let message = refused(&home, &["update"]);
    assert!(
        message.contains("no published version of `acme:units` satisfies `^7`"),
        "{message}"
    );
}
