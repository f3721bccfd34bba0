//! What a signed statement says about a package, and how `witgen verify` shows it.

use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use testkit::components;
use testkit::home::Home;
use testkit::keys::{Key, Kind};

use super::kit::{APP, UNITS, bundles, read, sha256, statement, verify};

/// Returns the predicate of the only attestation of a package in the registry's directory.
fn predicate(home: &Home, package: &str) -> Value {
    let folder = home.path(&format!("registry/acme/{package}.attestations"));
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files.next().unwrap();
    assert_eq!(files.next(), None, "one attestation");
    statement(&read(&file))["predicate"].clone()
}

fn git(dir: &Path, args: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(args)
        .current_dir(dir);
    let output = git.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_source_is_its_files_and_its_revision() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    let texts = [
        ("a.wit", "package acme:units@1.0.0;\n"),
        ("b.wit", "interface weight { type gram = u64; }\n"),
    ];
    for (name, text) in texts {
        home.write(&format!("units/wit/{name}"), text);
    }
    let dir = home.path("units");
    home.write(
        "units/witgen.toml",
        "[publish]\nsource = 'https://example.com/units'\n",
    );
    git(&dir, &["init", "--quiet"]);
    git(&dir, &["add", "."]);
    git(&dir, &["commit", "--quiet", "--message", "all"]);
    let commit = git(&dir, &["rev-parse", "HEAD"]);
    home.run(&dir, &["publish", &key.sign()]).printed();

    let lines: String = texts
        .iter()
        .map(|(name, text)| format!("{}  {name}\n", sha256(text.as_bytes())))
        .collect();
    let stated = predicate(&home, "units/1.0.0");
    let expected = json!({
        "digest": { "sha256": sha256(lines.as_bytes()) },
        "files": ["a.wit", "b.wit"],
        "revision": commit,
        "repository": "https://example.com/units",
    });
    assert_eq!(stated["source"], expected);
    let contents = fs::read(home.path("registry/acme/units/1.0.0.wasm")).unwrap();
    assert_eq!(stated["contents"]["sha256"], sha256(&contents));
    assert_eq!(
        stated["package"],
        json!({ "name": "acme:units", "version": "1.0.0", "kind": "package" })
    );
    assert_eq!(stated["tools"]["witgen"], env!("CARGO_PKG_VERSION"));
    assert!(
        stated["tools"]["wit-component"].as_str().unwrap().starts_with("0."),
        "{stated}"
    );

    let shown = verify(&home, &[&key], &[]).printed();
    for part in [
        format!("source      2 files, sha256:{}", sha256(lines.as_bytes())),
        format!("revision    {commit}"),
        "repository  https://example.com/units".to_owned(),
    ] {
        assert!(shown.contains(&part), "{part}: {shown}");
    }
}

#[test]
fn dependencies_are_those_of_the_lock_file() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    home.publish("units", UNITS);
    let dir = home.package("app", &APP.replace("me:app", "acme:app@1.0.0"));
    home.run(&dir, &["fetch"]).printed();
    home.run(&dir, &["publish", &key.sign()]).printed();
    let contents = fs::read(home.path("registry/acme/units/1.0.0.wasm")).unwrap();
    let expected = json!([{
        "name": "acme:units",
        "version": "1.0.0",
        "digest": { "sha256": sha256(&contents) },
        "registry": "here",
    }]);
    assert_eq!(predicate(&home, "app/1.0.0")["dependencies"], expected);
}

#[test]
fn what_was_checked_and_compared_is_stated_with_its_result() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    let sign = key.sign();
    home.publish("units", UNITS);
    let publish = |version: &str, wit: &str, more: &[&str]| {
        let dir = home.package("units", &wit.replace("1.0.0", version));
        home.write(
            "units/witgen.toml",
            "[baseline]\npackage = 'acme:units@1.0.0'\n",
        );
        home.run(&dir, &[&["publish", &sign], more].concat()).printed();
        predicate(&home, &format!("units/{version}"))
    };
    let added = UNITS.replace("type gram", "type kilogram = u64; type gram");
    let stated = publish("1.1.0", &added, &[]);
    let expected =
        json!({ "package": "acme:units@1.0.0", "verdict": "allowed", "changes": { "host": 1 } });
    assert_eq!(
        (&stated["previous"], &stated["baseline"]),
        (&expected, &expected)
    );
    assert_eq!(stated["check"]["errors"], json!({}));
    let warnings = stated["check"]["warnings"].as_object().unwrap();
    assert!(warnings.contains_key("docs-missing"), "{warnings:?}");

    // The same again is the same statement.
    publish("1.1.0", &added, &[]);

    let stated = publish("1.1.1", &added, &[]);
    assert_eq!(
        stated["previous"],
        json!({ "package": "acme:units@1.1.0", "verdict": "unchanged", "changes": {} })
    );

    let stated = publish("1.1.2", UNITS, &["--allow-breaking", "--no-check"]);
    assert_eq!(stated["previous"]["verdict"], "broken", "{stated}");
    assert!(
        stated["previous"]["changes"]["guest"].as_u64().unwrap() > 0,
        "{stated}"
    );
    assert_eq!(stated.get("check"), None, "it didn't run");
}

#[test]
fn a_chain_is_its_members_by_their_digests_and_its_plan() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    let members = [("gate", "proxy"), ("hello", "service")];
    for (name, world) in members {
        home.write(&format!("{name}.wasm"), components::including(world, ""));
    }
    let here = home.path(".");
    home.run(
        &here,
        &["compose", "gate.wasm", "hello.wasm", "--out", "chain.wasm"],
    )
    .printed();
    let sign = key.sign();
    home.run(
        &here,
        &["publish", "chain.wasm", "--package=acme:chain@1.0.0", &sign],
    )
    .printed();
    let stated = predicate(&home, "chain/1.0.0");
    assert_eq!(stated["package"]["kind"], "component");
    let composition = &stated["composition"];
    let digests: Vec<&str> = composition["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["digest"]["sha256"].as_str().unwrap())
        .collect();
    for (name, _) in members {
        let bytes = fs::read(home.path(&format!("{name}.wasm"))).unwrap();
        assert!(
            digests.contains(&sha256(&bytes).as_str()),
            "{name}: {stated}"
        );
    }
    // From the host to the gate, and from there to the service, whichever is number 0.
    let number = |name: &str| {
        let digest = sha256(&fs::read(home.path(&format!("{name}.wasm"))).unwrap());
        digests.iter().position(|it| *it == digest).unwrap()
    };
    let plan: Vec<&str> = composition["plan"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    let has = |from: &str, to: &str, what: &str| {
        plan.iter().any(|line| line.starts_with(&format!("{from} → {to}: {what}")))
    };
    let (gate, hello) = (number("gate").to_string(), number("hello").to_string());
    assert!(has("host", &gate, "wasi:http/handler"), "{plan:#?}");
    assert!(has(&gate, &hello, "wasi:http/origin"), "{plan:#?}");

    let args = [
        "verify",
        "acme:chain@1.0.0",
        &format!("--key={}", key.public.display()),
    ];
    let shown = home.run(&here, &args).printed();
    assert!(shown.contains("member      0, sha256:"), "{shown}");
    // A component that isn't composed has no composition.
    home.run(
        &here,
        &["publish", "hello.wasm", "--package=acme:units@1.0.0", &sign],
    )
    .printed();
    let bundle = read(&bundles(&home, "1.0.0").remove(0));
    assert_eq!(statement(&bundle)["predicate"].get("composition"), None);
}
