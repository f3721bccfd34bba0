//! Tries witgen on WIT of the field: `cargo run --example corpus -- DIR`.
//!
//! `DIR/codegen` and `DIR/parse` have valid entries, each a file or a folder. Every one must load, describe itself, and result
//! in a specification whose pages are sound. For each of its worlds, guest and host glue must compile, or be rejected for a
//! reason that `witgen` knows. `DIR/parse-fail` has invalid entries: each must result in a located message.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use testkit::{core_items, pages};
use witgen::diagnostic::{Failure, Place};
use witgen::emit::docs;
use witgen::format;
use witgen::locate;
use witgen::model::{self, Model};
use witgen::registry::Registries;
use witgen::source::{self, Features, Source};

mod glue;

use glue::Glue;

type Failures = Vec<String>;

fn main() -> ExitCode {
    let Some(corpus) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: corpus DIR");
        return ExitCode::from(2);
    };
    let mut failures = Failures::new();
    let mut sides = [Glue::guest(), Glue::host()];
    let valid = [corpus.join("codegen"), corpus.join("parse")];
    let mut page_count = 0;
    for entry in valid.iter().flat_map(|dir| entries(dir)) {
        check_format(&entry, &mut failures);
        match make(&entry, &mut sides, &mut failures) {
            Ok(pages) => page_count += pages,
            Err(error) => failures.push(error.to_string()),
        }
    }
    for side in &sides {
        side.compile(&mut failures);
    }

    let invalid = entries(&corpus.join("parse-fail"));
    for entry in &invalid {
        if let Err(failure) = is_rejected(entry) {
            failures.push(failure);
        }
    }

    for failure in &failures {
        println!("{failure}");
    }
    for side in &sides {
        println!("{side}");
    }
    println!("{page_count} pages of specifications");
    println!("{} invalid entries are rejected", invalid.len());
    let modules: usize = sides.iter().map(Glue::len).sum();
    println!(
        "{} passed, {} failed",
        modules + page_count + invalid.len(),
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
        // A package in its folder's `wit/`.
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

/// Checks that the files of an entry can be formatted, and that formatting them again changes nothing.
fn check_format(entry: &Path, failures: &mut Failures) {
    let files = match format::files(entry) {
        Ok(files) => files,
        Err(failure) => return failures.push(failure.to_string()),
    };
    let texts = files.iter().filter(|file| file.extension().is_some_and(|it| it == "wit"));
    for file in texts {
        let name = file.display().to_string();
        let Ok(text) = fs::read_to_string(file) else {
            continue;
        };
        let options = format::Options::default();
        match format::format(&name, &text, &options) {
            Ok(once) => match format::format(&name, &once, &options) {
                Ok(twice) if twice == once => {}
                _ => failures.push(format!("{name}: formatting again changes it")),
            },
            Err(failure) => failures.push(failure.to_string()),
        }
    }
}

fn source_of(entry: &Path) -> Result<Source, Failure> {
    Ok(locate::find(entry.to_str(), Path::new("."), &Registries::default())?.source)
}

/// Writes the glue of every world, all sides of it, and reads the specification; how many pages it has.
fn make(entry: &Path, sides: &mut [Glue], failures: &mut Failures) -> Result<usize, Failure> {
    let package = match source::load(&source_of(entry)?, &Features::All) {
        Ok(package) => package,
        Err(error) if needs_what_is_not_here(entry, &error) => {
            println!("refused: {error}");
            return Ok(0);
        }
        Err(error) => return Err(error),
    };
    let described = model::describe(&package);
    assert!(!model::tree::render(&described).is_empty());
    for id in package.resolve().packages[package.id()].worlds.values() {
        let name = format!("{}_{}", entry.display(), package.world_name(*id));
        let world = described.world(&package.world_id(*id)).expect("the model has every world");
        let differences = core_items::differences(&package, *id, &described, world);
        failures.extend(differences.into_iter().map(|line| format!("{name}: {line}")));
        let words: Vec<_> = name
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        for side in &mut *sides {
            side.make(&package, *id, &words.join("_"))?;
        }
    }
    Ok(specification(entry, &described, failures))
}

fn specification(entry: &Path, model: &Model, failures: &mut Failures) -> usize {
    let options = docs::Options {
        dependencies: true,
        ..docs::Options::default()
    };
    let pages: pages::Pages = docs::render(model, &options)
        .iter()
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    let faults = pages::faults(&pages).into_iter();
    failures.extend(faults.map(|fault| format!("{}: {fault}", entry.display())));
    pages.len()
}

/// `kinds-of-deps` depends on packages in binary form, which the corpus was cut down without.
fn needs_what_is_not_here(entry: &Path, error: &Failure) -> bool {
    entry.ends_with("kinds-of-deps") && error.code() == "missing-package"
}

fn is_rejected(entry: &Path) -> Result<(), String> {
    let loaded = source_of(entry).and_then(|source| source::load(&source, &Features::default()));
    match loaded {
        Ok(_) => Err(format!("{} is invalid and loads", entry.display())),
        Err(error) => match error.first().places.first() {
            Some(Place::Source(_)) => Ok(()),
            _ => Err(format!(
                "{} is rejected without a place: {error}",
                entry.display()
            )),
        },
    }
}
