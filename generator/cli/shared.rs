//! Arguments that several subcommands take.

use std::path::{Path, PathBuf};

use clap::Args;

use super::here::{
    or_outdated_copies, package_here, project_for, project_here, require_package_here,
};
use super::registries::RegistryArgs;
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::component;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes, render};
use crate::fileset::{FileSet, Plan, WriteOptions, path_in, write_file};
use crate::locate::{self, Found};
use crate::project::Project;
use crate::project::dependencies::Change;
use crate::read::{self, MAX_WASM_BYTES};
use crate::registry::Reference;
use crate::release::User;
use crate::source::{self, Features, Package, Source};

/// Where WIT comes from.
#[derive(Args, Clone, Debug)]
pub(super) struct Wit {
    /// The package: a path, `git:REV:PATH`, or a package of a registry
    ///
    /// The path is a directory, a `.wit` file, or a `.wasm` file (an encoded package or a component). A package of a
    /// registry is `wasi:http@0.3.1002`.
    #[arg(long, value_name = "PATH|REF")]
    pub wit: Option<String>,
    /// Whether the package was an argument of its own.
    #[arg(skip)]
    is_argument: bool,
    /// Include items that `@unstable` gates with these features
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    features: Vec<String>,
    /// Include the items of all features
    #[arg(long, conflicts_with = "features")]
    all_features: bool,
    #[command(flatten)]
    pub registries: RegistryArgs,
}

/// The package that a command is about, as an argument or as `--wit`.
#[derive(Args, Debug)]
pub(super) struct PackageArgument {
    /// The package, in the form of --wit
    #[arg(value_name = "PACKAGE", conflicts_with = "wit")]
    package: Option<String>,
    #[command(flatten)]
    wit: Wit,
}

impl PackageArgument {
    /// Returns the options, in which `--wit` names the package in either case.
    pub fn wit(&self) -> Wit {
        let mut wit = self.wit.clone();
        wit.is_argument = self.package.is_some();
        wit.wit = self.package.clone().or(wit.wit);
        wit
    }
}

impl Wit {
    /// Loads the package, and reports which it is unless the user named it. Without one, it is the embedded one.
    pub fn load(&self, shell: &Shell) -> Outcome<Package> {
        self.load_or(Features::default(), shell)
    }

    /// Loads the package for an output that may be made of the embedded one; with these features if the user
    /// named none.
    pub fn load_or(&self, default: Features, shell: &Shell) -> Outcome<Package> {
        let registries = self.registries.registries()?;
        let find = || Ok(package_here(&registries)?.unwrap_or_else(locate::embedded));
        self.load_from(find, default, shell)
    }

    /// Loads the package that is here, for a command that describes it; with these features if the user named
    /// none.
    pub fn load_here_or(&self, default: Features, shell: &Shell) -> Outcome<Package> {
        let registries = self.registries.registries()?;
        self.load_from(|| require_package_here(&registries), default, shell)
    }

    /// Returns the project of this folder, or of the workspace's member that the command reads; `None` for a workspace with
    /// several members.
    pub fn manifest(&self) -> Result<Option<Project>> {
        let registries = self.registries.registries()?;
        let project = match project_for(self.wit.as_deref())? {
            Some(project) => Some(project),
            None => project_here()?,
        };
        Ok(project.map(|project| project.with_registries(registries)))
    }

    /// Returns the features that the user chose, or these if there are none.
    pub fn features_or(&self, default: Features) -> Features {
        let named = self.features.iter().filter(|name| !name.is_empty());
        match self.features.as_slice() {
            _ if self.all_features => Features::All,
            [] => default,
            // An empty name stands for no feature at all.
            _ => Features::Only(named.cloned().collect()),
        }
    }

    fn load_from(
        &self,
        find: impl FnOnce() -> Result<Found>,
        default: Features,
        shell: &Shell,
    ) -> Outcome<Package> {
        if let Some(wit) = self.wit.as_deref().filter(|wit| Reference::is_meant(wit)) {
            shell.progress(&format!("fetching {wit}"));
        }
        let registries = self.registries.registries()?;
        let found = match self.wit.as_deref() {
            Some(wit) => locate::find(Some(wit), Path::new("."), &registries),
            None => find(),
        };
        shell.end_progress();
        let found = found.map_err(|failure| match &self.wit {
            Some(wit) if self.is_argument => {
                let option = Place::argument(format!("--wit {wit}"));
                failure.map(|it| match it.places.as_slice() {
                    [place] if *place == option => it.instead_at(Place::argument(wit)),
                    _ => it,
                })
            }
            _ => failure,
        })?;
        let package = source::load(&found.source, &self.features_or(default))
            .map_err(|failure| or_outdated_copies(failure, self.wit.as_deref()))?;
        let name = package.name();
        match found.source {
            Source::Embedded => shell.note(&format!("using the built-in {name} ({})", found.why)),
            other if self.wit.is_none() => {
                shell.note(&format!("using {name} from {other} ({})", found.why));
            }
            _ => {}
        }
        Ok(package)
    }
}

/// Returns a setting of the manifest, unless a flag turns it on or off.
pub(super) fn setting(on: bool, off: bool, configured: bool) -> bool {
    on || (configured && !off)
}

/// Where files go.
#[derive(Args, Debug)]
pub(super) struct Out {
    /// The directory to write into
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write nothing; fail if the files are out of date
    #[arg(long, conflicts_with_all = ["dry_run", "force"])]
    check: bool,
    /// Write nothing; list the files that would change
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files that witgen didn't write
    #[arg(long)]
    force: bool,
}

impl Out {
    /// Returns the directory that the user named, or this one of the project.
    pub fn dir(&self, project: Option<&Project>, written: &str) -> PathBuf {
        match (&self.out, project) {
            (Some(out), _) => out.clone(),
            (None, Some(project)) => project.path(written),
            (None, None) => written.into(),
        }
    }

    /// Whether nothing is written, but compared.
    pub fn is_check(&self) -> bool {
        self.check
    }

    /// Whether nothing is written, but listed.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Whether files that witgen didn't write are overwritten.
    pub fn is_forced(&self) -> bool {
        self.force
    }

    /// Rejects outputs that can't be written, for a command that does something else before.
    pub fn require_writable(&self, outputs: &[(PathBuf, FileSet)]) -> Result<()> {
        let options = WriteOptions { force: self.force };
        Failure::collect(outputs.iter().map(|(dir, files)| files.plan(dir, &options).map(drop)))
    }

    /// Writes, checks or plans outputs, and reports what changed. Nothing is written unless all can be, and
    /// nothing that outputs of `manifest` consist of is removed.
    pub fn apply(
        &self,
        outputs: &[(PathBuf, FileSet)],
        manifest: Option<&Project>,
        shell: &Shell,
    ) -> Outcome<Status> {
        if outputs.iter().any(|(dir, _)| dir.as_os_str().is_empty()) {
            let failure = Diagnostic::error(codes::NOT_A_DIRECTORY, "the directory has no name");
            return Err(failure.at(Place::argument("--out")).into());
        }
        if self.check {
            return check(outputs, shell);
        }
        let options = WriteOptions { force: self.force };
        let plans: Vec<Plan> = Failure::collect(outputs.iter().map(|(dir, files)| {
            let plan = files.plan(dir, &options)?;
            if let Some(manifest) = manifest {
                manifest.require_kept(dir, &plan)?;
            }
            Ok(plan)
        }))?;
        for ((dir, files), plan) in outputs.iter().zip(plans) {
            if self.dry_run {
                report_plan(&plan, dir, "would be ", shell);
            } else {
                report_plan(&files.write(dir, &options)?, dir, "", shell);
            }
        }
        Ok(Status::Fine)
    }
}

/// Compares directories with outputs, and reports how they differ.
fn check(outputs: &[(PathBuf, FileSet)], shell: &Shell) -> Outcome<Status> {
    let mut status = Status::Fine;
    for (dir, files) in outputs {
        let findings = files.check(dir)?;
        shell.report(&findings);
        if findings.is_empty() {
            shell.note(&format!("{} is up to date", dir.display()));
        } else {
            status = Status::Findings;
        }
    }
    Ok(status)
}

/// Lists the changes of a plan, done or planned; or reports that nothing changes.
pub(super) fn report_plan(plan: &Plan, dir: &Path, would_be: &str, shell: &Shell) {
    if list_changes(plan, dir, would_be, shell) == 0 {
        shell.note(&format!("{} is up to date", dir.display()));
    }
}

/// Lists the files that a plan has changed, and returns their number.
pub(super) fn report_changes(plan: &Plan, dir: &Path, shell: &Shell) -> usize {
    list_changes(plan, dir, "", shell)
}

fn list_changes(plan: &Plan, dir: &Path, would_be: &str, shell: &Shell) -> usize {
    let say = |paths: &[String], what: &str| {
        for path in paths {
            shell.note(&format!("{what} {}", path_in(dir, path).display()));
        }
    };
    say(&plan.created, &format!("{would_be}created"));
    say(&plan.changed, &format!("{would_be}changed"));
    say(&plan.removed, &format!("{would_be}removed"));
    say(&plan.kept, "kept, since it was changed by hand:");
    plan.created.len() + plan.changed.len() + plan.removed.len()
}

/// Reads a file that the command line names; `help` is the advice if it can't be read.
pub(super) fn read(path: &Path, help: &str) -> Result<Vec<u8>> {
    read::any(path, MAX_WASM_BYTES).map_err(|error| {
        Diagnostic::error(
            codes::UNREADABLE,
            format!("cannot read `{}`: {error}", path.display()),
        )
        .at(Place::path(path))
        .help(help)
        .into()
    })
}

/// The contents of a file that a command derives from other files.
#[derive(Clone, Copy)]
pub(super) enum Made<'a> {
    Component(&'a [u8]),
    /// Source for `wac compose`.
    Wac(&'a str),
}

impl Made<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Made::Component(bytes) => bytes,
            Made::Wac(text) => text.as_bytes(),
        }
    }

    /// Whether a file is such a one that witgen made.
    fn is_ours(&self, found: &[u8]) -> bool {
        match self {
            Made::Component(_) => component::is_signed(found),
            // The first words of the template.
            Made::Wac(text) => {
                let first = text.split_inclusive("wac compose").next().unwrap_or_default();
                found.starts_with(first.as_bytes())
            }
        }
    }
}

/// Writes a file, or to stdout for `-`. It must not be one of the inputs. An existing file is replaced if witgen generated it.
pub(super) fn output(
    out: &Path,
    made: Made<'_>,
    inputs: &[PathBuf],
    force: bool,
    shell: &mut Shell,
) -> Outcome<()> {
    if out == Path::new("-") {
        return shell.print_binary(made.bytes());
    }
    require_replaceable(out, made, inputs, force)?;
    Ok(write_file(out, made.bytes())?)
}

/// Rejects a file that is an input or a directory, or that witgen didn't write.
pub(super) fn require_replaceable(
    out: &Path,
    made: Made<'_>,
    inputs: &[PathBuf],
    force: bool,
) -> Result<()> {
    let place = || Place::argument(format!("--out {}", out.display()));
    if let Some(input) = inputs.iter().find(|input| is_same(out, input)) {
        let message = format!(
            "the component would overwrite `{}`, one of its inputs",
            input.display()
        );
        let error = Diagnostic::error(codes::WOULD_OVERWRITE_INPUT, message).at(place());
        return Err(error.help("give the component another name").into());
    }
    if out.is_dir() {
        let message = format!("`{}` is a directory", out.display());
        let error = Diagnostic::error(codes::CANNOT_WRITE, message).at(place());
        return Err(error.help("name a file").into());
    }
    // A device or a pipe is written to.
    if !force && out.is_file() && !made.is_ours(&read(out, "name another file with --out")?) {
        let message = format!(
            "`{}` already exists, and witgen didn't generate it",
            out.display()
        );
        let error = Diagnostic::error(codes::NOT_OURS, message).at(place());
        let help = "name another file with --out, or pass --force; nothing was changed";
        return Err(error.help(help).into());
    }
    Ok(())
}

fn is_same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// A value as JSON, for programs and for people.
pub(super) fn json(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("plain data always serialises");
    format!("{}\n", render::printable_json(&text))
}

/// Lists the packages that refer to a new version of another one since it moved.
pub(super) fn report_users(users: &[User], shell: &Shell) {
    for User { package, dir, .. } in users {
        let dir = dir.display();
        shell.note(&format!(
            "`{package}` uses the new version: run `witgen bump` in {dir} before publishing it"
        ));
    }
}

/// Parses packages in arguments.
pub(super) fn references(written: &[String]) -> Result<Vec<Reference>> {
    Failure::collect(written.iter().map(|it| it.parse()))
}

/// Writes a change of a package's files, or only lists it in a dry run.
pub(super) fn report_change(
    change: &Change,
    options: &WriteOptions,
    is_dry_run: bool,
    shell: &Shell,
) -> Outcome<()> {
    let (plan, verb, would_be) = if is_dry_run {
        (change.plan(options)?, "would change", "would be ")
    } else {
        (change.write(options)?, "changed", "")
    };
    list_changes(&plan, &change.deps, would_be, shell);
    for path in change.changed_files() {
        shell.note(&format!("{verb} {}", path.display()));
    }
    if !change.dependencies.findings.is_empty() {
        shell.report(&change.dependencies.findings);
    }
    Ok(())
}
