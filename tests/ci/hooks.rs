//! Hooks of pre-commit.

use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use serde::Deserialize;
use testkit::root;

use crate::runner::STORE;

#[derive(Debug, Deserialize)]
struct Hook {
    id: String,
    entry: String,
    language: String,
    files: String,
    #[serde(default = "yes")]
    pass_filenames: bool,
}

fn yes() -> bool {
    true
}

fn hooks() -> Vec<Hook> {
    let text = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn run(hook: &Hook, dir: &Path) -> i32 {
    let mut words = hook.entry.split(' ');
    assert_eq!(words.next(), Some("witgen"), "{}", hook.id);
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("witgen"));
    command.args(words).current_dir(dir);
    if hook.pass_filenames {
        command.arg("wit/store.wit");
    }
    command.output().unwrap().status.code().unwrap()
}

#[test]
fn hooks_accept_a_right_package_and_reject_a_wrong_one() {
    for hook in hooks() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("wit")).unwrap();
        fs::write(
            dir.path().join("witgen.toml"),
            "[lint]\ndeny-warnings = true\n",
        )
        .unwrap();
        let file = dir.path().join("wit/store.wit");
        fs::write(&file, STORE).unwrap();
        assert_eq!(run(&hook, dir.path()), 0, "{}", hook.id);
        assert_eq!(fs::read_to_string(&file).unwrap(), STORE, "{}", hook.id);
        // Not documented, and on one line.
        fs::write(
            &file,
            "package acme:store@1.0.0;\ninterface goods { price: func(); }\n",
        )
        .unwrap();
        let status = run(&hook, dir.path());
        // pre-commit fails if a hook changes a file.
        let is_changed = fs::read_to_string(&file).unwrap().contains("goods {\n");
        assert!(status == 1 || is_changed, "{}: {status}", hook.id);
    }
}

#[test]
fn every_hook_is_built_or_taken_from_the_path() {
    let hooks = hooks();
    let (built, found): (Vec<_>, Vec<_>) = hooks.iter().partition(|hook| hook.language == "rust");
    let names = |hooks: &[&Hook]| -> Vec<(String, String, String)> {
        let parts = |hook: &&Hook| {
            let id = hook.id.trim_end_matches("-system").to_owned();
            (id, hook.entry.clone(), hook.files.clone())
        };
        hooks.iter().map(parts).collect()
    };
    assert!(
        found
            .iter()
            .all(|hook| hook.language == "system" && hook.id.ends_with("-system"))
    );
    assert_eq!(names(&built), names(&found));
}
