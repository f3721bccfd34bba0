//! Findings for programs, held to the schemas of their formats.

use std::fs;
use std::path::Path;

use boon::{Compiler, Schemas};
use cargo_metadata::MetadataCommand;
use serde_json::Value;
use testkit::command::findings;

/// Fails unless a value is what a schema says.
#[track_caller]
fn validate(schema: Value, value: &Value) {
    let mut compiler = Compiler::new();
    let id = schema["$id"].as_str().unwrap_or("file:///schema.json").to_owned();
    compiler.add_resource(&id, schema).unwrap();
    let mut schemas = Schemas::new();
    let schema = compiler.compile(&id, &mut schemas).unwrap();
    if let Err(error) = schemas.validate(value, schema) {
        panic!("{error:#}\n{value:#}");
    }
}

/// The schema of SARIF 2.1.0, which a dependency carries.
fn sarif() -> Value {
    let metadata = MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .exec()
        .unwrap();
    let package = metadata.packages.iter().find(|p| p.name == "serde-sarif");
    let folder = package.unwrap().manifest_path.parent().unwrap();
    let schema = fs::read_to_string(folder.join("src/schema.json")).unwrap();
    serde_json::from_str(&schema).unwrap()
}

#[test]
fn sarif_is_what_its_schema_says() {
    let schema = sarif();
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("wit")).unwrap();
    let wit = "package a:b;\n/// Like `i.nothing`.\ninterface i { f: func(); }\n";
    fs::write(dir.path().join("wit/a.wit"), wit).unwrap();
    fs::write(dir.path().join("witgen.toml"), "[docs]\nout = 'a b/ä'\n").unwrap();
    let mut rules = Vec::new();
    let mut has_pages = false;
    for command in [
        // Files that are missing, and a name in the documentation that leads nowhere.
        &["check"][..],
        &["docs", "--out", "pages"],
        // A part of the command line is at fault.
        &["rust", "--world", "nothing"],
        &["generate", "--dry-run", "--force"],
        &["lint", "--wit", "wit"],
        // Nothing is.
        &["docs", "--out", "pages", "--check"],
    ] {
        let args = [command, &["--format", "sarif"]].concat();
        let (status, stdout) = findings(dir.path(), &args);
        if stdout.is_empty() {
            assert_eq!(status, 0, "{args:?}");
            continue;
        }
        let log: Value = serde_json::from_str(&stdout).unwrap();
        validate(schema.clone(), &log);
        for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap() {
            let text = |name: &str| rule[name]["text"].as_str().unwrap_or_default();
            let (short, full) = (text("shortDescription"), text("fullDescription"));
            assert!(short.ends_with('.') && full.starts_with(short), "{rule}");
            assert!(full.len() > short.len(), "{rule}");
            if let Some(page) = rule["helpUri"].as_str() {
                let (address, file) = page.split_once("/docs/").unwrap();
                assert!(address.starts_with(env!("CARGO_PKG_REPOSITORY")), "{page}");
                let file = file.split('#').next().unwrap();
                assert!(Path::new("docs").join(file).is_file(), "{page}");
                has_pages = true;
            }
        }
        let results = log["runs"][0]["results"].as_array().unwrap().iter();
        rules.extend(results.map(|result| result["ruleId"].as_str().unwrap().to_owned()));
    }
    assert!(has_pages, "no rule has the address of its page");
    // What `diff` finds is its result.
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("witgen"));
    let output = command
        .args(["diff", "old.wit", "new.wit", "--format", "sarif"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff/functions"))
        .output()
        .unwrap();
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(log["runs"][0]["results"].as_array().unwrap().len() > 5);
    validate(schema, &log);
    for rule in [
        "drift",
        "docs-missing",
        "unknown-name-in-docs",
        "unknown-world",
    ] {
        assert!(rules.iter().any(|found| found == rule), "{rule}: {rules:?}");
    }
}

#[test]
fn code_hosts_find_files_from_the_root_of_a_checkout() {
    let dir = tempfile::tempdir().unwrap();
    let package = dir.path().join("packages/store");
    fs::create_dir_all(package.join("wit")).unwrap();
    fs::write(
        package.join("wit/a.wit"),
        "package a:b;\ninterface i { f: func(); }\n",
    )
    .unwrap();
    fs::write(package.join("witgen.toml"), "[golden]\nout = 'golden'\n").unwrap();
    let run = |format: &str, root: &Path| {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("witgen"));
        command.args(["-C", "packages/store", "check", "--format", format]);
        command.env("GITHUB_WORKSPACE", root).current_dir(dir.path());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    for (format, missing, documented) in [
        (
            "github",
            "::error file=packages/store/golden/fingerprints.txt,",
            "::warning file=packages/store/wit/a.wit,line=2,",
        ),
        (
            "sarif",
            "\"uri\":\"packages/store/golden/fingerprints.txt\"",
            "\"uri\":\"packages/store/wit/a.wit\"",
        ),
        (
            "markdown",
            "`packages/store/golden/fingerprints.txt`",
            "`packages/store/wit/a.wit:2:",
        ),
    ] {
        let findings = run(format, dir.path());
        assert!(findings.contains(missing), "{findings}");
        assert!(findings.contains(documented), "{findings}");
    }
    // Of another checkout, they stay.
    let elsewhere = tempfile::tempdir().unwrap();
    let findings = run("github", elsewhere.path());
    assert!(findings.contains("::warning file=wit/a.wit,"), "{findings}");
}

#[test]
fn manifests_are_what_the_schema_says() {
    let schema: Value = serde_json::from_str(&witgen::config::schema()).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("witgen.toml")).unwrap();
    let manifest: Value = toml::from_str(&manifest).unwrap();
    validate(schema.clone(), &manifest);
    let wrong: Value = toml::from_str("[docs]\nuot = 'spec'\n").unwrap();
    let refused = std::panic::catch_unwind(|| validate(schema, &wrong));
    assert!(refused.is_err());
}
