//! Time of commands on a workspace of ten packages, each of which needs the one before it:
//! `cargo bench --bench workspace`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const MEMBERS: usize = 10;

fn main() {
    divan::main();
}

/// Makes a workspace whose outputs and copies are up to date.
fn workspace() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: String, text: String| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let names: Vec<String> = (0..MEMBERS).map(|index| format!("p{index}")).collect();
    write(
        "witgen.toml".into(),
        format!("[workspace]\nmembers = {names:?}\n"),
    );
    for (index, name) in names.iter().enumerate() {
        let manifest = "[docs]\nout = 'spec'\n[golden]\nout = 'golden'\ntest = false\n";
        write(format!("{name}/witgen.toml"), manifest.into());
        let used = match index.checked_sub(1) {
            Some(before) => format!("use my:p{before}/api@1.0.0.{{r{before}}};"),
            None => String::new(),
        };
        let functions: String = (0..20)
            .map(|it| format!("  /// Does one of the things.\n  f{it}: func(a: r{index}) -> result<string, u32>;\n"))
            .collect();
        let text = format!(
            "/// A package.\npackage my:{name}@1.0.0;\n/// Things to do.\ninterface api {{\n  {used}\n  /// A record.\n  record r{index} {{ a: u32 }}\n{functions}}}\n/// A world.\nworld w {{ import api; }}\n"
        );
        write(format!("{name}/wit/api.wit"), text);
    }
    run(dir.path(), &["generate"]);
    dir
}

fn run(dir: &Path, args: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_witgen"));
    let status = command
        .args(args)
        .current_dir(dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "witgen {args:?}");
}

#[divan::bench]
fn check(bencher: divan::Bencher) {
    let dir = workspace();
    bencher.bench(|| run(dir.path(), &["check"]));
}

#[divan::bench]
fn check_of_one_member(bencher: divan::Bencher) {
    let dir = workspace();
    let member = dir.path().join(format!("p{}", MEMBERS - 1));
    bencher.bench(|| run(&member, &["check"]));
}

#[divan::bench]
fn bump_without_writing(bencher: divan::Bencher) {
    let dir = workspace();
    let first = dir.path().join("p0");
    bencher.bench(|| run(&first, &["bump", "minor", "--dry-run", "--quiet"]));
}
