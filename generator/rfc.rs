//! RFCs that a text cites.
//!
//! The pages of the specification and the language server make links of them.

use std::ops::Range;

/// An RFC that a text cites.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Citation<'t> {
    /// The bytes of the whole citation.
    pub range: Range<usize>,
    pub rfc: &'t str,
    pub section: Option<&'t str>,
}

impl Citation<'_> {
    /// Returns the address of the RFC, or of its section.
    pub fn address(&self) -> String {
        let rfc = self.rfc;
        match self.section {
            Some(section) => format!("https://www.rfc-editor.org/rfc/rfc{rfc}#section-{section}"),
            None => format!("https://www.rfc-editor.org/rfc/rfc{rfc}"),
        }
    }
}

/// Returns the RFCs that a text cites: `RFC 9110`, `RFC 9110, 7.6.1`, `RFC 9110, Section 7.6.1`. Of `RFC 9110, 6.3 and 6.5`,
/// `6.5` is a citation too.
pub(crate) fn citations(text: &str) -> Vec<Citation<'_>> {
    let mut found = Vec::new();
    for (start, mark) in text.match_indices("RFC") {
        let is_word = text[..start].ends_with(|char: char| char.is_alphanumeric());
        let rest = &text[start + mark.len()..];
        let rest = rest.strip_prefix([' ', '-', '\n']).unwrap_or(rest).trim_start_matches(' ');
        let rfc = leading(rest, |char| char.is_ascii_digit());
        if is_word || rfc.is_empty() {
            continue;
        }
        let after = &rest[rfc.len()..];
        if after.starts_with(|char: char| char.is_alphanumeric()) {
            continue;
        }
        let mut section = section(after);
        let mut end = section.map_or(text.len() - after.len(), |section| end_of(text, section));
        found.push(Citation {
            range: start..end,
            rfc,
            section,
        });
        while let Some(further) = section.and_then(|_| further(&text[end..])) {
            end = end_of(text, further);
            section = Some(further);
            found.push(Citation {
                range: end - further.len()..end,
                rfc,
                section,
            });
        }
    }
    found
}

/// Returns where a part of a text ends in it.
fn end_of(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize + part.len()
}

/// Returns the number of the section that a text begins with: `, 7.6.1`, `, Section 7.6.1`, ` §7.6.1`.
fn section(text: &str) -> Option<&str> {
    let (is_marked, rest) = match text.strip_prefix(',') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = rest.strip_prefix([' ', '\n'])?.trim_start_matches(' ');
    let marks = ["Sections", "sections", "Section", "section", "§"];
    let marked = marks.iter().find_map(|mark| rest.strip_prefix(mark));
    let rest = marked.or(is_marked.then_some(rest))?.trim_start_matches([' ', '\n']);
    number(rest)
}

/// Returns the number of a further section of the same RFC: ` and 7.6.1`. A number without a point may count something else.
fn further(text: &str) -> Option<&str> {
    let rest = text.strip_prefix([' ', '\n'])?.trim_start_matches(' ');
    let rest = rest.strip_prefix("and")?.strip_prefix([' ', '\n'])?.trim_start_matches(' ');
    number(rest).filter(|number| number.contains('.'))
}

/// Returns the number of a section that a text begins with.
fn number(text: &str) -> Option<&str> {
    let number = leading(text, |char| char.is_ascii_digit() || char == '.');
    let number = number.trim_end_matches('.');
    let follows = &text[number.len()..];
    let is_number = number.starts_with(|char: char| char.is_ascii_digit())
        && !follows.starts_with(|char: char| char.is_alphanumeric());
    is_number.then_some(number)
}

/// Returns the characters of a kind that a text begins with.
fn leading(text: &str, is_meant: impl Fn(char) -> bool) -> &str {
    let end = text.find(|char| !is_meant(char)).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfcs_are_cited_in_several_ways() {
        for (text, cited, section) in [
            ("see RFC 9110, 7.6.1.", "RFC 9110, 7.6.1", Some("7.6.1")),
            ("(RFC 9110, Section 5)", "RFC 9110, Section 5", Some("5")),
            (
                "RFC 9112 section 3.2: the",
                "RFC 9112 section 3.2",
                Some("3.2"),
            ),
            ("RFC9110 §7.6", "RFC9110 §7.6", Some("7.6")),
            ("RFC 9110,\n  7.6 is", "RFC 9110,\n  7.6", Some("7.6")),
            ("[RFC 9110]", "RFC 9110", None),
            ("RFC 9110, and", "RFC 9110", None),
            ("RFC 9110, 5 and 6 more", "RFC 9110, 5", Some("5")),
            ("RFC 9110, 5th edition", "RFC 9110", None),
            ("RFC 9110 7", "RFC 9110", None),
        ] {
            let found = citations(text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(
                (&text[found[0].range.clone()], found[0].section),
                (cited, section)
            );
        }
        for text in ["RFC", "RFCs 9110", "RFC 9110b", "XRFC 9110", "RFC é"] {
            assert_eq!(citations(text), [], "{text}");
        }
    }

    #[test]
    fn several_sections_are_several_citations() {
        let text = "(RFC 9110, sections 6.3 and 6.5 and 7, RFC 5789)";
        let found: Vec<_> = citations(text)
            .iter()
            .map(|citation| (&text[citation.range.clone()], citation.address()))
            .collect();
        let address = |end: &str| format!("https://www.rfc-editor.org/rfc/rfc{end}");
        assert_eq!(
            found,
            [
                ("RFC 9110, sections 6.3", address("9110#section-6.3")),
                ("6.5", address("9110#section-6.5")),
                ("RFC 5789", address("5789")),
            ]
        );
    }
}
