//! `witgen search`: packages by name and by interface.

use std::fs;

use pretty_assertions::assert_eq;
use serde_json::Value;
use testkit::components;
use testkit::home::Home;
use testkit::registry::{Access, PASSWORD, Registry, USER};

const GATE: &str = "\
/// Lets requests pass. Or not.
package acme:gate@1.1.0;
interface log { write: func(); }
interface check { run: func(); }
world gate { import log; export check; }
";

/// Publishes a package in two versions, and a component.
fn publish(home: &Home) {
    home.publish(
        "old",
        &GATE.replace("1.1.0", "0.9.0").replace("export check", "import check"),
    );
    home.publish("gate", GATE);
    home.publish(
        "units",
        "package acme:units@1.0.0; interface weight { type gram = u64; }",
    );
    let component = components::of_wit(&GATE.replace("acme:gate", "acme:logger"));
    let file = home.write("logger.wasm", component);
    let file = file.display().to_string();
    let args = [
        "publish",
        &file,
        "--package",
        "acme:logger-component@1.0.0",
        "--quiet",
    ];
    home.run(&home.path("."), &args).printed();
}

fn search(home: &Home, args: &[&str]) -> Vec<String> {
    let args = [&["search", "--format", "json"], args].concat();
    let printed = home.run(&home.path("."), &args).printed();
    let hits: Value = serde_json::from_str(&printed).unwrap();
    let hits = hits.as_array().unwrap().iter();
    hits.map(|hit| hit["package"].as_str().unwrap().to_owned()).collect()
}

fn check_searches(home: &Home) {
    for (args, expected) in [
        (&["gate"][..], &["acme:gate@1.1.0"][..]),
        (&["--exports", "acme:gate/check"], &["acme:gate@1.1.0"]),
        (
            &["--exports", "acme:gate/check@1.0.5"],
            &["acme:gate@1.1.0"],
        ),
        (&["--exports", "acme:gate/check@2.0.0"], &[]),
        (&["--imports", "acme:gate/check"], &[]),
        (
            &[
                "--exports",
                "acme:logger/check",
                "--imports",
                "acme:logger/log",
            ],
            &["acme:logger-component@1.0.0"],
        ),
        (
            &["acme"],
            &[
                "acme:gate@1.1.0",
                "acme:logger-component@1.0.0",
                "acme:units@1.0.0",
            ],
        ),
        (&["units", "--imports", "acme:gate/log"], &[]),
    ] {
        assert_eq!(search(home, args), expected, "{args:?}");
    }
    assert!(
        search(home, &["--exports", "wasi:http/handler"])
            .contains(&"wasi:http@0.3.1002".to_owned())
    );
}

#[test]
fn a_directory_is_searched_by_names_and_interfaces() {
    let home = Home::with_directory();
    publish(&home);
    check_searches(&home);
    let run = home.run(&home.path("."), &["search", "gate"]);
    assert_eq!(
        run.stdout,
        "acme:gate@1.1.0 (package, here): Lets requests pass.\n"
    );
    assert!(run.stderr.contains("searched: here, witgen"), "{run:?}");
    let root = home.path("registry").display().to_string();
    assert_eq!(
        search(&home, &["--registry", &root, "http"]),
        Vec::<String>::new()
    );
}

#[test]
fn a_registry_that_lists_its_packages_is_searched() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    publish(&home);
    check_searches(&home);
    // Offline, what was seen is searched.
    assert_eq!(search(&home, &["gate", "--offline"]), ["acme:gate@1.1.0"]);
}

#[test]
fn a_registry_that_does_not_list_its_packages_is_searched_in_the_cache() {
    let access = Access {
        requires_login: true,
        tls: None,
    };
    let Some(registry) = Registry::start_with(access) else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let base = fs::read_to_string(home.path("registries.toml")).unwrap();
    home.configure(&format!(
        "{base}[registry.\"{}\".oci]\nauth = {{ username = \"{USER}\", password = \"{PASSWORD}\" }}\n",
        registry.host
    ));
    publish(&home);
    check_searches(&home);
    // Without credentials, the registry lists nothing.
    home.configure(&base);
    let run = home.run(&home.path("."), &["search", "gate"]);
    assert_eq!(run.stdout.lines().count(), 1, "{run:?}");
    assert!(
        run.stdout.starts_with("acme:gate@1.1.0 (package, the cache of 127.0.0.1"),
        "{run:?}"
    );
    for part in [
        "warning[catalog-refused]",
        "doesn't list its packages",
        "searched: the cache of",
    ] {
        assert!(run.stderr.contains(part), "{run:?}");
    }
}

#[test]
fn a_registry_that_is_down_is_an_error_and_a_damaged_package_is_not() {
    let home = Home::with_registry("127.0.0.1:9", &["acme"]);
    let message = home.run(&home.path("."), &["search", "gate"]).failed(2);
    assert!(
        message.contains("error[registry-unreachable]: cannot list packages"),
        "{message}"
    );

    let home = Home::with_directory();
    publish(&home);
    fs::write(home.path("registry/acme/units/1.0.0.wasm"), "text").unwrap();
    let run = home.run(&home.path("."), &["search", "acme"]);
    assert_eq!((run.status, run.stdout.lines().count()), (0, 2), "{run:?}");
    assert!(
        run.stderr.contains(
            "`acme:units` was not searched: this is neither a WIT package nor a component"
        ),
        "{run:?}"
    );
}

#[test]
fn what_is_no_interface_is_rejected() {
    let home = Home::new();
    for name in [
        "handler",
        "wasi:http",
        "wasi:http/a/b",
        "wasi:http/handler@0.3",
        "",
    ] {
        let message = home.run(&home.path("."), &["search", "--exports", name]).failed(2);
        assert!(
            message.contains("is not the name of an interface"),
            "{message}"
        );
    }
}
