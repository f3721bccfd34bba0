//! What the tests share: a package in either kind of registry, and its attestations.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use testkit::home::{Home, Run};
use testkit::keys::Key;
use testkit::registry::Registry;

/// A package to publish.
pub const UNITS: &str = "package acme:units@1.0.0; interface weight { type gram = u64; }";
/// A package that needs it.
pub const APP: &str = "package me:app; world app { import acme:units/weight@1.0.0; }";

/// Returns the digits of the SHA-256 digest of bytes.
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// Runs a test with a registry that is a directory, and with one of the OCI distribution specification.
pub fn everywhere(test: impl Fn(&Home)) {
    test(&Home::with_directory());
    if let Some(registry) = Registry::start() {
        test(&Home::with_registry(&registry.host, &["acme"]));
    }
}

/// Publishes [`UNITS`], signed with these keys.
pub fn publish_units(home: &Home, keys: &[&Key]) {
    let dir = home.package("units", UNITS);
    home.run(&dir, &["publish", "--quiet"]).printed();
    for key in keys {
        home.run(&dir, &["publish", "--quiet", &key.sign()]).printed();
    }
}

/// Verifies a version of `acme:units` with keys.
pub fn verify(home: &Home, keys: &[&Key], more: &[&str]) -> Run {
    let mut args = vec!["verify".to_owned(), "acme:units@1.0.0".to_owned()];
    args.extend(keys.iter().map(|key| format!("--key={}", key.public.display())));
    args.extend(more.iter().map(|&arg| arg.to_owned()));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    home.run(&home.path("."), &args)
}

/// Returns the bundles beside a version of `acme:units` in a directory.
pub fn bundles(home: &Home, version: &str) -> Vec<PathBuf> {
    let folder = home.path(&format!("registry/acme/units/{version}.attestations"));
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Reads a bundle.
pub fn read(file: &PathBuf) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// Returns the statement in a bundle.
pub fn statement(bundle: &Value) -> Value {
    let payload = STANDARD.decode(bundle["dsseEnvelope"]["payload"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// Replaces the statement in a bundle, and keeps the signature.
pub fn with_statement(bundle: &Value, statement: &Value) -> Value {
    let mut bundle = bundle.clone();
    bundle["dsseEnvelope"]["payload"] = STANDARD.encode(statement.to_string()).into();
    bundle
}

/// Makes `app/` need `acme:units`, with a policy.
pub fn app(home: &Home, trust: &str) -> PathBuf {
    let dir = home.package("app", APP);
    home.write("app/witgen.toml", trust);
    dir
}

/// Returns a policy under which a key may vouch for `acme`.
pub fn trusting(key: &Key) -> String {
    format!(
        "[[trust]]\nnamespaces = ['acme']\nkeys = ['{}']\n",
        key.public.display()
    )
}
