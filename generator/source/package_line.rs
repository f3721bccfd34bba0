//! The `package` lines of texts, where messages say what to change.

use std::ops::Range;
use std::sync::Arc;

use super::comment::{Comment, string_literal};
use super::text::Texts;
use crate::diagnostic::{Position, SourceFile};

/// A `package` line.
pub(super) struct PackageLine {
    /// The package as it is written, without blanks and `%`: `a:b@1.0.0`.
    pub package: String,
    /// Where the name is written.
    pub position: Position,
    /// Whether it begins a package that is nested in a file.
    pub is_nested: bool,
}

impl PackageLine {
    /// Returns the package without its version.
    pub fn name(&self) -> &str {
        self.package.split('@').next().unwrap_or_default()
    }

    /// Returns the version, if there is one that can be read.
    pub fn version(&self) -> Option<semver::Version> {
        self.package.split_once('@')?.1.parse().ok()
    }

    /// Returns what the line would be with another version.
    pub fn with_version(&self, version: &semver::Version) -> String {
        let written = &self.position.file().text()[self.position.range()];
        let name = written.split('@').next().unwrap_or_default().trim_end();
        let end = if self.is_nested { " {" } else { ";" };
        format!("package {name}@{version}{end}")
    }

    /// Returns the file and the line.
    pub fn place(&self) -> String {
        format!("{}:{}", self.position.path(), self.position.line())
    }
}

/// Returns the `package` lines of files, in the order of the files, without those of nested packages.
pub(super) fn package_lines<'a>(
    texts: &Texts,
    paths: impl Iterator<Item = &'a str>,
) -> Vec<PackageLine> {
    let files = paths.filter_map(|path| texts.get(path));
    files.flat_map(lines_of).filter(|line| !line.is_nested).collect()
}

/// Returns the first line of a package; one without a version has none.
pub(super) fn line_of(texts: &Texts, name: &str, version: &str) -> Option<PackageLine> {
    let lines = texts.values().flat_map(lines_of);
    let mut lines = lines.filter(|line| line.name() == name);
    lines.find(|line| line.package.split_once('@').map_or("", |(_, it)| it) == version)
}

fn lines_of(file: &Arc<SourceFile>) -> Vec<PackageLine> {
    let text = file.text();
    let mut lines = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if let Some(comment) = Comment::at_start(rest) {
            at += comment.length;
        } else if first == '"' {
            at += string_literal(rest);
        } else if first.is_alphanumeric() || first == '%' {
            let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '%');
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            at += end;
            if &rest[..end] == "package" {
                let range = name_after(text, at);
                let package = &text[range.clone()];
                lines.push(PackageLine {
                    package: package.chars().filter(|c| !c.is_whitespace() && *c != '%').collect(),
                    is_nested: text[range.end..].trim_start().starts_with('{'),
                    position: Position::new(file.clone(), range),
                });
            }
        } else {
            at += first.len_utf8();
        }
    }
    lines
}

/// Returns the range of the name between the word `package` and what ends the line.
fn name_after(text: &str, at: usize) -> Range<usize> {
    let rest = &text[at..];
    let rest = &rest[..rest.find([';', '{', '/', '\n']).unwrap_or(rest.len())];
    let start = at + rest.len() - rest.trim_start().len();
    start..start + rest.trim().len()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn lines_are_found_outside_of_comments() {
        let text = "// package no:no;\n/// package no:no;\n package a : %async @1.0.0 ; // package no:no;\npackage c:d { interface package-a {} }\n@external-id(\"package no:no;\") interface %package {}\npackage";
        let file = Arc::new(SourceFile::new("a.wit", text));
        let lines = lines_of(&file);
        let found: Vec<_> =
            lines.iter().map(|line| (line.package.as_str(), line.place())).collect();
        let expected = [
            ("a:async@1.0.0", "a.wit:3".to_owned()),
            ("c:d", "a.wit:4".to_owned()),
            ("", "a.wit:6".to_owned()),
        ];
        assert_eq!(found, expected);
        let version = semver::Version::new(2, 0, 0);
        assert_eq!(lines[0].with_version(&version), "package a : %async@2.0.0;");
        assert_eq!(lines[0].version(), Some(semver::Version::new(1, 0, 0)));
        assert_eq!(lines[1].with_version(&version), "package c:d@2.0.0 {");
    }
}
