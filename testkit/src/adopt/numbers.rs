//! The versions that the texts of the repository name.

use semver::Version;

/// Files that name versions of their own, or that are made from others.
const LEFT_OUT: [&str; 14] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "baseline/",
    // The fixtures of the grammar, and what wkg has written.
    "editors/vscode/test/",
    "generator/registry/lock.rs",
    // `witgen generate` makes these, and `WITGEN_BLESS=1 cargo test` the following ones.
    "host/src/proxy/",
    "spec/",
    "tests/golden/",
    "generator/compose/forwarder/",
    "host/tests/examples/compiled.rs",
    "runtime/guest/bindings.rs",
    "runtime/guest/wasi.rs",
    // The examples of the adoption itself.
    "testkit/src/adopt/",
    "testkit/tests/adopt.rs",
];

/// The packages of WASI, which have the version of the release.
const PACKAGES: [&str; 5] = ["cli", "clocks", "filesystem", "random", "sockets"];

/// Where a text names the released version or ours in another way than in a reference, with the file. The versions are
/// `{released}` and `{ours}`.
pub const PHRASES: [(&str, &str); 7] = [
    ("README.md", "the released {released}, unchanged"),
    ("docs/components.md", "the packages of WASI {released}, so"),
    (
        "docs/registries.md",
        "`wasi:sockets` at {released}. A world can",
    ),
    ("docs/upstream.md", "{ours} holds {released}. Such"),
    ("docs/upstream.md", "Say {released} is followed by"),
    (
        "wit/worlds.wit",
        "all of the released {released}, unchanged",
    ),
    (
        "wit/worlds.wit",
        "built for 0.3.0 to {released} is valid here",
    ),
];

/// The versions before and after an adoption.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// The release that is held, and the one to hold.
    pub released: (Version, Version),
    /// The numbers of our package.
    pub ours: (Version, Version),
}

impl Numbers {
    /// Returns the numbers for a step from one release to another.
    ///
    /// # Errors
    ///
    /// A version that isn't a release of the line 0.3, or is older: the gates of our additions are newer than it then.
    pub fn new(before: &Version, after: &Version) -> Result<Numbers, String> {
        if after < before {
            return Err(format!(
                "wasi:http@{after} is older than {before}, which wit/ holds; name a newer version of wasip3"
            ));
        }
        Ok(Numbers {
            ours: (number(before)?, number(after)?),
            released: (before.clone(), after.clone()),
        })
    }

    /// Returns a file of the repository with the new versions; `path` has `/` between its parts.
    ///
    /// # Errors
    ///
    /// A phrase that isn't in its file.
    pub fn replace(&self, path: &str, text: &str) -> Result<String, String> {
        if LEFT_OUT.iter().any(|left_out| path.starts_with(left_out)) {
            return Ok(text.to_owned());
        }
        let (before, after) = &self.ours;
        // The additions of ours are as old as they were.
        let since = ["@since(version = ", "since ", "added in "];
        let is_ours = |start: &str| !since.iter().any(|since| start.ends_with(since));
        let text = replace(text, &before.to_string(), &after.to_string(), is_ours);
        let (before, after) = &self.released;
        let text = replace(&text, &before.to_string(), &after.to_string(), is_reference);
        let phrases = PHRASES.iter().filter(|(file, _)| *file == path);
        phrases.into_iter().try_fold(text, |text, (_, phrase)| {
            let ours = self.ours.1.to_string();
            let with = |released: &Version| {
                phrase.replace("{released}", &released.to_string()).replace("{ours}", &ours)
            };
            let (found, new) = (with(before), with(after));
            if text.matches(&found).count() != 1 {
                return Err(format!(
                    "{path}: `{found}` is not there once; PHRASES in testkit/src/adopt/numbers.rs lists it"
                ));
            }
            Ok(text.replace(&found, &new))
        })
    }
}

/// Returns the number of our package that holds a release.
fn number(released: &Version) -> Result<Version, String> {
    if (released.major, released.minor) != (0, 3) || !released.pre.is_empty() {
        return Err(format!(
            "wasi:http@{released} is no release of the line 0.3; adopt it by hand"
        ));
    }
    Ok(Version::new(0, 3, 1000 + released.patch))
}

/// Replaces a version wherever it stands whole and `is_meant` by the text before it.
fn replace(text: &str, before: &str, after: &str, is_meant: impl Fn(&str) -> bool) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(before) {
        let start = text.len() - rest.len() + at;
        let end = start + before.len();
        let continues = |text: &str| text.starts_with(|next: char| next.is_ascii_digit());
        let follows = &text[end..];
        let is_whole = !text[..start].ends_with(|last: char| last.is_ascii_digit() || last == '.')
            && !continues(follows)
            && !follows.strip_prefix('.').is_some_and(continues);
        replaced.push_str(&rest[..at]);
        replaced.push_str(if is_whole && is_meant(&text[..start]) {
            after
        } else {
            before
        });
        rest = follows;
    }
    replaced + rest
}

/// Whether a text ends in what comes before the version of a package of WASI: `wasi:cli/stdout@`, `wasi-cli-`, `wasi/cli/`.
fn is_reference(start: &str) -> bool {
    let is_in_name = |c: char| c.is_ascii_lowercase() || matches!(c, ':' | '/' | '-' | '@');
    let name = start.rsplit(|c| !is_in_name(c)).next().unwrap_or_default();
    let Some(name) = name.strip_suffix(['@', '/', '-']) else {
        return false;
    };
    PACKAGES.iter().any(|package| {
        [':', '/', '-'].iter().any(|mark| {
            let full = format!("wasi{mark}{package}");
            let rest = name.rfind(&full).map(|at| &name[at + full.len()..]);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> Numbers {
        Numbers::new(&Version::new(0, 3, 2), &Version::new(0, 3, 10)).unwrap()
    }

    #[test]
    fn references_get_the_new_versions_and_nothing_else_does() {
        for (before, after) in [
            (
                "[since 0.3.1002], added in 0.3.1002",
                "[since 0.3.1002], added in 0.3.1002",
            ),
            ("wasi:http@0.3.1002", "wasi:http@0.3.1010"),
            (
                "wasi:http/types@0.3.1002.{request}",
                "wasi:http/types@0.3.1010.{request}",
            ),
            ("(0.3.1002)", "(0.3.1010)"),
            ("@since(version = 0.3.1002)", "@since(version = 0.3.1002)"),
            (
                "0.3.10021, 10.3.1002, 0.3.1002.1",
                "0.3.10021, 10.3.1002, 0.3.1002.1",
            ),
            ("wasi:cli/stdout@0.3.2", "wasi:cli/stdout@0.3.10"),
            ("package wasi:clocks@0.3.2;", "package wasi:clocks@0.3.10;"),
            (
                "wasi:clocks/types@0.3.2.{duration}",
                "wasi:clocks/types@0.3.10.{duration}",
            ),
            ("wasi-cli-0.3.2", "wasi-cli-0.3.10"),
            (
                "deps/wasi/clocks@0.3.2/types",
                "deps/wasi/clocks@0.3.10/types",
            ),
            (
                "x.test/wasi/clocks/0.3.2/types",
                "x.test/wasi/clocks/0.3.10/types",
            ),
            ("wasi:http@0.3.2", "wasi:http@0.3.2"),
            (
                "my:cli@0.3.2, a:b@0.3.2, 0.3.2",
                "my:cli@0.3.2, a:b@0.3.2, 0.3.2",
            ),
        ] {
            assert_eq!(step().replace("docs/x.md", before).unwrap(), after);
        }
    }

    #[test]
    fn a_phrase_that_is_not_in_its_file_is_an_error() {
        let error = step().replace("README.md", "wasi:http@0.3.1002").unwrap_err();
        assert_eq!(
            error,
            "README.md: `the released 0.3.2, unchanged` is not there once; PHRASES in \
             testkit/src/adopt/numbers.rs lists it"
        );
    }

    #[test]
    fn only_newer_releases_of_the_line_are_adopted() {
        for (version, error) in [
            ("0.4.0", "is no release of the line 0.3"),
            ("1.0.0", "is no release of the line 0.3"),
            ("0.3.3-rc-1", "is no release of the line 0.3"),
            ("0.3.1", "is older than 0.3.2, which wit/ holds"),
        ] {
            let version = version.parse().unwrap();
            let message = Numbers::new(&Version::new(0, 3, 2), &version).unwrap_err();
            assert!(message.contains(error), "{message}");
        }
    }
}
