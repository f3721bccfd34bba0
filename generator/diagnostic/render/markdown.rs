//! Markdown, for comments on code hosts and summaries of runs.

use askama::Template;

use super::terminal::printable;
use crate::diagnostic::{Diagnostic, Place, Severity};

/// A list of findings.
#[derive(Template)]
#[template(path = "diagnostic/findings.md", escape = "none")]
struct Findings {
    findings: Vec<Finding>,
}

struct Finding {
    severity: &'static str,
    code: &'static str,
    /// The address of the code's page.
    page: Option<String>,
    message: String,
    place: Option<String>,
    help: Vec<String>,
}

/// Renders diagnostics as a list in Markdown.
pub fn markdown(diagnostics: &[Diagnostic]) -> String {
    let findings = diagnostics.iter().map(finding).collect();
    crate::template::text(&Findings { findings })
}

fn finding(diagnostic: &Diagnostic) -> Finding {
    Finding {
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        code: diagnostic.code.id(),
        page: diagnostic.code.address(),
        message: inline(&diagnostic.message),
        place: diagnostic.places.first().map(|place| code(&shown(place))),
        help: diagnostic.help.iter().map(|help| inline(help)).collect(),
    }
}

/// Returns a place as editors take it: `wit/types.wit:12:3`.
pub(crate) fn shown(place: &Place) -> String {
    match place {
        Place::Source(position) => {
            let (line, column) = position.start_for_people();
            format!("{}:{line}:{column}", position.path())
        }
        Place::Path(path) => path.clone(),
        Place::Argument(argument) => argument.clone(),
    }
}

/// Returns a message as text of one line, which may be a cell of a table. Text in backticks is code; the rest can't contain
/// markup or mentions.
pub(crate) fn inline(message: &str) -> String {
    let message = one_line(message);
    let parts: Vec<&str> = message.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return plain(&message);
    }
    let parts = parts.iter().enumerate();
    parts
        .map(|(at, part)| match at % 2 {
            0 => plain(part),
            _ => code(part),
        })
        .collect()
}

/// Returns text as code.
pub(crate) fn code(text: &str) -> String {
    let text = one_line(text).replace('`', "'");
    // GitHub Flavored Markdown, 4.10: a pipe splits cells inside of code too.
    match text.as_str() {
        "" => String::new(),
        text => format!("`{}`", text.replace('|', "\\|")),
    }
}

fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '$' => {
                shown.extend(['\\', c]);
            }
            // Code hosts notify mentioned users. The comment is invisible, and separates the name from the sign.
            '@' if before.is_none_or(|c: char| !c.is_alphanumeric()) => shown.push_str("@<!-- -->"),
            c => shown.push(c),
        }
        before = Some(c);
    }
    shown
}

fn one_line(text: &str) -> String {
    printable(text).split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn a_finding_has_its_place_its_code_and_its_advice() {
        let finding = Diagnostic::error(codes::INVALID_WIT, "expected `:`, found `|`")
            .at(Place::source("wit/a.wit", "ä b\nc", 3..4))
            .help("see <a>");
        let other = Diagnostic::warning(codes::DRIFT, "two\nlines");
        assert_eq!(
            markdown(&[finding, other]),
            "- **error** `invalid-wit` in `wit/a.wit:1:3`: expected `:`, found `\\|`\n  \
             - see \\<a\\>\n\
             - **warning** `drift`: two lines\n"
        );
    }

    #[test]
    fn text_of_others_is_no_markup_and_mentions_nobody() {
        assert_eq!(
            inline("@team *a* [b](c)"),
            "@<!-- -->team \\*a\\* \\[b\\](c)"
        );
        assert_eq!(
            inline("a:b@1.0.0 `@since` `"),
            "a:b@1.0.0 \\`@<!-- -->since\\` \\`"
        );
        assert_eq!(inline("`a``"), "\\`a\\`\\`");
        assert_eq!(inline("\u{1b}[2J"), "\\\\u{1b}\\[2J");
    }
}
