//! `witgen explain`: what a code means.

use askama::Template;
use clap::Args;
use serde::Serialize;

use super::shared::json;
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::diagnostic::{Class, Code, Diagnostic, Place, codes};
use crate::explain;
use crate::lint::{self, Rule};

/// Explain the code of an error, a lint rule or a change.
///
/// Without a code, lists the lint rules.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen explain
  witgen explain since-missing
  witgen explain unknown-world
  witgen explain --all")]
pub(super) struct Explain {
    /// The code in brackets in front of a message
    code: Option<String>,
    /// List all codes by topic
    #[arg(long, conflicts_with = "code")]
    all: bool,
}

/// A list for people.
#[derive(Template)]
#[template(path = "explain/list.txt", escape = "none")]
struct List {
    groups: Vec<Group>,
    /// The length of the longest code.
    width: usize,
}

#[derive(Default)]
struct Group {
    title: String,
    lines: Vec<Line>,
}

struct Line {
    id: &'static str,
    /// How much a rule weighs, in a column of its own.
    level: String,
    summary: String,
}

/// A lint rule, for programs.
#[derive(Serialize)]
struct RuleView {
    id: &'static str,
    class: String,
    family: String,
    level: String,
    summary: String,
    page: &'static str,
}

/// A code that is no lint rule's, for programs.
#[derive(Serialize)]
struct CodeView {
    id: &'static str,
    class: String,
    summary: String,
    page: String,
}

impl Explain {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        if !matches!(shell.format, Format::Human | Format::Json) {
            return Err(no_such_format().into());
        }
        let is_json = shell.format == Format::Json;
        let text = match &self.code {
            Some(id) => {
                let code = explain::code(id)
                    .map_err(|failure| failure.at(Place::argument(format!("explain {id}"))))?;
                page(code, is_json)
            }
            None if self.all => all(is_json),
            None => rules(is_json),
        };
        shell.print(&text)?;
        if self.code.is_none() && !self.all {
            shell.note("`witgen explain --all` lists the codes of errors and of changes too");
        }
        Ok(Status::Fine)
    }
}

fn page(code: Code, is_json: bool) -> String {
    match (explain::rule_of(code), is_json) {
        (Some(rule), true) => json(&rule_view(rule)),
        (None, true) => json(&code_view(code)),
        (_, false) => explain::page(code),
    }
}

/// All lint rules, by family.
fn rules(is_json: bool) -> String {
    if is_json {
        let rules = lint::RULES.iter().map(|rule| rule_view(rule));
        return json(&rules.collect::<Vec<_>>());
    }
    list(lint::RULES.iter().map(|rule| {
        let line = Line {
            id: rule.id,
            level: format!("{:9}", rule.level.to_string()),
            summary: rule.summary(),
        };
        (rule.family.to_string(), line)
    }))
}

/// All codes, by class.
fn all(is_json: bool) -> String {
    if is_json {
        return json(&explain::all().map(code_view).collect::<Vec<_>>());
    }
    list(explain::all().map(|code| {
        let line = Line {
            id: code.id(),
            level: String::new(),
            summary: code.summary(),
        };
        (title(code.class()), line)
    }))
}

fn title(class: Class) -> String {
    format!("{class}: {}", class.summary())
}

/// Lines under the titles of their groups, which are next to each other.
fn list(lines: impl Iterator<Item = (String, Line)>) -> String {
    let groups = lines.fold(Vec::<Group>::new(), |mut groups, (title, line)| {
        if groups.last().is_none_or(|group| group.title != title) {
            groups.push(Group {
                title,
                ..Group::default()
            });
        }
        groups.last_mut().expect("one was added").lines.push(line);
        groups
    });
    let ids = groups.iter().flat_map(|group| &group.lines);
    let width = ids.map(|line| line.id.len()).max().unwrap_or_default();
    crate::template::text(&List { groups, width })
}

fn rule_view(rule: &Rule) -> RuleView {
    RuleView {
        id: rule.id,
        class: rule.code().class().to_string(),
        family: rule.family.to_string(),
        level: rule.level.to_string(),
        summary: rule.summary(),
        page: rule.page,
    }
}

fn code_view(code: Code) -> CodeView {
    CodeView {
        id: code.id(),
        class: code.class().to_string(),
        summary: code.summary(),
        page: code.page(),
    }
}

fn no_such_format() -> Diagnostic {
    Diagnostic::error(
        codes::NO_SUCH_FORMAT,
        "codes are shown for people or as JSON; the other formats are for findings",
    )
    .at(Place::argument("--format"))
    .help("leave out --format, or pass --format json")
}
