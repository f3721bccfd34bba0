//! For GitHub Actions: workflow commands, which the site shows beside the lines that they name.

use super::slashes::with_slashes;
use super::terminal::printable_lines;
use crate::diagnostic::{Diagnostic, Place, Severity};

/// Renders diagnostics as workflow commands, one a line: `::error file=a.wit,line=3,…::message`.
/// The help follows the message, and so do places other than the first.
pub fn github(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(command).collect()
}

fn command(diagnostic: &Diagnostic) -> String {
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    let mut lines = vec![diagnostic.message.clone()];
    for (at, place) in diagnostic.places.iter().enumerate() {
        match place {
            Place::Source(position) if at == 0 => {
                let (line, column) = position.start_for_people();
                let (end_line, end_column) = position.end_for_people();
                properties.push(("file", with_slashes(position.path()).into_owned()));
                properties.push(("line", line.to_string()));
                properties.push(("endLine", end_line.to_string()));
                // Columns of several lines mean nothing there, and the last one is part of it.
                if line == end_line {
                    properties.push(("col", column.to_string()));
                    properties.push(("endColumn", end_column.max(column + 1).to_string()));
                }
            }
            Place::Path(path) if at == 0 => {
                properties.push(("file", with_slashes(path).into_owned()));
            }
            Place::Source(position) => {
                let (line, column) = position.start_for_people();
                lines.push(format!("at {}:{line}:{column}", position.path()));
            }
            Place::Path(place) | Place::Argument(place) => lines.push(format!("at {place}")),
        }
    }
    properties.push(("title", diagnostic.code.id().to_owned()));
    lines.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));

    let properties = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", property(value)))
        .collect::<Vec<_>>()
        .join(",");
    format!("::{name} {properties}::{}\n", message(&lines.join("\n")))
}

/// A message as the runner reads it back. Without this a newline in the user's text would end the
/// command, and what follows could begin another.
fn message(text: &str) -> String {
    printable_lines(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property's value, which ends at a comma or a colon too.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn a_position_has_lines_and_columns_that_count_from_one() {
        let finding = Diagnostic::error(codes::INVALID_WIT, "expected `:`")
            .at(Place::source("wit/a.wit", "ä b\nc", 3..4))
            .help("see 100%");
        assert_eq!(
            github(&[finding]),
            "::error file=wit/a.wit,line=1,endLine=1,col=3,endColumn=4,title=invalid-wit::\
             expected `:`%0Ahelp: see 100%25\n"
        );
    }

    #[test]
    fn messages_cannot_contain_commands() {
        let finding = Diagnostic::warning(codes::DRIFT, "no\r\n::add-mask::x")
            .at(Place::path("a,b:c"))
            .at(Place::argument("--out x"));
        assert_eq!(
            github(&[finding]),
            "::warning file=a%2Cb%3Ac,title=drift::no%0D%0A::add-mask::x%0Aat --out x\n"
        );
    }

    #[test]
    fn no_findings_are_no_lines() {
        assert_eq!(github(&[]), "");
    }
}
