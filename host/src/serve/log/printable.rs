//! The fields of the log for people, without characters that change how a terminal shows the rest.

use std::fmt::{self, Write as _};

use tracing::field::Field;
use tracing_subscriber::fmt::format::Writer;

/// Writes a field of an event. Control characters, line separators and characters that change the direction of text are
/// escaped, wherever they come from: a request's path, a line of a member, an error.
pub fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    let name = field.name();
    if name != "message" {
        if writer.has_ansi_escapes() {
            write!(writer, "\x1b[3m{name}\x1b[0m\x1b[2m=\x1b[0m")?;
        } else {
            write!(writer, "{name}=")?;
        }
    }
    write!(Printable(writer), "{value:?}")
}

/// Escapes what isn't printable.
struct Printable<W>(W);

impl<W: fmt::Write> fmt::Write for Printable<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Text that is debugged has quotes and escapes already.
        let is_syntax = |character: char| matches!(character, '"' | '\'' | '\\');
        for part in text.split_inclusive(is_syntax) {
            let run = part.trim_end_matches(is_syntax);
            write!(self.0, "{}{}", run.escape_debug(), &part[run.len()..])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_printable_text_is_written() {
        for (text, shown) in [
            ("GET /a?b=\"c\" 'd' \\e", "GET /a?b=\"c\" 'd' \\e"),
            ("größer 日本語 हिन्दी 🙂", "größer 日本語 हिन्दी 🙂"),
            ("a\u{202e}b\u{2066}c", "a\\u{202e}b\\u{2066}c"),
            ("a\u{2028}b\u{2029}c\u{85}", "a\\u{2028}b\\u{2029}c\\u{85}"),
            ("a\rb\nc\td\0", "a\\rb\\nc\\td\\0"),
            ("\u{b}\u{1b}[2J\u{7f}", "\\u{b}\\u{1b}[2J\\u{7f}"),
        ] {
            let mut written = String::new();
            Printable(&mut written).write_str(text).unwrap();
            assert_eq!(written, shown);
        }
    }
}
