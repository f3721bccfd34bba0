//! `witgen explain`: what a rule of `witgen lint` is for.

use askama::Template;
use clap::Args;
use serde::Serialize;

use super::shared::json;
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::compat;
use crate::diagnostic::{Diagnostic, Place};
use crate::lint::{self, Rule};

/// Say what a rule of `witgen lint` finds and why, with an example; without a rule, list all.
///
/// A rule of `witgen diff` is explained too.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen explain
  witgen explain since-missing")]
pub(super) struct Explain {
    /// The rule, as it stands in brackets in front of a finding
    rule: Option<String>,
}

/// All rules, for people.
#[derive(Template)]
#[template(path = "explain/list.txt", escape = "none")]
struct List {
    families: Vec<Family>,
    /// The longest id.
    width: usize,
}

struct Family {
    name: String,
    rules: Vec<&'static Rule>,
}

/// A rule, for people.
#[derive(Template)]
#[template(path = "explain/rule.txt", escape = "none")]
struct Page<'a> {
    page: &'a str,
    /// Its family and its level.
    facts: String,
}

/// A rule, for programs.
#[derive(Serialize)]
struct RuleView {
    id: &'static str,
    family: String,
    level: String,
    summary: String,
    page: &'static str,
}

impl Explain {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        if let Some(rule) = self.rule.as_deref().and_then(compat::rule) {
            shell.print(&change(rule))?;
            return Ok(Status::Fine);
        }
        let rule = self.rule.as_deref().map(|id| {
            lint::rule(id).map_err(|failure| failure.at(Place::argument(format!("explain {id}"))))
        });
        let text = match (rule.transpose()?, shell.format) {
            (None, Format::Human) => list(),
            (Some(rule), Format::Human) => crate::template::text(&Page {
                page: rule.page.trim_end(),
                facts: format!("{}; by default: {}", rule.family, rule.level),
            }),
            (None, Format::Json) => {
                let rules = lint::RULES.iter().map(|rule| view(rule));
                json(&rules.collect::<Vec<_>>())
            }
            (Some(rule), Format::Json) => json(&view(rule)),
            (_, Format::Github | Format::Sarif) => return Err(no_such_format().into()),
        };
        shell.print(&text)?;
        Ok(Status::Fine)
    }
}

/// All rules, a line each, by family.
fn list() -> String {
    let mut families: Vec<Family> = Vec::new();
    for rule in lint::RULES {
        let name = rule.family.to_string();
        if families.last().is_none_or(|family| family.name != name) {
            families.push(Family {
                name,
                rules: Vec::new(),
            });
        }
        if let Some(family) = families.last_mut() {
            family.rules.push(rule);
        }
    }
    let width = lint::RULES.iter().map(|rule| rule.id.len()).max();
    let width = width.unwrap_or_default();
    crate::template::text(&List { families, width })
}

/// A rule of `witgen diff`.
fn change(rule: &compat::Rule) -> String {
    let page = format!("# {}\n\n{}", rule.id, rule.summary);
    crate::template::text(&Page {
        page: &page,
        facts: "a change that `witgen diff` finds; it says of each whom it breaks".to_owned(),
    })
}

fn view(rule: &Rule) -> RuleView {
    RuleView {
        id: rule.id,
        family: rule.family.to_string(),
        level: rule.level.to_string(),
        summary: rule.summary(),
        page: rule.page,
    }
}

fn no_such_format() -> Diagnostic {
    Diagnostic::error(
        "no-such-format",
        "rules are shown for people or as JSON; the other formats are for findings",
    )
    .at(Place::argument("--format"))
    .help("leave out --format, or say --format json")
}
