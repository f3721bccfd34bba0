//! What `fetch` and `check` make of `[dependencies]`.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::app::deps;

use super::{APP, fetched, files, home, locked, refused, witgen};

#[test]
fn a_listed_package_is_kept_in_deps_though_no_wit_uses_it() {
    let home = home();
    home.write(
        "app/witgen.toml",
        "[dependencies]\n\"acme:units\" = \"1\"\n",
    );
    witgen(&home, &["fetch"]).printed();
    assert_eq!(deps(&home.path("app")), ["acme-units-1.1.0"]);
    assert_eq!(locked(&home), [("^1".to_owned(), "1.1.0".to_owned())]);
    for flags in [
        &[][..],
        &["--locked"],
        &["--locked", "--offline"],
        &["--check"],
    ] {
        let before = files(&home);
        witgen(&home, &[&["fetch"], flags].concat()).printed();
        assert_eq!(files(&home), before);
    }
    // A clone has the lock alone.
    let before = files(&home);
    fs::remove_dir_all(home.path("app/wit/deps")).unwrap();
    witgen(&home, &["fetch", "--locked"]).printed();
    assert_eq!(files(&home), before);
}

#[test]
fn a_vendored_package_satisfies_the_requirement() {
    let home = home();
    home.write(
        "app/witgen.toml",
        "[dependencies]\n\"acme:units\" = \"1\"\n",
    );
    home.write(
        "app/wit/deps/units.wit",
        "package acme:units@1.9.0; interface mine {}",
    );
    let run = witgen(&home, &["fetch"]);
    assert!(run.stderr.contains("1 vendored and not locked"), "{run:?}");
    assert!(!run.stderr.contains("warning"), "{run:?}");
    assert!(deps(&home.path("app")).is_empty());
}

#[test]
fn a_version_in_the_wit_that_the_manifest_does_not_allow_is_shown_on_both_sides() {
    let home = fetched("");
    home.write(
        "app/witgen.toml",
        "[dependencies]\n\"acme:units\" = \"1.1\"\n",
    );
    let message = refused(&home, &["fetch"]);
    for part in [
        "error[requirement-violated]: `acme:units@1.0.0` is used, but the manifest requires `^1.1`",
        "package.wit:5:7",
        "package.wit:10:10",
        "witgen.toml:2:16",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let run = witgen(&home, &["check"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(
        run.stderr.contains("error[requirement-violated]"),
        "{run:?}"
    );
}

#[test]
fn a_listed_package_that_cannot_be_found_is_shown_in_the_manifest() {
    let home = home();
    for (line, part) in [
        ("\"acme:nothing\" = \"1\"", "has no package `acme:nothing`"),
        (
            "\"acme:units\" = \"7\"",
            "no published version of `acme:units` satisfies `^7`",
        ),
        ("\"acme:units\" = \"new\"", "`new` is not a requirement"),
        (
            "\"acme:units\" = { path = \"../nowhere\" }",
            "which doesn't exist",
        ),
    ] {
        home.write("app/witgen.toml", format!("[dependencies]\n{line}\n"));
        let message = refused(&home, &["fetch"]);
        assert!(
            message.contains(part) && message.contains("witgen.toml:2:"),
            "{message}"
        );
    }
}

#[test]
fn the_manifest_does_not_apply_to_another_package() {
    let home = home();
    home.write(
        "app/witgen.toml",
        "[dependencies]\n\"acme:units\" = \"=2.0.0\"\n",
    );
    home.write("app/other/package.wit", APP);
    witgen(&home, &["fetch", "--wit", "other"]).printed();
    assert!(home.path("app/other/deps/acme-units-1.0.0").is_dir());
    assert!(!home.path("app/other/deps/acme-units-2.0.0").exists());
}
