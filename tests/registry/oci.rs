//! `witgen publish` and `witgen fetch` at a registry of the OCI distribution specification.

use std::fs;
use std::thread::scope;

use pretty_assertions::assert_eq;
use serde_json::json;
use testkit::components;
use testkit::home::{Home, Run, published};
use testkit::registry::Registry;
use testkit::tree::tree;

const SHOP: &str = "\
/// Things that can be bought.
package acme:shop@1.0.0;

interface stock { count: func(thing: string) -> option<u32>; }
world shop { import wasi:io/poll@1.2.3; export stock; }
package wasi:io@1.2.3 { interface poll { poll: func(); } }
";

const UNITS: &str = "package acme:units@1.0.0; interface weight { type gram = u64; }";
const APP: &str = "package me:app; world app { import acme:units/weight@1.0.0; }";

fn inspect(home: &Home, more: &[&str]) -> Run {
    let args = ["inspect", "--wit", "acme:units@1.0.0"];
    home.run(&home.path("."), &[&args, more].concat())
}

#[test]
fn artifacts_have_the_layout_that_other_tools_read() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let line = home.publish("units", UNITS);
    let (place, digest) = published(&line);
    assert_eq!(place, format!("{}/acme/units:1.0.0", registry.host));
    assert_eq!(registry.tags("acme/units"), ["1.0.0"]);

    let manifest = registry.manifest("acme/units", "1.0.0").unwrap();
    assert_eq!(
        registry.manifest("acme/units", digest),
        Some(manifest.clone()),
        "pulled by its digest"
    );
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    let layers = manifest["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 1);
    assert_eq!(layers[0]["mediaType"], "application/wasm");
    assert_eq!(
        layers[0]["annotations"]["org.opencontainers.image.title"],
        "units.wasm"
    );
    assert_eq!(
        manifest["annotations"]["org.opencontainers.image.version"],
        "1.0.0"
    );

    let wasm = registry.blob("acme/units", layers[0]["digest"].as_str().unwrap());
    assert!(wasm.starts_with(b"\0asm"));
    let config = registry.blob("acme/units", manifest["config"]["digest"].as_str().unwrap());
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(config["layerDigests"], json!([layers[0]["digest"]]));
    assert_eq!(
        config["component"]["exports"],
        json!(["acme:units/weight@1.0.0"])
    );

    // Byte for byte the same, wherever and whenever.
    let Some(other) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&other.host, &["acme"]);
    assert!(
        home.publish("elsewhere", UNITS).ends_with(digest.trim())
            || home.publish("elsewhere", UNITS).contains(digest)
    );
}

#[test]
fn a_package_is_fetched_and_locked_with_its_registry() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    home.publish("units", UNITS);
    let dir = home.package("app", APP);
    home.run(&dir, &["fetch"]).printed();
    let lock = fs::read_to_string(dir.join("wkg.lock")).unwrap();
    assert!(
        lock.contains(&format!("registry = \"{}\"", registry.host)),
        "{lock}"
    );
    home.run(&dir, &["inspect"]).printed();
    let before = tree(&dir);
    drop(registry);
    home.run(&dir, &["fetch", "--locked"]).printed();
    home.run(&dir, &["fetch", "--locked", "--offline"]).printed();
    assert_eq!(tree(&dir), before);
    inspect(&home, &["--offline"]).printed();
}

#[test]
fn a_published_version_is_neither_replaced_nor_published_twice() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    for (number, flags) in [
        ("1.0.0", &[][..]),
        ("2.0.0-rc.1", &["--allow-prerelease"]),
        ("1.0.0+7", &["--allow-build"]),
    ] {
        let tag = number.replace('+', "_");
        let wit = UNITS.replace("1.0.0", number);
        let dir = home.package("units", &wit);
        let publish = || home.run(&dir, &[&["publish", "--allow-breaking"], flags].concat());
        let first = publish().printed();
        let manifest = registry.manifest("acme/units", &tag).unwrap();
        let again = publish();
        assert!(
            again.stderr.contains("was already published"),
            "{}",
            again.stderr
        );
        assert_eq!(again.stdout, first);
        home.package("units", &wit.replace("u64", "u32"));
        let message = publish().failed(2);
        assert!(
            message.contains(&format!(
                "{number} is already published with other contents"
            )),
            "{message}"
        );
        assert_eq!(registry.manifest("acme/units", &tag), Some(manifest));
        // A tag is read back as the version that it was.
        let shown =
            home.run(&dir, &["inspect", "--wit", &format!("acme:units@{number}")]).printed();
        assert!(
            shown.starts_with(&format!("package acme:units@{number}")),
            "{shown}"
        );
    }
    // The latest is the latest of the plain ones.
    let shown = home.run(&home.path("."), &["inspect", "--wit", "acme:units"]).printed();
    assert!(shown.starts_with("package acme:units@1.0.0"), "{shown}");
}

#[test]
fn a_version_too_low_for_its_changes_is_rejected() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    home.publish("units", UNITS);
    let dir = home.package(
        "units",
        &UNITS.replace("1.0.0", "1.0.1").replace("gram", "ounce"),
    );
    let message = home.run(&dir, &["publish"]).failed(1);
    assert!(message.contains("must be at least 2.0.0"), "{message}");
    assert_eq!(registry.tags("acme/units"), ["1.0.0"]);
}

#[test]
fn pages_are_attached_and_refer_to_the_package() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let dir = home.package("units", UNITS);
    let line = home.run(&dir, &["publish", "--docs"]).printed();
    let (_, digest) = published(&line);
    // The list that clients keep where a registry has none of its own.
    let list = registry.manifest("acme/units", &digest.replace(':', "-")).unwrap();
    let [pages] = list["manifests"].as_array().unwrap().as_slice() else {
        panic!("one referrer: {list}");
    };
    assert_eq!(pages["artifactType"], "application/vnd.witgen.docs.v1+json");
    let pages = registry.manifest("acme/units", pages["digest"].as_str().unwrap()).unwrap();
    assert_eq!(pages["subject"]["digest"], digest);
    let layers = pages["layers"].as_array().unwrap();
    let index = layers
        .iter()
        .find(|layer| layer["annotations"]["org.opencontainers.image.title"] == "README.md");
    let index = registry.blob("acme/units", index.unwrap()["digest"].as_str().unwrap());
    assert!(String::from_utf8(index).unwrap().contains("acme:units"));

    // Once more: the list stays as it is; and it is no version.
    home.run(&dir, &["publish", "--docs"]).printed();
    assert_eq!(
        registry.manifest("acme/units", &digest.replace(':', "-")),
        Some(list)
    );
    let shown = home.run(&dir, &["inspect", "--wit", "acme:units"]).printed();
    assert!(shown.starts_with("package acme:units@1.0.0"), "{shown}");
}

#[test]
fn a_chain_is_composed_of_published_members_and_published() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let here = home.path(".");
    for (name, world) in [("gate", "proxy"), ("hello", "service")] {
        let wit = format!("package a:b; world w {{ include wasi:http/{world}@0.3.1002; }}");
        home.write("member.wasm", components::of_wit(&wit));
        home.run(
            &here,
            &[
                "publish",
                "member.wasm",
                "--package",
                &format!("acme:{name}@1.0.0"),
            ],
        )
        .printed();
    }
    home.run(
        &here,
        &[
            "compose",
            "acme:gate@1.0.0",
            "acme:hello@1.0.0",
            "-o",
            "chain.wasm",
        ],
    )
    .printed();
    home.run(
        &here,
        &["publish", "chain.wasm", "--package", "acme:chain@1.0.0"],
    )
    .printed();
    let manifest = registry.manifest("acme/chain", "1.0.0").unwrap();
    let config = registry.blob("acme/chain", manifest["config"]["digest"].as_str().unwrap());
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(
        config["component"]["exports"],
        json!(["wasi:http/handler@0.3.1002"])
    );
}

#[test]
fn concurrent_publishers_of_one_version_learn_what_was_published() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let dirs: Vec<_> = (0..6)
        .map(|n| {
            home.package(
                &format!("p{n}"),
                &UNITS.replace("gram", &format!("gram{n}")),
            )
        })
        .collect();
    let runs: Vec<Run> = scope(|scope| {
        let runs: Vec<_> = dirs
            .iter()
            .map(|dir| scope.spawn(|| home.run(dir, &["publish", "--format", "json"])))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let manifest = registry.manifest("acme/units", "1.0.0").unwrap();
    let there = manifest["layers"][0]["digest"].as_str().unwrap();
    let mut winners = 0;
    for run in runs {
        if run.status == 0 {
            let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            winners += usize::from(document["contents"] == there);
        } else {
            assert!(run.stderr.contains("already-published"), "{}", run.stderr);
        }
    }
    assert_eq!(winners, 1, "whose contents are there was told so");
}

#[test]
fn packages_that_a_package_carries_in_its_own_text_are_published_with_it() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    home.publish("shop", SHOP);
    let shown = home.run(&home.path("."), &["inspect", "--wit", "acme:shop@1.0.0"]).printed();
    assert!(shown.contains("import wasi:io/poll@1.2.3"), "{shown}");
}

#[test]
fn a_tag_of_something_else_is_not_overwritten() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    home.publish("units", UNITS);
    for (number, media_type) in [
        ("1.1.0", "application/vnd.oci.image.index.v1+json"),
        (
            "1.2.0",
            "application/vnd.docker.distribution.manifest.list.v2+json",
        ),
    ] {
        let body = format!(r#"{{"schemaVersion":2,"mediaType":"{media_type}","manifests":[]}}"#);
        registry.put("acme/units", number, media_type, &body);
        let dir = home.package("units", &UNITS.replace("1.0.0", number));
        let message = home.run(&dir, &["publish", "--allow-breaking"]).failed(2);
        assert!(message.contains("no manifest of a package"), "{message}");
        let reference = format!("acme:units@{number}");
        home.run(&dir, &["inspect", "--wit", &reference]).failed(2);
    }
    let there = registry.manifest("acme/units", "1.1.0").unwrap();
    assert_eq!(there["manifests"], json!([]), "it is still what it was");
}

#[test]
fn attachments_of_others_are_kept() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let line = home.publish("units", UNITS);
    let (_, digest) = published(&line);
    let tag = digest.replace(':', "-");
    let media_type = "application/vnd.oci.image.index.v1+json";
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let theirs = json!({
        "mediaType": manifest, "digest": digest, "size": 3, "artifactType": "a/signature",
        "data": "YWJj", "urls": ["https://example.com"], "annotations": { "by": "another" },
    });
    let index = json!({
        "schemaVersion": 2, "mediaType": media_type, "manifests": [theirs], "annotations": { "of": "theirs" },
    });
    registry.put("acme/units", &tag, media_type, &index.to_string());
    home.run(&home.path("units"), &["publish", "--docs"]).printed();
    let list = registry.manifest("acme/units", &tag).unwrap();
    assert_eq!(list["annotations"], index["annotations"]);
    assert_eq!(list["manifests"][0], theirs);
    assert_eq!(list["manifests"].as_array().unwrap().len(), 2);
}

#[test]
fn the_offline_option_is_suggested_if_the_package_is_cached() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    home.publish("units", UNITS);
    inspect(&home, &[]).printed();
    drop(registry);
    let message = inspect(&home, &[]).failed(2);
    assert!(
        message.contains("the package is in the cache: use it with `--offline`"),
        "{message}"
    );
    inspect(&home, &["--offline"]).printed();
}
