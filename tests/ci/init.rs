//! `witgen init --ci`: the workflow that calls ours.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::git::git;
use testkit::root;

use crate::runner::STORE;

const WORKFLOW: &str = ".github/workflows/wit.yml";

/// Makes a repository with a package in a directory.
fn repository(directory: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "--quiet", "--initial-branch", "main"]);
    let wit = dir.path().join(directory).join("wit");
    fs::create_dir_all(&wit).unwrap();
    fs::write(wit.join("store.wit"), STORE).unwrap();
    dir
}

#[track_caller]
fn init(dir: &Path) -> String {
    let (status, stderr) = witgen(dir, &["init", "--ci", "github"]);
    assert_eq!(status, 0, "{stderr}");
    stderr
}

#[test]
fn one_command_makes_the_workflow_of_the_documentation() {
    let dir = repository(".");
    let printed = init(dir.path());
    assert!(
        printed.contains("made witgen.toml for acme:store@1.0.0"),
        "{printed}"
    );
    assert!(
        printed.contains("made .github/workflows/wit.yml"),
        "{printed}"
    );
    let made = fs::read_to_string(dir.path().join(WORKFLOW)).unwrap();
    let page = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let shown = format!("```yaml\n# {WORKFLOW}\n{made}```\n");
    assert!(
        page.contains(&shown),
        "docs/ci.md doesn't show this:\n{shown}"
    );
    // A second time, it would replace what somebody has edited.
    let (status, stderr) = witgen(dir.path(), &["init", "--ci", "github"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("nothing was changed"), "{stderr}");
}

#[test]
fn the_workflow_is_in_the_root_of_the_repository_and_knows_the_tags() {
    let dir = repository("packages/store");
    let package = dir.path().join("packages/store");
    fs::write(
        package.join("witgen.toml"),
        "[release]\ntag = '{name}/v{version}'\n",
    )
    .unwrap();
    git(dir.path(), &["checkout", "--quiet", "-b", "master"]);
    let printed = init(&package);
    assert_eq!(printed, "made ../../.github/workflows/wit.yml\n");
    let manifest = fs::read_to_string(package.join("witgen.toml")).unwrap();
    assert_eq!(manifest, "[release]\ntag = '{name}/v{version}'\n");
    let made = fs::read_to_string(dir.path().join(WORKFLOW)).unwrap();
    for line in [
        "    branches: [master]\n    tags: [\"store/v*\"]\n",
        "    with:\n      directory: \"packages/store\"\n",
    ] {
        assert!(made.contains(line), "{made}");
    }
    let made: serde_json::Value = serde_saphyr::from_str(&made).unwrap();
    assert_eq!(made["jobs"]["wit"]["with"]["directory"], "packages/store");
}

#[test]
fn outside_of_a_repository_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("wit")).unwrap();
    fs::write(dir.path().join("wit/store.wit"), STORE).unwrap();
    let (status, stderr) = witgen(dir.path(), &["init", "--ci", "github"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("error[no-repository]"), "{stderr}");
    assert!(!dir.path().join("witgen.toml").exists());
}
