//! Text of others on a terminal: without characters that a terminal acts on.
//!
//! A package's documentation, a component's names and a registry's responses may contain escape sequences, which move the
//! cursor or set the title. They may also contain characters that change the direction in which text runs.

/// Whether a terminal acts on a character, or an editor takes it for a line's end or a direction.
fn acts(c: char) -> bool {
    // Unicode 16: Cc; the marks, embeddings, overrides and isolates of UAX #9; the separators of lines.
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns text with such characters as escapes, but for ends of lines.
pub(crate) fn printable(text: &str) -> String {
    escape(text, |c| c == '\n')
}

/// Returns text of several columns with such characters as escapes, but for tabs and ends of lines.
pub(crate) fn printable_columns(text: &str) -> String {
    escape(text, |c| matches!(c, '\n' | '\t'))
}

/// Returns a workflow command's text with such characters as escapes, but for those that its format escapes.
pub(super) fn printable_lines(text: &str) -> String {
    escape(text, |c| matches!(c, '\n' | '\r'))
}

fn escape(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) && !is_kept(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Returns JSON with such characters as `\u` escapes, which mean the same: they occur only in strings.
pub(crate) fn printable_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if acts(c) && c != '\n' {
            shown.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Returns a line of source with other characters of the same length for those that annotate-snippets shows as they
/// are, so that positions stay.
pub(super) fn printable_source(line: &str) -> String {
    let replacement = |c: char| match c.len_utf8() {
        2 if acts(c) => '·',
        3 if acts(c) => char::REPLACEMENT_CHARACTER,
        _ => c,
    };
    line.chars().map(replacement).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// Escape sequences, one in two bytes of UTF-8 (CSI), a direction, a separator, and an end of a line.
    const HOSTILE: &str = "a\u{1b}[2J\u{9b}2J\u{7f}\u{202e}\u{2028}\r\tb\nc";

    #[test]
    fn text_has_no_characters_that_a_terminal_acts_on() {
        assert_eq!(
            printable(HOSTILE),
            "a\\u{1b}[2J\\u{9b}2J\\u{7f}\\u{202e}\\u{2028}\\r\\tb\nc"
        );
        assert_eq!(printable_columns("a\tb\r\n"), "a\tb\\r\n");
        assert_eq!(printable("ä – 日本 👩‍👩‍👦"), "ä – 日本 👩‍👩‍👦");
    }

    #[test]
    fn json_means_the_same() {
        let json = serde_json::to_string(&[HOSTILE]).unwrap();
        let printed = printable_json(&json);
        assert!(!printed.chars().any(acts), "{printed:?}");
        assert_eq!(
            serde_json::from_str::<[String; 1]>(&printed).unwrap(),
            [HOSTILE]
        );
    }

    #[test]
    fn a_line_of_source_keeps_its_positions() {
        let line = "a\u{9b}2J\u{202e}b";
        let printed = printable_source(line);
        assert_eq!(printed, "a·2J\u{fffd}b");
        assert_eq!(printed.len(), line.len());
    }
}
