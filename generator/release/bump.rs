//! Moves a package to another version.

use std::path::{Path, PathBuf};

use semver::Version;

use super::change::{FileChange, changes, write};
use super::decision::{Request, decide, outdated_copies};
use super::texts::{Texts, User};
use super::wanted::Wanted;
use crate::diagnostic::{Diagnostic, Result};
use crate::project::Project;

/// Options for moving a package to another version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BumpOptions {
    /// The new version.
    pub wanted: Wanted,
    /// Allows a version that is lower than the changes since the baseline ask for.
    pub allow_breaking: bool,
}

/// The changes of a new version.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bump {
    /// The package without its version: `wasi:http`.
    pub package: String,
    /// The version before.
    pub old: Version,
    /// The version after; the same, if it is enough for what has changed.
    pub new: Version,
    /// The files that name the version.
    pub files: Vec<FileChange>,
    /// The packages beside it of which files change; they need versions of their own.
    pub users: Vec<User>,
    /// Requirements of these that don't allow the version.
    pub findings: Vec<Diagnostic>,
}

/// The result of planning a new version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BumpVerdict {
    /// The version is allowed.
    Planned(Bump),
    /// The changes that the version doesn't allow.
    Refused(Vec<Diagnostic>),
}

/// Plans a new version of the package in a directory: `package` lines and references to the package, in its own files and in
/// those of the packages in other directories. Copies in `deps/` stay as they are. Nothing is written.
///
/// `project` is that of the directory, if it has a `witgen.toml`; the new version is compared with its baseline.
///
/// ```
/// use witgen::release::{BumpOptions, BumpVerdict, Wanted, bump};
///
/// let dir = tempfile::tempdir().unwrap();
/// std::fs::create_dir(dir.path().join("wit")).unwrap();
/// std::fs::write(dir.path().join("wit/a.wit"), "package a:b@1.0.0;\ninterface i {}\n").unwrap();
/// let options = BumpOptions { wanted: Wanted::Minor, ..Default::default() };
/// let BumpVerdict::Planned(planned) = bump(None, dir.path(), &[], &options)? else { panic!() };
/// assert_eq!(planned.files[0].new, "package a:b@1.1.0;\ninterface i {}\n");
/// # Ok::<(), witgen::diagnostic::Failure>(())
/// ```
///
/// # Errors
///
/// No package that can be edited, a version that isn't higher, WIT that isn't valid with the new version, and a baseline that
/// can't be read.
pub fn bump(
    project: Option<&Project>,
    dir: &Path,
    others: &[PathBuf],
    options: &BumpOptions,
) -> Result<BumpVerdict> {
    let outdated = project.map(outdated_copies).unwrap_or_default();
    if !outdated.is_empty() {
        return Ok(BumpVerdict::Refused(outdated));
    }
    let texts = Texts::read(dir, others)?;
    let request = Request {
        command: "bump",
        wanted: &options.wanted,
        may_stay: false,
        allow_breaking: options.allow_breaking,
    };
    let decision = decide(project, &texts, &request, |version| {
        texts.with_version(version)
    })?;
    if !decision.refused.is_empty() {
        return Ok(BumpVerdict::Refused(decision.refused));
    }
    Ok(BumpVerdict::Planned(Bump {
        users: texts.users(&decision.texts),
        findings: texts.outdated_requirements(&decision.version),
        files: changes(&texts, decision.texts),
        package: texts.package,
        old: texts.version,
        new: decision.version,
    }))
}

impl Bump {
    /// Writes all files or none.
    ///
    /// # Errors
    ///
    /// A file that can't be written.
    pub fn write(&self) -> Result<()> {
        write(&self.files, || Ok(()))
    }
}
