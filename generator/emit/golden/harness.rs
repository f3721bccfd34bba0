//! The test that compares golden files with the package.

use std::path::Path;

use askama::Template;
use heck::ToSnakeCase;

use crate::paths::{absolute, crate_root, relative};
use crate::source::Source;

/// How the test finds the package and its golden files, from the folder of the crate that it is part
/// of; paths have `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Harness {
    /// The WIT package.
    pub wit: String,
    /// The folder of the golden files.
    pub golden: String,
    /// The features with which the package is read; all of them for `None`.
    pub features: Option<Vec<String>>,
    /// The folder of the `witgen.toml` that relates worlds, if one does.
    pub config: Option<String>,
}

#[derive(Template)]
#[template(path = "golden/main.rs", escape = "none")]
struct Test<'a> {
    harness: &'a Harness,
    package: &'a str,
    files: Vec<File>,
}

struct File {
    path: String,
    /// The name of the test function.
    test: String,
}

impl Harness {
    /// For golden files in `out`; none if no crate is above it, or if the package has no files, so that
    /// nothing could differ.
    pub fn of(out: &Path, source: &Source, features: Option<Vec<String>>) -> Option<Self> {
        let root = crate_root(out)?;
        let wit = match source {
            Source::Embedded | Source::Revision { .. } | Source::Registry { .. } => return None,
            Source::Directory(path) | Source::File(path) | Source::Wasm(path) => path,
        };
        Some(Harness {
            wit: relative(&root, &absolute(wit)),
            golden: relative(&root, &absolute(out)),
            features,
            config: None,
        })
    }

    /// With relations from the `witgen.toml` of a folder.
    #[must_use]
    pub fn with_config(mut self, out: &Path, dir: &Path) -> Self {
        let root = crate_root(out);
        self.config = root.map(|root| relative(&root, &absolute(dir)));
        self
    }

    /// The test of these files.
    pub(super) fn test(&self, package: &str, paths: Vec<String>) -> String {
        let files = paths.into_iter().map(|path| {
            let name = path.trim_start_matches("worlds/");
            let test = match name.split_once('.') {
                Some((world, "wit")) => format!("the normal form of {world}"),
                Some((world, "abi.txt")) => format!("the core functions of {world}"),
                _ => name.trim_end_matches(".txt").to_owned(),
            };
            let test = test.to_snake_case();
            File { path, test }
        });
        crate::template::text(&Test {
            harness: self,
            package,
            files: files.collect(),
        })
    }
}
