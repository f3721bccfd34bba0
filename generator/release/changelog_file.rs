//! Puts an entry into a changelog.

use std::ops::Range;

use askama::Template;
use semver::Version;

use super::changelog::Entry;

/// A changelog with its first entry.
#[derive(Template)]
#[template(path = "release/changelog.md", escape = "none")]
struct NewChangelog {
    entry: String,
}

/// Returns the line of the heading of a version's entry, from 1.
pub(super) fn line_of_version(text: &str, version: &Version) -> Option<usize> {
    let version = version.to_string();
    let heading = headings(text).into_iter().find(|(title, _)| {
        title.trim_start_matches('[').split([']', ' ']).next() == Some(version.as_str())
    });
    heading.map(|(_, range)| text[..range.start].matches('\n').count() + 1)
}

/// Returns a changelog with another entry above those of earlier versions. Text under the heading "Unreleased" becomes part of
/// the entry, before the entry's own text of the same group.
pub(super) fn with_entry(text: Option<&str>, mut entry: Entry) -> String {
    let Some(text) = text else {
        let entry = crate::template::text(&entry);
        return crate::template::text(&NewChangelog { entry });
    };
    let is_crlf = text.contains("\r\n");
    let text = text.replace("\r\n", "\n");
    let headings = headings(&text);
    let unreleased = headings
        .iter()
        .position(|(title, _)| title.trim_matches(['[', ']']).eq_ignore_ascii_case("unreleased"));
    let (before, after) = match unreleased {
        Some(at) => {
            let body = headings[at].1.end;
            let end = headings.get(at + 1).map_or_else(
                || body + start_of_links(&text[body..]),
                |(_, range)| range.start,
            );
            absorb(&mut entry, &text[body..end]);
            (&text[..body], &text[end..])
        }
        None => {
            let at =
                headings.first().map_or_else(|| start_of_links(&text), |(_, range)| range.start);
            (&text[..at], &text[at..])
        }
    };
    let entry = crate::template::text(&entry);
    let parts = [before.trim_end(), entry.trim_end(), after.trim()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let text = format!("{}\n", parts.join("\n\n"));
    if is_crlf {
        text.replace('\n', "\r\n")
    } else {
        text
    }
}

/// Returns the titles of the headings of the second level, with the bytes of their lines.
fn headings(text: &str) -> Vec<(&str, Range<usize>)> {
    lines(text)
        .filter_map(|(line, range)| Some((line.strip_prefix("## ")?.trim(), range)))
        .collect()
}

/// Returns the lines that are not in a block of code, with their bytes.
fn lines(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut at = 0;
    let mut is_code = false;
    text.split_inclusive('\n').filter_map(move |line| {
        let range = at..at + line.len();
        at = range.end;
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        (!is_code).then_some((line, range))
    })
}

/// Returns where the definitions of links begin at the end of a text: `[1.0.0]: https://…`.
fn start_of_links(text: &str) -> usize {
    let mut start = text.len();
    for line in text.split_inclusive('\n').rev() {
        let is_link = line.starts_with('[') && line.contains("]: ");
        if !is_link && !line.trim().is_empty() {
            break;
        }
        start -= line.len();
    }
    start
}

/// Puts what people wrote before what an entry has.
fn absorb(entry: &mut Entry, written: &str) {
    let groups: Vec<(&str, Range<usize>)> = lines(written)
        .filter_map(|(line, range)| Some((line.strip_prefix("### ")?.trim(), range)))
        .collect();
    let first = groups.first().map_or(written.len(), |(_, range)| range.start);
    entry.introduction = written[..first].trim().to_owned();
    for (at, (title, range)) in groups.iter().enumerate() {
        let end = groups.get(at + 1).map_or(written.len(), |(_, next)| next.start);
        entry.add_before(title, &written[range.end..end]);
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use pretty_assertions::assert_eq;

    use super::*;

    fn entry() -> Entry {
        Entry {
            version: "0.3.3".to_owned(),
            date: "2026-01-02".to_owned(),
            introduction: String::new(),
            groups: IndexMap::from([("Added".to_owned(), "- function `f` was added\n".to_owned())]),
        }
    }

    #[test]
    fn what_is_unreleased_becomes_part_of_the_entry() {
        let text = "\
# Changelog

## [Unreleased]

For the brave.

### Added

- By hand.

### Fixed

- A word.

## [0.3.2] - 2025-01-01

### Added

- Old.

[0.3.2]: https://example.org
";
        let expected = "\
# Changelog

## [Unreleased]

## 0.3.3 - 2026-01-02

For the brave.

### Added

- By hand.
- function `f` was added

### Fixed

- A word.

## [0.3.2] - 2025-01-01

### Added

- Old.

[0.3.2]: https://example.org
";
        assert_eq!(with_entry(Some(text), entry()), expected);
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(
            with_entry(Some(&crlf), entry()),
            expected.replace('\n', "\r\n")
        );
        assert_eq!(line_of_version(text, &Version::new(0, 3, 2)), Some(15));
        assert_eq!(line_of_version(text, &Version::new(0, 3, 3)), None);
    }

    #[test]
    fn without_an_unreleased_section_the_entry_comes_before_the_others() {
        let made = "## 0.3.3 - 2026-01-02\n\n### Added\n\n- function `f` was added\n";
        for (text, before, after) in [
            (
                "# News\n\n## 0.3.2\n\n- Old.\n",
                "# News\n\n",
                "\n## 0.3.2\n\n- Old.\n",
            ),
            ("# News\n", "# News\n\n", ""),
            ("", "", ""),
            ("# News\n\n[a]: b\n", "# News\n\n", "\n[a]: b\n"),
            ("```\n## 1.0.0\n```\n", "```\n## 1.0.0\n```\n\n", ""),
        ] {
            let expected = format!("{before}{made}{after}");
            assert_eq!(with_entry(Some(text), entry()), expected, "{text:?}");
        }
    }
}
