//! Arguments that several subcommands take.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Status;
use super::shell::{Outcome, Shell};
use crate::diagnostic::{Diagnostic, Place};
use crate::fileset::{FileSet, Plan, WriteOptions};
use crate::source::{self, Features, Package, Source};

/// Where WIT comes from.
#[derive(Args, Debug)]
pub(super) struct Wit {
    /// The package: a directory, a `.wit` file, or a `.wasm` file (an encoded package, a component)
    #[arg(long, value_name = "PATH")]
    pub wit: Option<String>,
    /// Take items of these features too, which `@unstable` gates
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    features: Vec<String>,
    /// Take all items, whatever their features
    #[arg(long, conflicts_with = "features")]
    all_features: bool,
}

impl Wit {
    /// Loads the package, and says which it is unless the user named it.
    pub fn load(&self, shell: &Shell) -> Outcome<Package> {
        self.load_or(Features::default(), shell)
    }

    /// As [`Wit::load`], with these features if the user named none.
    pub fn load_or(&self, default: Features, shell: &Shell) -> Outcome<Package> {
        let found = Source::find(self.wit.as_deref(), Path::new("."))?;
        let features = match self.features.as_slice() {
            _ if self.all_features => Features::All,
            [] => default,
            features => Features::Only(features.to_vec()),
        };
        let package = source::load(&found.source, &features)?;
        if self.wit.is_none() {
            let name = package.name();
            shell.note(&match found.source {
                Source::Embedded => format!("using the embedded {name} ({})", found.why),
                other => format!("using {name} from {other} ({})", found.why),
            });
        }
        Ok(package)
    }
}

/// Where files go.
#[derive(Args, Debug)]
pub(super) struct Out {
    /// The directory to write into
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write nothing; fail if the directory doesn't hold what would be written
    #[arg(long, conflicts_with_all = ["dry_run", "force"])]
    check: bool,
    /// Write nothing; say what would be written
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files that witgen didn't make
    #[arg(long)]
    force: bool,
}

impl Out {
    /// Writes, checks or plans, and says what happened.
    pub fn apply(&self, files: &FileSet, default: &str, shell: &Shell) -> Outcome<Status> {
        let dir = self.out.clone().unwrap_or_else(|| PathBuf::from(default));
        if dir.as_os_str().is_empty() {
            let failure = Diagnostic::error("not-a-directory", "the directory has no name");
            return Err(failure.at(Place::argument("--out")).into());
        }
        if self.check {
            let findings = files.check(&dir)?;
            shell.report(&findings);
            if findings.is_empty() {
                shell.note(&format!("{} is up to date", dir.display()));
                return Ok(Status::Fine);
            }
            return Ok(Status::Findings);
        }
        let options = WriteOptions { force: self.force };
        if self.dry_run {
            let plan = files.plan(&dir, &options)?;
            tell(&plan, &dir, "would be ", shell);
        } else {
            let plan = files.write(&dir, &options)?;
            tell(&plan, &dir, "", shell);
        }
        Ok(Status::Fine)
    }
}

fn tell(plan: &Plan, dir: &Path, would_be: &str, shell: &Shell) {
    let say = |paths: &[String], what: &str| {
        for path in paths {
            shell.note(&format!("{what} {}", dir.join(path).display()));
        }
    };
    say(&plan.created, &format!("{would_be}created"));
    say(&plan.changed, &format!("{would_be}changed"));
    say(&plan.removed, &format!("{would_be}removed"));
    say(&plan.kept, "kept, since it was changed by hand:");
    if plan.created.is_empty() && plan.changed.is_empty() && plan.removed.is_empty() {
        shell.note(&format!("{} is up to date", dir.display()));
    }
}
