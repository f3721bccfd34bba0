//! `witgen fetch`: the packages that the WIT needs, into `deps/`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::registries::RegistryArgs;
use super::shared::report_plan;
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Failure, Place, codes};
use crate::fileset::WriteOptions;
use crate::project::dependencies::PackageDir;
use crate::registry::{Dependencies, FetchOptions, dependencies, signers_file};

/// Fetch the packages that the WIT needs into `deps/`.
///
/// Packages that you added to `deps/` are used as they are; the others come from registries. The lock file is
/// `wkg.lock` next to witgen.toml, in wkg's format. If contents differ from it, the command fails. Nothing is written
/// unless all packages are found.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen fetch
  witgen fetch --locked            # in continuous integration
  witgen fetch --update")]
pub(super) struct Fetch {
    /// The directory of the package, in the form of --wit
    #[arg(value_name = "PACKAGE", conflicts_with = "wit")]
    package: Option<PathBuf>,
    /// The directory of the package [default: that of witgen.toml, else `wit`]
    #[arg(long, value_name = "DIR")]
    wit: Option<PathBuf>,
    /// Fail if the lock file would change
    #[arg(long)]
    locked: bool,
    /// Ignore the lock file, resolve everything again, and rewrite the lock
    #[arg(long, conflicts_with = "locked")]
    update: bool,
    /// Write nothing; fail if `deps/` or the lock file would change
    #[arg(long, conflicts_with_all = ["dry_run", "force"])]
    check: bool,
    /// Write nothing; list the files that would change
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files that witgen didn't write
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

impl Fetch {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let named = self.package.as_deref().or(self.wit.as_deref());
        let mut status = Status::Fine;
        // Each member after those that it needs, because the copies of these have to be read.
        for dir in PackageDir::find_all(Path::new("."), named)? {
            if self.exec_in(&dir, shell)? == Status::Findings {
                status = Status::Findings;
            }
        }
        Ok(status)
    }

    fn exec_in(&self, dir: &PackageDir, shell: &Shell) -> Outcome<Status> {
        let (wit, lock) = (dir.wit(), dir.lock());
        shell.progress("fetching");
        let options = FetchOptions {
            update: self.update,
            locked: self.locked || self.check,
            ..dir.fetch_options()?
        };
        let fetched = dependencies(wit, &lock, &self.registries.registries()?, &options);
        shell.end_progress();
        let fetched = match fetched {
            Err(failure) if self.check && failure.code() == codes::LOCK_WOULD_CHANGE => {
                shell.report(failure.diagnostics());
                return Ok(Status::Findings);
            }
            fetched => fetched?,
        };
        let deps = dir.deps();
        let drift = lock_would_change(&lock, &fetched);
        if (self.locked || self.check) && !drift.is_empty() {
            if self.check {
                let mut findings = drift;
                findings.extend(fetched.files.check(&deps)?);
                shell.report(&findings);
                return Ok(Status::Findings);
            }
            return Err(Failure::of(drift).expect("there is one").into());
        }
        if self.check {
            let mut findings = if fetched.files.is_empty() && !deps.exists() {
                Vec::new()
            } else {
                fetched.files.check_for(&deps, "run `witgen fetch`")?
            };
            let status = Status::of(&findings);
            findings.extend(fetched.findings);
            shell.report(&findings);
            if status == Status::Fine {
                shell.note(&format!("{} is up to date", deps.display()));
            }
            return Ok(status);
        }
        let options = WriteOptions { force: self.force };
        if self.dry_run {
            let plan = fetched.files.plan(&deps, &options)?;
            report_plan(&plan, &deps, "would be ", shell);
            for (lock, changes) in changes(&lock, &fetched) {
                for change in changes {
                    shell.note(&format!("{}: {change}", lock.display()));
                }
            }
        } else {
            let plan = fetched.write(&deps, &lock, &options)?;
            report_plan(&plan, &deps, "", shell);
            for (lock, _) in changes(&lock, &fetched) {
                shell.note(&format!("wrote {}", lock.display()));
            }
        }
        shell.report(&fetched.findings);
        shell.note(&fetched.summary());
        Ok(Status::Fine)
    }
}

/// Returns the lock files that change, with their changes.
fn changes<'a>(lock: &Path, dependencies: &'a Dependencies) -> Vec<(PathBuf, &'a [String])> {
    let changes = [
        (lock.to_owned(), dependencies.lock_changes.as_slice()),
        (signers_file(lock), dependencies.signer_changes.as_slice()),
    ];
    changes.into_iter().filter(|(_, changes)| !changes.is_empty()).collect()
}

/// Returns an error for each lock file that would change.
fn lock_would_change(lock: &Path, dependencies: &Dependencies) -> Vec<Diagnostic> {
    let error = |(lock, changes): (PathBuf, &[String])| {
        let message = format!("`{}` would change: {}", lock.display(), changes.join(", "));
        Diagnostic::error(codes::LOCK_WOULD_CHANGE, message)
            .at(Place::path(lock))
            .help("run `witgen fetch` where it may change, and commit what it writes")
    };
    changes(lock, dependencies).into_iter().map(error).collect()
}
