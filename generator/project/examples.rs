//! The examples that pages of the specification show.

use std::path::{Path, PathBuf};

use super::Project;
use crate::config::Docs;
use crate::diagnostic::{Failure, Result, codes};
use crate::emit::docs::{self, Examples};
use crate::model::{self, Model};
use crate::own_files::own_files;
use crate::source::{self, Features, Source};

impl Project {
    /// Reads the examples that the manifest names, if it names any.
    pub(crate) fn docs_examples(&self, config: &Docs) -> Result<Examples> {
        let Some(folder) = self.examples_folder(config) else {
            return Ok(Examples::default());
        };
        Examples::read(&folder).map_err(|failure| {
            failure.map(|it| match it.code {
                codes::UNREADABLE => it.instead_at(self.place_of(&["docs", "examples"])),
                _ => it,
            })
        })
    }

    /// Returns the path of the examples, if the manifest names one.
    fn examples_folder(&self, config: &Docs) -> Option<PathBuf> {
        config.examples.as_deref().map(|written| self.path(written))
    }

    /// Returns the files of examples and the folders with such files, for a watch. A folder that can't be read has none.
    pub(super) fn example_files(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let docs = self.config().docs.as_ref();
        let Some(folder) = docs.and_then(|docs| self.examples_folder(docs)) else {
            return (Vec::new(), Vec::new());
        };
        let files = own_files(&folder, "rs").unwrap_or_default();
        let parents = files.iter().filter_map(|file| file.parent()).map(Path::to_owned);
        let mut folders: Vec<_> = std::iter::once(folder).chain(parents).collect();
        folders.sort();
        folders.dedup();
        (files, folders)
    }
}

/// Rejects examples of items that the package doesn't have. Items of features that the pages don't show are known too.
///
/// # Errors
///
/// All such examples.
pub(crate) fn require_known_examples(
    model: &Model,
    options: &docs::Options,
    source: &Source,
) -> Result<()> {
    if docs::unknown_examples(model, options).is_empty() {
        return Ok(());
    }
    let all = model::describe(&source::load(source, &Features::All)?);
    Failure::of(docs::unknown_examples(&all, options)).map_or(Ok(()), Err)
}
