//! Names without the versions of their packages, which a golden file lists once: another version changes one line.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Model;

/// The versions of packages that names in a golden file have.
#[derive(Clone)]
pub(super) struct Versions {
    /// The versions of all packages, by the packages' names: `wasi:http`.
    known: BTreeMap<String, BTreeSet<String>>,
    /// The packages of which a version was left out.
    left_out: BTreeSet<String>,
}

impl Versions {
    pub fn of(model: &Model) -> Self {
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for package in &model.packages {
            let name = format!("{}:{}", package.namespace, package.name);
            let version = package.version.as_ref().map(ToString::to_string);
            known.entry(name).or_default().insert(version.unwrap_or_default());
        }
        Versions {
            known,
            left_out: BTreeSet::new(),
        }
    }

    /// Returns a text in which names have no versions: `wasi:http/types` for `wasi:http/types@0.3.2`. If a package is there
    /// in several versions, its names keep them.
    pub fn leave_out(&mut self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('@') {
            let (before, after) = rest.split_at(at);
            shown.push_str(before);
            let length = self.length_of_version(before, &after[1..]);
            if length == 0 {
                shown.push('@');
            }
            rest = &after[1 + length..];
        }
        shown.push_str(rest);
        shown
    }

    /// Returns the packages of which a version was left out, each with its version: `wasi:http@0.3.2`.
    pub fn packages(&self) -> Vec<String> {
        self.left_out.iter().cloned().collect()
    }

    /// Returns the length of a version to leave out, given what is before and after its `@`; 0 for one that stays.
    fn length_of_version(&mut self, before: &str, after: &str) -> usize {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-:/%".contains(c);
        let start = before.rfind(|c| !is_part(c)).map_or(0, |at| {
            at + before[at..].chars().next().map_or(0, char::len_utf8)
        });
        let package = before[start..].split('/').next().unwrap_or_default();
        let Some(versions) = self.known.get(package) else {
            return 0;
        };
        let mut versions = versions.iter();
        let (Some(version), None) = (versions.next(), versions.next()) else {
            return 0;
        };
        let ends =
            |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "-+".contains(c));
        if version.is_empty() || !after.strip_prefix(version.as_str()).is_some_and(ends) {
            return 0;
        }
        let length = version.len();
        self.left_out.insert(format!("{package}@{version}"));
        length
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn versions(packages: &[(&str, &[&str])]) -> Versions {
        let known = packages.iter().map(|(name, versions)| {
            let versions = versions.iter().map(|version| (*version).to_owned());
            ((*name).to_owned(), versions.collect())
        });
        Versions {
            known: known.collect(),
            left_out: BTreeSet::new(),
        }
    }

    #[test]
    fn names_lose_the_only_version_of_their_package() {
        let mut versions = versions(&[
            ("a:b", &["1.0.0"]),
            ("c:d", &["0.2.0", "0.3.0"]),
            ("e:f", &[""]),
            ("g:h", &["1.0.0", ""]),
            ("i:j", &["1.0.0-rc.1"]),
        ]);
        for (text, expected) in [
            ("[export]a:b/x@1.0.0", "[export]a:b/x"),
            ("`a:b/x@1.0.0#f` and a:b@1.0.0.", "`a:b/x#f` and a:b."),
            ("é a:b/x@1.0.0", "é a:b/x"),
            ("a:b/x@1.0.01", "a:b/x@1.0.01"),
            ("a:b/x@1.0.0-rc", "a:b/x@1.0.0-rc"),
            ("a:b/x@2.0.0", "a:b/x@2.0.0"),
            ("c:d/x@0.2.0 c:d/x@0.3.0", "c:d/x@0.2.0 c:d/x@0.3.0"),
            ("e:f/x", "e:f/x"),
            ("g:h/x@1.0.0", "g:h/x@1.0.0"),
            ("i:j/x@1.0.0-rc.1#f", "i:j/x#f"),
            ("@", "@"),
        ] {
            assert_eq!(versions.leave_out(text), expected, "{text}");
        }
        assert_eq!(versions.packages(), ["a:b@1.0.0", "i:j@1.0.0-rc.1"]);
    }
}
