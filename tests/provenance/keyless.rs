//! Attestations with a certificate in place of a key, and statements of other tools.

use std::fs;
use std::path::PathBuf;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use testkit::home::{Home, Run, published};
use testkit::keys::{Key, Kind};
use testkit::registry::Registry;
use testkit::sigstore::{AFTER_EXPIRY, IDENTITY, ISSUER, Instance, Signing};

use super::kit::{UNITS, app, bundles, publish_units, read, statement};

/// A package in a directory, and an instance of Sigstore.
struct Keyless {
    home: Home,
    instance: Instance,
    /// What witgen states about the package.
    statement: Value,
}

impl Keyless {
    fn new() -> Self {
        let home = Home::with_directory();
        // witgen doesn't sign without a key; what it would state is taken from what it signs with one.
        let key = Key::new(&home, "acme", Kind::P256);
        publish_units(&home, &[&key]);
        let file = bundles(&home, "1.0.0").remove(0);
        let statement = statement(&read(&file));
        fs::remove_file(file).unwrap();
        let instance = Instance::new();
        home.write("trusted_root.json", instance.trusted_root().to_string());
        Keyless {
            home,
            instance,
            statement,
        }
    }

    /// Makes a bundle the only attestation of the package.
    fn attach(&self, bundle: &Value) -> PathBuf {
        self.home.write(
            "registry/acme/units/1.0.0.attestations/0.sigstore.json",
            bundle.to_string(),
        )
    }

    fn sign(&self, signing: &Signing<'_>) -> Value {
        self.instance.sign(&self.statement, signing)
    }

    fn verify(&self, identity: &str, more: &[&str]) -> Run {
        let root = self.home.path("trusted_root.json").display().to_string();
        let args = [
            "verify",
            "acme:units@1.0.0",
            "--issuer",
            ISSUER,
            "--identity",
            identity,
        ];
        let args = [&args[..], &["--trusted-root", &root], more].concat();
        self.home.run(&self.home.path("."), &args)
    }

    /// Checks that a bundle is rejected for this reason.
    #[track_caller]
    fn rejects(&self, bundle: &Value, why: &str) {
        self.attach(bundle);
        let run = self.verify(IDENTITY, &[]);
        assert_eq!(run.status, 1, "{why}: {run:?}");
        assert!(run.stdout.contains(why), "{why}: {}", run.stdout);
        assert!(run.stderr.contains("error[not-attested]"), "{}", run.stderr);
    }
}

#[test]
fn an_identity_of_the_policy_vouches_for_a_package() {
    let keyless = Keyless::new();
    keyless.attach(&keyless.sign(&Signing::default()));
    let shown = keyless.verify(IDENTITY, &[]).printed();
    assert!(
        shown.contains(&format!("by          {IDENTITY} ({ISSUER})")),
        "{shown}"
    );
    let pattern = "https://code.example.com/acme/*/.github/workflows/publish.yml@refs/tags/*";
    keyless.verify(pattern, &[]).printed();

    let root = keyless.home.path("trusted_root.json").display().to_string();
    let dir = app(
        &keyless.home,
        &format!(
            "[[trust]]\nnamespaces = ['acme']\nidentities = [{{ issuer = '{ISSUER}', subject = '{pattern}' }}]\ntrusted-root = '{root}'\n"
        ),
    );
    keyless.home.run(&dir, &["fetch"]).printed();
    let lock = fs::read_to_string(dir.join("witgen.lock")).unwrap();
    assert!(lock.contains(IDENTITY) && lock.contains(ISSUER), "{lock}");
    keyless.home.run(&dir, &["fetch", "--locked", "--offline"]).printed();
}

#[test]
fn other_identities_and_other_issuers_vouch_for_nothing() {
    let keyless = Keyless::new();
    let other =
        "https://code.example.com/other/units/.github/workflows/publish.yml@refs/tags/v1.0.0";
    let signing = Signing {
        identity: other,
        ..Signing::default()
    };
    keyless.rejects(&keyless.sign(&signing), "is not in the policy");
    keyless.verify(other, &[]).printed();
    let run = keyless.verify(other, &["--issuer", "https://token.example.org"]);
    assert_ne!(run.status, 0, "{run:?}");
    let message = keyless.verify("https://code.example.com*", &[]).failed(2);
    assert!(message.contains("error[untrusted-identity]"), "{message}");
}

#[test]
fn certificates_that_had_expired_or_come_from_elsewhere_are_rejected() {
    let keyless = Keyless::new();
    let late = Signing {
        logged_at: AFTER_EXPIRY,
        ..Signing::default()
    };
    keyless.rejects(
        &keyless.sign(&late),
        "its certificate had expired when it was signed",
    );
    let early = Signing {
        logged_at: 1_703_000_000,
        ..Signing::default()
    };
    keyless.rejects(&keyless.sign(&early), "its certificate was not valid yet");

    let other = Instance::new().sign(&keyless.statement, &Signing::default());
    keyless.rejects(&other, "rejected");
    // The log's entry is genuine, and the certificate is another authority's.
    let mut root = keyless.instance.trusted_root();
    root["certificateAuthorities"] =
        Instance::new().trusted_root()["certificateAuthorities"].clone();
    keyless.home.write("trusted_root.json", root.to_string());
    let own = keyless.sign(&Signing::default());
    keyless.rejects(
        &own,
        "its certificate comes from no authority of the trusted root",
    );
}

#[test]
fn a_certificate_that_no_log_knows_is_rejected_unless_the_root_names_no_log() {
    let keyless = Keyless::new();
    let unlogged = keyless.sign(&Signing {
        is_certificate_logged: false,
        ..Signing::default()
    });
    keyless.rejects(&unlogged, "signed certificate timestamp");
    let mut root = keyless.instance.trusted_root();
    root["ctlogs"] = Instance::new().trusted_root()["ctlogs"].clone();
    keyless.home.write("trusted_root.json", root.to_string());
    keyless.rejects(
        &keyless.sign(&Signing::default()),
        "signed certificate timestamp",
    );
    root["ctlogs"] = json!([]);
    keyless.home.write("trusted_root.json", root.to_string());
    keyless.attach(&unlogged);
    keyless.verify(IDENTITY, &[]).printed();
}

#[test]
fn what_the_log_says_is_verified() {
    let keyless = Keyless::new();
    let bundle = keyless.sign(&Signing::default());
    keyless.attach(&bundle);
    keyless.verify(IDENTITY, &[]).printed();
    let other = keyless.sign(&Signing::default());
    let entry = |bundle: &Value| bundle["verificationMaterial"]["tlogEntries"][0].clone();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut bundle = bundle.clone();
        change(&mut bundle["verificationMaterial"]["tlogEntries"]);
        bundle
    };
    let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for changed in [
        with(&|entries| *entries = json!([])),
        with(&|entries| entries[0]["integratedTime"] = "1704110401".into()),
        with(&|entries| entries[0]["logIndex"] = "6".into()),
        with(&|entries| entries[0]["inclusionProof"]["hashes"] = json!([hash])),
        with(&|entries| entries[0]["inclusionProof"]["hashes"] = json!([])),
        with(&|entries| entries[0]["inclusionProof"]["rootHash"] = hash.into()),
        with(&|entries| entries[0]["inclusionProof"]["logIndex"] = "1".into()),
        with(&|entries| {
            entries[0]["inclusionProof"]["checkpoint"] =
                entry(&other)["inclusionProof"]["checkpoint"].clone()
        }),
        with(&|entries| entries[0]["inclusionPromise"] = entry(&other)["inclusionPromise"].clone()),
        with(&|entries| entries[0]["logId"]["keyId"] = hash.into()),
        with(&|entries| {
            entries[0]["canonicalizedBody"] = entry(&other)["canonicalizedBody"].clone()
        }),
        with(&|entries| entries[0]["inclusionProof"] = Value::Null),
        // A genuine entry of another signature.
        with(&|entries| entries[0] = entry(&other)),
        with(&|entries| {
            let genuine = entries[0].clone();
            *entries = json!([genuine, entry(&other)]);
        }),
    ] {
        keyless.rejects(&changed, "rejected");
    }
}

#[test]
fn a_changed_statement_or_certificate_is_rejected() {
    let keyless = Keyless::new();
    let bundle = keyless.sign(&Signing::default());
    let other = keyless.sign(&Signing::default());
    let mut changed = bundle.clone();
    changed["dsseEnvelope"]["signatures"] = other["dsseEnvelope"]["signatures"].clone();
    keyless.rejects(&changed, "rejected");
    let mut changed = bundle.clone();
    changed["verificationMaterial"]["certificate"] =
        other["verificationMaterial"]["certificate"].clone();
    keyless.rejects(&changed, "rejected");
    let mut changed = bundle.clone();
    let mut stated = statement(&bundle);
    stated["predicate"]["source"] = json!({"revision": "another"});
    changed["dsseEnvelope"] = super::kit::with_statement(&bundle, &stated)["dsseEnvelope"].clone();
    keyless.rejects(&changed, "rejected");
    let mut changed = bundle;
    changed["verificationMaterial"]["certificate"]["rawBytes"] = "AAAA".into();
    keyless.rejects(&changed, "rejected");
}

#[test]
fn a_statement_of_another_tool_counts_if_the_policy_names_its_type_and_it_names_the_package() {
    const SLSA: &str = "https://slsa.dev/provenance/v1";
    let keyless = Keyless::new();
    let digest = keyless.statement["subject"][0]["digest"].clone();
    let slsa = |name: &str| {
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": name, "digest": digest }],
            "predicateType": SLSA,
            "predicate": { "buildDefinition": {} },
        });
        keyless.instance.sign(&statement, &Signing::default())
    };
    let file = keyless.attach(&slsa("registry.example.com/acme/units:1.0.0"));
    let run = keyless.verify(IDENTITY, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(
        run.stdout.contains("which the policy doesn't accept"),
        "{run:?}"
    );
    keyless.verify(IDENTITY, &["--predicate", SLSA]).printed();
    // The policy of a project gets the type of the option too.
    let root = keyless.home.path("trusted_root.json").display().to_string();
    let policy = format!(
        "[[trust]]\nnamespaces = ['acme']\nidentities = [{{ issuer = '{ISSUER}', subject = '{IDENTITY}' }}]\ntrusted-root = '{root}'\n"
    );
    let dir = app(&keyless.home, &policy);
    assert_eq!(
        keyless.home.run(&dir, &["verify", "acme:units@1.0.0"]).status,
        1
    );
    let args = ["verify", "acme:units@1.0.0", "--predicate", SLSA];
    keyless.home.run(&dir, &args).printed();
    for (name, status) in [
        ("acme:units@1.0.0", 0),
        ("acme/units:1.0.0", 0),
        ("registry.example.com:5000/prefix/acme/units:1.0.0", 0),
        ("registry.example.com/acme/units:1.0.0@sha256:00", 0),
        // In a directory there is no manifest that names the version.
        ("acme/units", 1),
        ("registry.example.com:5000/acme/units", 1),
        ("acme/units:1.0.1", 1),
        ("acme:units@1.0.1", 1),
        ("registry.example.com/acme/shop", 1),
        ("registry.example.com/notacme/units", 1),
        ("units.wasm", 1),
    ] {
        keyless.attach(&slsa(name));
        let run = keyless.verify(IDENTITY, &["--predicate", SLSA]);
        assert_eq!(run.status, status, "{name}: {run:?}");
    }
    // It is attached, whoever made it, since its subject is what is published.
    let bundle = keyless.home.write("slsa.json", slsa("acme/units:1.0.0").to_string());
    fs::remove_file(file).unwrap();
    let dir = keyless.home.package("units", UNITS);
    keyless
        .home
        .run(
            &dir,
            &["publish", "--attestation", bundle.to_str().unwrap()],
        )
        .printed();
    keyless.verify(IDENTITY, &["--predicate", SLSA]).printed();
}

#[test]
fn a_statement_about_a_manifest_is_about_the_version_in_its_annotations() {
    const SLSA: &str = "https://slsa.dev/provenance/v1";
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let dir = home.package("units", UNITS);
    let line = home.run(&dir, &["publish"]).printed();
    let (_, digest) = published(&line);
    let instance = Instance::new();
    let root = home.write("trusted_root.json", instance.trusted_root().to_string());
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": format!("{}/acme/units", registry.host), "digest": { "sha256": &digest[7..] } }],
        "predicateType": SLSA,
        "predicate": {},
    });
    let bundle = instance.sign(&statement, &Signing::default()).to_string();
    let bundle = home.write("slsa.json", bundle);
    home.run(
        &dir,
        &["publish", "--attestation", bundle.to_str().unwrap()],
    )
    .printed();
    let root = root.display().to_string();
    let verify = |package: &str| {
        let identity = [
            "--issuer",
            ISSUER,
            "--identity",
            IDENTITY,
            "--trusted-root",
            &root,
        ];
        let args = ["verify", package, "--predicate", SLSA];
        home.run(&home.path("."), &[&args[..], &identity].concat())
    };
    verify("acme:units@1.0.0").printed();

    // Somebody who may write to the registry shows the manifest as another version, with all that refers to it.
    let manifest = registry.manifest_bytes("acme/units", "1.0.0").unwrap();
    let kind = "application/vnd.oci.image.manifest.v1+json";
    registry.put(
        "acme/units",
        "1.0.1",
        kind,
        str::from_utf8(&manifest).unwrap(),
    );
    let run = verify("acme:units@1.0.1");
    assert_eq!(run.status, 1, "{run:?}");
    assert!(
        run.stdout.contains("it is about version 1.0.0, not 1.0.1"),
        "{run:?}"
    );
}
