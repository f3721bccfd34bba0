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
        printed.contains("made .github/workflows/wit.yml for the branch `main`"),
        "{printed}"
    );
    assert!(
        printed.contains("next: run `witgen generate`, and commit what it writes"),
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
    assert!(stderr.contains("--force"), "{stderr}");
    assert!(stderr.contains("nothing was changed"), "{stderr}");
}

#[test]
fn the_check_of_the_workflow_passes_once_everything_is_generated() {
    let dir = repository(".");
    init(dir.path());
    let (status, stderr) = witgen(dir.path(), &["check"]);
    assert_eq!(status, 1, "{stderr}");
    let (status, stderr) = witgen(dir.path(), &["generate"]);
    assert_eq!(status, 0, "{stderr}");
    let (status, stderr) = witgen(dir.path(), &["check"]);
    assert_eq!(status, 0, "{stderr}");
}

/// Commits everything, and switches to a new branch.
fn commit_and_switch(dir: &Path, branch: &str) {
    git(dir, &["add", "--all"]);
    git(dir, &["commit", "--quiet", "-m", "change"]);
    git(dir, &["checkout", "--quiet", "-b", branch]);
}

/// Checks which branch the workflow is made for.
#[track_caller]
fn assert_branch(dir: &Path, branch: &str, written: &str) {
    let printed = init(dir);
    let said = format!("made {WORKFLOW} for the branch `{branch}`\n");
    assert!(printed.contains(&said), "{printed}");
    let made = fs::read_to_string(dir.join(WORKFLOW)).unwrap();
    let line = format!("    branches: [{written}]\n");
    assert!(made.contains(&line), "{made}");
}

#[test]
fn the_branch_is_the_only_one() {
    let dir = repository(".");
    git(dir.path(), &["checkout", "--quiet", "-b", "trunk"]);
    assert_branch(dir.path(), "trunk", "\"trunk\"");
}

#[test]
fn the_branch_is_main_where_several_could_be_meant() {
    let dir = repository(".");
    git(dir.path(), &["checkout", "--quiet", "-b", "trunk"]);
    commit_and_switch(dir.path(), "add-ci");
    assert_branch(dir.path(), "main", "main");
}

#[test]
fn the_branch_is_that_of_the_remote_repository() {
    let dir = repository(".");
    git(
        dir.path(),
        &[
            "symbolic-ref",
            "refs/remotes/origin/HEAD",
            "refs/remotes/origin/release/1+2",
        ],
    );
    commit_and_switch(dir.path(), "add-ci");
    assert_branch(dir.path(), "release/1+2", r#""release/1\\+2""#);
}

/// Checks what is said about the workflow that is there, and that it stays.
#[track_caller]
fn assert_help(root: &Path, directory: &str, help: &str) {
    let before = fs::read_to_string(root.join(WORKFLOW)).unwrap();
    let (status, stderr) = witgen(&root.join(directory), &["init", "--ci", "github"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("error[already-there]"), "{stderr}");
    assert!(stderr.contains(help), "{stderr}");
    assert!(!stderr.contains("--force"), "{stderr}");
    let after = fs::read_to_string(root.join(WORKFLOW)).unwrap();
    assert_eq!(before, after);
}

#[test]
fn a_second_package_gets_a_job_in_the_workflow_of_the_first() {
    let dir = repository("packages/store");
    for directory in [".", "packages/bank"] {
        let wit = dir.path().join(directory).join("wit");
        fs::create_dir_all(&wit).unwrap();
        fs::write(wit.join("store.wit"), STORE).unwrap();
    }
    init(&dir.path().join("packages/store"));
    let help = "add a job with `directory: \"packages/bank\"` for this package";
    assert_help(dir.path(), "packages/bank", help);
    assert!(!dir.path().join("packages/bank/witgen.toml").exists());
    assert_help(
        dir.path(),
        ".",
        "add a job without `directory` for this package",
    );

    // Once both have jobs, neither may replace it.
    let file = dir.path().join(WORKFLOW);
    let mut workflow = fs::read_to_string(&file).unwrap();
    workflow += "  bank:\n    uses: ./wit.yml\n    with:\n      directory: packages/bank # money\n";
    fs::write(&file, workflow).unwrap();
    for directory in ["packages/store", "packages/bank"] {
        assert_help(dir.path(), directory, "other packages have jobs in it, too");
    }
}

#[test]
fn a_package_beside_that_of_the_root_gets_a_job() {
    let dir = repository(".");
    init(dir.path());
    let wit = dir.path().join("bank/wit");
    fs::create_dir_all(&wit).unwrap();
    fs::write(wit.join("store.wit"), STORE).unwrap();
    let help = "add a job with `directory: \"bank\"` for this package";
    assert_help(dir.path(), "bank", help);
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
    assert_eq!(
        printed,
        "made ../../.github/workflows/wit.yml for the branch `master`\n"
    );
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
