//! Examples in Rust: regions of files, each named after the anchor of an item.
//!
//! ```text
//! // ANCHOR: types.fields.append
//! fn add_cookie(headers: &Fields, cookie: &str) -> Result<(), HeaderError> {
//!     headers.append("set-cookie", cookie.as_bytes())
//! }
//! // ANCHOR_END: types.fields.append
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Failure, Place, Position, Result, SourceFile, codes};
use crate::own_files::{Unreadable, own_files};
use crate::read::{self, MAX_TEXT_BYTES};

/// The beginning of a region, as mdBook marks it.
const START: &str = "ANCHOR:";

/// The end of a region.
const END: &str = "ANCHOR_END:";

/// Examples in Rust, by the anchors of their items.
///
/// ```
/// use witgen::emit::docs::Examples;
///
/// let examples = Examples::parse("types.rs", "// ANCHOR: a.f\na::f();\n// ANCHOR_END: a.f\n")?;
/// assert_eq!(examples.get("a.f"), Some("a::f();"));
/// # Ok::<(), witgen::diagnostic::Failure>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examples(BTreeMap<String, Example>);

/// An example.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Example {
    text: String,
    /// The item's name in the marker.
    position: Position,
}

/// A region whose end hasn't been reached.
struct Open<'t> {
    name: &'t str,
    position: Position,
    lines: Vec<&'t str>,
}

impl Examples {
    /// Reads all regions of the Rust files in a folder and the folders in it.
    ///
    /// # Errors
    ///
    /// A folder or a file that can't be read, and all regions that [`Examples::parse`] rejects.
    pub fn read(folder: &Path) -> Result<Self> {
        let files = own_files(folder, "rs").map_err(unreadable)?;
        let parsed: Vec<Examples> = Failure::collect(files.into_iter().map(|path| {
            let text = read::text(&path, MAX_TEXT_BYTES).map_err(|error| {
                let path = path.clone();
                unreadable(Unreadable { path, error })
            })?;
            Examples::parse(&path.display().to_string(), &text)
        }))?;
        let mut all = Examples::default();
        let mut failures = Vec::new();
        for examples in parsed {
            for (name, example) in examples.0 {
                failures.extend(all.insert(name, example));
            }
        }
        Failure::of(failures).map_or(Ok(all), Err)
    }

    /// Reads the regions of a text; `path` is its name in messages.
    ///
    /// # Errors
    ///
    /// Regions that are empty or don't end, ends without a beginning, and a second region for an item.
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        let file = Arc::new(SourceFile::new(path, text));
        let mut examples = Examples::default();
        let mut failures = Vec::new();
        let mut open: Vec<Open<'_>> = Vec::new();
        for line in text.lines() {
            let Some((keyword, name)) = marker(line) else {
                open.iter_mut().for_each(|region| region.lines.push(line));
                continue;
            };
            let start = name.as_ptr().addr() - text.as_ptr().addr();
            let position = Position::new(file.clone(), start..start + name.len());
            if keyword == START {
                open.push(Open {
                    name,
                    position,
                    lines: Vec::new(),
                });
                continue;
            }
            match open.iter().rposition(|region| region.name == name) {
                Some(at) => failures.extend(examples.close(open.remove(at))),
                None => {
                    let message =
                        format!("the example `{name}` ends here, but doesn't begin before");
                    failures.push(
                        invalid(message, position)
                            .help(format!("begin it with `// {START} {name}`")),
                    );
                }
            }
        }
        failures.extend(open.into_iter().map(|region| {
            let Open { name, position, .. } = region;
            invalid(format!("the example `{name}` doesn't end"), position)
                .help(format!("end it with `// {END} {name}`"))
        }));
        Failure::of(failures).map_or(Ok(examples), Err)
    }

    /// Returns the example of the item with an anchor, such as `types.fields.append`.
    pub fn get(&self, anchor: &str) -> Option<&str> {
        self.0.get(anchor).map(|example| example.text.as_str())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the names of all items with examples, and where they are written.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &Position)> {
        self.0.iter().map(|(name, example)| (name.as_str(), &example.position))
    }

    /// Adds a region that has ended.
    fn close(&mut self, region: Open<'_>) -> Option<Diagnostic> {
        let Open {
            name,
            position,
            lines,
        } = region;
        let text = unindented(&lines);
        if text.is_empty() {
            let failure = invalid(format!("the example `{name}` is empty"), position);
            return Some(failure.help("write code between the two markers, or remove them"));
        }
        // Anchors are in lower case, unlike some names in WIT.
        self.insert(name.to_lowercase(), Example { text, position })
    }

    /// Adds an example, unless its item has one.
    fn insert(&mut self, name: String, example: Example) -> Option<Diagnostic> {
        if let Some(other) = self.0.get(&name) {
            let failure = invalid(format!("`{name}` has two examples"), example.position);
            return Some(
                failure.at(other.position.clone().into()).help("remove one, or join the two"),
            );
        }
        self.0.insert(name, example);
        None
    }
}

/// Returns the keyword and the name of a line that only consists of a marker.
fn marker(line: &str) -> Option<(&'static str, &str)> {
    let comment = line.trim().strip_prefix("//")?.trim_start();
    [START, END].into_iter().find_map(|keyword| {
        let name = comment.strip_prefix(keyword)?.trim();
        Some((keyword, name))
    })
}

/// Joins lines without the indentation that all have, and without empty lines around them.
fn unindented(lines: &[&str]) -> String {
    let indentation = |line: &&str| line.len() - line.trim_start().len();
    let written = lines.iter().filter(|line| !line.trim().is_empty());
    let common = written.map(indentation).min().unwrap_or(0);
    let lines = lines.iter().map(|line| line.get(common..).unwrap_or(line).trim_end());
    let text = lines.collect::<Vec<_>>().join("\n");
    text.trim_matches('\n').to_owned()
}

fn invalid(message: String, position: Position) -> Diagnostic {
    Diagnostic::error(codes::INVALID_EXAMPLE, message).at(position.into())
}

fn unreadable(failure: Unreadable) -> Diagnostic {
    let Unreadable { path, error } = failure;
    let message = format!("cannot read `{}`: {error}", path.display());
    Diagnostic::error(codes::UNREADABLE, message)
        .at(Place::path(path))
        .help("name a folder with Rust files in `examples` of `[docs]`, or with `--examples`")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::Examples;

    fn failure(text: &str) -> String {
        Examples::parse("e.rs", text).unwrap_err().to_string()
    }

    #[test]
    fn a_region_is_shown_without_the_indentation_of_its_lines() {
        let text = "mod a {\n    // ANCHOR: i.f\n\n    fn f() {\n\n        g();\n    }\n    // ANCHOR_END: i.f\n}\n";
        let examples = Examples::parse("e.rs", text).unwrap();
        assert_eq!(examples.get("i.f"), Some("fn f() {\n\n    g();\n}"));
    }

    #[test]
    fn regions_inside_of_others_leave_no_markers_behind() {
        let text = "// ANCHOR: i\nuse i;\r\n//ANCHOR: i.f\ni::f();\n//  ANCHOR_END:  i.f\n// ANCHOR_END: i\n";
        let examples = Examples::parse("e.rs", text).unwrap();
        assert_eq!(examples.get("i"), Some("use i;\ni::f();"));
        assert_eq!(examples.get("i.f"), Some("i::f();"));
    }

    #[test]
    fn names_are_those_of_wit_or_of_anchors() {
        let text = "// ANCHOR: types.DNS-error\nx\n// ANCHOR_END: types.DNS-error\n";
        let examples = Examples::parse("e.rs", text).unwrap();
        assert_eq!(examples.get("types.dns-error"), Some("x"));
    }

    #[test]
    fn what_is_wrong_with_regions_is_reported_at_once_with_its_places() {
        let text = "// ANCHOR_END: a\n// ANCHOR: b\nb();\n// ANCHOR_END: b\n// ANCHOR: b\nb();\n\
                    // ANCHOR_END: b\n// ANCHOR: c\n\n// ANCHOR_END: c\n// ANCHOR: d\n";
        let shown = failure(text);
        for words in [
            "the example `a` ends here, but doesn't begin before",
            "e.rs:1:16",
            "`b` has two examples",
            "e.rs:5:12",
            "e.rs:2:12",
            "the example `c` is empty",
            "the example `d` doesn't end",
            "end it with `// ANCHOR_END: d`",
        ] {
            assert!(shown.contains(words), "{words}\n{shown}");
        }
    }
}
