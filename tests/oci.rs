//! `witgen publish` and `witgen fetch` at a registry of the OCI distribution specification.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread::scope;

use pretty_assertions::assert_eq;
use serde_json::json;

#[path = "support/certificates.rs"]
mod certificates;
#[path = "support/components.rs"]
mod components;
#[path = "support/home.rs"]
mod home;
#[path = "support/peers.rs"]
mod peers;
#[path = "support/registry.rs"]
mod registry;
#[path = "support/tree.rs"]
mod tree;

use certificates::Authority;
use home::{Home, Run, published};
use registry::{Manner, PASSWORD, Registry, USER};
use tree::tree;

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

/// Base64 without padding is understood, too.
fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn what_arrives_is_laid_out_as_other_tools_read_it() {
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
    home.run(&dir, &["fetch", "--locked", "--offline"])
        .printed();
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
                "{number} is published already, with other contents"
            )),
            "{message}"
        );
        assert_eq!(registry.manifest("acme/units", &tag), Some(manifest));
        // A tag is read back as the version that it was.
        let shown = home
            .run(&dir, &["inspect", "--wit", &format!("acme:units@{number}")])
            .printed();
        assert!(
            shown.starts_with(&format!("package acme:units@{number}")),
            "{shown}"
        );
    }
    // The latest is the latest of the plain ones.
    let shown = home
        .run(&home.path("."), &["inspect", "--wit", "acme:units"])
        .printed();
    assert!(shown.starts_with("package acme:units@1.0.0"), "{shown}");
}

#[test]
fn a_number_that_does_not_allow_the_change_is_refused() {
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
    assert!(message.contains("must be 2.0.0 at least"), "{message}");
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
    let list = registry
        .manifest("acme/units", &digest.replace(':', "-"))
        .unwrap();
    let [pages] = list["manifests"].as_array().unwrap().as_slice() else {
        panic!("one referrer: {list}");
    };
    assert_eq!(pages["artifactType"], "application/vnd.witgen.docs.v1+json");
    let pages = registry
        .manifest("acme/units", pages["digest"].as_str().unwrap())
        .unwrap();
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
    let shown = home
        .run(&dir, &["inspect", "--wit", "acme:units"])
        .printed();
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
        let wit = format!("package a:b; world w {{ include wasi:http/{world}@0.3.3; }}");
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
        json!(["wasi:http/handler@0.3.3"])
    );
}

#[test]
fn of_many_publishers_of_one_version_each_is_told_what_is_there() {
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
fn credentials_come_from_where_docker_and_wkg_have_them() {
    let Some(registry) = Registry::start_in(Manner {
        asks: true,
        tls: None,
    }) else {
        return;
    };
    let host = &registry.host;
    let pair = base64(&format!("{USER}:{PASSWORD}"));
    let helper = format!(
        "#!/bin/sh\ncat > /dev/null\necho '{{\"ServerURL\": \"\", \"Username\": \"{USER}\", \"Secret\": \"{PASSWORD}\"}}'\n"
    );
    let variable = format!("WKG_REGISTRY_{}_AUTH_BASIC", host.replace(['.', ':'], "_"));

    let docker = json!({ "auths": { host: { "auth": pair } } }).to_string();
    let with_helper = json!({ "credHelpers": { host: "test" } }).to_string();
    let with_store = json!({ "credsStore": "test" }).to_string();
    let configured = format!(
        "[registry.\"{host}\".oci]\nauth = {{ username = \"{USER}\", password = \"{PASSWORD}\" }}\n"
    );
    let encoded = format!("[registry.\"{host}\".oci]\nauth = \"{pair}\"\n");
    for (what, docker, config, environment) in [
        ("Docker's configuration", docker.as_str(), "", ""),
        ("a helper for the registry", &with_helper, "", ""),
        ("a helper for all", &with_store, "", ""),
        ("wkg's configuration", "{}", &configured, ""),
        ("wkg's configuration, encoded", "{}", &encoded, ""),
        ("the environment", "{}", "", &format!("{USER}:{PASSWORD}")),
    ] {
        let home = Home::with_registry(host, &["acme"]);
        let base = fs::read_to_string(home.path("registries.toml")).unwrap();
        home.configure(&format!("{base}{config}"));
        home.write(".docker/config.json", docker);
        let program = home.write("bin/docker-credential-test", &helper);
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let dir = home.package("units", UNITS);
        let path = format!(
            "{}:{}",
            home.path("bin").display(),
            std::env::var("PATH").unwrap()
        );
        let mut command = home.command(&dir);
        command
            .env("PATH", path)
            .args(["publish", "--format", "json"]);
        if !environment.is_empty() {
            command.env(&variable, environment);
        }
        let run = home::run(&mut command);
        assert_eq!(run.status, 0, "{what}: {}", run.stderr);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(
            !said.contains(PASSWORD) && !said.contains(&pair),
            "{what}: {said}"
        );
        for (file, contents) in tree(&home.path(".")) {
            let is_given = [".docker", "bin", "registries.toml"]
                .iter()
                .any(|given| file.starts_with(given));
            let contents = String::from_utf8_lossy(&contents).into_owned();
            let has_secret = contents.contains(PASSWORD) || contents.contains(&pair);
            assert!(
                is_given || !has_secret,
                "{what}: a secret is in {}",
                file.display()
            );
        }
    }
}

#[test]
fn who_is_not_let_in_reads_why_and_no_secret() {
    let Some(registry) = Registry::start_in(Manner {
        asks: true,
        tls: None,
    }) else {
        return;
    };
    let host = &registry.host;
    let home = Home::with_registry(host, &["acme"]);
    home.package("units", UNITS);
    for (docker, parts) in [
        (
            json!({}),
            [
                format!("`{host}` wants to know who asks, and no credentials are set up for it"),
                format!("`docker login {host}` stores them"),
            ],
        ),
        (
            json!({ "auths": { host: { "auth": base64("somebody:wrong-sesame") } } }),
            [
                format!("`{host}` doesn't take the credentials from Docker's configuration"),
                "have they expired?".to_owned(),
            ],
        ),
        (
            json!({ "credHelpers": { host: "missing" } }),
            [
                format!(
                    "no credentials for `{host}`: the credential helper that Docker's configuration names can't be run"
                ),
                "mend it".to_owned(),
            ],
        ),
    ] {
        home.write(".docker/config.json", docker.to_string());
        for (folder, args) in [
            ("units", &["publish"][..]),
            (".", &["inspect", "--wit", "acme:units@1.0.0"]),
        ] {
            let message = home.run(&home.path(folder), args).failed(2);
            for part in &parts {
                assert!(message.contains(part), "{message}");
            }
            assert!(
                !message.contains("wrong-sesame")
                    && !message.contains(&base64("somebody:wrong-sesame")),
                "{message}"
            );
        }
    }
    assert_eq!(registry.tags("acme/units"), [""; 0]);
}

#[test]
fn an_address_has_no_password_in_it_and_none_is_repeated() {
    let home = Home::new();
    home.package("units", UNITS);
    for given in [
        "somebody:secret-word@127.0.0.1:9",
        "https://somebody:secret-word@example.com",
    ] {
        let message = home
            .run(&home.path("units"), &["publish", "--registry", given])
            .failed(2);
        assert!(
            message.contains("has no user and no password in it"),
            "{message}"
        );
        assert!(!message.contains("secret-word"), "{message}");
    }
    let message = home
        .run(
            &home.path("units"),
            &["publish", "--registry", "https://example.com"],
        )
        .failed(2);
    assert!(
        message.contains("`https://example.com` is an address, and a registry is a host"),
        "{message}"
    );
    home.configure("[namespace_registries]\nacme = \"somebody:secret-word@127.0.0.1:9\"\n");
    let message = home.run(&home.path("units"), &["publish"]).failed(2);
    assert!(
        !message.contains("secret-word") && message.contains("registries.toml"),
        "{message}"
    );
    home.configure(
        "[registry.\"example.com\".oci]\nauth = { username = \"me\", password = \"secret-word\" \n",
    );
    let message = home.run(&home.path("units"), &["publish"]).failed(2);
    assert!(
        !message.contains("secret-word") && message.contains("registries.toml:"),
        "{message}"
    );
}

#[test]
fn tls_is_spoken_with_whom_the_configuration_trusts() {
    let authority = Authority::new();
    let good = authority.identity("127.0.0.1", 2099);
    let Some(registry) = Registry::start_in(Manner {
        asks: false,
        tls: Some((&good.certificate, &good.key)),
    }) else {
        return;
    };
    let home = home_with_tls(&registry, Some(&authority), "");
    home.publish("units", UNITS);
    inspect(&home, &[]).printed();
    let trusting = home_with_tls(&registry, None, "accept_invalid_certificates = true\n");
    inspect(&trusting, &[]).printed();

    let stranger = home_with_tls(&registry, None, "");
    let message = inspect(&stranger, &[]).failed(2);
    assert!(
        message.contains("the certificate of `127.0.0.1:")
            && message.contains("nobody whom this system trusts has signed it"),
        "{message}"
    );
    assert!(message.contains("`extra_root_certificates`"), "{message}");

    let plain = Home::with_registry(&registry.host, &["acme"]);
    let message = inspect(&plain, &[]).failed(2);
    assert!(
        message.contains("https"),
        "a registry with TLS, asked without: {message}"
    );
}

#[test]
fn a_certificate_that_is_not_valid_says_what_is_wrong_with_it() {
    let authority = Authority::new();
    for (identity, part) in [
        (authority.identity("127.0.0.1", 2020), "it has expired"),
        (
            authority.identity("example.com", 2099),
            "it is for another host",
        ),
    ] {
        let Some(registry) = Registry::start_in(Manner {
            asks: false,
            tls: Some((&identity.certificate, &identity.key)),
        }) else {
            return;
        };
        let home = home_with_tls(&registry, Some(&authority), "");
        let dir = home.package("units", UNITS);
        for message in [
            inspect(&home, &[]).failed(2),
            home.run(&dir, &["publish"]).failed(2),
        ] {
            assert!(
                message.contains("error[registry-certificate]") && message.contains(part),
                "{message}"
            );
        }
    }
}

#[test]
fn a_registry_without_tls_is_not_taken_for_one_with_it() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::new();
    let host = &registry.host;
    home.configure(&format!("[namespace_registries]\nacme = \"{host}\"\n[registry.\"{host}\".oci]\nprotocol = \"https\"\n"));
    let message = inspect(&home, &[]).failed(2);
    assert!(
        message.contains("no secure connection to") && message.contains("`protocol = \"http\"`"),
        "{message}"
    );
}

/// A home for which `acme` is in a registry with TLS, trusted or not.
fn home_with_tls(registry: &Registry, authority: Option<&Authority>, more: &str) -> Home {
    let home = Home::new();
    let host = &registry.host;
    let roots = authority.map(|authority| {
        let root = authority.root();
        format!("[[registry.\"{host}\".oci.extra_root_certificates]]\nencoding = \"pem\"\ndata = '''{root}'''\n")
    });
    home.configure(&format!(
        "[namespace_registries]\nacme = \"{host}\"\n[registry.\"{host}\"]\ntype = \"oci\"\n[registry.\"{host}\".oci]\nprotocol = \"https\"\n{more}{}",
        roots.unwrap_or_default()
    ));
    home
}

#[test]
fn packages_that_a_package_carries_in_its_own_text_are_published_with_it() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    home.publish("shop", SHOP);
    let shown = home
        .run(&home.path("."), &["inspect", "--wit", "acme:shop@1.0.0"])
        .printed();
    assert!(shown.contains("import wasi:io/poll@1.2.3"), "{shown}");
}
