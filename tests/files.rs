//! Writing files: only what changed, all or nothing, and never over what isn't ours.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use pretty_assertions::assert_eq;
use testkit::tree::tree;
use witgen::fileset::{FileSet, RECORD, WriteOptions};

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
fn unchanged_files_are_not_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let files = set(&[("a.rs", "a"), ("b/c.rs", "c")]);
    assert_eq!(write(&files, dir.path()).created, ["a.rs", "b/c.rs"]);
    let modified = |name: &str| fs::metadata(dir.path().join(name)).unwrap().modified().unwrap();
    let before = [modified("a.rs"), modified("b/c.rs"), modified(RECORD)];
    let again = write(&files, dir.path());
    assert_eq!(again.unchanged, ["a.rs", "b/c.rs"]);
    assert_eq!(
        before,
        [modified("a.rs"), modified("b/c.rs"), modified(RECORD)]
    );
}

#[test]
fn obsolete_files_are_removed_with_their_empty_directory() {
    let dir = tempfile::tempdir().unwrap();
    write(&set(&[("a.rs", "a"), ("b/c.rs", "c")]), dir.path());
    let plan = write(&set(&[("a.rs", "a2")]), dir.path());
    assert_eq!(plan.changed, ["a.rs"]);
    assert_eq!(plan.removed, ["b/c.rs"]);
    assert!(!dir.path().join("b").exists());
}

#[test]
fn obsolete_files_that_were_edited_are_kept() {
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
fn files_of_others_are_overwritten_only_with_force() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.rs"), "mine").unwrap();
    fs::write(dir.path().join("z.rs"), "mine").unwrap();
    let files = set(&[("a.rs", "a"), ("b.rs", "b"), ("z.rs", "z")]);
    let before = tree(dir.path());
    let error = files.write(dir.path(), &WriteOptions::default()).unwrap_err();
    assert_eq!(error.code(), "not-ours");
    assert_eq!(
        error.first().places.len(),
        2,
        "both files are named: {error}"
    );
    assert_eq!(tree(dir.path()), before);

    files.write(dir.path(), &WriteOptions { force: true }).unwrap();
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
    let error = files.write(dir.path(), &WriteOptions::default()).unwrap_err();
    assert_eq!(error.code(), "not-ours");
    files.write(dir.path(), &WriteOptions { force: true }).unwrap();
    assert_eq!(fs::read_to_string(elsewhere.path()).unwrap(), "");
}

#[test]
fn check_reports_missing_different_and_obsolete_files() {
    let dir = tempfile::tempdir().unwrap();
    write(
        &set(&[("a.rs", "a\n"), ("b.rs", "b\n"), ("c.rs", "c\n")]),
        dir.path(),
    );
    fs::write(dir.path().join("a.rs"), "x\n").unwrap();
    fs::remove_file(dir.path().join("b.rs")).unwrap();
    let findings = set(&[("a.rs", "a\n"), ("b.rs", "b\n")]).check(dir.path()).unwrap();
    let shown: String = findings.iter().map(|f| format!("{f}\n")).collect();
    assert_eq!(findings.len(), 3, "{shown}");
    for expected in [
        "-x",
        "+a",
        "b.rs` is missing",
        "c.rs` is left from an earlier run",
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
fn files_left_by_a_crash_can_be_overwritten() {
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
    assert!(stderr.contains("free some space"), "{stderr}");
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

#[test]
fn a_record_that_names_files_outside_the_directory_is_ignored() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    // A record made for the purpose: ours, moved to where its paths mean somebody else's file.
    fs::write(dir.path().join("victim"), "precious").unwrap();
    write(&set(&[("victim", "precious")]), dir.path());
    let record = fs::read_to_string(dir.path().join(RECORD)).unwrap();
    fs::create_dir(&out).unwrap();
    for path in ["../victim", "/victim", "a/../../victim", "..\\\\victim", ""] {
        let crafted = record.replace("\"victim\"", &format!("\"{path}\""));
        assert_ne!(crafted, record);
        fs::write(out.join(RECORD), crafted).unwrap();
        let before = tree(dir.path());
        let error = set(&[("a.rs", "a")]).write(&out, &WriteOptions { force: true }).unwrap_err();
        assert_eq!(error.code(), "invalid-record", "{path}");
        assert_eq!(tree(dir.path()), before, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn a_linked_folder_is_an_obstacle() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let both = set(&[("a.rs", "a"), ("b/c.rs", "c")]);
    write(&both, dir.path());
    fs::rename(dir.path().join("b"), elsewhere.path().join("b")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("b"), dir.path().join("b")).unwrap();
    let before = tree(elsewhere.path());

    let changed = set(&[("a.rs", "a"), ("b/c.rs", "changed")]);
    for force in [false, true] {
        let error = changed.write(dir.path(), &WriteOptions { force }).unwrap_err();
        assert_eq!(error.code(), "not-ours");
    }
    assert!(write(&set(&[("a.rs", "a")]), dir.path()).removed.is_empty());
    assert_eq!(tree(elsewhere.path()), before);
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_and_a_file_above_are_no_directories() {
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nowhere", dir.path().join("link")).unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for (out, what) in [("link", "a link to nowhere"), ("file/below", "a file")] {
        let error = set(&[("a.rs", "a")])
            .plan(&dir.path().join(out), &WriteOptions::default())
            .unwrap_err();
        assert_eq!(error.code(), "not-a-directory", "{out}");
        assert!(error.first().message.contains(what), "{error}");
    }
}

#[test]
fn the_help_for_an_edited_obsolete_file_is_to_delete_it() {
    let dir = tempfile::tempdir().unwrap();
    write(&set(&[("a.rs", "a"), ("b.rs", "b")]), dir.path());
    fs::write(dir.path().join("b.rs"), "mine now").unwrap();
    let files = set(&[("a.rs", "a")]);
    write(&files, dir.path());
    let findings = files.check(dir.path()).unwrap();
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].to_string().contains("delete it"),
        "{findings:?}"
    );
    fs::remove_file(dir.path().join("b.rs")).unwrap();
    assert_eq!(files.check(dir.path()).unwrap(), []);
}

#[test]
fn temporary_files_of_a_killed_run_are_removed_by_a_later_one() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (".witgen-old.tmp", ".witgen-new.tmp");
    for name in [old, new, "mine.tmp"] {
        fs::write(dir.path().join(name), "half").unwrap();
    }
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    for name in [old, "mine.tmp"] {
        let file = fs::File::options().write(true).open(dir.path().join(name));
        let long_ago = std::time::SystemTime::now() - day;
        file.unwrap().set_modified(long_ago).unwrap();
    }
    write(&set(&[("a.rs", "a")]), dir.path());
    assert!(!dir.path().join(old).exists());
    assert!(
        dir.path().join(new).exists(),
        "another run may be writing it"
    );
    assert!(dir.path().join("mine.tmp").exists());
}

/// Leftovers of a run that wrote into `b/c/`, and what looks like them.
#[cfg(unix)]
#[test]
fn what_a_killed_run_has_left_is_removed_by_the_next_one() {
    let dir = tempfile::tempdir().unwrap();
    let files = set(&[("a.rs", "a"), ("b/c.rs", "c")]);
    write(&files, dir.path());
    let left = [
        ".witgen-Ab12Cd.0.tmp",
        "b/.witgen-000000.1.tmp",
        "b/.witgen-zzzzzz.0.tmp",
    ];
    let others = [
        ".witgen-notes.tmp",
        ".witgen-Ab12Cd.0.tmp.bak",
        "b/mine.0.tmp",
    ];
    for name in left.iter().chain(&others) {
        fs::write(dir.path().join(name), "half").unwrap();
    }
    // A run that writes nothing removes them, too.
    assert_eq!(write(&files, dir.path()).unchanged.len(), 2);
    for name in left {
        assert!(!dir.path().join(name).exists(), "{name} was left over");
    }
    for name in others {
        assert!(dir.path().join(name).exists(), "{name} is somebody's");
    }
}

#[cfg(unix)]
#[test]
fn what_another_run_is_writing_is_not_removed() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("b")).unwrap();
    let leave = |name: &str| fs::write(dir.path().join(name), "half").unwrap();
    // Another run has locked the folder `b`, and writes one file elsewhere, which it has locked itself.
    let other_run = fs::File::open(dir.path().join("b")).unwrap();
    other_run.lock().unwrap();
    leave("b/.witgen-000000.0.tmp");
    leave(".witgen-000000.0.tmp");
    let single = fs::File::open(dir.path().join(".witgen-000000.0.tmp")).unwrap();
    single.lock().unwrap();
    let files = set(&[("a.rs", "a"), ("b/c.rs", "c")]);
    write(&files, dir.path());
    witgen::fileset::write_file(&dir.path().join("d.rs"), b"d").unwrap();
    assert!(dir.path().join("b/.witgen-000000.0.tmp").exists());
    assert!(dir.path().join(".witgen-000000.0.tmp").exists());
    drop((other_run, single));
    write(&files, dir.path());
    assert!(!dir.path().join("b/.witgen-000000.0.tmp").exists());
    assert!(!dir.path().join(".witgen-000000.0.tmp").exists());
}

#[cfg(unix)]
#[test]
fn a_single_file_is_written_where_a_killed_run_has_left_one() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".witgen-Ab12Cd.0.tmp"), "half").unwrap();
    witgen::fileset::write_file(&dir.path().join("a.rs"), b"a").unwrap();
    let names: Vec<_> = tree(dir.path()).into_keys().collect();
    assert_eq!(names, [Path::new("a.rs")]);
}

#[test]
fn runs_at_the_same_time_all_succeed_with_equal_results() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("new/out");
    let paths: Vec<String> = (0..40).map(|at| format!("folder-{}/{at}.md", at % 5)).collect();
    let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "text\n")).collect();
    let files = set(&files);
    let expected = {
        let alone = tempfile::tempdir().unwrap();
        write(&files, alone.path());
        tree(alone.path())
    };
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| write(&files, &out));
        }
    });
    assert_eq!(tree(&out), expected);
}

#[cfg(unix)]
#[test]
fn killed_runs_leave_nothing_that_stops_the_next_one() {
    let dir = tempfile::tempdir().unwrap();
    let program = assert_cmd::cargo::cargo_bin("witgen");
    let docs = |out: &str| {
        let mut command = std::process::Command::new(&program);
        command.args(["--quiet", "docs", "--wit", "wasi:http@0.3.1002"]);
        command.args(["--out", out]).current_dir(dir.path());
        command
    };
    let start = std::time::Instant::now();
    assert!(docs("alone").status().unwrap().success());
    let whole_run = start.elapsed();
    for part in 0..12 {
        let mut run = docs("out").spawn().unwrap();
        // The end of a run is when it writes.
        std::thread::sleep(whole_run * (20 + part) / 32);
        run.kill().unwrap();
        run.wait().unwrap();
        if part % 4 == 3 {
            assert!(docs("out").status().unwrap().success());
            assert_eq!(
                tree(&dir.path().join("out")),
                tree(&dir.path().join("alone"))
            );
            fs::remove_dir_all(dir.path().join("out")).unwrap();
        }
    }
}

/// More files than a process may have open.
#[test]
fn a_large_set_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = FileSet::new();
    for at in 0..3000 {
        files.insert(format!("{at}.txt"), "x");
    }
    assert_eq!(write(&files, dir.path()).created.len(), 3000);
}

#[cfg(unix)]
#[test]
fn a_device_is_written_to_and_a_link_is_followed() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    use witgen::fileset::write_file;

    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).unwrap()
    });
    write_file(&pipe, b"through").unwrap();
    assert_eq!(reader.join().unwrap(), b"through");
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());

    fs::write(dir.path().join("real"), "old").unwrap();
    symlink("real", dir.path().join("link")).unwrap();
    write_file(&dir.path().join("link"), b"new").unwrap();
    assert_eq!(fs::read(dir.path().join("real")).unwrap(), b"new");
    assert!(dir.path().join("link").is_symlink());
}
