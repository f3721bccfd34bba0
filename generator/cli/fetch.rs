//! `witgen fetch`: the packages that the WIT needs, into `deps/`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::registries::RegistryArgs;
use super::shared::report_plan;
use super::shell::{Outcome, Shell, counted};
use super::status::Status;
use crate::config::{Config, overrides};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::{WriteOptions, write_file};
use crate::registry::{Dependencies, Dependency, FetchOptions, LOCK, dependencies};

/// Get the packages that the WIT needs into its `deps/`, and lock what they are.
///
/// What stands in `deps/` already, put there by somebody, is taken as it is; the rest comes from
/// registries. The lock file is `wkg.lock` beside witgen.toml, in wkg's format. Contents that differ from
/// it are refused, and nothing is written unless everything resolves.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen fetch
  witgen fetch --locked            # in continuous integration
  witgen fetch --update")]
pub(super) struct Fetch {
    /// The directory of the package  [default: the one of witgen.toml, else `wit`]
    #[arg(long, value_name = "DIR")]
    wit: Option<PathBuf>,
    /// Fail if the lock file would change
    #[arg(long)]
    locked: bool,
    /// Find everything anew, whatever is locked, and lock that
    #[arg(long, conflicts_with = "locked")]
    update: bool,
    /// Write nothing; fail if `deps/` or the lock file would change
    #[arg(long, conflicts_with_all = ["dry_run", "force"])]
    check: bool,
    /// Write nothing; say what would be written
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files that witgen didn't make
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

impl Fetch {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let (wit, lock) = self.places()?;
        shell.progress("fetching");
        let options = FetchOptions {
            update: self.update,
            locked: self.locked || self.check,
            overrides: overrides(lock.parent().unwrap_or(Path::new("")))?,
        };
        let fetched = dependencies(&wit, &lock, &self.registries.registries(), &options);
        shell.end_progress();
        let fetched = match fetched {
            Err(failure) if self.check && failure.code() == codes::LOCK_WOULD_CHANGE => {
                shell.report(failure.diagnostics());
                return Ok(Status::Findings);
            }
            fetched => fetched?,
        };
        let deps = wit.join("deps");
        if (self.locked || self.check) && !fetched.lock_changes.is_empty() {
            let drift = lock_would_change(&lock, &fetched);
            if self.check {
                let mut findings = vec![drift];
                findings.extend(fetched.files.check(&deps)?);
                shell.report(&findings);
                return Ok(Status::Findings);
            }
            return Err(drift.into());
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
        let plan = fetched.files.plan(&deps, &options)?;
        if self.dry_run {
            report_plan(&plan, &deps, "would be ", shell);
            for change in &fetched.lock_changes {
                shell.note(&format!("{}: {change}", lock.display()));
            }
        } else {
            // An empty set leaves no record behind where there was none.
            if !fetched.files.is_empty() || !plan.removed.is_empty() {
                fetched.files.write(&deps, &options)?;
            }
            report_plan(&plan, &deps, "", shell);
            if let Some(text) = &fetched.lock {
                write_file(&lock, text.as_bytes())?;
                shell.note(&format!("wrote {}", lock.display()));
            }
        }
        shell.report(&fetched.findings);
        shell.note(&summary(&fetched));
        Ok(Status::Fine)
    }

    /// The package's directory, and the lock file.
    fn places(&self) -> Result<(PathBuf, PathBuf)> {
        let config = Config::find(Path::new("."))?;
        let root = match &config {
            Some((file, _)) => file.parent().unwrap_or(Path::new("")).to_owned(),
            None => PathBuf::new(),
        };
        let configured = config.and_then(|(_, config)| config.wit);
        let wit = match (&self.wit, configured) {
            (Some(wit), _) => wit.clone(),
            (None, Some(wit)) => root.join(wit),
            (None, None) => root.join("wit"),
        };
        if !wit.is_dir() {
            let message = format!("`{}` is not a directory of WIT", wit.display());
            return Err(Diagnostic::error(codes::NOT_A_DIRECTORY, message)
                .at(Place::path(&wit))
                .help("dependencies go into the `deps/` of one; name it with --wit")
                .into());
        }
        Ok((wit, root.join(LOCK)))
    }
}

fn lock_would_change(lock: &Path, dependencies: &Dependencies) -> Diagnostic {
    let message = format!(
        "`{}` would change: {}",
        lock.display(),
        dependencies.lock_changes.join(", ")
    );
    Diagnostic::error(codes::LOCK_WOULD_CHANGE, message)
        .at(Place::path(lock))
        .help("run `witgen fetch` where it may change, and commit what it writes")
}

fn summary(dependencies: &Dependencies) -> String {
    let count = |matches: fn(&Dependency) -> bool| {
        dependencies.packages.iter().filter(|dependency| matches(dependency)).count()
    };
    let parts: Vec<String> = [
        (
            count(|dependency| matches!(dependency, Dependency::Vendored { .. })),
            "vendored and not locked",
        ),
        (
            count(|dependency| matches!(dependency, Dependency::Overridden { .. })),
            "overridden",
        ),
        (
            count(|dependency| matches!(dependency, Dependency::BuiltIn { .. })),
            "built in",
        ),
        (
            count(|dependency| matches!(dependency, Dependency::Fetched { .. })),
            "from registries",
        ),
        (
            count(|dependency| matches!(dependency, Dependency::Carried { .. })),
            "carried by these",
        ),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    let all = counted(dependencies.packages.len(), "package");
    if parts.is_empty() {
        "no packages are needed".to_owned()
    } else {
        format!("{all} needed: {}", parts.join(", "))
    }
}
