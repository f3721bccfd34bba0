//! Writing files: only what changed, all or nothing, and never over what isn't ours.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use pretty_assertions::assert_eq;
use witgen::fileset::{FileSet, RECORD, WriteOptions};

#[path = "support/tree.rs"]
mod tree;

use tree::tree;

fn set(files: &[(&str, &str)]) -> FileSet {
    let mut set = FileSet::new();
    for (path, contents) in files {
        set.insert(*path, *contents);
    }
    set
}

fn write(files: &FileSet, dir: &Path) -> witgen::fileset::Plan {
    files.write(dir, &WriteOptions::default()).unwrap()
}

#[test]
fn what_is_as_it_should_be_is_not_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let files = set(&[("a.rs", "a"), ("b/c.rs", "c")]);
    assert_eq!(write(&files, dir.path()).created, ["a.rs", "b/c.rs"]);
    let modified = |name: &str| {
        fs::metadata(dir.path().join(name))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = [modified("a.rs"), modified("b/c.rs"), modified(RECORD)];
    let again = write(&files, dir.path());
    assert_eq!(again.unchanged, ["a.rs", "b/c.rs"]);
    assert_eq!(
        before,
        [modified("a.rs"), modified("b/c.rs"), modified(RECORD)]
    );
}

#[test]
fn a_file_that_is_no_longer_made_goes_with_its_empty_directory() {
    let dir = tempfile::tempdir().unwrap();
    write(&set(&[("a.rs", "a"), ("b/c.rs", "c")]), dir.path());
    let plan = write(&set(&[("a.rs", "a2")]), dir.path());
    assert_eq!(plan.changed, ["a.rs"]);
    assert_eq!(plan.removed, ["b/c.rs"]);
    assert!(!dir.path().join("b").exists());
}

#[test]
fn a_file_that_somebody_changed_is_kept_when_it_is_no_longer_made() {
    let dir = tempfile::tempdir().unwrap();
    write(&set(&[("a.rs", "a"), ("b.rs", "b")]), dir.path());
    fs::write(dir.path().join("b.rs"), "mine now").unwrap();
    for _ in 0..2 {
        assert_eq!(write(&set(&[("a.rs", "a")]), dir.path()).kept, ["b.rs"]);
    }
    assert_eq!(
        fs::read_to_string(dir.path().join("b.rs")).unwrap(),
        "mine now"
    );
}

#[test]
fn what_we_did_not_make_is_overwritten_on_demand_only() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.rs"), "mine").unwrap();
    fs::write(dir.path().join("z.rs"), "mine").unwrap();
    let files = set(&[("a.rs", "a"), ("b.rs", "b"), ("z.rs", "z")]);
    let before = tree(dir.path());
    let error = files
        .write(dir.path(), &WriteOptions::default())
        .unwrap_err();
    assert_eq!(error.rule, "not-ours");
    assert_eq!(error.places.len(), 2, "both files are named: {error}");
    assert_eq!(tree(dir.path()), before);

    files
        .write(dir.path(), &WriteOptions { force: true })
        .unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("a.rs")).unwrap(), "a");
}

#[test]
fn a_file_that_happens_to_be_the_same_becomes_ours() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.rs"), "a").unwrap();
    write(&set(&[("a.rs", "a")]), dir.path());
    assert_eq!(write(&set(&[("a.rs", "b")]), dir.path()).changed, ["a.rs"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed_out_of_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("a.rs")).unwrap();
    let files = set(&[("a.rs", "a")]);
    let error = files
        .write(dir.path(), &WriteOptions::default())
        .unwrap_err();
    assert_eq!(error.rule, "not-ours");
    files
        .write(dir.path(), &WriteOptions { force: true })
        .unwrap();
    assert_eq!(fs::read_to_string(elsewhere.path()).unwrap(), "");
}

#[test]
fn check_names_what_is_missing_what_differs_and_what_is_left_over() {
    let dir = tempfile::tempdir().unwrap();
    write(
        &set(&[("a.rs", "a\n"), ("b.rs", "b\n"), ("c.rs", "c\n")]),
        dir.path(),
    );
    fs::write(dir.path().join("a.rs"), "x\n").unwrap();
    fs::remove_file(dir.path().join("b.rs")).unwrap();
    let findings = set(&[("a.rs", "a\n"), ("b.rs", "b\n")])
        .check(dir.path())
        .unwrap();
    let shown: String = findings.iter().map(|f| format!("{f}\n")).collect();
    assert_eq!(findings.len(), 3, "{shown}");
    for expected in [
        "-x",
        "+a",
        "b.rs` is missing",
        "c.rs` was made by an earlier run",
    ] {
        assert!(shown.contains(expected), "{expected} is not in\n{shown}");
    }
}

#[test]
fn line_endings_of_version_control_are_no_drift() {
    let dir = tempfile::tempdir().unwrap();
    let files = set(&[("a.rs", "a\nb\n")]);
    write(&files, dir.path());
    fs::write(dir.path().join("a.rs"), "a\r\nb\r\n").unwrap();
    assert_eq!(files.check(dir.path()).unwrap(), []);
}

#[test]
fn what_a_crash_left_behind_is_still_ours() {
    let dir = tempfile::tempdir().unwrap();
    write(&set(&[("a.rs", "old")]), dir.path());
    // A run that stopped between the files and the last record: the record names both runs' files.
    let record = fs::read_to_string(dir.path().join(RECORD)).unwrap();
    let both = record.replacen("\"files\": {", "\"files\": {\n    \"new.rs\": \"\",", 1);
    fs::write(dir.path().join(RECORD), both).unwrap();
    fs::write(dir.path().join("new.rs"), "half of another version").unwrap();
    write(&set(&[("a.rs", "a"), ("new.rs", "new")]), dir.path());
    assert_eq!(
        fs::read_to_string(dir.path().join("new.rs")).unwrap(),
        "new"
    );
}

/// A limit on the size of files acts as a full disk does: the write fails half-way.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let program = assert_cmd::cargo::cargo_bin("witgen");
    let script = format!(
        "trap '' XFSZ; ulimit -f 8; exec '{}' --quiet rust --world proxy --no-http --out new/proxy",
        program.display()
    );
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("error[cannot-write]"), "{stderr}");
    assert!(stderr.contains("make room"), "{stderr}");
    assert!(tree(dir.path()).is_empty(), "{:?}", tree(dir.path()).keys());
}

/// Not even root can make files there.
#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written_is_named() {
    let output = Command::cargo_bin("witgen")
        .unwrap()
        .args([
            "--quiet",
            "rust",
            "--world",
            "proxy",
            "--no-http",
            "--out",
            "/proc/self/proxy",
        ])
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.contains("cannot make the directory `/proc/self/proxy`"),
        "{stderr}"
    );
}
