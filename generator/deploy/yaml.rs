//! Values in YAML.

use std::fmt;

/// Any text as a scalar in double quotes: as plain scalars, `no`, `1.0` and `~` aren't strings.
///
/// This is JSON's form (YAML 1.2, section 7.3.1), without characters that readers reject or take for line breaks. So it's also the
/// form of texts in comments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text(String);

impl Text {
    pub fn new(text: impl Into<String>) -> Self {
        Text(text.into())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(&self.0).expect("plain data always serialises");
        for c in json.chars() {
            match c {
                // Section 5.1: printable characters. Section 5.4: line breaks of YAML 1.1.
                '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                    write!(formatter, "\\u{:04x}", u32::from(c))?;
                }
                c => write!(formatter, "{c}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::Text;

    #[test]
    fn every_text_is_one_scalar() {
        let written = |text: &str| Text::new(text).to_string();
        assert_eq!(written("a: \"b\"\n# c"), r##""a: \"b\"\n# c""##);
        assert_eq!(
            written("\r\u{85}\u{2028}\u{7f}ä"),
            "\"\\r\\u0085\\u2028\\u007fä\""
        );
    }

    #[test]
    fn every_text_is_read_as_that_string() {
        for text in [
            "",
            "~",
            "null",
            "true",
            "No",
            "on",
            "y",
            "1",
            "1.0",
            "0x10",
            "0o7",
            "1e3",
            ".inf",
            "2026-01-01",
            "12:30:45",
            "- a",
            "a: b",
            "# a",
            "&a",
            "*a",
            "!a",
            "{a",
            "[a",
            "%a",
            "@a",
            "a\tb",
            "a\r\nb",
            "'",
            "\\",
            "\u{feff}\u{2029}\u{9f}",
            "<<",
            "=",
            "---",
            "...",
            "ä\u{1f600}",
        ] {
            let read: serde_json::Value =
                serde_saphyr::from_str(&Text::new(text).to_string()).unwrap();
            assert_eq!(read.as_str(), Some(text));
        }
    }
}
