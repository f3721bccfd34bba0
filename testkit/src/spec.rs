//! Specifications to read: packages, and the pages that are made of them.

use std::fs;

use witgen::emit::docs::{self, Options};
use witgen::fileset::FileSet;
use witgen::model::{Model, describe};
use witgen::source::{Features, Source, load};

use crate::pages::Pages;
use crate::root;

/// Describes a package with all features.
pub fn model_of(source: &Source) -> Model {
    describe(&load(source, &Features::All).unwrap())
}

/// Describes the package with every kind of item, `tests/packages/everything`.
pub fn everything() -> Model {
    model_of(&Source::Directory(root().join("tests/packages/everything")))
}

/// Describes a package of one file.
pub fn package(wit: &str) -> Model {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("api.wit");
    fs::write(&path, wit).unwrap();
    model_of(&Source::File(path))
}

/// Returns options that make pages for dependencies too.
pub fn with_dependencies() -> Options {
    Options {
        dependencies: true,
        ..Options::default()
    }
}

/// Renders the pages of a package.
pub fn pages_of(model: &Model, options: &Options) -> Pages {
    as_pages(&docs::render(model, options))
}

/// Converts a set of files to pages.
pub fn as_pages(files: &FileSet) -> Pages {
    let files = files.iter();
    files.map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

/// Renders one page of a package.
pub fn page(model: &Model, path: &str) -> String {
    let files = docs::render(model, &Options::default());
    let paths: Vec<_> = files.iter().map(|(path, _)| path).collect();
    let text = files.get(path);
    text.unwrap_or_else(|| panic!("no {path} in {paths:?}")).to_owned()
}

/// Returns what [`faults`](crate::pages::faults) returns for pages without faults.
pub fn no_faults() -> Vec<String> {
    Vec::new()
}
