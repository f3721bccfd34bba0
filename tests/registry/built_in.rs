//! Packages that witgen contains, without a registry.

use pretty_assertions::assert_eq;
use testkit::app::{deps, fetch};
use testkit::home::Home;
use testkit::tree::tree;

/// A world of its own for a component that reads its environment.
const APP: &str = "package my:app@1.0.0;
world app {
  include wasi:http/proxy@0.3.1002;
  import wasi:cli/environment@0.3.2;
}
";

fn home() -> Home {
    let home = Home::new();
    home.write("app/wit/app.wit", APP);
    home
}

#[test]
fn a_world_can_include_what_witgen_contains() {
    let home = home();
    let tree = home.run(&home.path("app"), &["inspect"]).printed();
    for import in [
        "wasi:cli/environment@0.3.2",
        "wasi:http/origin@0.3.1002",
        "wasi:random/insecure@0.3.2",
    ] {
        assert!(tree.contains(import), "{tree}");
    }
    let rust = ["rust", "--guest", "--out", "src/app"];
    home.run(&home.path("app"), &rust).printed();
    let glue = std::fs::read_to_string(home.path("app/src/app/mod.rs")).unwrap();
    assert!(glue.contains("pub use native::environment;"), "{glue}");
}

#[test]
fn fetch_writes_built_in_packages_without_a_registry() {
    let home = home();
    let before = home.run(&home.path("app"), &["inspect", "app"]).printed();
    let run = fetch(&home, &["--offline"]);
    assert!(
        run.stderr.contains("6 packages needed: 2 built in, 4 carried by these"),
        "{}",
        run.stderr
    );
    let expected = [
        "wasi-cli-0.3.2",
        "wasi-clocks-0.3.2",
        "wasi-filesystem-0.3.2",
        "wasi-http-0.3.1002",
        "wasi-random-0.3.2",
        "wasi-sockets-0.3.2",
    ];
    assert_eq!(deps(&home.path("app")), expected);
    let files = tree(&home.path("app"));
    assert_eq!(
        home.run(&home.path("app"), &["inspect", "app"]).printed(),
        before
    );
    fetch(&home, &["--locked", "--offline", "--check"]).printed();
    assert_eq!(tree(&home.path("app")), files);
}

#[test]
fn a_configured_registry_takes_precedence_over_built_in_packages() {
    let home = home();
    home.write(
        "cli/cli.wit",
        "package wasi:cli@0.3.2; interface environment { of-registry: func(); }",
    );
    let registry = home.path("registry").display().to_string();
    let publish = ["publish", "--wit", "cli", "--registry", &registry];
    home.run(&home.path("."), &publish).printed();
    home.write(
        "app/wit/app.wit",
        "package my:app; world app { import wasi:cli/environment@0.3.2; }",
    );
    fetch(&home, &["--registry", &registry]).printed();
    let item = ["inspect", "wasi:cli/environment"];
    let found = home.run(&home.path("app"), &item).printed();
    assert!(found.contains("of-registry"), "{found}");
}

#[test]
fn another_version_of_a_built_in_package_is_missing_and_the_message_names_the_right_one() {
    let home = home();
    home.write("app/wit/app.wit", APP.replace("0.3.1002", "0.3.1001"));
    let message = home.run(&home.path("app"), &["inspect"]).failed(2);
    assert!(
        message.contains("help: witgen contains `wasi:http@0.3.1002`"),
        "{message}"
    );
}
