//! Path dependencies.

use pretty_assertions::assert_eq;
use testkit::app::deps;
use testkit::home::Home;

use super::{files, read, refused, witgen};

const TYPES: &str = "package acme:types@1.2.0; interface ids { type id = u64; }";

fn home() -> Home {
    let home = Home::new();
    home.package("types", TYPES);
    home.package(
        "app",
        "package me:app; interface i { use acme:types/ids@1.2.0.{id}; }",
    );
    home
}

#[test]
fn a_path_dependency_is_copied_into_deps_and_not_locked() {
    for package in [&["acme:types"][..], &["acme:types@1"], &[]] {
        let home = home();
        let printed = witgen(
            &home,
            &[&["add"], package, &["--path", "../types"]].concat(),
        )
        .printed();
        assert_eq!(printed, "use acme:types/ids@1.2.0.{…};\n");
        assert_eq!(deps(&home.path("app")), ["acme-types-1.2.0"]);
        assert!(!home.path("app/wkg.lock").exists());
        assert!(read(&home, "witgen.toml").contains("path = \"../types\""));
        witgen(&home, &["inspect"]).printed();

        // The copy follows the directory.
        home.package("types", &TYPES.replace("u64", "u32"));
        assert_eq!(witgen(&home, &["fetch", "--check"]).status, 1);
        witgen(&home, &["fetch"]).printed();
        assert!(read(&home, "wit/deps/acme-types-1.2.0/package.wit").contains("u32"));
        witgen(&home, &["update"]).printed();
    }
}

#[test]
fn a_path_dependency_is_kept_though_no_wit_uses_it() {
    let home = home();
    home.package("app", "package me:app; world app {}");
    witgen(&home, &["add", "--path", "../types"]).printed();
    assert_eq!(deps(&home.path("app")), ["acme-types-1.2.0"]);
    let before = files(&home);
    witgen(&home, &["fetch"]).printed();
    assert_eq!(files(&home), before);
    witgen(&home, &["remove", "acme:types"]).printed();
    assert!(deps(&home.path("app")).is_empty());
}

#[test]
fn path_dependencies_of_path_dependencies_are_found_without_a_fetch_there() {
    let home = home();
    home.package(
        "base",
        "package acme:base@1.0.0; interface b { type raw = u64; }",
    );
    home.package(
        "types",
        "package acme:types@1.2.0; interface ids { use acme:base/b@1.0.0.{raw}; type id = raw; }",
    );
    home.write(
        "types/witgen.toml",
        "[dependencies]\n\"acme:base\" = { path = \"../base\" }\n",
    );
    witgen(&home, &["add", "--path", "../types"]).printed();
    assert_eq!(
        deps(&home.path("app")),
        ["acme-base-1.0.0", "acme-types-1.2.0"]
    );
    witgen(&home, &["inspect"]).printed();
    assert!(
        !home.path("types/wit/deps").exists(),
        "another package's folder stays as it is"
    );
}

#[test]
fn path_dependencies_in_a_circle_are_refused() {
    let home = home();
    home.package("base", "package acme:base@1.0.0; interface b {}");
    home.write(
        "app/witgen.toml",
        "[dependencies]\n\"acme:types\" = { path = \"../types\" }\n",
    );
    home.write(
        "types/witgen.toml",
        "[dependencies]\n\"acme:base\" = { path = \"../base\" }\n",
    );
    home.write(
        "base/witgen.toml",
        "[dependencies]\n\"acme:types\" = { path = \"../types\" }\n",
    );
    let message = refused(&home, &["fetch"]);
    assert!(
        message.contains("error[path-dependency-cycle]"),
        "{message}"
    );
    for place in ["types/witgen.toml:2:15", "base/witgen.toml:2:16"] {
        assert!(message.contains(place), "{message}");
    }

    home.write(
        "app/witgen.toml",
        "[dependencies]\n\"acme:app\" = { path = \".\" }\n",
    );
    let message = refused(&home, &["fetch"]);
    assert!(
        message.contains("error[path-dependency-cycle]"),
        "{message}"
    );
}

#[test]
fn packages_that_take_each_other_from_directories_are_refused() {
    let home = home();
    home.package(
        "types",
        "package acme:types@1.2.0; interface ids { use acme:base/b@1.0.0.{id}; }",
    );
    home.package(
        "base",
        "package acme:base@1.0.0; interface b { use acme:types/ids@1.2.0.{id}; }",
    );
    home.write(
        "app/wkg.toml",
        "[overrides]\n\"acme:types\" = { path = \"../types/wit\" }\n\"acme:base\" = { path = \"../base/wit\" }\n",
    );
    let message = refused(&home, &["fetch"]);
    assert!(message.contains("error[package-cycle]"), "{message}");
}

#[test]
fn a_path_must_have_the_package_that_is_named() {
    let home = home();
    home.write("empty/readme.txt", "");
    for (args, part) in [
        (&["--path", "../empty"][..], "no `.wit` file"),
        (
            &["acme:tips", "--path", "../types"],
            "`../types` has the package `acme:types`",
        ),
        (
            &["acme:types@2", "--path", "../types"],
            "the manifest requires `^2`",
        ),
    ] {
        let message = refused(&home, &[&["add"], args].concat());
        assert!(message.contains(part), "{message}");
    }
    for (line, part) in [
        (
            "\"acme:tips\" = { path = \"../types\" }",
            "`../types/wit` contains `acme:types@1.2.0`, but `acme:tips` is needed",
        ),
        (
            "\"acme:types\" = { path = \"../types\", version = \"3\" }",
            "requirement-violated",
        ),
        ("\"acme:types\" = { path = \"../empty\" }", "no `.wit` file"),
    ] {
        home.write("app/witgen.toml", format!("[dependencies]\n{line}\n"));
        let message = refused(&home, &["fetch"]);
        assert!(
            message.contains(part) && message.contains("witgen.toml:2"),
            "{message}"
        );
    }
}

#[test]
fn check_compares_the_copies_of_path_dependencies_and_generate_writes_them() {
    let home = home();
    home.package(
        "base",
        "package acme:base@1.0.0; interface b { type raw = u64; }",
    );
    home.package(
        "types",
        "package acme:types@1.2.0; interface ids { use acme:base/b@1.0.0.{raw}; type id = raw; }",
    );
    home.write(
        "types/witgen.toml",
        "[dependencies]\n\"acme:base\" = { path = \"../base\" }\n",
    );
    home.write(
        "app/witgen.toml",
        "[dependencies]\n\"acme:types\" = { path = \"../types\" }\n",
    );
    let message = witgen(&home, &["check"]).failed(1);
    assert!(
        message.contains("`wit/deps/acme-types-1.2.0/package.wit` is missing"),
        "{message}"
    );
    witgen(&home, &["generate"]).printed();
    assert_eq!(
        deps(&home.path("app")),
        ["acme-base-1.0.0", "acme-types-1.2.0"]
    );
    witgen(&home, &["check"]).printed();
    witgen(&home, &["fetch", "--check"]).printed();

    home.package(
        "base",
        "package acme:base@1.0.0; interface b { type raw = u32; }",
    );
    let message = witgen(&home, &["check"]).failed(1);
    assert!(
        message.contains("`wit/deps/acme-base-1.0.0/package.wit` differs from what"),
        "{message}"
    );
    let before = files(&home);
    let run = witgen(&home, &["generate", "--dry-run"]);
    assert!(
        run.stderr.contains("would be changed wit/deps/acme-base-1.0.0/package.wit"),
        "{run:?}"
    );
    assert_eq!(files(&home), before);
    witgen(&home, &["generate"]).printed();
    assert!(read(&home, "wit/deps/acme-base-1.0.0/package.wit").contains("u32"));
    witgen(&home, &["check"]).printed();

    // A new version of the dependency replaces the copy of the earlier one.
    home.package(
        "types",
        "package acme:types@1.3.0; interface ids { type id = u64; }",
    );
    home.write("types/witgen.toml", "");
    let message = witgen(&home, &["check"]).failed(1);
    assert!(message.contains("contains `acme:types@1.3.0`"), "{message}");
    home.package(
        "app",
        "package me:app; interface i { use acme:types/ids@1.3.0.{id}; }",
    );
    let message = witgen(&home, &["check"]).failed(1);
    assert!(
        message.contains("acme-types-1.3.0/package.wit` is missing"),
        "{message}"
    );
    witgen(&home, &["generate"]).printed();
    witgen(&home, &["check"]).printed();
}

#[test]
fn check_reports_path_dependencies_that_fetch_refuses() {
    for (line, part) in [
        (
            "\"acme:types\" = { path = \"../nowhere\" }",
            "names `../nowhere`, which doesn't exist",
        ),
        (
            "\"acme:tips\" = { path = \"../types\" }",
            "`../types/wit` contains `acme:types@1.2.0`, but `acme:tips` is needed",
        ),
        (
            "\"acme:types\" = { path = \"../types\", version = \"3\" }",
            "error[requirement-violated]",
        ),
        (
            "\"acme:types\" = { path = \"../loop\" }",
            "error[path-dependency-cycle]",
        ),
    ] {
        let home = home();
        witgen(&home, &["add", "--path", "../types"]).printed();
        home.write(
            "loop/witgen.toml",
            "[dependencies]\n\"acme:loop\" = { path = \"../loop\" }\n",
        );
        home.write("app/witgen.toml", format!("[dependencies]\n{line}\n"));
        let message = witgen(&home, &["check"]).failed(1);
        assert!(message.contains(part), "{line}: {message}");
        assert!(message.contains("witgen.toml:2"), "{line}: {message}");
        assert!(refused(&home, &["generate"]).contains(part), "{line}");
    }
}

#[test]
fn checking_path_dependencies_asks_no_registry() {
    let home = Home::with_directory();
    super::publish(
        &home,
        "package acme:units@1.0.0; interface weight { type gram = u64; }",
    );
    home.package(
        "types",
        "package acme:types@1.2.0; interface ids { use acme:units/weight@1.0.0.{gram}; type id = gram; }",
    );
    home.package(
        "app",
        "package me:app; interface i { use acme:types/ids@1.2.0.{id}; }",
    );
    witgen(&home, &["add", "--path", "../types"]).printed();
    std::fs::remove_dir_all(home.path("registry")).unwrap();
    witgen(&home, &["check"]).printed();
    home.package(
        "types",
        "package acme:types@1.2.0; interface ids { use acme:units/weight@1.0.0.{gram}; type id = gram; f: func(); }",
    );
    let message = witgen(&home, &["check"]).failed(1);
    assert!(
        message.contains("`wit/deps/acme-types-1.2.0/package.wit` differs from what"),
        "{message}"
    );
    assert!(!message.contains("acme-units"), "{message}");
    witgen(&home, &["generate"]).printed();
    witgen(&home, &["check"]).printed();
    assert_eq!(
        deps(&home.path("app")),
        ["acme-types-1.2.0", "acme-units-1.0.0"]
    );
}

#[test]
fn a_path_dependency_that_needs_the_package_is_refused() {
    let home = home();
    home.run(&home.path("app"), &["add", "--path", "../types"]).printed();
    home.package(
        "app",
        "package me:app@1.0.0; interface i { use acme:types/ids@1.2.0.{id}; }",
    );
    let types = home.path("types");
    let before = testkit::tree::tree(&types);
    let message = home.run(&types, &["add", "--path", "../app"]).failed(2);
    assert!(message.contains("error[p"), "{message}");
    assert_eq!(testkit::tree::tree(&types), before);
}

#[test]
fn a_member_of_the_workspace_is_added_by_its_path() {
    for (args, path) in [
        (
            &["acme:http@0.3"][..],
            "path = \"../http\", version = \"0.3\"",
        ),
        (&["acme:http"], "path = \"../http\""),
        (&["acme:http@0.4.0-draft"], "path = \"../http/draft\""),
        (&["acme:http@0.5"], "published"),
    ] {
        let home = Home::with_directory();
        super::publish(&home, "package acme:http@0.5.0; interface h {}");
        home.write(
            "witgen.toml",
            "[workspace]\nmembers = ['app', 'http/draft', 'http']\n",
        );
        home.package("app", "package me:app@0.1.0; world app {}");
        home.write("http/wit/a.wit", "package acme:http@0.3.0; interface h {}");
        home.write(
            "http/draft/a.wit",
            "package acme:http@0.4.0-draft; interface h {}",
        );
        witgen(&home, &[&["add"], args].concat()).printed();
        let manifest = read(&home, "witgen.toml");
        if path == "published" {
            assert!(manifest.contains("\"acme:http\" = \"0.5\""), "{manifest}");
        } else {
            assert!(manifest.contains(path), "{args:?}: {manifest}");
        }
        witgen(&home, &["check"]).printed();
    }
}
