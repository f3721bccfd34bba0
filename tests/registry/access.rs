//! Who is let in at a registry of the OCI distribution specification, and whom we trust to be it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use pretty_assertions::assert_eq;
use serde_json::json;
use testkit::certificates::Authority;
use testkit::home::{self, Home, Run};
use testkit::registry::{Access, PASSWORD, Registry, USER};
use testkit::tree::tree;

const UNITS: &str = "package acme:units@1.0.0; interface weight { type gram = u64; }";

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
fn credentials_come_from_where_docker_and_wkg_have_them() {
    let Some(registry) = Registry::start_with(Access {
        requires_login: true,
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
        command.env("PATH", path).args(["publish", "--format", "json"]);
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
fn authentication_errors_explain_why_without_secrets() {
    let Some(registry) = Registry::start_with(Access {
        requires_login: true,
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
                format!(
                    "`{host}` requires authentication, and no credentials are configured for it"
                ),
                format!("`docker login {host}` stores them"),
            ],
        ),
        (
            json!({ "auths": { host: { "auth": base64("somebody:wrong-sesame") } } }),
            [
                format!("`{host}` rejects the credentials from Docker's configuration"),
                "if they have expired".to_owned(),
            ],
        ),
        (
            json!({ "credHelpers": { host: "missing" } }),
            [
                format!(
                    "`{host}` requires authentication, and the credential helper that Docker's configuration names can't be run"
                ),
                "correct it".to_owned(),
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
fn passwords_in_addresses_are_rejected_and_never_printed() {
    let home = Home::new();
    home.package("units", UNITS);
    for given in [
        "somebody:secret-word@127.0.0.1:9",
        "https://somebody:secret-word@example.com",
    ] {
        let message = home.run(&home.path("units"), &["publish", "--registry", given]).failed(2);
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
        message.contains("`https://example.com` is an address, but a registry is a host"),
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
fn tls_trusts_the_configured_root_certificates() {
    let authority = Authority::new();
    let good = authority.identity("127.0.0.1", 2099);
    let Some(registry) = Registry::start_with(Access {
        requires_login: false,
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
            && message.contains("it is signed by an unknown authority"),
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
fn certificate_errors_name_their_cause() {
    let authority = Authority::new();
    for (identity, part) in [
        (authority.identity("127.0.0.1", 2020), "it has expired"),
        (
            authority.identity("example.com", 2099),
            "it is for another host",
        ),
    ] {
        let Some(registry) = Registry::start_with(Access {
            requires_login: false,
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
        message.contains("the TLS handshake with") && message.contains("`protocol = \"http\"`"),
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
fn podman_has_credentials_too() {
    let Some(registry) = Registry::start_with(Access {
        requires_login: true,
        tls: None,
    }) else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let dir = home.package("units", UNITS);
    let pair = base64(&format!("{USER}:{PASSWORD}"));
    let auth = json!({ "auths": { registry.host.as_str(): { "auth": pair } } });
    let file = home.write("containers/auth.json", auth.to_string());
    let mut command = home.command(&dir);
    command.env("REGISTRY_AUTH_FILE", file).arg("publish");
    home::run(&mut command).printed();
}

#[test]
fn a_missing_credential_helper_matters_only_for_its_registry() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    home.write(".docker/config.json", r#"{"credsStore": "missing"}"#);
    home.publish("units", UNITS);
    inspect(&home, &[]).printed();
}

#[test]
fn credential_helpers_time_out() {
    let Some(registry) = Registry::start_with(Access {
        requires_login: true,
        tls: None,
    }) else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    home.write(".docker/config.json", r#"{"credsStore": "slow"}"#);
    for (script, part) in [
        (
            "sleep 20",
            "the credential helper didn't respond within 1 s",
        ),
        (
            "echo keychain is locked: secret-word; exit 1",
            "the credential helper `docker-credential-slow`, which Docker's configuration names, fails",
        ),
        (
            "echo credentials not found in native keychain; exit 1",
            "no credentials are configured for it",
        ),
    ] {
        let program = home.write(
            "bin/docker-credential-slow",
            format!("#!/bin/sh\ncat > /dev/null\n{script}\n"),
        );
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!(
            "{}:{}",
            home.path("bin").display(),
            std::env::var("PATH").unwrap()
        );
        let mut command = home.command(&home.path("."));
        let args = ["inspect", "--wit", "acme:units@1.0.0", "--timeout", "1"];
        let message = home::run(command.env("PATH", path).args(args)).failed(2);
        assert!(message.contains(part), "{message}");
        assert!(
            message.contains("_AUTH_BASIC to `user:password`"),
            "{message}"
        );
        assert!(!message.contains("secret-word"), "{message}");
    }
}

#[test]
fn a_proxy_is_for_other_hosts_and_named_when_it_fails() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let dir = home.package("units", UNITS);
    let with_proxy = |dir: &std::path::Path, args: &[&str]| {
        let mut command = home.command(dir);
        command
            .env("HTTPS_PROXY", "http://127.0.0.1:1")
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .args(args);
        home::run(&mut command)
    };
    with_proxy(&dir, &["publish"]).printed();
    home.configure("[namespace_registries]\nacme = \"registry.example.com\"\n");
    let message = with_proxy(&dir, &["inspect", "--wit", "acme:units@2.0.0"]).failed(2);
    assert!(
        message.contains("go through the proxy `127.0.0.1:1`, which the environment names"),
        "{message}"
    );
}

#[test]
fn the_documented_configuration_is_valid() {
    let manual = include_str!("../../docs/registries.md");
    let blocks = manual.split("```toml\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    // wkg's keys have underscores; the others are for `witgen.toml`.
    let (configs, manifests): (Vec<&str>, Vec<&str>) =
        blocks.partition(|block| block.contains("default_registry"));
    assert_eq!((configs.len(), manifests.len()), (1, 2));
    for manifest in manifests {
        witgen::config::Config::parse("witgen.toml", manifest).unwrap();
    }
    let home = Home::new();
    home.configure(configs[0]);
    for package in ["my:tool@1.0.0", "acme:secret@1.0.0", "other:one@1.0.0"] {
        let args = ["inspect", "--offline", "--wit", package];
        let message = home.run(&home.path("."), &args).failed(2);
        assert!(message.contains("is not cached"), "{message}");
    }
}

#[test]
fn the_configured_namespace_prefix_is_used() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::new();
    home.configure(&format!(
        "[namespace_registries.acme]\nregistry = \"team\"\n\
         metadata = {{ preferredProtocol = \"oci\", oci = {{ registry = \"{}\", namespacePrefix = \"my-team/\" }} }}\n\
         [registry.team.oci]\nprotocol = \"http\"\n",
        registry.host
    ));
    let line = home.publish("units", UNITS);
    let place = format!("{}/my-team/acme/units:1.0.0@", registry.host);
    assert!(line.starts_with(&place), "{line}");
    inspect(&home, &[]).printed();
}

#[test]
fn a_variable_of_two_registries_is_used_for_neither() {
    let config = |registries: [&str; 2]| {
        let [one, two] = registries;
        format!(
            "[namespace_registries]\nacme = \"{one}\"\n\
             [registry.\"{one}\".oci]\nprotocol = \"http\"\n[registry.\"{two}\".oci]\nprotocol = \"http\"\n"
        )
    };
    let (one, two) = ("my.registry.invalid", "my-registry.invalid");
    let variable = "WKG_REGISTRY_MY_REGISTRY_INVALID_AUTH_BASIC";
    let run = |registries, value: &str| {
        let home = Home::new();
        home.configure(&config(registries));
        let mut command = home.command(&home.path("."));
        command.env(variable, value).args(["inspect", "--wit", "acme:units@1.0.0"]);
        home::run(&mut command).failed(2)
    };
    let message = run([one, two], "me:sesame");
    assert!(
        message.contains("error[ambiguous-credentials]"),
        "{message}"
    );
    for part in [variable, one, two] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains("sesame"), "{message}");
    // Without a value, or with one registry that reads it, there is nothing to choose.
    for message in [
        run([one, two], ""),
        run([one, "other.invalid"], "me:sesame"),
    ] {
        assert!(!message.contains("ambiguous-credentials"), "{message}");
    }
}
