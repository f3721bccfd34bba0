//! In one registry, and in one repository, with the real wkg. Run by `scripts/test-at-length.sh`: building
//! wkg takes minutes.

use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit::home::Home;
use testkit::peers;
use testkit::registry::{Access, PASSWORD, Registry, USER};
use testkit::tree::tree;

const UNITS: &str = "\
/// Units.
package acme:units@1.0.0;

/// Weights.
@since(version = 1.0.0)
interface weight {
  /// Grams.
  @since(version = 1.0.0)
  type gram = u64;
}
";
const SHOP: &str = "\
package acme:shop@1.0.0;
interface stock { use acme:units/weight@1.0.0.{gram}; weigh: func() -> gram; }
";
const APP: &str = "package me:app@0.1.0; world app { import acme:shop/stock@1.0.0; }";

/// A home where wkg finds everything that witgen finds.
fn home(registry: &Registry) -> Home {
    let home = Home::with_registry(&registry.host, &["acme"]);
    let text = fs::read_to_string(home.path("registries.toml")).unwrap();
    // wkg takes no address for one that is spoken to without TLS unless it is said.
    let protocol = format!(
        "[registry.\"{}\".oci]\nprotocol = \"http\"\n",
        registry.host
    );
    home.configure(&format!("{text}{protocol}"));
    home
}

#[track_caller]
fn wkg(home: &Home, dir: &Path, args: &[&str]) {
    let output = Command::new(peers::program("wkg", "0.16.1"))
        .args(args)
        .current_dir(dir)
        .env("HOME", home.path("."))
        .env("XDG_CACHE_HOME", home.path("wkg-cache"))
        .env("WKG_CONFIG_FILE", home.path("registries.toml"))
        .env("DOCKER_CONFIG", home.path(".docker"))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "wkg {args:?}: {stderr}");
}

fn wkg_publishes(home: &Home, folder: &str, wit: &str) {
    let dir = home.package(folder, wit);
    wkg(home, &dir, &["build", "-o", "package.wasm"]);
    wkg(home, &dir, &["publish", "package.wasm"]);
}

fn witgen_publishes(home: &Home, folder: &str, wit: &str) {
    let dir = home.package(folder, wit);
    home.run(&dir, &["fetch"]).printed();
    home.run(&dir, &["publish"]).printed();
}

/// What is in a package's folder, without witgen's record.
fn fetched(dir: &Path) -> std::collections::BTreeMap<std::path::PathBuf, String> {
    let files = tree(dir)
        .into_iter()
        .filter(|(path, _)| !path.ends_with(".witgen.json") && !path.ends_with(""));
    files.map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect()
}

#[test]
#[ignore = "builds wkg"]
fn what_one_publishes_the_other_fetches_and_locks_alike() {
    type Publish = fn(&Home, &str, &str);
    for (publish, by) in [
        (wkg_publishes as Publish, "wkg"),
        (witgen_publishes, "witgen"),
    ] {
        let Some(registry) = Registry::start() else {
            return;
        };
        let home = home(&registry);
        publish(&home, "units", UNITS);
        publish(&home, "shop", SHOP);
        let (ours, theirs) = (home.package("ours", APP), home.package("theirs", APP));
        home.run(&ours, &["fetch"]).printed();
        wkg(&home, &theirs, &["fetch"]);
        assert_eq!(fetched(&ours), fetched(&theirs), "published by {by}");

        // Each goes on in the other's repository, and leaves all as it is.
        let before = fetched(&ours);
        home.run(&theirs, &["fetch", "--locked"]).printed();
        home.run(&theirs, &["fetch", "--check"]).printed();
        wkg(&home, &ours, &["fetch"]);
        assert_eq!(fetched(&theirs), before, "published by {by}");
        assert_eq!(fetched(&ours), before, "published by {by}");
        home.run(&ours, &["fetch", "--locked"]).printed();
        home.run(&ours, &["inspect"]).printed();
    }
}

#[test]
#[ignore = "builds wkg"]
fn wkg_gets_the_very_bytes() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = home(&registry);
    witgen_publishes(&home, "units", UNITS);
    let here = home.path(".");
    wkg(
        &home,
        &here,
        &[
            "get",
            "acme:units@1.0.0",
            "--format",
            "wasm",
            "-o",
            "./units.wasm",
        ],
    );
    let manifest = registry.manifest("acme/units", "1.0.0").unwrap();
    let layer = manifest["layers"][0]["digest"].as_str().unwrap();
    assert_eq!(
        fs::read(home.path("units.wasm")).unwrap(),
        registry.blob("acme/units", layer)
    );
    // The latest, too: tags that are no versions to it don't matter.
    home.run(&home.path("units"), &["publish", "--docs"]).printed();
    wkg(
        &home,
        &here,
        &[
            "get",
            "acme:units",
            "--format",
            "wasm",
            "-o",
            "./latest.wasm",
        ],
    );
    assert_eq!(
        fs::read(home.path("latest.wasm")).unwrap(),
        fs::read(home.path("units.wasm")).unwrap()
    );
}

#[test]
#[ignore = "builds wkg"]
fn what_wkg_has_published_stays_as_it_is() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = home(&registry);
    wkg_publishes(&home, "units", UNITS);
    let before = registry.manifest("acme/units", "1.0.0");
    let dir = home.package("units", &UNITS.replace("u64", "u32"));
    let message = home.run(&dir, &["publish", "--no-check", "--allow-breaking"]).failed(2);
    assert!(
        message.contains("1.0.0 is already published with other contents"),
        "{message}"
    );
    assert_eq!(registry.manifest("acme/units", "1.0.0"), before);
    let dir = home.package(
        "units",
        &UNITS.replace("u64", "u32").replace("units@1.0.0", "units@1.0.1"),
    );
    let message = home.run(&dir, &["publish"]).failed(1);
    assert!(message.contains("must be at least 2.0.0"), "{message}");
}

#[test]
#[ignore = "builds wkg"]
fn who_is_logged_in_for_one_is_for_the_other() {
    let Some(registry) = Registry::start_with(Access {
        requires_login: true,
        tls: None,
    }) else {
        return;
    };
    let home = home(&registry);
    let config = fs::read_to_string(home.path("registries.toml")).unwrap();
    home.configure(&format!(
        "{config}auth = {{ username = \"{USER}\", password = \"{PASSWORD}\" }}\n"
    ));
    wkg_publishes(&home, "units", UNITS);
    home.run(&home.path("."), &["inspect", "--wit", "acme:units@1.0.0"]).printed();
    witgen_publishes(&home, "shop", SHOP);
    wkg(
        &home,
        &home.path("."),
        &[
            "get",
            "acme:shop@1.0.0",
            "--format",
            "wasm",
            "-o",
            "./shop.wasm",
        ],
    );
}
