//! Attestations that the manifest of their artifact contains (OCI image specification, "Descriptors": `data`).

use std::fs;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use testkit::home::{Home, Run, published};
use testkit::keys::{Key, Kind};
use testkit::proxy::{Answer, Proxy, answer};
use testkit::registry::Registry;

use super::kit::{UNITS, app, sha256, trusting};

const INDEX: &str = "content-type: application/vnd.oci.image.index.v1+json\r\n";
const MANIFEST: &str = "content-type: application/vnd.oci.image.manifest.v1+json\r\n";

/// Publishes `acme:units`, signed, and fetches it from a registry that lists a changed artifact of the attestation. Returns the run
/// of `fetch`, and whether the attestation's blob was requested.
fn fetch_with(registry: &Registry, change: impl Fn(&mut Value)) -> (Run, bool) {
    let publisher = Home::with_registry(&registry.host, &["acme"]);
    let key = Key::new(&publisher, "acme", Kind::P256);
    let dir = publisher.package("units", UNITS);
    let line = publisher.run(&dir, &["publish", &key.sign()]).printed();
    let tag = published(&line).1.replace(':', "-");
    let mut index = registry.manifest("acme/units", &tag).unwrap();
    let entry = &mut index["manifests"][0];
    let own = entry["digest"].as_str().unwrap().to_owned();
    let mut artifact = registry.manifest("acme/units", &own).unwrap();
    change(&mut artifact);
    let layer = artifact["layers"][0]["digest"].as_str().unwrap().to_owned();
    let artifact = artifact.to_string();
    let digest = sha256(artifact.as_bytes());
    entry["digest"] = format!("sha256:{digest}").into();
    entry["size"] = artifact.len().into();
    let index = index.to_string();
    let proxy = Proxy::before(&registry.host, move |request, _| {
        if request.target.contains("/referrers/") {
            answer("200 OK", INDEX, &index)
        } else if request.target.ends_with(&digest) {
            answer("200 OK", MANIFEST, &artifact)
        } else {
            Answer::Own
        }
    });
    let home = Home::with_registry(&proxy.host, &["acme"]);
    let copy = Key::new(&home, "acme", Kind::P256);
    fs::copy(&key.public, &copy.public).unwrap();
    let run = home.run(&app(&home, &trusting(&copy)), &["fetch"]);
    let is_requested = proxy.seen().iter().any(|it| it.ends_with(&format!("/blobs/{layer}")));
    (run, is_requested)
}

#[test]
fn an_attestation_takes_no_request_of_its_own() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let (run, is_requested) = fetch_with(&registry, |_| {});
    run.printed();
    assert!(!is_requested);
}

#[test]
fn an_attestation_that_is_not_embedded_is_downloaded() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let (run, is_requested) = fetch_with(&registry, |artifact| {
        let layer = artifact["layers"][0].as_object_mut().unwrap();
        assert!(layer.remove("data").is_some());
    });
    run.printed();
    assert!(is_requested);
}

#[test]
fn embedded_data_has_to_match_its_digest_and_size() {
    for (data, size, why) in [
        ("e30=", None, "2 embedded bytes, where the size is"),
        ("e30=", Some(2), " sent sha256:"),
        ("?", None, "embedded data that isn't base64"),
    ] {
        let Some(registry) = Registry::start() else {
            return;
        };
        let (run, _) = fetch_with(&registry, |artifact| {
            let layer = &mut artifact["layers"][0];
            layer["data"] = data.into();
            if let Some(size) = size {
                layer["size"] = json!(size);
            }
        });
        let message = run.failed(2);
        assert!(message.contains(why), "{why}: {message}");
        assert_eq!(message.matches("rejected: ").count(), 1, "{message}");
    }
}
