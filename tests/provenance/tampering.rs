//! Attestations that somebody has changed, moved or made up, and registries that lie about them.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use testkit::home::{Home, published};
use testkit::keys::{Key, Kind};
use testkit::proxy::{Answer, Proxy, Request, answer};
use testkit::registry::Registry;
use testkit::tree::tree;

use super::kit::{
    UNITS, app, bundles, publish_units, read, statement, trusting, verify, with_statement,
};

const INDEX: &str = "content-type: application/vnd.oci.image.index.v1+json\r\n";

/// Checks that a package isn't fetched, that nothing is written, and returns the message.
fn refused(home: &Home, key: &Key) -> String {
    let dir = app(home, &trusting(key));
    let before = tree(&dir);
    let message = home.run(&dir, &["fetch"]).failed(2);
    assert_eq!(tree(&dir), before);
    assert_ne!(verify(home, &[key], &[]).status, 0);
    message
}

/// Changes the only bundle of `acme:units` in a directory; the package has to be refused with this reason.
#[track_caller]
fn refused_with(change: impl Fn(&Home, &Value) -> Value, why: &str) {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    publish_units(&home, &[&key]);
    verify(&home, &[&key], &[]).printed();
    let file = bundles(&home, "1.0.0").remove(0);
    let changed = change(&home, &read(&file));
    fs::write(&file, changed.to_string()).unwrap();
    let message = refused(&home, &key);
    assert!(message.contains(why), "{why}: {message}");
}

#[test]
fn a_changed_statement_is_rejected() {
    for change in [
        |statement: &mut Value| statement["predicate"]["source"] = json!({"revision": "another"}),
        |statement: &mut Value| statement["predicate"]["package"]["version"] = "2.0.0".into(),
        |statement: &mut Value| {
            statement["predicateType"] = "https://slsa.dev/provenance/v1".into()
        },
        |statement: &mut Value| statement["subject"][0]["name"] = "acme:other@1.0.0".into(),
    ] {
        refused_with(
            |_, bundle| {
                let mut statement = statement(bundle);
                change(&mut statement);
                with_statement(bundle, &statement)
            },
            "its signature is not valid for the key",
        );
    }
}

#[test]
fn a_statement_about_another_subject_is_rejected() {
    refused_with(
        |_, bundle| {
            let mut statement = statement(bundle);
            statement["subject"][0]["digest"]["sha256"] = "0".repeat(64).into();
            with_statement(bundle, &statement)
        },
        "it is about sha256:000",
    );
    refused_with(
        |_, bundle| {
            let mut statement = statement(bundle);
            statement["subject"] = json!([]);
            with_statement(bundle, &statement)
        },
        "it is about nothing",
    );
}

#[test]
fn another_type_of_payload_is_rejected() {
    refused_with(
        |_, bundle| {
            let mut bundle = bundle.clone();
            bundle["dsseEnvelope"]["payloadType"] = "text/plain".into();
            bundle
        },
        "its payload is `text/plain`",
    );
}

#[test]
fn a_signature_of_another_key_or_none_is_rejected() {
    refused_with(
        |home, bundle| {
            let other = Key::new(home, "other", Kind::P256);
            publish_units(home, &[&other]);
            let others = bundles(home, "1.0.0").into_iter().map(|file| (read(&file), file));
            let (other, file) = others.into_iter().find(|(other, _)| other != bundle).unwrap();
            fs::remove_file(file).unwrap();
            let mut changed = bundle.clone();
            changed["dsseEnvelope"]["signatures"] = other["dsseEnvelope"]["signatures"].clone();
            changed
        },
        "its signature is not valid for the key",
    );
    for (signatures, why) in [
        (json!([]), "exactly one signature"),
        (json!([{"sig": ""}]), "its signature is not valid"),
        (json!([{"sig": "AAAA"}]), "its signature is not valid"),
    ] {
        refused_with(
            |_, bundle| {
                let mut bundle = bundle.clone();
                bundle["dsseEnvelope"]["signatures"] = signatures.clone();
                bundle
            },
            why,
        );
    }
    // A second signature doesn't hide a bad first one.
    refused_with(
        |_, bundle| {
            let mut bundle = bundle.clone();
            let good = bundle["dsseEnvelope"]["signatures"][0].clone();
            bundle["dsseEnvelope"]["signatures"] = json!([{"sig": "AAAA"}, good]);
            bundle
        },
        "exactly one signature",
    );
}

#[test]
fn a_certificate_in_place_of_the_key_is_rejected() {
    refused_with(
        |_, bundle| {
            let mut bundle = bundle.clone();
            let certificate =
                json!({"certificate": {"rawBytes": STANDARD.encode("x")}, "tlogEntries": []});
            bundle["verificationMaterial"] = certificate;
            bundle
        },
        "the policy names no `trusted-root`",
    );
}

#[test]
fn what_is_no_bundle_is_rejected() {
    for (text, why) in [
        (json!({}), "not a bundle"),
        (json!([1, 2]), "not a bundle"),
        (
            json!({"mediaType": "application/vnd.dev.sigstore.bundle.v0.9+json"}),
            "not a bundle",
        ),
    ] {
        refused_with(|_, _| text.clone(), why);
    }
}

#[test]
fn an_attestation_does_not_vouch_for_another_version_with_the_same_contents() {
    // A component doesn't contain its version, so two versions can be the same bytes.
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    let wasm = testkit::components::of_wit("package a:b; world w { import f: func(); }");
    home.write("gate.wasm", wasm);
    let sign = key.sign();
    home.run(
        &home.path("."),
        &["publish", "gate.wasm", "--package=acme:units@1.0.0", &sign],
    )
    .printed();
    home.run(
        &home.path("."),
        &["publish", "gate.wasm", "--package=acme:units@1.0.1"],
    )
    .printed();
    let (from, to) = (
        home.path("registry/acme/units/1.0.0.attestations"),
        home.path("registry/acme/units/1.0.1.attestations"),
    );
    fs::rename(from, to).unwrap();
    let run = home.run(
        &home.path("."),
        &[
            "verify",
            "acme:units@1.0.1",
            &format!("--key={}", key.public.display()),
        ],
    );
    assert_eq!(run.status, 1);
    assert!(
        run.stdout
            .contains("it is about `acme:units@1.0.0`, not about `acme:units@1.0.1`"),
        "{run:?}"
    );
}

#[test]
fn one_bad_attestation_hides_no_good_one() {
    let home = Home::with_directory();
    let (key, other) = (
        Key::new(&home, "acme", Kind::P256),
        Key::new(&home, "other", Kind::P256),
    );
    publish_units(&home, &[&key, &other]);
    let folder = home.path("registry/acme/units/1.0.0.attestations");
    for (name, text) in [("0000", "{}"), ("zzzz", "no json")] {
        fs::write(folder.join(format!("{name}.sigstore.json")), text).unwrap();
    }
    let shown = verify(&home, &[&key], &[]).printed();
    assert_eq!(shown.matches("verified").count(), 1, "{shown}");
    assert_eq!(shown.matches("rejected").count(), 3, "{shown}");
    home.run(&app(&home, &trusting(&key)), &["fetch"]).printed();
}

#[test]
fn many_bad_attestations_hide_no_good_one_and_too_many_are_reported() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    publish_units(&home, &[&key]);
    let folder = home.path("registry/acme/units/1.0.0.attestations");
    // Their names come first.
    for n in 0..40 {
        fs::write(folder.join(format!("!{n:04}.sigstore.json")), "{}").unwrap();
    }
    verify(&home, &[&key], &[]).printed();
    home.run(&app(&home, &trusting(&key)), &["fetch"]).printed();
    for n in 40..300 {
        fs::write(folder.join(format!("!{n:04}.sigstore.json")), "{}").unwrap();
    }
    let run = verify(&home, &[&key], &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.stdout.contains("45 more were not read"), "{run:?}");
}

#[test]
fn many_bad_referrers_hide_no_good_one_and_too_many_are_reported() {
    let Some(registry) = Registry::start() else {
        return;
    };
    for (count, is_hidden) in [(100, false), (300, true)] {
        let (home, key, _proxy) = behind(&registry, move |request, _, own| {
            let mut entries: Vec<Value> =
                (0..count).map(|n| entry(&format!("sha256:{n:064}"))).collect();
            entries.extend(own["manifests"].as_array().unwrap().iter().cloned());
            let list = index(entries);
            request.target.contains("/referrers/").then(|| answer("200 OK", INDEX, &list))
        });
        if is_hidden {
            let message = refused(&home, &key);
            assert!(message.contains("more were not read"), "{message}");
        } else {
            home.run(&app(&home, &trusting(&key)), &["fetch"]).printed();
        }
    }
}

/// Publishes `acme:units` to a registry, signed, and returns a home that reaches it through a proxy with a list of referrers.
fn behind(
    registry: &Registry,
    lie: impl Fn(&Request, &str, &Value) -> Option<Answer> + Send + Sync + 'static,
) -> (Home, Key, Proxy) {
    let publisher = Home::with_registry(&registry.host, &["acme"]);
    let key = Key::new(&publisher, "acme", Kind::P256);
    let dir = publisher.package("units", UNITS);
    let line = publisher.run(&dir, &["publish", &key.sign()]).printed();
    let digest = published(&line).1.to_owned();
    let tag = digest.replace(':', "-");
    let index = registry.manifest("acme/units", &tag).unwrap();
    let proxy = Proxy::before(&registry.host, move |request, _| {
        lie(request, &digest, &index).unwrap_or(Answer::Own)
    });
    let home = Home::with_registry(&proxy.host, &["acme"]);
    let copy = Key::new(&home, "acme", Kind::P256);
    fs::copy(&key.public, &copy.public).unwrap();
    (home, copy, proxy)
}

#[test]
fn a_registry_with_a_list_of_referrers_of_its_own_is_read_page_by_page() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let (home, key, proxy) = behind(&registry, |request, _, index| {
        if request.target.contains("/manifests/sha256-") {
            // Without the index that clients maintain.
            return Some(answer("404 Not Found", INDEX, "{}"));
        }
        if !request.target.contains("/referrers/") {
            return None;
        }
        assert!(
            request.target.contains("artifactType=application%2F"),
            "{}",
            request.target
        );
        if request.target.contains("page=2") {
            return Some(answer("200 OK", INDEX, &index.to_string()));
        }
        let next = format!("{INDEX}link: <{}&page=2>; rel=\"next\"\r\n", request.target);
        Some(answer(
            "200 OK",
            &next,
            &json!({"schemaVersion": 2, "manifests": []}).to_string(),
        ))
    });
    home.run(&app(&home, &trusting(&key)), &["fetch"]).printed();
    let seen = proxy.seen();
    assert!(seen.iter().any(|it| it.contains("page=2")), "{seen:?}");
}

/// An entry in a list of referrers.
fn entry(digest: &str) -> Value {
    json!({
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "digest": digest,
        "size": 2,
    })
}

fn index(entries: Vec<Value>) -> String {
    json!({"schemaVersion": 2, "manifests": entries}).to_string()
}

#[test]
fn a_list_of_referrers_that_lies_or_has_no_end_is_rejected() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let endless = |request: &Request, _: &str, _: &Value| {
        let next = format!("{INDEX}link: <{}&x>; rel=\"next\"\r\n", request.target);
        let empty = "{\"schemaVersion\":2,\"manifests\":[]}";
        request.target.contains("/referrers/").then(|| answer("200 OK", &next, empty))
    };
    let (home, key, proxy) = behind(&registry, endless);
    let message = refused(&home, &key);
    assert!(
        message.contains("a list of referrers without end"),
        "{message}"
    );
    assert!(proxy.seen().len() < 60, "{}", proxy.seen().len());

    let endless = index((0..11_000).map(|n| entry(&format!("sha256:{n:064}"))).collect());
    let missing = index(vec![entry(&format!("sha256:{:064}", 7))]);
    let climbing = index(vec![entry("sha256:../../other/manifests/1.0.0")]);
    for (list, why) in [
        (endless, "without end"),
        (missing, "doesn't have it"),
        (climbing, "no SHA-256 digest"),
        ("no json".to_owned(), "no list of referrers"),
        ("SELF".to_owned(), "rejected"),
    ] {
        let (home, key, _) = behind(&registry, move |request, digest, _| {
            let list = if list == "SELF" {
                index(vec![entry(digest)])
            } else {
                list.clone()
            };
            request.target.contains("/referrers/").then(|| answer("200 OK", INDEX, &list))
        });
        let message = refused(&home, &key);
        assert!(message.contains(why), "{why}: {message}");
    }
}

#[test]
fn attestations_of_another_manifest_in_the_list_are_rejected() {
    let Some(registry) = Registry::start() else {
        return;
    };
    // Of another version, signed by the same key.
    let publisher = Home::with_registry(&registry.host, &["acme"]);
    let key = Key::new(&publisher, "acme", Kind::P256);
    let older = publisher.package("units", &UNITS.replace("1.0.0", "0.9.0"));
    let line = publisher.run(&older, &["publish", &key.sign()]).printed();
    let older = registry.manifest("acme/units", &published(&line).1.replace(':', "-")).unwrap();
    let newer = publisher.package("units", UNITS);
    publisher.run(&newer, &["publish"]).printed();

    let list = older.to_string();
    let proxy = Proxy::before(&registry.host, move |request, _| {
        match request.target.contains("/referrers/") {
            true => answer("200 OK", INDEX, &list),
            false => Answer::Own,
        }
    });
    let home = Home::with_registry(&proxy.host, &["acme"]);
    let copy = Key::new(&home, "acme", Kind::P256);
    fs::copy(&key.public, &copy.public).unwrap();
    let message = refused(&home, &copy);
    assert!(
        message.contains("it refers to another manifest"),
        "{message}"
    );
}

#[test]
fn a_tampered_cache_vouches_for_nothing() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let key = Key::new(&home, "acme", Kind::P256);
    publish_units(&home, &[&key]);
    let dir = app(&home, &trusting(&key));
    home.run(&dir, &["fetch"]).printed();
    let cached = tree(&home.path("cache"));
    let attestations: Vec<_> = cached
        .keys()
        .filter(|path| path.starts_with("attestations") && path.extension().is_some())
        .collect();
    assert_eq!(
        attestations.len(),
        2,
        "a manifest and a bundle: {attestations:?}"
    );
    for path in attestations {
        let file = home.path("cache").join(path);
        let text = fs::read_to_string(&file).unwrap();
        for damaged in [
            text.replace("units", "unitz").replace("eyJ", "eyK"),
            String::new(),
        ] {
            fs::write(&file, &damaged).unwrap();
            let message = home.run(&dir, &["fetch", "--locked", "--offline"]).failed(2);
            assert!(message.contains("error[not-attested]"), "{message}");
        }
        // The registry has the true one.
        home.run(&dir, &["fetch", "--locked"]).printed();
        home.run(&dir, &["fetch", "--locked", "--offline"]).printed();
    }
}
