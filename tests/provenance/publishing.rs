//! `witgen publish --sign` and `--attestation`: what is attached, and where.

use std::fs;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use testkit::home::{Home, published};
use testkit::keys::{Key, Kind};
use testkit::registry::Registry;

use super::kit::{UNITS, bundles, everywhere, publish_units, read, statement, verify};

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

#[test]
fn a_signed_package_verifies_with_the_signers_key_alone() {
    for kind in [Kind::P256, Kind::Ed25519] {
        everywhere(|home| {
            let (key, other) = (Key::new(home, "acme", kind), Key::new(home, "other", kind));
            publish_units(home, &[&key]);
            let shown = verify(home, &[&key], &[]).printed();
            assert!(
                shown.contains("verified    urn:witgen:provenance:v1"),
                "{shown}"
            );
            let run = verify(home, &[&other], &[]);
            assert_eq!(run.status, 1, "{run:?}");
            assert!(
                run.stdout.contains("none of the policy's keys has signed it"),
                "{run:?}"
            );
            assert!(run.stderr.contains("error[not-attested]"), "{run:?}");
            verify(home, &[&other, &key], &[]).printed();
        });
    }
}

#[test]
fn an_attestation_is_a_referrer_as_tools_of_sigstore_read_it() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let key = Key::new(&home, "acme", Kind::P256);
    let dir = home.package("units", UNITS);
    let line = home.run(&dir, &["publish", "--docs", &key.sign()]).printed();
    let (_, digest) = published(&line);

    // This registry has no list of its own, so the specification's tag has it.
    let index = registry.manifest("acme/units", &digest.replace(':', "-")).unwrap();
    let manifests = index["manifests"].as_array().unwrap();
    let listed: Vec<_> = manifests.iter().filter(|it| it["artifactType"] == BUNDLE).collect();
    assert_eq!(listed.len(), 1, "beside the pages: {index}");
    let annotations = &listed[0]["annotations"];
    assert_eq!(annotations["dev.sigstore.bundle.content"], "dsse-envelope");
    assert_eq!(
        annotations["dev.sigstore.bundle.predicateType"],
        "urn:witgen:provenance:v1"
    );

    let artifact = registry.manifest("acme/units", listed[0]["digest"].as_str().unwrap()).unwrap();
    assert_eq!(artifact["artifactType"], BUNDLE);
    assert_eq!(artifact["subject"]["digest"], digest);
    assert_eq!(
        artifact["config"]["mediaType"],
        "application/vnd.oci.empty.v1+json"
    );
    let layers = artifact["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 1);
    assert_eq!(layers[0]["mediaType"], BUNDLE);

    let bundle = registry.blob("acme/units", layers[0]["digest"].as_str().unwrap());
    let bundle: Value = serde_json::from_slice(&bundle).unwrap();
    assert_eq!(bundle["mediaType"], BUNDLE);
    assert_eq!(
        bundle["dsseEnvelope"]["payloadType"],
        "application/vnd.in-toto+json"
    );
    let statement = statement(&bundle);
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(
        statement["subject"],
        json!([{ "name": "acme:units@1.0.0", "digest": { "sha256": &digest[7..] } }])
    );
}

#[test]
fn signing_again_with_the_same_key_attaches_nothing_new() {
    let home = Home::with_directory();
    let (key, other) = (
        Key::new(&home, "acme", Kind::P256),
        Key::new(&home, "other", Kind::P256),
    );
    publish_units(&home, &[&key, &key]);
    assert_eq!(bundles(&home, "1.0.0").len(), 1);
    publish_units(&home, &[&key, &other]);
    assert_eq!(bundles(&home, "1.0.0").len(), 2);
    verify(&home, &[&key], &[]).printed();
    verify(&home, &[&other], &[]).printed();
}

#[test]
fn the_result_for_programs_names_the_attestations() {
    everywhere(|home| {
        let key = Key::new(home, "acme", Kind::P256);
        let dir = home.package("units", UNITS);
        let line = home.run(&dir, &["publish", "--format=json", &key.sign()]).printed();
        let published: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            published["attestations"].as_array().unwrap().len(),
            1,
            "{published}"
        );

        let shown = verify(home, &[&key], &["--format=json"]).printed();
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["verified"], true);
        let attestation = &shown["attestations"][0];
        assert_eq!(attestation["predicate"]["package"]["name"], "acme:units");
        assert!(attestation["signer"]["key"].as_str().unwrap().starts_with("sha256:"));
    });
}

#[test]
fn an_attestation_that_was_made_elsewhere_is_attached_if_it_is_about_the_package() {
    everywhere(|home| {
        let key = Key::new(home, "acme", Kind::P256);
        // Another registry stands for the tool that makes it: a directory, whose statements are about contents.
        let dir = home.package("units", UNITS);
        let elsewhere = format!("--registry={}/", home.path("registry").display());
        home.run(&dir, &["publish", &elsewhere, &key.sign()]).printed();
        let file = bundles(home, "1.0.0").remove(0);
        let attestation = format!("--attestation={}", file.display());
        home.run(&dir, &["publish", &attestation]).printed();
        verify(home, &[&key], &[]).printed();
    });
}

#[test]
fn an_attestation_of_another_package_publishes_nothing() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let key = Key::new(&home, "acme", Kind::P256);
    let dir = home.package("units", UNITS);
    let elsewhere = format!("--registry={}/", home.path("registry").display());
    home.run(&dir, &["publish", &elsewhere, &key.sign()]).printed();
    let file = bundles(&home, "1.0.0").remove(0);
    let attestation = format!("--attestation={}", file.display());

    let dir = home.package("units", &UNITS.replace("gram", "kilogram"));
    let message = home.run(&dir, &["publish", &attestation]).failed(2);
    assert!(
        message.contains("error[attestation-of-another]"),
        "{message}"
    );
    let digest = statement(&read(&file))["subject"][0]["digest"]["sha256"].clone();
    assert!(
        message.contains(digest.as_str().unwrap()),
        "which one it is about: {message}"
    );
    assert!(
        message.contains("is published as sha256:"),
        "what to attest: {message}"
    );
    assert_eq!(registry.tags("acme/units"), Vec::<String>::new());

    // The same contents under another name, too.
    let copy = home.path("registry/acme/units/1.0.0.wasm");
    assert!(copy.exists());
    for text in [
        "{}",
        "no json",
        "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\"}",
    ] {
        let file = home.write("bad.json", text);
        let attestation = format!("--attestation={}", file.display());
        let message = home.run(&dir, &["publish", &attestation]).failed(2);
        assert!(message.contains("error[invalid-attestation]"), "{message}");
    }
    let message = home.run(&dir, &["publish", "--attestation=missing.json"]).failed(2);
    assert!(message.contains("missing.json"), "{message}");
    assert_eq!(registry.tags("acme/units"), Vec::<String>::new());
}

#[test]
fn an_attestation_of_another_version_of_the_same_component_publishes_nothing() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    let component = home.write(
        "gate.wasm",
        testkit::components::of_wit("package a:b; world w { import f: func(); }"),
    );
    let gate = component.display().to_string();
    let publish = |package: &str, more: &[&str]| {
        let args = ["publish", gate.as_str(), "--package", package];
        home.run(&home.path("."), &[&args, more].concat())
    };
    publish("acme:units@1.0.0", &[&key.sign()]).printed();
    let file = bundles(&home, "1.0.0").remove(0);
    let attestation = format!("--attestation={}", file.display());
    let message = publish("acme:units@1.0.1", &[&attestation]).failed(2);
    assert!(
        message.contains("it is about `acme:units@1.0.0`, not about `acme:units@1.0.1`"),
        "{message}"
    );
    assert!(!home.path("registry/acme/units/1.0.1.wasm").exists());
    assert!(fs::exists(file).unwrap());
}

#[test]
fn a_dry_run_needs_a_usable_key_and_attaches_nothing() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    let dir = home.package("units", UNITS);
    home.run(&dir, &["publish", "--dry-run", &key.sign()]).printed();
    assert!(!home.path("registry").exists());
    home.run(&dir, &["publish", "--dry-run", "--sign=missing.key"]).failed(2);
}
