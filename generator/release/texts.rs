//! The texts of a package, and of the packages beside it that may use it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use semver::Version;

use super::location::{self, Files};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::edit::{self, Mention, UnstableGate};
use crate::source::{self, Features, Source};

/// A package as text, with the texts that may refer to it.
pub(super) struct Texts {
    pub source: Source,
    /// Without the version: `wasi:http`.
    pub package: String,
    pub version: Version,
    /// The files of the package, without its dependencies.
    pub own: Files,
    /// The files of the other packages, without their dependencies.
    others: Files,
}

impl Texts {
    /// Reads the package in a directory, and the packages in the others that are text.
    ///
    /// # Errors
    ///
    /// No package or one that isn't text, files that can't be read, and files without a version or with several.
    pub fn read(dir: &Path, others: &[PathBuf]) -> Result<Self> {
        let source = location::package_in(dir)?;
        let own = location::texts_of(&source)?;
        let (package, version) = name_and_version(&source, &own)?;
        // A workspace may list the package itself, by another path.
        let mut seen = BTreeSet::from([location::canonical(&source)]);
        let mut other_texts = Files::new();
        for other in others {
            if !other.is_dir() {
                let message = format!("the member `{}` is not a directory", other.display());
                return Err(Diagnostic::error(codes::NOT_A_DIRECTORY, message)
                    .at(Place::path(other))
                    .help("correct `members` of `[workspace]` in witgen.toml")
                    .into());
            }
            if let Some(source) = location::find_package_in(other)?
                && seen.insert(location::canonical(&source))
            {
                other_texts.extend(source::own_texts(&source)?.unwrap_or_default());
            }
        }
        Ok(Texts {
            source,
            package,
            version,
            own,
            others: other_texts,
        })
    }

    /// Returns the latest version that a gate of the package names.
    pub fn latest_gate(&self) -> Option<Version> {
        self.own.values().filter_map(|text| edit::latest_version_of_gates(text)).max()
    }

    /// Returns the texts that differ with another version of the package. Gates of the package that name its version before
    /// name the new one too if that was a pre-release: nothing was there since a pre-release.
    pub fn with_version(&self, version: &Version) -> Files {
        self.released(version, |_| false)
    }

    /// As [`Texts::with_version`]; `@since` with the version replaces these gates of the package.
    pub fn released(
        &self,
        version: &Version,
        is_stabilized: impl Fn(&UnstableGate) -> bool,
    ) -> Files {
        let is_meant = |mention: &Mention| {
            mention.package == self.package && mention.version.as_ref() == Some(&self.version)
        };
        let written = self.version.to_string();
        let moved = |text: &str| {
            // Most files of other packages don't name this one.
            if !text.contains(&written) {
                return text.to_owned();
            }
            edit::replace_versions(text, |it| is_meant(it).then(|| version.clone()))
        };
        let own = self.own.iter().map(|(path, text)| {
            let mut edited = edit::stabilize(&moved(text), version, &is_stabilized);
            if !self.version.pre.is_empty() {
                edited = edit::replace_version_of_gates(&edited, &self.version, version);
            }
            (path, text, edited)
        });
        let others = self.others.iter().map(|(path, text)| (path, text, moved(text)));
        let changed = own.chain(others).filter(|(_, text, edited)| *edited != ***text);
        changed.map(|(path, _, edited)| (path.clone(), edited.into())).collect()
    }

    /// Returns the `@unstable` gates of the package, with their files.
    pub fn unstable_gates(&self) -> Vec<(&Path, &Arc<str>, UnstableGate)> {
        let files = self.own.iter();
        let gates = files.flat_map(|(path, text)| {
            edit::unstable_gates(text)
                .into_iter()
                .map(move |gate| (path.as_path(), text, gate))
        });
        gates.collect()
    }

    /// Returns the text of a file as it is on the disk.
    pub fn text(&self, path: &Path) -> Option<&Arc<str>> {
        self.own.get(path).or_else(|| self.others.get(path))
    }
}

/// Returns what the `package` lines of files say.
fn name_and_version(source: &Source, files: &Files) -> Result<(String, Version)> {
    let lines = files.iter().filter_map(|(path, text)| {
        let line = edit::package_line(text)?;
        Some((path, text, line))
    });
    let lines: Vec<(&PathBuf, &Arc<str>, Mention)> = lines.collect();
    let Some((path, text, first)) = lines.first() else {
        return Err(unresolved(source).unwrap_or_else(|| {
            let message = "no file of the package has a `package` line";
            Diagnostic::error(codes::NO_VERSION, message)
                .at(Place::argument(source.to_string()))
                .help("write one, such as `package a:b@0.1.0;`")
                .into()
        }));
    };
    let is_same = |(_, _, line): &(_, _, Mention)| {
        (&line.package, &line.version) == (&first.package, &first.version)
    };
    if let Some(version) = &first.version
        && lines.iter().all(is_same)
    {
        return Ok((first.package.clone(), version.clone()));
    }
    // The parser says of lines that disagree, and of versions that it can't read, what to do.
    Err(unresolved(source).unwrap_or_else(|| {
        let message = format!("the package `{}` has no version", first.package);
        let place = Place::source(
            path.display().to_string(),
            (*text).clone(),
            first.range.clone(),
        );
        Diagnostic::error(codes::NO_VERSION, message)
            .at(place)
            .help(format!("write `package {}@0.1.0;` here", first.package))
            .into()
    }))
}

/// Returns what keeps a package from being resolved.
fn unresolved(source: &Source) -> Option<Failure> {
    source::load(source, &Features::All).err()
}
