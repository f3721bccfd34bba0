//! `witgen deploy`: what it writes for each engine, and what an engine can't run.
//!
//! A folder of `deploy/` is a case: `chain.toml`, and in the first line of `args` the command line. `output.txt` has what the user
//! reads and the files that are written, with `…` for digests: all of them, or those that the other lines of `args` name.
//! `WITGEN_BLESS=1` rewrites it.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use serde_json::Value;
use testkit::command::witgen;
use testkit::deployed::{CHAIN, KUBERNETES, prepare};
use testkit::registry::Registry;
use testkit::suite::{Case, Cases, Suite};
use testkit::tests;
use testkit::tree::texts;

const CASES: Cases = Cases {
    folder: "tests/deploy",
    inputs: &["args", "chain.toml"],
    golden: "output.txt",
};

fn main() {
    Suite::new(file!())
        .cases(CASES, deployed)
        .tests(&tests![
            the_same_input_gives_the_same_bytes,
            what_is_written_names_the_components_by_their_digests,
            files_of_others_are_never_replaced,
            a_check_finds_what_differs,
            variables_and_secrets_are_written_nowhere,
            what_is_published_has_the_digest_of_the_manifest,
            names_that_yaml_reads_otherwise_stay_strings,
            what_does_not_fit_into_a_config_map_is_rejected,
        ])
        .run();
}

/// Runs a case. A command that fails has written nothing.
fn deployed(case: &Case) -> String {
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path(), &case.read("chain.toml"));
    let written = case.read("args");
    let mut lines = written.lines();
    let args = shlex::split(lines.next().unwrap()).unwrap();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    let shown: Vec<_> = lines.collect();
    let (status, stderr) = witgen(
        dir.path(),
        &[&["deploy", "chain.toml"], args.as_slice()].concat(),
    );
    let out = dir.path().join("deploy");
    let mut output = stderr;
    if status == 0 {
        remove_components(&out);
        let files = texts(&out);
        for path in &shown {
            assert!(files.contains_key(*path), "{path} isn't written");
        }
        for (path, text) in files {
            if path.ends_with(".yaml") {
                read_yaml(&path, &text);
            }
            let is_shown = shown.is_empty() || shown.contains(&path.as_str());
            if is_shown && !path.ends_with(".witgen.json") {
                output.push_str(&format!("\n==== {path}\n{text}"));
            }
        }
    } else {
        assert_eq!(status, 2, "{output}");
        assert!(!out.exists(), "it writes, and fails");
    }
    without_digests(&output)
}

/// Reads the documents of a manifest.
fn read_yaml(path: &str, text: &str) -> Vec<Value> {
    let read = serde_saphyr::from_multiple(text);
    read.unwrap_or_else(|error| panic!("{path}: {error}\n{text}"))
}

/// Removes the components beside the manifests, which must be there if a manifest names them.
fn remove_components(out: &Path) {
    for engine in fs::read_dir(out).unwrap() {
        for entry in fs::read_dir(engine.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "wasm") {
                fs::remove_file(path).unwrap();
            }
        }
    }
}

/// Replaces digests, which depend on the libraries that encode components.
fn without_digests(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        let is_digest = part.len() - rest.len() == 64;
        shown.push_str(if is_digest { "sha256:…" } else { "sha256:" });
        shown.push_str(if is_digest { rest } else { part });
    }
    shown
}

fn the_same_input_gives_the_same_bytes() {
    let written = || {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path(), CHAIN);
        assert_eq!(witgen(dir.path(), &KUBERNETES).0, 0);
        texts(&dir.path().join("deploy")).into_iter().collect::<Vec<_>>()
    };
    assert_eq!(written(), written());
}

fn what_is_written_names_the_components_by_their_digests() {
    use sha2::{Digest as _, Sha256};
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path(), CHAIN);
    assert_eq!(witgen(dir.path(), &KUBERNETES).0, 0);
    let text = fs::read_to_string(dir.path().join("deploy/kubernetes/chain.toml")).unwrap();
    for name in ["gate", "hello"] {
        let bytes = fs::read(dir.path().join(format!("{name}.wasm"))).unwrap();
        let digits: String =
            Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(
            text.contains(&format!("digest = \"sha256:{digits}\"")),
            "{text}"
        );
    }
}

fn files_of_others_are_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path(), &CHAIN.replace("environment", "# environment"));
    let out = dir.path().join("deploy/wasmcloud");
    fs::create_dir_all(&out).unwrap();
    let args = [
        "deploy",
        "chain.toml",
        "--for",
        "wasmcloud",
        "--package",
        "acme:web@1.0.0",
        "--registry",
        "r.example",
        "--offline",
    ];
    for name in ["web.wasm", "workload.yaml"] {
        fs::write(out.join(name), "mine").unwrap();
        let (status, stderr) = witgen(dir.path(), &args);
        assert_eq!(status, 2, "{stderr}");
        assert!(stderr.contains("error[not-ours]"), "{stderr}");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "{name}");
        fs::remove_file(out.join(name)).unwrap();
    }
    assert_eq!(witgen(dir.path(), &args).0, 0);
    // What it made itself, it replaces.
    assert_eq!(witgen(dir.path(), &args).0, 0);
}

fn a_check_finds_what_differs() {
    let dir = tempfile::tempdir().unwrap();
    prepare(
        dir.path(),
        &CHAIN
            .replace("host = 'web.example'", "path = '/'")
            .replace("environment", "# environment"),
    );
    let args = ["deploy", "chain.toml", "--for", "spin"];
    let check = [&args[..], &["--check"]].concat();
    assert_eq!(witgen(dir.path(), &check).0, 1);
    assert!(!dir.path().join("deploy").exists());
    assert_eq!(witgen(dir.path(), &args).0, 0);
    assert_eq!(
        witgen(dir.path(), &check),
        (0, "deploy/spin is up to date\n".to_owned())
    );
    for name in ["hello.wasm", "spin.toml"] {
        let path = dir.path().join("deploy/spin").join(name);
        let before = fs::read(&path).unwrap();
        fs::write(&path, "changed").unwrap();
        let (status, stderr) = witgen(dir.path(), &check);
        assert_eq!(status, 1);
        assert!(stderr.contains(name), "{stderr}");
        fs::write(&path, before).unwrap();
    }
}

/// Neither the value of a variable nor the content of a secret is in a manifest, and both may be missing.
fn variables_and_secrets_are_written_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path(), CHAIN);
    fs::write(dir.path().join("token"), "open-sesame").unwrap();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("witgen"));
    let output = command
        .args(KUBERNETES)
        .env("LEVEL", "of-secrecy")
        .current_dir(dir.path())
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    for (path, text) in texts(&dir.path().join("deploy")) {
        assert!(
            !text.contains("open-sesame") && !text.contains("of-secrecy"),
            "{path}: {text}"
        );
    }
}

fn what_is_published_has_the_digest_of_the_manifest() {
    let Some(registry) = Registry::start() else {
        panic!("docker-registry is missing");
    };
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path(), &CHAIN.replace("environment", "# environment"));
    fs::write(
        dir.path().join("config.toml"),
        format!(
            "[registry.\"{0}\"]\ntype = \"oci\"\n[registry.\"{0}\".oci]\nprotocol = \"http\"\n",
            registry.host
        ),
    )
    .unwrap();
    let of_registry = [
        "--registry",
        &registry.host,
        "--config",
        "config.toml",
        "--cache",
        "cache",
    ];
    let args = [
        "deploy",
        "chain.toml",
        "--for",
        "wasmcloud",
        "--package",
        "acme:web@1.0.0",
    ];
    let manifest =
        || fs::read_to_string(dir.path().join("deploy/wasmcloud/workload.yaml")).unwrap();
    // Before it is published, and after.
    let (status, stderr) = witgen(dir.path(), &[&args[..], &of_registry[..]].concat());
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(registry.tags("acme/web"), Vec::<String>::new());
    let before = manifest();
    let publish = [&args[..], &of_registry[..], &["--publish"]].concat();
    let (status, stderr) = witgen(dir.path(), &publish);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(manifest(), before);
    let image = before.lines().find_map(|line| line.trim().strip_prefix("image: ")).unwrap();
    let (repository, digest) = image.trim_matches('"').split_once('@').unwrap();
    assert_eq!(repository, format!("{}/acme/web", registry.host));
    assert!(registry.manifest("acme/web", digest).is_some(), "{image}");
    assert_eq!(registry.tags("acme/web"), ["1.0.0"]);

    // Members of a registry are fetched by pods, from the registry that they are in.
    let chain = "\
[members.web]
component = 'acme:web@1.0.0'
[chains.web]
members = ['web']
";
    fs::write(dir.path().join("chain.toml"), chain).unwrap();
    let (status, stderr) = witgen(dir.path(), &[&KUBERNETES[..], &of_registry[..]].concat());
    assert_eq!(status, 0, "{stderr}");
    let read =
        |name: &str| fs::read_to_string(dir.path().join("deploy/kubernetes").join(name)).unwrap();
    assert!(read("chain.toml").contains("component = \"acme:web@1.0.0\""));
    assert!(
        read("registries.toml").contains("protocol = \"http\""),
        "{}",
        read("registries.toml")
    );
    assert!(read("kustomization.yaml").contains("- registries.toml"));
    assert!(read("deployment.yaml").contains("WKG_CONFIG_FILE"));
}

/// In YAML, these are booleans, nulls and numbers unless they are quoted.
fn names_that_yaml_reads_otherwise_stay_strings() {
    for name in ["true", "no", "on", "y", "null", "off"] {
        let dir = tempfile::tempdir().unwrap();
        let variable = name.to_uppercase();
        let chain = CHAIN
            .replace("gate", name)
            .replace(&format!("'{name}.wasm'"), "'gate.wasm'")
            .replace("LEVEL", &variable)
            .replace("web.example", "no");
        prepare(dir.path(), &chain);
        let package = [
            "--package",
            "acme:web@1.0.0",
            "--registry",
            "r.example",
            "--offline",
        ];
        let image = ["--image", "r.example/witgen-serve:1"];
        for (engine, options) in [
            ("kubernetes", &image[..]),
            ("compose", &image[..]),
            ("wasmcloud", &package[..]),
        ] {
            let args = ["deploy", "chain.toml", "--for", engine, "--name", name];
            let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("witgen"));
            command.args([&args[..], options].concat()).env(&variable, "1.0");
            let output = command.current_dir(dir.path()).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
        let out = dir.path().join("deploy");
        remove_components(&out);
        for (path, text) in texts(&out) {
            if path.ends_with(".yaml") {
                // Plain scalars that a reader of YAML 1.1 takes for something else.
                for line in text.lines().filter(|line| !line.trim().starts_with('#')) {
                    let words = line.split([' ', ':', '-']).filter(|word| !word.is_empty());
                    let mut plain = words.filter(|word| *word == name || *word == variable);
                    let is_own = [
                        "read_only",
                        "readOnly",
                        "runAsNonRoot",
                        "readOnlyRootFilesystem",
                        "no-new-privileges",
                    ];
                    let is_own = is_own.iter().any(|key| line.contains(key))
                        || line.ends_with(": true")
                        || line.trim_start().starts_with("- --");
                    assert!(is_own || plain.next().is_none(), "{path}: {line}");
                }
                for document in read_yaml(&path, &text) {
                    let found = document["metadata"]["name"].as_str().or(document["name"].as_str());
                    let is_own =
                        path.contains("monitoring/prometheus") || path.contains("kustomization");
                    assert!(is_own || found == Some(name), "{path}: {text}");
                }
            }
        }
    }
}

fn what_does_not_fit_into_a_config_map_is_rejected() {
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path(), CHAIN);
    let authorities = "# a comment of an authority\n".repeat(40_000);
    fs::write(dir.path().join("ca.pem"), authorities).unwrap();
    let with_ca = format!("{CHAIN}\n[tls]\nca = ['ca.pem']\n");
    fs::write(dir.path().join("chain.toml"), &with_ca).unwrap();
    let (status, stderr) = witgen(dir.path(), &KUBERNETES);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains("a ConfigMap has at most 1.0 MiB"),
        "{stderr}"
    );
    let line = 1 + with_ca[..with_ca.find("'ca.pem'").unwrap()].matches('\n').count();
    assert!(stderr.contains(&format!("chain.toml:{line}:")), "{stderr}");
    assert!(!dir.path().join("deploy").exists());
}
