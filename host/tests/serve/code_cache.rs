//! `witgen-serve` keeps compiled components, and loads only what no other user can have written.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, client, file, serve, witgen_serve};

/// Serves `hello` with a code cache in a directory, and checks that it answers.
fn serve_with_cache(dir: &Path) -> Served {
    let cache = dir.join("code");
    let served = serve(dir, &["hello", "--code-cache", cache.to_str().unwrap()]);
    let mut response = client().get(&served.url).call().unwrap();
    assert!(response.body_mut().read_to_string().unwrap().contains("hello"));
    served
}

/// Returns the only file of the cache.
fn code(dir: &Path) -> PathBuf {
    let files: Vec<_> =
        fs::read_dir(dir.join("code")).unwrap().map(|it| it.unwrap().path()).collect();
    match files.as_slice() {
        [file] => file.clone(),
        files => panic!("{files:?}"),
    }
}

/// The file that a path leads to: another one after it has been written again.
fn identity(path: &Path) -> u64 {
    path.symlink_metadata().unwrap().ino()
}

#[test]
fn the_second_start_loads_what_the_first_one_compiled() {
    let dir = tempfile::tempdir().unwrap();
    serve_with_cache(dir.path());
    let compiled = code(dir.path());
    assert_eq!(compiled.metadata().unwrap().mode() & 0o777, 0o644);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    File::open(&compiled).unwrap().set_modified(long_ago).unwrap();
    let before = identity(&compiled);
    serve_with_cache(dir.path());
    assert_eq!(identity(&code(dir.path())), before);
    assert!(
        compiled.metadata().unwrap().modified().unwrap() > long_ago,
        "it was not used"
    );
}

#[test]
fn other_members_are_not_served_from_the_code_of_these() {
    let dir = tempfile::tempdir().unwrap();
    serve_with_cache(dir.path());
    fs::copy(file(dir.path(), "echo"), dir.path().join("hello.wasm")).unwrap();
    let cache = dir.path().join("code");
    let served = serve(
        dir.path(),
        &["hello", "--code-cache", cache.to_str().unwrap()],
    );
    let mut response = client().post(&served.url).send("question").unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "question");
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 2);
}

#[test]
fn files_that_are_damaged_or_of_others_are_compiled_again() {
    type Spoil = fn(&Path);
    let cases: [(Spoil, &str); 4] = [
        (
            |file| {
                let mut content = fs::read(file).unwrap();
                let middle = content.len() / 2;
                content[middle] ^= 1;
                fs::write(file, content).unwrap();
            },
            "it is damaged",
        ),
        (|file| fs::write(file, "short").unwrap(), "it is damaged"),
        (
            |file| fs::set_permissions(file, Permissions::from_mode(0o620)).unwrap(),
            "it can be written by other users (mode 620)",
        ),
        (
            |file| {
                let target = file.with_file_name("elsewhere");
                fs::rename(file, &target).unwrap();
                let elsewhere = file.parent().unwrap().with_file_name("elsewhere");
                fs::rename(target, &elsewhere).unwrap();
                symlink(elsewhere, file).unwrap();
            },
            "it is a symbolic link",
        ),
    ];
    for (spoil, why) in cases {
        let dir = tempfile::tempdir().unwrap();
        serve_with_cache(dir.path());
        let compiled = code(dir.path());
        spoil(&compiled);
        let spoilt = identity(&compiled);
        let served = serve_with_cache(dir.path());
        served.logs(&[
            "cached code can't be used, so the component was compiled again",
            why,
        ]);
        let again = code(dir.path());
        assert_ne!(identity(&again), spoilt, "{why}");
        assert_eq!(again.symlink_metadata().unwrap().mode(), 0o100_644, "{why}");
    }
}

#[test]
fn code_of_another_component_is_compiled_again() {
    let dir = tempfile::tempdir().unwrap();
    serve_with_cache(dir.path());
    let compiled = code(dir.path());
    let cache = dir.path().join("code");
    let echo = file(dir.path(), "echo");
    let args = [
        "--compile-only",
        echo.to_str().unwrap(),
        "--code-cache",
        cache.to_str().unwrap(),
    ];
    assert!(witgen_serve(&args).status().unwrap().success());
    let mut files = fs::read_dir(&cache).unwrap().map(|it| it.unwrap().path());
    let other = files.find(|file| *file != compiled).unwrap();
    fs::rename(other, &compiled).unwrap();
    let served = serve_with_cache(dir.path());
    served.logs(&["it is damaged, or the code of another component"]);
}

#[test]
fn files_that_are_not_of_the_cache_stay() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("code");
    fs::create_dir(&cache).unwrap();
    let large = cache.join("precious.cwasm");
    File::create(&large).unwrap().set_len(3 << 30).unwrap();
    serve_with_cache(dir.path());
    assert!(large.exists());
}

#[test]
fn a_directory_that_others_can_write_is_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let open = dir.path().join("open");
    let inner = open.join("code");
    fs::create_dir_all(&inner).unwrap();
    fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
    let hello = file(dir.path(), "hello");
    for (cache, mode) in [(&open, "777"), (&inner, "777")] {
        let args = [
            hello.to_str().unwrap(),
            "--code-cache",
            cache.to_str().unwrap(),
        ];
        let output = witgen_serve(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("untrusted-code-cache"), "{message}");
        let open = open.canonicalize().unwrap();
        let expected = format!(
            "`{}` can be written by other users (mode {mode})",
            open.display()
        );
        assert!(message.contains(&expected), "{message}");
        assert!(message.contains("--no-code-cache"), "{message}");
    }
    // Users can't replace the files of others there.
    fs::set_permissions(&open, Permissions::from_mode(0o1777)).unwrap();
    let args = ["hello", "--code-cache", inner.to_str().unwrap()];
    serve(dir.path(), &args);
}

#[test]
fn what_a_killed_process_left_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("code");
    fs::create_dir(&cache).unwrap();
    let left = cache.join(".writing-abc");
    fs::write(&left, "part").unwrap();
    let two_hours_ago = SystemTime::now() - Duration::from_secs(7200);
    File::open(&left).unwrap().set_modified(two_hours_ago).unwrap();
    serve_with_cache(dir.path());
    assert!(!left.exists());
}

#[test]
fn code_that_was_compiled_ahead_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("code");
    let hello = file(dir.path(), "hello");
    let compile = |args: &[&str]| {
        let mut command = witgen_serve(&["--compile-only", hello.to_str().unwrap()]);
        command.args(args).output().unwrap()
    };
    let output = compile(&["--code-cache", cache.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let before = identity(&code(dir.path()));
    serve_with_cache(dir.path());
    assert_eq!(identity(&code(dir.path())), before);

    let file = hello.to_str().unwrap();
    let output = compile(&["--code-cache", file]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("untrusted-code-cache"), "{message}");
}
