//! Tries witgen on WIT of the field: `cargo run --example corpus -- DIR`.
//!
//! `DIR/codegen` and `DIR/parse` hold valid entries, a file or a folder each: every one must load,
//! describe itself, and give guest glue that compiles for each of its worlds, or be refused for a
//! reason that `witgen` knows. `DIR/parse-fail` holds invalid ones: each must give a located message.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use witgen::diagnostic::{Diagnostic, Place};
use witgen::emit::rust_guest;
use witgen::fileset::WriteOptions;
use witgen::model;
use witgen::source::{self, Features, Source};

type Failures = Vec<String>;

fn main() -> ExitCode {
    let Some(corpus) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: corpus DIR");
        return ExitCode::from(2);
    };
    let out = Path::new("target/corpus");
    let mut failures = Failures::new();
    let mut modules = Vec::new();
    let mut refused = 0;
    for entry in entries(&corpus.join("codegen"))
        .into_iter()
        .chain(entries(&corpus.join("parse")))
    {
        match glue(&entry, out) {
            Ok((made, not_made)) => {
                modules.extend(made);
                refused += not_made.len();
                for reason in not_made {
                    println!("refused: {reason}");
                }
            }
            Err(error) => failures.push(error.to_string()),
        }
    }
    compile(out, &modules, &mut failures);

    let invalid = entries(&corpus.join("parse-fail"));
    for entry in &invalid {
        if let Err(failure) = is_rejected(entry) {
            failures.push(failure);
        }
    }

    for failure in &failures {
        println!("{failure}");
    }
    println!(
        "{} modules of glue compile, {refused} worlds are refused, {} invalid entries are rejected",
        modules.len(),
        invalid.len()
    );
    println!(
        "{} passed, {} failed",
        modules.len() + invalid.len(),
        failures.len()
    );
    if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        .map(|entry| entry.expect("a directory entry").path())
        // A package that stands in its folder's `wit/`.
        .map(|path| {
            if path.join("wit").is_dir() {
                path.join("wit")
            } else {
                path
            }
        })
        .collect();
    entries.sort();
    entries
}

fn source_of(entry: &Path) -> Result<Source, Diagnostic> {
    Ok(Source::find(entry.to_str(), Path::new("."))?.source)
}

/// Writes the glue of every world; returns the folders, and why others were not made.
fn glue(entry: &Path, out: &Path) -> Result<(Vec<PathBuf>, Failures), Diagnostic> {
    let package = match source::load(&source_of(entry)?, &Features::All) {
        Ok(package) => package,
        Err(error) if needs_what_is_not_here(entry, &error) => {
            return Ok((Vec::new(), vec![error.to_string()]));
        }
        Err(error) => return Err(error),
    };
    let described = model::describe(&package);
    assert!(!model::tree::render(&described).is_empty());
    let (mut made, mut refused) = (Vec::new(), Failures::new());
    for world in package.resolve().packages[package.id()].worlds.values() {
        let name = format!("{}_{}", entry.display(), package.world_name(*world));
        let folder = out.join(name.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        match rust_guest::render(package.clone(), *world, &rust_guest::Options::default()) {
            Ok(files) => {
                files.write(&folder, &WriteOptions { force: true })?;
                made.push(folder);
            }
            Err(error) if error.rule == "unsupported-by-wit-bindgen" => {
                refused.push(error.to_string());
            }
            Err(error) => return Err(error),
        }
    }
    Ok((made, refused))
}

/// `kinds-of-deps` depends on packages in binary form, which the corpus was cut down without.
fn needs_what_is_not_here(entry: &Path, error: &Diagnostic) -> bool {
    entry.ends_with("kinds-of-deps") && error.rule == "missing-package"
}

/// Checks all glue as modules of one crate, with the lints that users have.
fn compile(out: &Path, modules: &[PathBuf], failures: &mut Failures) {
    let mut lib = String::from("#![allow(dead_code)]\n");
    for (at, folder) in modules.iter().enumerate() {
        let file = folder.join("mod.rs");
        let file = fs::canonicalize(&file).expect("a file that was just written");
        writeln!(lib, "#[path = {file:?}]\nmod m{at:03};").expect("a string takes everything");
    }
    fs::create_dir_all(out.join("src")).expect("target/ can be written");
    fs::write(out.join("src/lib.rs"), lib).expect("target/ can be written");
    fs::write(out.join("Cargo.toml"), include_str!("corpus/manifest.toml"))
        .expect("target/ can be written");
    for args in [
        &["clippy", "--quiet", "--", "-D", "warnings"][..],
        &["fmt", "--check"],
    ] {
        let status = Command::new("cargo")
            .args(args)
            .current_dir(out)
            .env("CARGO_TARGET_DIR", "target")
            .status()
            .expect("cargo runs");
        if !status.success() {
            failures.push(format!("cargo {} fails on the glue", args.join(" ")));
        }
    }
}

fn is_rejected(entry: &Path) -> Result<(), String> {
    let loaded = source_of(entry).and_then(|source| source::load(&source, &Features::default()));
    match loaded {
        Ok(_) => Err(format!("{} is invalid and loads", entry.display())),
        Err(error) => match error.places.first() {
            Some(Place::Source { .. }) => Ok(()),
            _ => Err(format!(
                "{} is rejected without a place: {error}",
                entry.display()
            )),
        },
    }
}
