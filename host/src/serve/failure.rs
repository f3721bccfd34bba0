//! Converts errors of the server to diagnostics, and reports them.

use std::collections::BTreeMap;
use std::io;

use tracing::error;
use witgen::diagnostic::{Diagnostic, Failure, Place, codes, render};
use witgen_serve::proxy::{BuildError, BuildErrorKind};

use super::log::{self, args::LogForm};

/// Writes a failure to stderr: for programs if the log is for programs, else for people.
pub fn report(failure: &Failure, form: LogForm) {
    let diagnostics = failure.diagnostics();
    if form == LogForm::Json {
        eprintln!("{}", render::json(diagnostics));
        return;
    }
    let shown: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| render::human(diagnostic, log::is_colored()))
        .collect();
    eprintln!("{}", shown.join("\n\n"));
}

/// Logs why a reload failed and the previous version is still served.
pub fn log(what_stays: &str, failure: &Failure) {
    for diagnostic in failure.diagnostics() {
        error!(
            target: "reload",
            code = diagnostic.code.id(),
            at = places(diagnostic),
            help = diagnostic.help.join("; "),
            "{what_stays}: {}",
            diagnostic.message
        );
    }
}

/// Shows a diagnostic in one line, for the page of operators.
pub fn line(diagnostic: &Diagnostic) -> String {
    let (code, message) = (diagnostic.code.id(), &diagnostic.message);
    match places(diagnostic).as_str() {
        "" => format!("{message} [{code}]"),
        places => format!("{places}: {message} [{code}]"),
    }
}

/// Shows the places of a diagnostic in a line of the log: `chain.toml:5:1`.
pub fn places(diagnostic: &Diagnostic) -> String {
    let places = diagnostic.places.iter().map(|place| match place {
        Place::Source(position) => {
            let (path, line) = (position.path(), position.line());
            format!("{path}:{line}:{}", position.column())
        }
        other => format!("{other:?}"),
    });
    places.collect::<Vec<_>>().join(", ")
}

/// Returns the diagnostic for an operating system error that stops the server.
pub fn system_error(error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        codes::SERVER_FAILED,
        format!("the server cannot run: {error}"),
    )
}

/// Returns the diagnostic for a bug in the server.
pub fn internal(what: &str, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(codes::INTERNAL_ERROR, format!("{what}: {error}"))
        .help("this is a bug in witgen-serve; please report it")
}

/// Returns the diagnostic for a chain of these members that can't be built.
pub fn build_error(error: &BuildError, members: &[String]) -> Diagnostic {
    match error.kind() {
        BuildErrorKind::MissingImport { imports, .. } => missing_imports(imports, members),
        // wasmtime has no kind of error for this.
        BuildErrorKind::Invalid(why) if format!("{why:#}").contains("memory does not fit") => {
            initial_memory(&why.root_cause())
        }
        BuildErrorKind::ZeroLimit(limit) => {
            let option = limit_option(limit);
            Diagnostic::error(
                codes::ZERO_LIMIT,
                format!("{option} is zero, with which no request can be handled"),
            )
            .at(Place::argument(option))
            .help(format!("pass a larger {option}, or leave it out"))
        }
        BuildErrorKind::TooManyMembers(most) => Diagnostic::error(
            codes::TOO_MANY_MEMBERS,
            format!(
                "the chain has {} members, and at most {most} can have output and an environment of \
                 their own",
                members.len()
            ),
        )
        .help("link some of them into one component with `witgen compose` first"),
        BuildErrorKind::NoClock(_) => Diagnostic::error(codes::SERVER_FAILED, error.to_string()),
        _ => Diagnostic::error(codes::UNSERVABLE, error.to_string()),
    }
}

/// Returns the diagnostic for a chain with a member that needs too much memory before it is called.
pub fn initial_memory(why: &dyn std::fmt::Display) -> Diagnostic {
    let message =
        format!("a member needs more memory at its start than --max-memory allows: {why}");
    Diagnostic::error(codes::MEMORY_LIMIT, message)
        .at(Place::argument("--max-memory"))
        .help("raise --max-memory")
}

/// Returns the option that sets a limit, by the limit's name in the library.
fn limit_option(limit: &str) -> &str {
    match limit {
        "memory" => "--max-memory",
        "response" => "--response-timeout",
        "cpu" => "--cpu-timeout",
        "post_response" => "--post-response-timeout",
        "concurrent" => "--instance-concurrency",
        "total" => "--instance-requests",
        "instances" => "--max-instances",
        // The command line doesn't set it.
        other => other,
    }
}

/// Returns the diagnostic for imports of these members that this host doesn't have.
pub fn missing_imports(imports: &[String], members: &[String]) -> Diagnostic {
    let mut by_member = BTreeMap::<&str, Vec<String>>::new();
    for import in imports {
        // A label begins with the member's name: `gate-store: wasi:keyvalue/store@0.2.0`. The rest is a label of its author,
        // unless it is the name of the interface.
        let (member, name) = match import.split_once(": ") {
            Some((label, interface)) => {
                let owners = members.iter().filter(|member| {
                    label.strip_prefix(member.as_str()).is_some_and(|rest| rest.starts_with('-'))
                });
                match owners.max_by_key(|member| member.len()) {
                    Some(owner) => {
                        let rest = &label[owner.len() + 1..];
                        let name = if names_interface(rest, interface) {
                            interface.to_owned()
                        } else {
                            format!("{rest}: {interface}")
                        };
                        (owner.as_str(), name)
                    }
                    None => ("the chain", import.clone()),
                }
            }
            None => ("the chain", import.clone()),
        };
        by_member.entry(member).or_default().push(name);
    }
    let lines: Vec<_> = by_member
        .iter()
        .map(|(member, names)| format!("{member} imports {}", list(names)))
        .collect();
    let failure = Diagnostic::error(
        codes::MISSING_IMPORT,
        format!("this host doesn't have some imports: {}", lines.join("; ")),
    );
    failure.help("`witgen serve` supports WASI 0.2 and the imports of the wasi:http worlds; to add others, embed the host and use `Builder::link`")
}

/// Whether the end of a label is made of the interface's name: `store`, `keyvalue-store` or `wasi-keyvalue-store`; or nothing,
/// for a member beside the chain.
fn names_interface(end: &str, interface: &str) -> bool {
    let path = interface.split('@').next().unwrap_or_default();
    let full = path.replace([':', '/'], "-");
    let is_end = full
        .strip_suffix(end)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('-'));
    end.is_empty() || is_end
}

/// Lists names in a sentence.
pub fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
