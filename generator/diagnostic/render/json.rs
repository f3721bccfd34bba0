//! For programs.

use serde::Serialize;

use super::terminal::printable_json;
use crate::diagnostic::{Diagnostic, Place, Severity};

/// The shape's version; it grows by one when a field is renamed, removed or changes its meaning.
const FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    diagnostics: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    rule: &'a str,
    severity: Severity,
    message: &'a str,
    places: Vec<PlaceEntry<'a>>,
    help: &'a [String],
}

/// A place; lines and columns count from 1, columns in characters, and the end is exclusive.
#[derive(Serialize)]
#[serde(untagged)]
enum PlaceEntry<'a> {
    Source {
        file: &'a str,
        line: usize,
        column: usize,
        end_line: usize,
        end_column: usize,
    },
    Path {
        file: &'a str,
    },
    Argument {
        argument: &'a str,
    },
}

/// Renders diagnostics as one JSON object on one line:
/// `{"version":1,"diagnostics":[{"rule":…,"severity":…,"message":…,"places":[…],"help":[…]}]}`.
pub fn json(diagnostics: &[Diagnostic]) -> String {
    let report = Report {
        version: FORMAT_VERSION,
        diagnostics: diagnostics.iter().map(entry).collect(),
    };
    printable_json(&serde_json::to_string(&report).expect("plain data always serialises"))
}

fn entry(diagnostic: &Diagnostic) -> Entry<'_> {
    Entry {
        rule: diagnostic.code.id(),
        severity: diagnostic.severity,
        message: &diagnostic.message,
        places: diagnostic.places.iter().map(place).collect(),
        help: &diagnostic.help,
    }
}

fn place(place: &Place) -> PlaceEntry<'_> {
    match place {
        Place::Source(position) => {
            let (line, column) = position.start_for_people();
            let (end_line, end_column) = position.end_for_people();
            PlaceEntry::Source {
                file: position.path(),
                line,
                column,
                end_line,
                end_column,
            }
        }
        Place::Path(file) => PlaceEntry::Path { file },
        Place::Argument(argument) => PlaceEntry::Argument { argument },
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn each_kind_of_place_has_its_fields() {
        let finding = Diagnostic::error(codes::DRIFT, "message")
            .at(Place::source("a.wit", "ä\nb", 3..4))
            .at(Place::path("out"))
            .at(Place::argument("--wit x"))
            .help("help");
        assert_eq!(
            json(&[finding]),
            r#"{"version":1,"diagnostics":[{"rule":"drift","severity":"error","message":"message","places":[{"file":"a.wit","line":2,"column":1,"end_line":2,"end_column":2},{"file":"out"},{"argument":"--wit x"}],"help":["help"]}]}"#
        );
    }
}
