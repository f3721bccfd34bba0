//! For people, in the shape that rustc made known.

use std::fmt;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::terminal::{printable, printable_source};
use crate::diagnostic::{Diagnostic, Place, Position, Severity};

/// A line longer than this many bytes is shown in part.
const MAX_LINE: usize = 240;

/// Renders a diagnostic: rule and message, each place with the line it points at, then the help.
/// `color` adds ANSI colours. There is no newline at the end.
pub fn human(diagnostic: &Diagnostic, color: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(printable(&diagnostic.message)).id(diagnostic.code.id());
    let places = diagnostic.places.iter().map(element);
    let help = diagnostic
        .help
        .iter()
        .map(|help| Element::from(Level::HELP.message(printable(help))));
    let group = Group::with_title(title).elements(places.chain(help));
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.render(&[group])
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&human(self, false))
    }
}

fn element(place: &Place) -> Element<'_> {
    match place {
        Place::Source(position) => snippet(position),
        Place::Path(path) => Origin::path(printable(path)).into(),
        Place::Argument(argument) => Origin::path(printable(argument)).into(),
    }
}

/// The line that a range begins in, with the range marked.
fn snippet(position: &Position) -> Element<'_> {
    let (path, range) = (position.path(), position.range());
    let (number, column) = position.start_for_people();
    let line_range = position.file().line_range(number);
    let start = line_range.start;
    let line = position.file().text()[line_range].trim_end_matches(['\r', '\n']);
    let marked = range.start - start..range.end.min(start + line.len()).saturating_sub(start);

    if line.len() > MAX_LINE {
        // The whole line would hide the message; the position shows the place.
        return Origin::path(printable(path)).line(number).char_column(column).into();
    }
    let marked = marked.start.min(line.len())..marked.end.max(marked.start).min(line.len());
    Snippet::source(printable_source(line))
        .line_start(number)
        .path(printable(path))
        .annotation(AnnotationKind::Primary.span(marked))
        .into()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn a_place_on_the_command_line_stands_under_the_message() {
        let finding = Diagnostic::error(
            codes::UNKNOWN_WORLD,
            "no world `prxy` in wasi:http@0.3.1002",
        )
        .at(Place::argument("--world prxy"))
        .help("did you mean `proxy`? worlds: imports, middleware, proxy, service");
        assert_eq!(
            human(&finding, false),
            "\
error[unknown-world]: no world `prxy` in wasi:http@0.3.1002
--> --world prxy
 = help: did you mean `proxy`? worlds: imports, middleware, proxy, service"
        );
    }

    #[test]
    fn a_place_in_a_file_shows_its_line() {
        let text = "package a:b;\r\n\r\n\tinterface ä { x }\r\n";
        let at = text.find("x }").unwrap();
        let finding = Diagnostic::error(codes::INVALID_WIT, "expected `:`, found `}`")
            .at(Place::source("a.wit", text, at..at + 1));
        assert_eq!(
            human(&finding, false),
            "\
error[invalid-wit]: expected `:`, found `}`
 --> a.wit:3:16
  |
3 |     interface ä { x }
  |                   ^"
        );
    }

    #[test]
    fn the_end_of_a_file_is_a_place_too() {
        let text = "interface i {";
        let finding = Diagnostic::error(codes::INVALID_WIT, "expected `}`").at(Place::source(
            "a.wit",
            text,
            text.len()..text.len(),
        ));
        assert!(human(&finding, false).contains(" --> a.wit:1:14"));
    }

    #[test]
    fn a_very_long_line_is_not_shown() {
        let text = "x".repeat(70_000);
        let finding = Diagnostic::error(codes::INVALID_WIT, "no").at(Place::source(
            "a.wit",
            text.as_str(),
            65_000..65_001,
        ));
        assert_eq!(
            human(&finding, false),
            "error[invalid-wit]: no\n--> a.wit:1:65001"
        );
    }

    #[test]
    fn control_characters_are_escaped() {
        let finding = Diagnostic::error(codes::UNKNOWN_WORLD, "no world `\u{1b}[2J`");
        assert_eq!(
            human(&finding, false),
            "error[unknown-world]: no world `\\u{1b}[2J`"
        );
    }
}
