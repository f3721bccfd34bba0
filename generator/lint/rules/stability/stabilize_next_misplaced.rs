//! A marker for the release script that marks no gate.

use std::ops::Range;

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::text::{File, Kind, Token};
use crate::lint::{Family, Level, Rule};
use crate::model::directive::STABILIZE_NEXT;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "stabilize-next-misplaced",
    family: Family::Stability,
    level: Level::Error,
    page: include_str!("../../../../docs/lint/stabilize-next-misplaced.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for file in &subject.files {
        for token in &file.tokens {
            let Some(marker) = marker(file, token) else {
                continue;
            };
            if is_alone(file, token)
                && is_gate(file.line_text(file.source.line(token.range.start) + 1))
            {
                continue;
            }
            let position = file.position(marker);
            let message = format!("`{STABILIZE_NEXT}` is not directly above an `@unstable` gate");
            let help = "write it alone on the line directly above the gate";
            let entry = subject.documented(&position);
            found.push(Finding::of(entry, message).at(Some(position)).help(help));
        }
    }
}

/// Where a comment has the marker, if it begins with it.
fn marker(file: &File, token: &Token) -> Option<Range<usize>> {
    if token.kind != Kind::Comment {
        return None;
    }
    let text = file.text_of(token);
    let inner = text.trim_start_matches(['/', '*']).trim_start();
    let start = token.range.end - inner.len();
    inner.starts_with(STABILIZE_NEXT).then_some(start..start + STABILIZE_NEXT.len())
}

fn is_alone(file: &File, token: &Token) -> bool {
    let line = file.line_text(file.source.line(token.range.start)).trim();
    line.strip_prefix("//").map(str::trim) == Some(STABILIZE_NEXT)
}

/// `@unstable(feature = name)` on a line of its own.
fn is_gate(line: &str) -> bool {
    let gate: String = line.split_whitespace().collect();
    let feature = gate.strip_prefix("@unstable(feature=");
    feature.is_some_and(|feature| feature.ends_with(')') && feature.matches(')').count() == 1)
}
