//! `witgen conform`: tests the duties of hosts and components.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::serve;
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::compose::Member;
use crate::conform::{self, Capability, Case, Kind, Matrix, Options, Profile, Report, Suite};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::fileset::write_file;
use crate::read::{self, MAX_TEXT_BYTES, MAX_WASM_BYTES};

/// Test whether a host or a component conforms to wasi:http.
///
/// Each case quotes the sentence of the WIT that it tests, and names the sections of the RFCs behind it. The exit status is 1 if a
/// case of level `must` or `should` fails.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen conform host --host witgen
  witgen conform component gate.wasm
  witgen conform export conformance")]
pub(super) struct Conform {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Debug, Subcommand)]
enum Subject {
    Host(Host),
    Component(Component),
    Export(Export),
}

/// Test a host: a program that serves components.
///
/// Runs the command after `--` once per component of the suite. `{component}` stands for the component's file, and
/// `{address}` for the address to listen on, such as 127.0.0.1:40000; `{port}` is the port alone. `{origin}` stands for the address
/// of the next hop; without it, the host isn't tested with proxies. The command runs in a temporary directory, so paths in it have to
/// be absolute.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen conform host --host witgen
  witgen conform host --host wasmtime --update docs/conformance/results.md
  witgen conform host --without HTTP/2 -- my-host {component} --listen {address}
  witgen conform host --host witgen --case 'fields/*' --format json")]
struct Host {
    /// A host with a built-in command
    #[arg(long, value_name = "NAME", required_unless_present_any = ["command", "list"], conflicts_with = "command")]
    host: Option<String>,
    /// A feature that the host lacks; can be repeated
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with = "host")]
    without: Vec<Lack>,
    /// Write the results to this page, and keep those of other hosts
    #[arg(long, value_name = "FILE")]
    update: Option<PathBuf>,
    #[command(flatten)]
    shared: Shared,
    /// Timeout until the host listens, and until it responds to a first request, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    start_timeout: u64,
    /// The command that serves a component
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Test a component, which `witgen-serve` serves.
///
/// The suite acts as its clients, its next hop and the servers of its side calls. If a proxy itself responds with a status from 300
/// to 499, the case doesn't apply; use `--header` to send the credentials that it requires.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen conform component gate.wasm
  witgen conform component gate.wasm --header 'Authorization: Bearer secret'
  witgen conform component gate.wasm --format sarif > conformance.sarif")]
struct Component {
    /// The component
    #[arg(value_name = "FILE", required_unless_present = "list")]
    file: Option<PathBuf>,
    /// The world whose duties are tested [default: `proxy` if the component has a next hop, else `service`]
    #[arg(long, value_enum, value_name = "WORLD")]
    world: Option<World>,
    /// Add this header to all requests; can be repeated
    #[arg(long = "header", value_name = "NAME:VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    #[command(flatten)]
    shared: Shared,
}

/// Write the suite's components and cases to a directory, for hosts in other languages.
///
/// conformance/README.md describes the format. The directory also has the components in each version of wasi:http.
#[derive(Args, Debug)]
struct Export {
    /// The directory
    #[arg(value_name = "DIR")]
    out: PathBuf,
}

/// Options of both suites.
#[derive(Args, Debug)]
struct Shared {
    /// Run only cases whose names match; `*` matches any text; can be repeated
    #[arg(long = "case", value_name = "GLOB")]
    cases: Vec<String>,
    /// List the cases without running them
    #[arg(long)]
    list: bool,
    /// Run the cases of this directory instead of those that are built in
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Write the results to this file as JUnit's XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Timeout of a message, and of an event of a case, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
    /// Test the cases instead: each must find its mutants, which are faults that an intermediary adds
    #[arg(long)]
    mutants: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum World {
    /// A component with a next hop
    Proxy,
    /// A component without one
    Service,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Lack {
    /// HTTP/2 without TLS
    #[value(name = "HTTP/2")]
    Http2,
    /// Side calls to servers on loopback
    Client,
    /// Showing the components' stderr in the host's own output
    Stderr,
    /// Services of WASI 0.2
    #[value(name = "wasi-0.2")]
    Wasi02,
    /// Services of WASI 0.3
    #[value(name = "wasi-0.3")]
    Wasi03,
}

impl Lack {
    fn capability(self) -> Capability {
        match self {
            Lack::Http2 => Capability::Http2,
            Lack::Client => Capability::Client,
            Lack::Stderr => Capability::Stderr,
            Lack::Wasi02 => Capability::Wasi02,
            Lack::Wasi03 => Capability::Wasi03,
        }
    }
}

fn header(argument: &str) -> std::result::Result<(String, String), String> {
    let (name, value) = argument.split_once(':').ok_or("write it as NAME:VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

impl Conform {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        match self.subject {
            Subject::Host(host) => host.exec(shell),
            Subject::Component(component) => component.exec(shell),
            Subject::Export(export) => export.exec(shell),
        }
    }
}

impl Host {
    fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let cases = self.shared.cases(Suite::Host)?;
        if self.shared.list {
            shell.print(&conform::list(&cases))?;
            return Ok(Status::Fine);
        }
        let profile = self.profile()?;
        if profile.untested {
            shell.note(&format!(
                "the built-in command of {} is untested",
                profile.name
            ));
        }
        let mut options = self.shared.options();
        options.start_timeout = Duration::from_secs(self.start_timeout);
        let report = conform::host(&profile, &cases, &options)?;
        if let Some(reason) = &report.not_run {
            return Err(not_run(reason)
                .at(Place::argument(profile.command.join(" ")))
                .help("run the command by hand. Here it runs in a temporary directory: paths in it must be absolute")
                .into());
        }
        if let Some(file) = &self.update {
            let page = read::text(file, MAX_TEXT_BYTES).unwrap_or_default();
            let mut matrix = Matrix::read(&page);
            matrix.update(&report);
            write_file(file, matrix.page().as_bytes())?;
        }
        self.shared.show(&report, &profile.name, shell)
    }

    fn profile(&self) -> Result<Profile> {
        let Some(name) = &self.host else {
            check_placeholders(&self.command)?;
            let without: Vec<_> = self.without.iter().map(|lack| lack.capability()).collect();
            return Ok(Profile::of_command(self.command.clone(), &without));
        };
        let profile = Profile::named(name)?;
        if name == "witgen" {
            with_program(profile)
        } else {
            Ok(profile)
        }
    }
}

/// The error if no case could be run.
fn not_run(reason: &str) -> Diagnostic {
    Diagnostic::error(codes::CANNOT_RUN_HOST, reason)
}

/// Rejects a command that can't serve the suite's components.
fn check_placeholders(command: &[String]) -> Result<()> {
    let has = |placeholder: &str| command.iter().any(|word| word.contains(placeholder));
    let missing = [
        ("{component}", has("{component}"), "the component's file"),
        (
            "{address}",
            has("{address}") || has("{port}"),
            "the address that the host listens on",
        ),
    ];
    let missing = missing.into_iter().filter(|(_, has, _)| !has);
    let errors = missing.map(|(placeholder, _, meaning)| {
        let message = format!("the command doesn't contain `{placeholder}`");
        Err(Diagnostic::error(codes::CANNOT_RUN_HOST, message)
            .at(Place::argument(command.join(" ")))
            .help(format!("write `{placeholder}` for {meaning}"))
            .into())
    });
    Failure::collect::<(), ()>(errors)
}

/// Puts the program beside this one into the profile of the reference host.
fn with_program(mut profile: Profile) -> Result<Profile> {
    let program = serve::find("witgen conform")?.display().to_string();
    for command in [&mut profile.command, &mut profile.version] {
        if let Some(first) = command.first_mut() {
            first.clone_from(&program);
        }
    }
    Ok(profile)
}

impl Component {
    fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let cases = self.shared.cases(Suite::Component)?;
        let Some(file) = self.file.as_deref().filter(|_| !self.shared.list) else {
            shell.print(&conform::list(&cases))?;
            return Ok(Status::Fine);
        };
        let component = read::any(file, MAX_WASM_BYTES).map_err(|error| {
            let message = format!("cannot read `{}`: {error}", file.display());
            Diagnostic::error(codes::UNREADABLE, message).at(Place::path(file))
        })?;
        let member = Member::new("component", &component).map_err(|it| it.at(Place::path(file)))?;
        let kind = match self.world {
            Some(World::Proxy) => Kind::Proxy,
            Some(World::Service) => Kind::Service,
            None if member.next_hops().next().is_some() => Kind::Proxy,
            None => Kind::Service,
        };
        let profile = with_program(Profile::named("witgen")?)?;
        let mut options = self.shared.options();
        options.headers = self.headers;
        let name = file.display().to_string();
        let component = member.component().to_vec();
        let report = conform::component(&profile, &name, component, kind, &cases, &options)?;
        if let Some(reason) = &report.not_run {
            let help = "the suite begins with `GET /`: use `--header` for what the component needs to handle it";
            return Err(not_run(reason).at(Place::path(file)).help(help).into());
        }
        self.shared.show(&report, &name, shell)
    }
}

impl Export {
    fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        for (path, contents) in conform::archive()? {
            let path = self.out.join(path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(|error| {
                    let message = format!("cannot create `{}`: {error}", folder.display());
                    Diagnostic::error(codes::CANNOT_WRITE, message).at(Place::path(folder))
                })?;
            }
            write_file(&path, &contents)?;
        }
        shell.note(&format!("wrote the suite to {}", self.out.display()));
        Ok(Status::Fine)
    }
}

impl Shared {
    fn options(&self) -> Options {
        Options {
            timeout: Duration::from_secs(self.timeout),
            mutants: self.mutants,
            ..Options::default()
        }
    }

    /// Returns the cases to run, by name.
    fn cases(&self, suite: Suite) -> Result<Vec<Case>> {
        let cases = match &self.from {
            Some(folder) => cases_in(suite, folder)?,
            None => conform::cases(suite)?,
        };
        if self.cases.is_empty() {
            return Ok(cases);
        }
        let unknown = |glob: &&String| !cases.iter().any(|case| conform::matches(glob, &case.name));
        if let Some(glob) = self.cases.iter().find(unknown) {
            return Err(Diagnostic::error(
                codes::UNKNOWN_CASE,
                format!("no case matches `{glob}`"),
            )
            .at(Place::argument(format!("--case {glob}")))
            .help("list the names with `--list`")
            .into());
        }
        let is_wanted =
            |case: &Case| self.cases.iter().any(|glob| conform::matches(glob, &case.name));
        Ok(cases.into_iter().filter(is_wanted).collect())
    }

    /// Prints the results in the chosen format.
    fn show(&self, report: &Report, file: &str, shell: &mut Shell) -> Outcome<Status> {
        if let Some(path) = &self.junit {
            write_file(path, conform::junit(report).as_bytes())?;
        }
        let text = match shell.format {
            Format::Human => conform::table(report),
            Format::Json => conform::json(report),
            _ => shell.rendered(&conform::findings(report, file)),
        };
        shell.print(&text)?;
        Ok(if report.has_findings() {
            Status::Findings
        } else {
            Status::Fine
        })
    }
}

/// Reads the cases of a suite from a directory as `conformance/` is.
fn cases_in(suite: Suite, folder: &Path) -> Result<Vec<Case>> {
    let folder = folder.join(suite.as_str());
    let mut files = Vec::new();
    for group in folders_in(&folder)? {
        for case in folders_in(&group)? {
            files.push(case.join("case.toml"));
        }
    }
    files.sort();
    let case = |file: &PathBuf| {
        let text = read::text(file, MAX_TEXT_BYTES).map_err(|error| {
            let message = format!("cannot read `{}`: {error}", file.display());
            Failure::from(Diagnostic::error(codes::UNREADABLE, message).at(Place::path(file)))
        })?;
        Case::parse(suite, &file.display().to_string(), &text)
    };
    let mut cases: Vec<Case> = Failure::collect(files.iter().map(case))?;
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(cases)
}

fn folders_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| {
        let message = format!("cannot read `{}`: {error}", folder.display());
        Diagnostic::error(codes::UNREADABLE, message).at(Place::path(folder))
    })?;
    let folders = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
    Ok(folders.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conform::profile_names;

    #[test]
    fn every_profile_can_be_read() {
        for name in profile_names() {
            assert_eq!(Profile::named(name).unwrap().name, name);
        }
    }
}
