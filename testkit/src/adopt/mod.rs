//! Adopts a release of `wasi:http`: does what needs no judgment, and lists the rest. `docs/upstream.md` describes it.
//!
//! Every comment of ours is kept. Of the release only signatures, gates and versions are taken.
//!
//! ```no_run
//! use std::path::Path;
//! use testkit::adopt::{Release, plan};
//!
//! let tracked = ["wit/types.wit".to_owned()];
//! let release = Release {
//!     wit: Path::new("vendor/wasip3/wit"),
//!     wasip3: "0.11.0",
//! };
//! let adoption = plan(testkit::root(), &tracked, &release)?;
//! adoption.write(testkit::root())?;
//! # Ok::<(), String>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use semver::Version;
use witgen::syntax::{SyntaxKind, SyntaxNode};

use crate::released;

mod dependencies;
mod gates;
mod merge;
pub mod numbers;
mod package;
mod register;
mod tree;
mod worlds;
mod write;

use numbers::Numbers;
use package::Package;

/// The package that is adopted.
const PACKAGE: &str = "wasi:http";

/// Where the program keeps the packages of WASI as signatures.
const BUILT_IN: &str = "generator/source/builtin";

/// Files by their paths from the repository, which have `/` between their parts.
type Files = BTreeMap<String, String>;

/// A release: what a version of the crate `wasip3` carries.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// Its folder `wit`, with the packages in `deps`.
    pub wit: &'a Path,
    /// The version of the crate, without what comes after a `+`.
    pub wasip3: &'a str,
}

/// What adopting a release changes.
#[derive(Debug)]
pub struct Adoption {
    /// The versions before and after.
    pub numbers: Numbers,
    /// The files that change, by path, with their new texts; a file without one is removed.
    pub files: BTreeMap<String, Option<String>>,
    /// What a person has to do: documentation to write, as `wit/types.wit:12: types.fields.len`.
    pub undocumented: Vec<String>,
    /// Items whose documentation may be wrong now, because their signature or gate changed.
    pub changed: Vec<String>,
    /// Items that the release no longer has.
    pub removed: Vec<String>,
    /// Packages of the release that nothing here has.
    pub unknown_packages: Vec<String>,
}

/// Plans to make a repository hold a release. `tracked` are its files.
///
/// # Errors
///
/// What can't be read, and what can't be adopted without a decision.
pub fn plan(root: &Path, tracked: &[String], release: &Release<'_>) -> Result<Adoption, String> {
    let before = read(root, tracked);
    let released_files = released_files(release.wit)?;
    let numbers = numbers(&before, &released_files)?;
    let mut after = Files::new();
    for (path, text) in &before {
        after.insert(path.clone(), numbers.replace(path, text)?);
    }
    pin(&mut after, release.wasip3)?;

    let resolve = dependencies::resolve(release.wit)?;
    let imported = dependencies::imported(&resolve, PACKAGE);
    replace_signatures(&mut after, &released_files, &imported)?;
    let mut package = Package::read(&after)?;
    let adopted = package.adopt(&released_files["http"], &numbers.ours.1)?;
    after.retain(|path, _| !is_of_package(path));
    after.extend(adopted.files);
    register::embedded_files(&mut after);
    verify(&after, release.wit)?;

    let undocumented = package::undocumented(&after)?;
    let known =
        |name: &&String| *name != "http" && !after.contains_key(&format!("{BUILT_IN}/{name}.wit"));
    let changed_files = before
        .keys()
        .chain(after.keys())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| (path.clone(), after.get(path).cloned()))
        .collect();
    Ok(Adoption {
        numbers,
        files: changed_files,
        undocumented,
        changed: adopted.changed,
        removed: adopted.removed,
        unknown_packages: released_files
            .keys()
            .filter(known)
            .map(|name| format!("wasi:{name}"))
            .collect(),
    })
}

/// Whether a file is one of the package, and not of a dependency.
fn is_of_package(path: &str) -> bool {
    path.strip_prefix("wit/")
        .is_some_and(|file| !file.contains('/') && file.ends_with(".wit"))
}

/// Reads the files that are text.
fn read(root: &Path, tracked: &[String]) -> Files {
    let texts = tracked.iter().filter_map(|path| {
        let text = fs::read_to_string(root.join(path)).ok()?;
        Some((path.clone(), text))
    });
    texts.collect()
}

/// Returns the texts of the released packages by name.
fn released_files(wit: &Path) -> Result<Files, String> {
    let folder = wit.join("deps");
    let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
    let mut files = Files::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        files.insert(name, text);
    }
    if files.contains_key("http") {
        Ok(files)
    } else {
        Err(format!("{}: there is no http.wit", folder.display()))
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}

/// Returns the version in the package line of a file.
fn version_of(name: &str, text: &str) -> Result<Version, String> {
    let tree = tree::parse_file(name, text)?;
    let line = tree.children().find(|node| node.kind() == SyntaxKind::PackageLine);
    let version = line
        .iter()
        .flat_map(SyntaxNode::descendants)
        .find(|node| node.kind() == SyntaxKind::Version)
        .ok_or_else(|| format!("{name}: there is no package line with a version"))?;
    let version: String = tree::significant(&version).map(|it| it.text().to_owned()).collect();
    version.parse().map_err(|error| format!("{name}: {version}: {error}"))
}

fn numbers(before: &Files, released: &Files) -> Result<Numbers, String> {
    let version = version_of("http.wit", &released["http"])?;
    for (name, text) in released {
        let other = version_of(&format!("{name}.wit"), text)?;
        if other != version {
            return Err(format!(
                "the release has wasi:http@{version} and wasi:{name}@{other}; this program expects one version"
            ));
        }
    }
    let path = format!("{BUILT_IN}/clocks.wit");
    let text = before.get(&path).ok_or_else(|| format!("there is no {path}"))?;
    let numbers = Numbers::new(&version_of(&path, text)?, &version)?;
    for (path, text) in before.iter().filter(|(path, _)| is_of_package(path)) {
        let ours = version_of(path, text)?;
        if ours != numbers.ours.0 {
            return Err(format!(
                "{path} has the version {ours}, and one that holds {} has {}",
                numbers.released.0, numbers.ours.0
            ));
        }
    }
    Ok(numbers)
}

/// Pins the crate that carries the release.
fn pin(files: &mut Files, version: &str) -> Result<(), String> {
    const START: &str = "wasip3 = { version = \"=";
    let manifest = files.get_mut("Cargo.toml").ok_or("there is no Cargo.toml")?;
    let start = manifest.find(START).ok_or("Cargo.toml doesn't pin wasip3")? + START.len();
    let length = manifest[start..]
        .find('"')
        .ok_or("Cargo.toml: the version of wasip3 has no end")?;
    manifest.replace_range(start..start + length, version);
    Ok(())
}

/// Replaces the packages that are kept as signatures.
fn replace_signatures(
    files: &mut Files,
    released: &Files,
    imported: &BTreeSet<String>,
) -> Result<(), String> {
    files.retain(|path, _| !path.starts_with("wit/deps/"));
    for (name, text) in released {
        let file = format!("{name}.wit");
        let path = format!("{BUILT_IN}/{file}");
        if let Some(built_in) = files.get_mut(&path) {
            *built_in = dependencies::signatures(&file, text, |_| true)?;
        }
        let package = format!("wasi:{name}/");
        if imported.iter().any(|interface| interface.starts_with(&package)) {
            let is_imported = |node: &SyntaxNode| {
                let name = tree::name(node).unwrap_or_default();
                node.kind() == SyntaxKind::Interface
                    && imported.contains(&format!("{package}{name}"))
            };
            let text = dependencies::signatures(&file, text, is_imported)?;
            files.insert(format!("wit/deps/{file}"), text);
        }
    }
    Ok(())
}

/// Checks that the package is the released one with our additions, so that nothing is written that isn't.
fn verify(files: &Files, release: &Path) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (path, text) in files {
        if let Some(file) = path.strip_prefix("wit/") {
            write::create(&folder.path().join(file), text)?;
        }
    }
    let read = |folder: &Path| -> Result<released::Items, String> {
        let resolve = dependencies::resolve(folder)?;
        Ok(released::items(
            &resolve,
            released::package(&resolve, "http"),
        ))
    };
    let mut differences = released::differences(&read(release)?, &read(folder.path())?);
    differences.retain(|it| !released::ADDITIONS.contains(&it.as_str()));
    if differences.is_empty() {
        return Ok(());
    }
    Err(format!(
        "these differences need a decision; make the change in wit/ by hand:\n  {}",
        differences.join("\n  ")
    ))
}
