//! Values in YAML.

use std::fmt::Write as _;

/// Returns a text as a double-quoted scalar (YAML 1.2, section 7.3.1): JSON's form, without characters that readers reject or
/// take for line breaks.
pub(super) fn string(text: &str) -> String {
    let json = serde_json::to_string(text).expect("plain data always serialises");
    let mut quoted = String::new();
    for c in json.chars() {
        match c {
            // Section 5.1: printable characters. Section 5.4: line breaks of YAML 1.1.
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                // Writing into a string never fails.
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn every_text_is_one_scalar() {
        assert_eq!(string("a: \"b\"\n# c"), r##""a: \"b\"\n# c""##);
        assert_eq!(
            string("\u{85}\u{2028}\u{7f}ä"),
            "\"\\u0085\\u2028\\u007fä\""
        );
    }
}
