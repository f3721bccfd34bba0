//! Packages and components by their names in a registry, wherever WIT or a component is asked for.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::components;
use testkit::home::{Home, Run};
use testkit::tree::{copy, tree};

/// A home in whose directory of a registry is the package of this repository, and in `http/` its WIT.
fn home() -> Home {
    let home = Home::with_directory();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/wit");
    fs::create_dir_all(home.path("http")).unwrap();
    copy(wit.as_ref(), &home.path("http"));
    home.run(&home.path("."), &["publish", "--wit", "http"]).printed();
    home
}

#[test]
fn glue_from_a_reference_is_the_glue_from_the_directory() {
    let home = home();
    for (wit, out) in [
        ("http", "glue"),
        ("wasi:http@0.3.1002", "exact"),
        ("wasi:http", "latest"),
    ] {
        let args = ["rust", "--world", "proxy", "--wit", wit, "--out", out];
        home.run(&home.path("."), &args).printed();
    }
    assert_eq!(tree(&home.path("exact")), tree(&home.path("latest")));
    let text = |out: &str, file: &str| fs::read_to_string(home.path(out).join(file)).unwrap();
    for (file, contents) in tree(&home.path("glue")) {
        let is_wit = file.components().any(|part| part.as_os_str() == "wit");
        let is_record = file.ends_with(".witgen.json");
        if contents.is_empty() || is_wit || is_record {
            continue;
        }
        let file = file.to_str().unwrap();
        assert_eq!(text("exact", file), text("glue", file), "{file}");
    }
}

#[test]
fn a_fetched_package_is_available_offline() {
    let home = home();
    let here = home.path(".");
    let online = home.run(&here, &["inspect", "--wit", "wasi:http@0.3.1002"]).printed();
    let offline = home
        .run(
            &here,
            &["inspect", "--offline", "--wit", "wasi:http@0.3.1002"],
        )
        .printed();
    assert_eq!(online, offline);
}

#[test]
fn every_command_that_reads_wit_reads_it_from_a_registry() {
    let home = home();
    let here = home.path(".");
    for (args, file) in [
        (&["docs", "--out", "spec"][..], "spec/README.md"),
        (&["golden", "--out", "golden"], "golden/.witgen.json"),
        (
            &["rust", "--world", "service", "--guest", "--out", "glue"],
            "glue/mod.rs",
        ),
    ] {
        home.run(&here, &[args, &["--wit", "wasi:http@0.3.1002"]].concat()).printed();
        assert!(home.path(file).exists(), "{file}");
    }
    let linted = home.run(&here, &["lint", "--wit", "wasi:http@0.3.1002"]);
    let directory = home.run(&here, &["lint", "--wit", "http"]);
    let rules = |run: &Run| -> Vec<String> {
        let lines = run.stderr.lines().filter(|line| line.starts_with("warning["));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(
        rules(&linted),
        rules(&directory),
        "what is found is found in both"
    );
    fs::create_dir(home.path("new")).unwrap();
    home.run(&home.path("new"), &["init", "--wit", "wasi:http@0.3.1002"]).printed();
    home.run(&home.path("new"), &["generate"]).printed();
    home.run(&home.path("new"), &["check"]).printed();
    let changes = home.run(&here, &["diff", "wasi:http@0.3.1002", "http"]).printed();
    assert!(
        changes.contains("no changes") || changes.contains("nothing"),
        "{changes}"
    );
}

#[test]
fn a_difference_from_a_published_version_is_found() {
    let home = home();
    let here = home.path(".");
    let file = home.path("http/origin.wit");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        text.replace("handle: async func", "pass: async func"),
    )
    .unwrap();
    let changes = home.run(
        &here,
        &["diff", "wasi:http@0.3.1002", "http", "--fail-on", "guest"],
    );
    assert_eq!(changes.status, 1, "{changes:?}");
    assert!(
        changes.stdout.contains("origin.handle"),
        "{}",
        changes.stdout
    );
}

#[test]
fn a_project_is_made_from_a_reference_and_held_to_one() {
    let home = home();
    let dir = home.path("project");
    fs::create_dir(&dir).unwrap();
    home.write(
        "project/witgen.toml",
        "wit = 'wasi:http@0.3.1002'\n[docs]\nout = 'spec'\n[baseline]\npackage = 'wasi:http@0.3.1002'\n",
    );
    home.run(&dir, &["generate"]).printed();
    assert!(dir.join("spec/README.md").exists());
    home.run(&dir, &["check"]).printed();
    home.run(&dir, &["check", "--offline"]).printed();
}

#[test]
fn a_namespace_may_be_one_letter() {
    let home = home();
    home.publish("short", "package a:b@1.0.0; interface i {}");
    let shown = home.run(&home.path("."), &["inspect", "--wit", "a:b@1.0.0"]).printed();
    assert!(shown.starts_with("package a:b@1.0.0"), "{shown}");
}

#[test]
fn a_package_under_the_name_of_another_is_refused() {
    let home = home();
    home.publish("units", "package acme:units@1.0.0; interface i {}");
    let other = home.write("registry/acme/other/1.0.0.wasm", "");
    fs::copy(home.path("registry/acme/units/1.0.0.wasm"), other).unwrap();
    let message = home.run(&home.path("."), &["inspect", "--wit", "acme:other@1.0.0"]).failed(2);
    assert!(
        message.contains("the registry has another package under this name: `acme:units@1.0.0`"),
        "{message}"
    );
}

#[test]
fn a_file_of_that_name_is_not_a_reference() {
    let home = home();
    home.write("acme:local", "package a:b; interface i {}");
    let shown = home.run(&home.path("."), &["inspect", "--wit", "acme:local"]);
    assert!(shown.stdout.contains("a:b"), "{shown:?}");
}

#[test]
fn members_of_a_chain_come_from_a_registry_and_the_chain_goes_there() {
    let home = home();
    let here = home.path(".");
    let world = |world: &str| {
        let include = format!("package a:b; world w {{ include wasi:http/{world}@0.3.1002; }}");
        components::of_wit(&include)
    };
    home.write("gate.wasm", world("proxy"));
    home.write("hello.wasm", world("service"));
    home.run(
        &here,
        &["publish", "gate.wasm", "--package", "acme:gate@1.0.0"],
    )
    .printed();
    home.run(
        &here,
        &["publish", "hello.wasm", "--package", "acme:hello@2.0.0"],
    )
    .printed();

    let args = ["compose", "gate.wasm", "hello.wasm", "-o", "files.wasm"];
    home.run(&here, &args).printed();
    let args = [
        "compose",
        "acme:gate@1.0.0",
        "acme:hello",
        "-o",
        "chain.wasm",
    ];
    let run = home.run(&here, &args);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let read = |file: &str| fs::read(home.path(file)).unwrap();
    assert_eq!(
        read("files.wasm"),
        read("chain.wasm"),
        "members are called as in their files"
    );

    home.run(
        &here,
        &["publish", "chain.wasm", "--package", "acme:chain@1.0.0"],
    )
    .printed();
    assert_eq!(read("registry/acme/chain/1.0.0.wasm"), read("chain.wasm"));

    let message = home
        .run(
            &here,
            &[
                "compose",
                "acme:gate@1.0.0",
                "acme:none@1.0.0",
                "-o",
                "x.wasm",
            ],
        )
        .failed(2);
    assert!(message.contains("no package `acme:none`"), "{message}");
    let message = home
        .run(
            &here,
            &[
                "compose",
                "acme:gate@1.0.0",
                "wasi:http@0.3.1002",
                "-o",
                "x.wasm",
            ],
        )
        .failed(2);
    assert!(message.contains("wasi:http@0.3.1002"), "{message}");
    assert!(!home.path("x.wasm").exists());
}
