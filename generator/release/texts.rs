//! The texts of a package, and of the packages beside it that may use it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use semver::Version;

use super::location::{self, Files};
use crate::config::{Config, Dependency};
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
    /// The packages beside it that don't define the same package in the same version.
    others: Vec<Other>,
}

/// A package that may use the one that moves.
struct Other {
    /// The directory in which commands are about it.
    dir: PathBuf,
    /// The package in its `package` lines, if they can be read.
    definition: Option<Definition>,
    /// Its files, without its dependencies.
    files: Files,
    /// The packages that its manifest lists.
    dependencies: Vec<Dependency>,
}

/// The package in a `package` line, and its place.
struct Definition {
    package: String,
    version: Option<Version>,
    place: Place,
}

/// A package beside the one that moves, whose references move with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The package without its version: `my:app`.
    pub package: String,
    /// Its directory.
    pub dir: PathBuf,
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
        let mut read = Vec::new();
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
                let other = Other::read(other, &source)?;
                // Files that define the package too refer to their own.
                if !other.defines(&package, &version) {
                    read.push(other);
                }
            }
        }
        Ok(Texts {
            source,
            package,
            version,
            own,
            others: read,
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
        let others = self.others.iter().flat_map(|other| &other.files);
        let others = others.map(|(path, text)| (path, text, moved(text)));
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
        let others = || self.others.iter().find_map(|other| other.files.get(path));
        self.own.get(path).or_else(others)
    }

    /// Returns the packages beside this one that have edited files.
    pub fn users(&self, edited: &Files) -> Vec<User> {
        let is_edited = |other: &&Other| other.files.keys().any(|path| edited.contains_key(path));
        let users = self.others.iter().filter(is_edited).map(|other| User {
            package: match &other.definition {
                Some(definition) => definition.package.clone(),
                None => other.dir.display().to_string(),
            },
            dir: other.dir.clone(),
        });
        users.collect()
    }

    /// Rejects a version that a package beside this one has already.
    pub fn require_free(&self, version: &Version) -> Result<()> {
        let Some(other) = self.others.iter().find(|it| it.defines(&self.package, version)) else {
            return Ok(());
        };
        let dir = other.dir.display();
        let message = format!(
            "the member `{dir}` defines `{}@{version}` already",
            self.package
        );
        let own = self.own.iter().find_map(|(path, text)| Definition::read(path, text));
        let places = other.definition.iter().chain(&own).map(|it| it.place.clone());
        let clash = Diagnostic::error(codes::DUPLICATE_PACKAGE, message);
        Err(places
            .fold(clash, Diagnostic::at)
            .help("choose another version, or give that member another one first")
            .into())
    }

    /// Returns a warning for each requirement of the packages beside this one that doesn't allow a version.
    pub fn outdated_requirements(&self, version: &Version) -> Vec<Diagnostic> {
        let dependencies = self.others.iter().flat_map(|other| &other.dependencies);
        let outdated = dependencies.filter(|it| {
            // A requirement for another version is about a package of a registry.
            it.package.to_string() == self.package
                && it.requirement.matches(&self.version)
                && !it.requirement.matches(version)
        });
        let warnings = outdated.map(|it| {
            let (package, requirement) = (&it.package, &it.requirement);
            let message =
                format!("the requirement `{requirement}` doesn't allow {package}@{version}");
            Diagnostic::warning(codes::REQUIREMENT_VIOLATED, message)
                .at(it.place.clone())
                .help(format!("require `{version}` instead"))
        });
        warnings.collect()
    }
}

impl Other {
    fn read(dir: &Path, source: &Source) -> Result<Self> {
        let files = source::own_texts(source)?.unwrap_or_default();
        let config = Config::find(dir)?;
        Ok(Other {
            dir: dir.to_owned(),
            definition: files.iter().find_map(|(path, text)| Definition::read(path, text)),
            files,
            dependencies: config.map(|(_, config)| config.dependencies).unwrap_or_default(),
        })
    }

    fn defines(&self, package: &str, version: &Version) -> bool {
        let is_same =
            |it: &Definition| it.package == package && it.version.as_ref() == Some(version);
        self.definition.as_ref().is_some_and(is_same)
    }
}

impl Definition {
    fn read(path: &Path, text: &Arc<str>) -> Option<Self> {
        let line = edit::package_line(text)?;
        Some(Definition {
            package: line.package,
            version: line.version,
            place: Place::source(path.display().to_string(), text.clone(), line.range),
        })
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
    // For lines that disagree, and versions that can't be read, the parser's error has the help.
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
