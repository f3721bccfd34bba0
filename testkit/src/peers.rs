//! Programs of others that tests run: those that are installed, or else installed under `target/peers`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::toolchain::{cargo, lock, target_dir, unpacked};

/// What Chromium is called where it is installed.
const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Returns a program of crates.io in this version. It is built if `target/peers` doesn't have it.
pub fn program(name: &str, version: &str) -> PathBuf {
    let _lock = lock("peers");
    let root = target_dir().join("peers");
    let program = root.join("bin").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    if prints_version(&program, version) {
        return program;
    }
    eprintln!("building {name} {version}, which takes minutes the first time");
    let build = cargo()
        .args(["install", "--quiet", "--locked", "--debug", "--root"])
        .arg(&root)
        .arg(format!("{name}@{version}"))
        .env("CARGO_TARGET_DIR", root.join("build"))
        .output()
        .expect("cargo runs");
    let stderr = String::from_utf8_lossy(&build.stderr);
    assert!(
        build.status.success(),
        "{name} {version} cannot be built:\n{stderr}"
    );
    program
}

fn prints_version(program: &Path, version: &str) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(version))
}

/// Returns `docker-registry`: the one on PATH, or else Debian's, unpacked under `target/peers`. If there is
/// neither, it returns nothing and says so on stderr; in CI it panics instead.
pub fn docker_registry() -> Option<PathBuf> {
    let _lock = lock("peers");
    if let Some(found) = on_path(&["docker-registry"]) {
        return Some(found);
    }
    let folder = target_dir().join("peers/docker-registry");
    let program = folder.join("root/usr/bin/docker-registry");
    if program.exists() {
        return Some(program);
    }
    // Not `eprintln!`, which is kept back while tests pass.
    let mut stderr = std::io::stderr();
    let _ = writeln!(
        stderr,
        "unpacking Debian's docker-registry, to publish to and fetch from"
    );
    let unpacked = unpacked(&["docker-registry"])
        .map_err(|why| format!("no registry to test with: {why}"))
        .and_then(|unpacked| {
            std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
            std::fs::rename(unpacked.path().join("unpacked"), &folder)
                .map_err(|error| error.to_string())
        });
    let help = "put `docker-registry` on PATH to run all tests";
    match unpacked {
        Ok(()) => Some(program),
        Err(why) if std::env::var_os("CI").is_some() => panic!("{why}\nhelp: {help}"),
        Err(why) => {
            let _ = writeln!(
                stderr,
                "NOT TESTED against a registry over the network: {why}\nhelp: {help}"
            );
            None
        }
    }
}

/// Returns Chromium. If it is missing, Debian's is installed.
pub fn browser() -> PathBuf {
    let _lock = lock("browser");
    if let Some(found) = installed_browser() {
        return found;
    }
    eprintln!("installing Debian's chromium, to open the specification as a book");
    for args in [
        ["update", "--quiet=2"].as_slice(),
        &[
            "install",
            "--yes",
            "--quiet=2",
            "--no-install-recommends",
            "chromium",
        ],
    ] {
        let ran = Command::new("apt-get")
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output();
        if let Ok(output) = ran
            && !output.status.success()
        {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    installed_browser().unwrap_or_else(|| {
        panic!("no browser: install Chromium or Chrome, so that one of {BROWSERS:?} is on PATH")
    })
}

fn installed_browser() -> Option<PathBuf> {
    on_path(&BROWSERS)
}

/// Returns the first of these programs that is on PATH.
fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates = names.iter().flat_map(|name| folders.iter().map(move |f| f.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}
