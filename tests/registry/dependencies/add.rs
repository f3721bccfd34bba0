//! `witgen add`: into the manifest, `deps/` and the lock file.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::app::deps;
use testkit::home::Home;

use super::{APP, files, home, locked, read, refused, witgen};

#[test]
fn a_package_is_added_with_its_requirement_fetched_and_locked() {
    let home = home();
    let run = witgen(&home, &["add", "acme:units@1.0"]);
    assert_eq!(run.stdout, "use acme:units/weight@1.1.0.{…};\n");
    assert!(
        run.stderr.contains("Adding acme:units@1.1.0 (\"1.0\")"),
        "{run:?}"
    );
    assert_eq!(
        read(&home, "witgen.toml"),
        "[dependencies]\n\"acme:units\" = \"1.0\"\n"
    );
    assert_eq!(deps(&home.path("app")), ["acme-units-1.1.0"]);
    assert_eq!(locked(&home), [("^1.0".to_owned(), "1.1.0".to_owned())]);
    witgen(&home, &["fetch", "--check"]).printed();
    witgen(&home, &["check"]).printed();

    // The line that was printed is WIT, and using the package changes nothing that is locked.
    home.package(
        "app",
        "package me:app@0.1.0; interface i { use acme:units/weight@1.1.0.{gram}; }\n",
    );
    witgen(&home, &["fetch", "--locked"]).printed();
    witgen(&home, &["fetch"]).printed();
    assert_eq!(locked(&home), [("^1.0".to_owned(), "1.1.0".to_owned())]);
}

#[test]
fn without_a_requirement_the_newest_release_is_required() {
    let home = home();
    witgen(&home, &["add", "acme:units"]).printed();
    assert!(read(&home, "witgen.toml").contains("\"acme:units\" = \"2.0.0\""));
}

#[test]
fn without_a_requirement_a_version_in_the_wit_is_kept() {
    let home = home();
    home.package("app", APP);
    witgen(&home, &["add", "acme:units"]).printed();
    assert!(read(&home, "witgen.toml").contains("\"acme:units\" = \"1.0.0\""));
    assert_eq!(deps(&home.path("app")), ["acme-units-1.0.0"]);
    let message = refused(&home, &["add", "wasi:random", "acme:units"]);
    assert!(message.contains("already-a-dependency"), "{message}");
}

#[test]
fn the_manifest_keeps_its_comments_and_its_layout() {
    let home = home();
    let manifest = "# ours\nwit = 'wit'   # here\n\n[dependencies]\n# why not\n'z:z' = { path = '../z' }\n\n[fmt]\nwidth = 90\n";
    home.write("app/witgen.toml", manifest);
    home.package("z", "package z:z@1.0.0; interface i {}");
    witgen(&home, &["add", "acme:units@=1.0.0"]).printed();
    let line = "\"acme:units\" = \"=1.0.0\"\n";
    assert_eq!(
        read(&home, "witgen.toml"),
        manifest.replace("# why not", &format!("{line}# why not"))
    );
}

#[test]
fn built_in_packages_are_added_without_a_registry() {
    let home = Home::new();
    home.package("app", "package me:app; world app {}");
    let added = ["add", "wasi:clocks@0.3", "wasi:cli", "--offline"];
    let printed = witgen(&home, &added).printed();
    for line in [
        "use wasi:clocks/monotonic-clock@0.3.2.{…};",
        "import wasi:cli/environment@0.3.2;",
        "include wasi:cli/command@0.3.2;",
    ] {
        assert!(printed.lines().any(|it| it == line), "{printed}");
    }
    assert_eq!(
        read(&home, "witgen.toml"),
        "[dependencies]\n\"wasi:cli\" = \"0.3.2\"\n\"wasi:clocks\" = \"0.3\"\n"
    );
    assert!(deps(&home.path("app")).contains(&"wasi-clocks-0.3.2".to_owned()));
    let json = witgen(
        &home,
        &["add", "wasi:random", "--format", "json", "--dry-run"],
    )
    .printed();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value[0]["package"], "wasi:random@0.3.2");
}

#[test]
fn a_package_that_is_named_twice_is_added_once() {
    let home = home();
    let printed = witgen(&home, &["add", "acme:units@1.0", "acme:units@1.0"]).printed();
    assert_eq!(printed, "use acme:units/weight@1.1.0.{…};\n");
    let home = super::home();
    let message = refused(&home, &["add", "acme:units@1.0", "acme:units@2"]);
    assert!(
        message.contains("`acme:units` is named with two requirements"),
        "{message}"
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    let home = home();
    let before = files(&home);
    let run = witgen(&home, &["add", "acme:units@1", "--dry-run"]);
    assert!(run.stderr.contains("would change witgen.toml"), "{run:?}");
    assert_eq!(files(&home), before);
}

#[test]
fn what_cannot_be_added_is_refused_and_nothing_is_written() {
    let home = home();
    for (args, parts) in [
        (
            &["acme:unts"][..],
            &["has no package `acme:unts`", "did you mean `acme:units`?"][..],
        ),
        (
            &["wasi:clcks"],
            &["has no package `wasi:clcks`", "did you mean `wasi:clocks`?"],
        ),
        (
            &["acme:units@3"],
            &[
                "no published version of `acme:units` satisfies `^3`",
                "2.1.0-rc.1, 2.0.0",
            ],
        ),
        (
            &["acme:units@1", "acme:one", "acme:two"],
            &["`acme:one`", "`acme:two`"],
        ),
        (
            &["acme:units@new"],
            &["`new` is not a requirement for versions", ">=0.3, <0.5"],
        ),
        (&["acme:units@"], &["`` is not a requirement for versions"]),
        (&["units"], &["`units` is not the name of a package"]),
        (&["me:app"], &["`me:app` is the package itself"]),
        (
            &["acme:a", "acme:b", "--path", "x"],
            &["names one directory for several packages"],
        ),
        (&["--path", "nowhere"], &["nowhere"]),
    ] {
        let message = refused(&home, &[&["add"], args].concat());
        for part in parts {
            assert!(message.contains(part), "{args:?}: {message}");
        }
        assert!(message.contains("help: "), "{message}");
    }
    home.write("app/witgen.toml", "wit = 'wit'\n[dependencies\n");
    let message = refused(&home, &["add", "acme:units"]);
    assert!(message.contains("witgen.toml:2"), "{message}");
}

#[test]
fn a_registry_that_is_down_leaves_everything_as_it_was() {
    let home = Home::with_registry("127.0.0.1:9", &["acme"]);
    home.package("app", "package me:app; world app {}");
    let message = refused(&home, &["add", "acme:units@1"]);
    assert!(message.contains("error[registry-unreachable]"), "{message}");
}

#[test]
fn a_version_that_the_wit_names_must_satisfy_the_requirement() {
    let home = home();
    home.package("app", APP);
    let message = refused(&home, &["add", "acme:units@2"]);
    assert!(
        message.contains("`acme:units@1.0.0` is used, but the manifest requires `^2`"),
        "{message}"
    );
    assert!(message.contains("package.wit:5:7"), "{message}");

    // What the message advises leads to such a version.
    let message = refused(&home, &["add", "acme:units@=1.0.1"]);
    let advice = "write the requirement into `[dependencies]` yourself, then run `witgen update`";
    assert!(message.contains(advice), "{message}");
    home.write(
        "app/witgen.toml",
        "[dependencies]\n\"acme:units\" = \"=1.0.1\"\n",
    );
    witgen(&home, &["update"]).printed();
    assert_eq!(deps(&home.path("app")), ["acme-units-1.0.1"]);
    assert!(read(&home, "wit/package.wit").contains("acme:units/weight@1.0.1.{"));
}

#[test]
fn files_of_others_in_deps_are_not_overwritten() {
    let home = home();
    home.write(
        "app/wit/deps/acme-units-1.1.0/package.wit",
        "package my:thing@1.0.0;",
    );
    let message = refused(&home, &["add", "acme:units@1"]);
    assert!(message.contains("--force"), "{message}");
    witgen(&home, &["add", "acme:units@1", "--force"]).printed();
}

#[test]
fn a_file_in_the_place_of_deps_keeps_the_manifest_from_being_written() {
    let home = home();
    home.write("app/witgen.toml", "wit = 'wit'\n");
    home.write("app/wit/deps", "a file");
    let message = refused(&home, &["add", "acme:units@1"]);
    assert!(message.contains("error[not-a-directory]"), "{message}");
}

#[test]
fn a_folder_without_wit_gets_no_manifest() {
    let home = home();
    fs::remove_dir_all(home.path("app/wit")).unwrap();
    let message = refused(&home, &["add", "acme:units@1"]);
    assert!(
        message.contains("`wit` is not a directory of WIT"),
        "{message}"
    );
}
