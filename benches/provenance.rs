//! What verification adds to a fetch: `cargo bench --bench provenance`.
//!
//! A package is fetched from `docker-registry` on loopback, without a policy, with a key that has signed it, and with an identity
//! whose certificate and log entry are verified; with nothing in the cache, and with all in it.

use std::fs;
use std::path::Path;

use divan::Bencher;
use serde_json::{Value, json};
use testkit::home::Home;
use testkit::keys::{Key, Kind};
use testkit::registry::Registry;
use testkit::sigstore::{IDENTITY, ISSUER, Instance, Signing};
use witgen::diagnostic::Place;
use witgen::provenance::{Attestation, Identity, Predicate, SigningKey, TrustPolicy, TrustRule};
use witgen::registry::{
    Artifact, Metadata, ProjectRegistries, PublishOptions, Reference, Registries, Verdict, publish,
};
use witgen::source::{Features, Source, load};

fn main() {
    divan::main();
}

/// Who vouches for the package.
#[derive(Clone, Copy, Debug)]
enum Policy {
    /// Nothing is verified.
    None,
    Key,
    Identity,
}

const POLICIES: [Policy; 3] = [Policy::None, Policy::Key, Policy::Identity];

/// A registry with a signed package, and its user.
struct Setup {
    home: Home,
    registries: Registries,
    _registry: Registry,
}

impl Setup {
    fn new(policy: Policy) -> Self {
        let registry = Registry::start().expect("docker-registry is installed");
        let home = Home::with_registry(&registry.host, &["wasi"]);
        let key = Key::new(&home, "wasi", Kind::P256);
        let instance = Instance::new();
        home.write("trusted_root.json", instance.trusted_root().to_string());
        let publication = publish_http(&home, &key, Vec::new());
        let keyless = instance.sign(&statement(&publication), &Signing::default());
        let keyless = Attestation::parse(keyless.to_string().as_bytes()).unwrap();
        publish_http(&home, &key, vec![("keyless".to_owned(), keyless)]);
        let mut project = ProjectRegistries::default();
        project.set_trust(trust(&home, &key, policy));
        Setup {
            registries: home.registries().with_project(project),
            home,
            _registry: registry,
        }
    }

    fn clear_cache(&self) {
        let _ = fs::remove_dir_all(self.home.path("cache"));
    }

    fn fetch(&self) -> usize {
        let reference: Reference = "wasi:http@0.3.1002".parse().unwrap();
        self.registries.fetch(&reference).unwrap().contents().len()
    }
}

/// Publishes the package that the program contains, signed, and returns the digest of its manifest.
fn publish_http(home: &Home, key: &Key, attestations: Vec<(String, Attestation)>) -> String {
    let package = load(&Source::Embedded, &Features::All).unwrap();
    let artifact = Artifact::of_package(&package, &Metadata::default()).unwrap();
    let options = PublishOptions {
        signing: Some((
            SigningKey::read(key.private.to_str().unwrap()).unwrap(),
            Predicate::default(),
        )),
        attestations,
        ..PublishOptions::default()
    };
    match publish(&artifact, &home.registries(), &options, &|_| {}).unwrap() {
        Verdict::Done(publication) => publication.digest.unwrap(),
        Verdict::Refused(findings) => panic!("{findings:?}"),
    }
}

/// A statement of another tool.
fn statement(manifest: &str) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "wasi/http", "digest": { "sha256": &manifest["sha256:".len()..] } }],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {},
    })
}

fn trust(home: &Home, key: &Key, policy: Policy) -> TrustPolicy {
    let place = || Place::path(Path::new("witgen.toml"));
    let mut trust = TrustPolicy::default();
    let mut rule = TrustRule::new(place());
    rule.names.push(("wasi".to_owned(), place()));
    match policy {
        Policy::None => return trust,
        Policy::Key => rule.keys.push((key.public.clone(), place())),
        Policy::Identity => {
            rule.identities.push(Identity::new(ISSUER, IDENTITY).unwrap());
            rule.trusted_root = Some((home.path("trusted_root.json"), place()));
            rule.predicates.push("https://slsa.dev/provenance/v1".to_owned());
        }
    }
    trust.add(rule).unwrap();
    trust
}

/// Nothing is in the cache.
#[divan::bench(args = POLICIES)]
fn cold(bencher: Bencher, policy: Policy) {
    let setup = Setup::new(policy);
    bencher
        .with_inputs(|| setup.clear_cache())
        .bench_local_values(|()| setup.fetch());
}

/// All is in the cache; the registry is asked which contents the version has.
#[divan::bench(args = POLICIES)]
fn warm(bencher: Bencher, policy: Policy) {
    let setup = Setup::new(policy);
    setup.fetch();
    bencher.bench_local(|| setup.fetch());
}
