//! Reads and checks cases: the files `case.toml`.

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Failure, Place, Position, Result, SourceFile, codes};
use crate::names::nearest;

mod calls;
mod contents;
pub mod message;
mod mutant;
mod step;

pub use contents::{Call, Capability, Exchange, Kind, Known, Level, Protocol, Version};
pub use mutant::{MutantEntry, RequestFault, Server};
pub use step::{StepEntry, flatten, script};

use calls::CALLS;
use contents::Contents;

use super::events;
use super::hex;
use super::quotes;

/// The subject of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Suite {
    /// Duties of hosts.
    Host,
    /// Duties of components.
    Component,
}

impl Suite {
    /// Returns the name of the suite's folder.
    pub fn as_str(self) -> &'static str {
        match self {
            Suite::Host => "host",
            Suite::Component => "component",
        }
    }
}

/// A case.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// Its suite.
    pub suite: Suite,
    /// Its group and its name: `fields/append`.
    pub name: String,
    /// The requirement, as a sentence without a full stop.
    pub summary: String,
    /// How binding it is.
    pub level: Level,
    /// The sentence of `wit/*.wit` that it tests, on one line.
    pub quote: String,
    /// The item that this sentence documents.
    pub item: String,
    /// Sections that it rests on.
    pub rfc: Vec<String>,
    /// The components that it runs on.
    pub components: Vec<Kind>,
    /// The versions in which these are presented.
    pub versions: Vec<Version>,
    /// The protocols between client and host.
    pub protocols: Vec<Protocol>,
    /// The features that the host needs.
    pub needs: Vec<Capability>,
    /// Whether all exchanges begin at once.
    pub at_once: bool,
    /// How many mebibytes the host's memory may grow meanwhile.
    pub memory_growth: Option<u64>,
    /// Whether it also applies if a proxy responds by itself.
    pub without_origin: bool,
    /// Hosts that are known to fail, and why.
    pub known: Vec<Known>,
    /// The messages that the client sends and receives.
    pub exchanges: Vec<Exchange>,
    /// The requests that reach the next hop, and the replies.
    pub origin: Vec<Call>,
    /// The requests that reach the server of side calls, and the replies.
    pub side: Vec<Call>,
    /// Faults that it finds.
    pub mutants: Vec<MutantEntry>,
    /// Its file.
    pub place: Place,
}

impl Case {
    /// Reads the text of a `case.toml`. `path` is what messages call it; its last two folders are the group and the name.
    ///
    /// # Errors
    ///
    /// All problems: text that isn't TOML, unknown keys, a quotation that the WIT doesn't contain, and parts that contradict
    /// each other.
    pub fn parse(suite: Suite, path: &str, text: &str) -> Result<Self> {
        let source = Arc::new(SourceFile::new(path, text));
        let place = |range| Place::Source(Position::new(source.clone(), range));
        let contents: Contents = toml::from_str(text).map_err(|error| {
            let message = error.message().lines().next().unwrap_or_default();
            invalid(message, place(error.span().unwrap_or(0..0)))
        })?;
        let mut problems = Vec::new();
        let mut report = |found: Diagnostic| problems.push(found);
        let item = contents.item.get_ref();
        match quotes::find(item, contents.quote.get_ref()) {
            Ok(()) => {}
            Err(quotes::Missing::Item { similar }) => {
                let message = format!("`wit/` has no documented item `{item}`");
                let found = invalid(message, place(contents.item.span()));
                report(match similar {
                    Some(similar) => found.help(format!("did you mean `{similar}`?")),
                    None => found.help("name an item as in `types.fields.append`"),
                });
            }
            Err(quotes::Missing::Sentence) => report(
                invalid(
                    format!("the documentation of `{item}` doesn't contain this sentence"),
                    place(contents.quote.span()),
                )
                .help("quote it as it is there now, and check that the case still tests it"),
            ),
        }
        if contents.exchange.is_empty() {
            report(invalid("the case has no `[[exchange]]`", place(0..0)));
        }
        for entry in &contents.exchange {
            for problem in problems_of(entry.get_ref()) {
                report(invalid(problem, place(entry.span())));
            }
        }
        for problem in contents.origin.iter().chain(&contents.side).flat_map(problems_of_call) {
            report(invalid(problem, place(0..0)));
        }
        for entry in &contents.mutant {
            if entry.get_ref().fault_count() != 1 {
                let message = "a mutant has one fault";
                report(invalid(message, place(entry.span())));
            }
        }
        if let Some(failure) = Failure::of(problems) {
            return Err(failure);
        }
        let exchanges: Vec<_> = contents.exchange.into_iter().map(|it| it.into_inner()).collect();
        let is_http1_only = exchanges.iter().any(|it| it.request.bytes.is_some());
        Ok(Case {
            suite,
            name: name_of(path),
            summary: contents.summary,
            level: contents.level,
            quote: quotes::on_one_line(contents.quote.get_ref()),
            item: contents.item.into_inner(),
            rfc: contents.rfc,
            components: contents.components,
            versions: contents.versions,
            protocols: if is_http1_only {
                vec![Protocol::Http1]
            } else {
                contents.protocols
            },
            needs: contents.needs,
            at_once: contents.at_once,
            memory_growth: contents.memory_growth,
            without_origin: contents.without_origin,
            known: contents.known,
            exchanges,
            origin: contents.origin,
            side: contents.side,
            mutants: contents.mutant.into_iter().map(|it| it.into_inner()).collect(),
            place: Place::path(path),
        })
    }

    /// Returns its group: `fields`.
    pub fn group(&self) -> &str {
        self.name.split_once('/').map_or("", |(group, _)| group)
    }
}

/// Returns the JSON Schema of `case.toml`.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Contents);
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    format!("{text}\n")
}

/// Returns the last two folders of a path.
fn name_of(path: &str) -> String {
    let folders = Path::new(path).parent().into_iter().flat_map(|folder| folder.iter());
    let folders: Vec<_> = folders.map(|folder| folder.to_string_lossy()).collect();
    folders[folders.len().saturating_sub(2)..].join("/")
}

fn invalid(message: impl Into<String>, place: Place) -> Diagnostic {
    Diagnostic::error(codes::INVALID_CASE, message).at(place)
}

/// Returns what is wrong with an exchange apart from its shape.
fn problems_of(exchange: &Exchange) -> Vec<String> {
    let mut problems = Vec::new();
    problems_of_steps(&exchange.steps, &mut problems);
    let request = &exchange.request;
    problems_of_body(request.body.as_ref(), &mut problems);
    problems_of_body(request.bytes.as_ref(), &mut problems);
    problems.extend(request.read_after.as_deref().and_then(problem_of_event));
    if request.bytes.is_some() && (request.body.is_some() || !request.headers.is_empty()) {
        problems.push("`bytes` are the whole request: leave out its other keys".to_owned());
    }
    problems
}

fn problems_of_call(call: &Call) -> Vec<String> {
    let mut problems = Vec::new();
    let reply = &call.response;
    problems_of_body(reply.body.as_ref(), &mut problems);
    problems_of_body(reply.bytes.as_ref(), &mut problems);
    problems.extend(reply.read_after.as_deref().and_then(problem_of_event));
    problems
}

fn problems_of_steps(steps: &[StepEntry], problems: &mut Vec<String>) {
    for step in steps {
        let kinds = [
            step.call.is_some(),
            !step.spawn.is_empty(),
            !step.repeat.is_empty(),
        ];
        if kinds.into_iter().filter(|is_given| *is_given).count() != 1 {
            problems
                .push("a step has either `call`, or steps in `spawn` or in `repeat`".to_owned());
        }
        if let Some(call) = step.call.as_deref()
            && !CALLS.contains(&call)
        {
            let similar = nearest(call, CALLS.iter().copied());
            let similar = similar.map(|similar| format!(": did you mean `{similar}`?"));
            problems.push(format!(
                "the scripted guest has no call `{call}`{}",
                similar.unwrap_or_default()
            ));
        }
        problems_of_steps(&step.spawn, problems);
        problems_of_steps(&step.repeat, problems);
    }
}

fn problems_of_body(body: Option<&message::Body>, problems: &mut Vec<String>) {
    let Some(message::Body::Pieces(pieces)) = body else {
        return;
    };
    for piece in pieces {
        let message::Piece::Action(action) = piece else {
            continue;
        };
        match action {
            message::Action::Hex(digits) if hex::decode(digits).is_none() => {
                problems.push(format!("`{digits}` are no hexadecimal digits"));
            }
            message::Action::Until(event) => problems.extend(problem_of_event(event)),
            _ => {}
        }
    }
}

fn problem_of_event(event: &str) -> Option<String> {
    let (name, _) = events::name_and_count(event);
    (!events::NAMES.contains(&name))
        .then(|| format!("there is no event `{name}`: {}", events::NAMES.join(", ")))
}
