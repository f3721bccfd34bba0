//! `[registries]` of a project.

use pretty_assertions::assert_eq;
use testkit::app::deps;
use testkit::home::Home;

use super::{publish, read, refused, witgen};

/// A home with an empty default registry, in which `other/` has `acme:units`.
fn home() -> Home {
    let home = Home::with_directory();
    publish(&home, "package acme:units@1.0.0; interface i {}");
    std::fs::rename(home.path("registry"), home.path("other")).unwrap();
    home.package("app", "package me:app; world app {}");
    home
}

#[test]
fn the_registries_of_the_project_take_precedence() {
    for registries in [
        "default = \"../other\"",
        "namespaces = { acme = \"../other\" }",
        "packages = { \"acme:units\" = \"../other\" }",
    ] {
        let home = home();
        let message = refused(&home, &["add", "acme:units@1"]);
        assert!(
            message.contains("`here` has no package `acme:units`"),
            "{message}"
        );
        home.write("app/witgen.toml", format!("[registries]\n{registries}\n"));
        witgen(&home, &["add", "acme:units@1"]).printed();
        assert_eq!(deps(&home.path("app")), ["acme-units-1.0.0"]);
        assert!(read(&home, "wkg.lock").contains("registry = \"../other\""));
        witgen(&home, &["fetch", "--locked"]).printed();
        witgen(&home, &["inspect", "--wit", "acme:units@1.0.0"]).printed();
    }
}

#[test]
fn a_package_of_the_users_configuration_is_more_specific_than_a_namespace_of_the_project() {
    let home = home();
    let root = home.path("other").display().to_string();
    home.configure(&format!(
        "[package_registry_overrides]\n\"acme:units\" = \"mine\"\n[registry.mine]\ntype = \"local\"\n[registry.mine.local]\nroot = {root:?}\n"
    ));
    home.write(
        "app/witgen.toml",
        "[registries]\nnamespaces = { acme = \"./empty\" }\n",
    );
    witgen(&home, &["add", "acme:units@1"]).printed();
    assert!(read(&home, "wkg.lock").contains("registry = \"mine\""));
    home.write(
        "app/witgen.toml",
        "[registries]\npackages = { \"acme:units\" = \"./empty\" }\n",
    );
    let message = refused(&home, &["add", "acme:units@1"]);
    assert!(message.contains("`./empty` has no package"), "{message}");
}

#[test]
fn a_host_of_the_project_is_asked() {
    let home = home();
    for registry in [
        "\"127.0.0.1:9\"",
        "{ registry = \"team\", metadata = { preferredProtocol = \"oci\", oci = { registry = \"127.0.0.1:9\", namespacePrefix = \"my-team/\" } } }",
    ] {
        home.write(
            "app/witgen.toml",
            format!("[registries.namespaces]\nacme = {registry}\n"),
        );
        let message = refused(&home, &["add", "acme:units@1"]);
        assert!(
            message.contains("`127.0.0.1:9` refuses the connection"),
            "{message}"
        );
    }
}

#[test]
fn what_is_no_registry_is_shown_where_it_is_written() {
    let home = home();
    for (line, part) in [
        (
            "default = \"https://x.example\"",
            "is an address, but a registry is a host",
        ),
        ("default = \"ghcr.io/team\"", "is more than a host"),
        ("default = 3", "a registry is a host, a directory"),
        (
            "namespaces = { \"acme:units\" = \"x.example\" }",
            "`acme:units` is not a namespace",
        ),
        (
            "packages = { units = \"x.example\" }",
            "`units` is not the name of a package",
        ),
        (
            "packages = { \"acme:units@1.0.0\" = \"x.example\" }",
            "has a version",
        ),
        ("hosts = {}", "unknown field `hosts`"),
    ] {
        home.write("app/witgen.toml", format!("[registries]\n{line}\n"));
        let message = refused(&home, &["add", "acme:units@1"]);
        assert!(message.contains(part), "{message}");
        assert!(message.contains("witgen.toml:2:"), "{message}");
    }
}

#[test]
fn a_password_in_an_address_is_rejected_and_not_repeated() {
    let home = home();
    home.write(
        "app/witgen.toml",
        "[registries]\ndefault = \"me:hunter2@x.example\"\n",
    );
    let message = refused(&home, &["add", "acme:units@1"]);
    assert!(
        message.contains("has no user and no password in it"),
        "{message}"
    );
    assert!(
        message.contains("witgen.toml:2") && !message.contains("hunter2"),
        "{message}"
    );
}

#[test]
fn a_default_registry_does_not_hide_built_in_packages() {
    let home = home();
    home.configure("default_registry = \"packages.example\"\n");
    home.write("app/witgen.toml", "[registries]\ndefault = \"../other\"\n");
    witgen(&home, &["add", "wasi:clocks@0.3"]).printed();
    witgen(&home, &["add", "wasi:random"]).printed();
    home.package(
        "app",
        "package me:app; world app { import wasi:cli/environment@0.3.2; }",
    );
    witgen(&home, &["fetch"]).printed();
    assert!(deps(&home.path("app")).contains(&"wasi-cli-0.3.2".to_owned()));
    witgen(&home, &["outdated"]).printed();
    witgen(&home, &["update"]).printed();

    // What witgen doesn't contain comes from there.
    let message = refused(&home, &["add", "wasi:sockets@0.2"]);
    assert!(
        message.contains("`../other` has no package `wasi:sockets`"),
        "{message}"
    );
    assert!(!message.contains("did you mean"), "{message}");
    assert!(!message.contains("docker login"), "{message}");

    // The registry of the namespace or of the package takes precedence.
    for registries in [
        "namespaces = { wasi = \"../other\" }",
        "packages = { \"wasi:sockets\" = \"../other\" }",
    ] {
        home.write("app/witgen.toml", format!("[registries]\n{registries}\n"));
        let message = refused(&home, &["add", "wasi:sockets@0.3"]);
        assert!(
            message.contains("`../other` has no package `wasi:sockets`"),
            "{message}"
        );
    }
}
