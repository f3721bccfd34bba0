//! A project whose package has other texts than those on the disk: the result of a release before it is written.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::derived::Derived;
use super::folder::{Packages, Project};
use super::output::docs_options;
use super::relation::relations;
use super::{baseline, lint};
use crate::compat::{Comparison, Release};
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::emit::docs;
use crate::model;
use crate::source::{self, Source};

/// A project with other texts than those on the disk.
pub(crate) struct Edited<'a> {
    project: &'a Project,
    packages: Packages,
}

impl Project {
    /// Loads the package with other texts in place of those on the disk.
    pub(crate) fn edited(
        &self,
        source: &Source,
        texts: &BTreeMap<PathBuf, Arc<str>>,
    ) -> Result<Edited<'_>> {
        let load = |features| source::load_edited(source, &features, texts);
        let packages = Packages {
            chosen: load(self.config.features())?,
            shown: load(self.shown_features())?,
            edited: texts.clone(),
        };
        Ok(Edited {
            project: self,
            packages,
        })
    }

    /// Compares the package, with other texts in place of those on the disk, with the baseline, if there is one.
    pub(crate) fn compare_edited(
        &self,
        source: &Source,
        texts: &BTreeMap<PathBuf, Arc<str>>,
    ) -> Result<Option<Comparison>> {
        let features = self.config.features();
        let package = source::load_edited(source, &features, texts)?;
        let Some(baseline) = &self.config.baseline else {
            return Ok(None);
        };
        let new = Release::of_edited(&package, &features, texts)?;
        baseline::comparison(self, baseline, &new).map(Some)
    }
}

impl Edited<'_> {
    /// Verifies what [`Project::check`] verifies, except outputs and the version.
    pub fn check(&self, comparison: Option<&Comparison>) -> Vec<Diagnostic> {
        let relations = relations(&self.project.config);
        let mut findings = crate::relation::check(&self.packages.chosen, &relations);
        if let (Some(baseline), Some(comparison)) = (&self.project.config.baseline, comparison) {
            findings.extend(baseline::refused(baseline, comparison, false));
        }
        let found = lint::check(self.project, &self.packages);
        findings.extend(found.unwrap_or_else(Failure::into_diagnostics));
        findings
    }

    /// Makes all outputs.
    pub fn derive(&self) -> Result<Derived> {
        self.project.derive_from(&self.packages)
    }

    /// Returns the places of items on the pages of the specification: paths from a folder, or addresses. Items without a
    /// page are left out.
    pub fn links<'i>(
        &self,
        from: &Path,
        items: impl Iterator<Item = &'i str>,
    ) -> HashMap<&'i str, String> {
        let Some(config) = &self.project.config.docs else {
            return HashMap::new();
        };
        let dir = self.project.path(&config.out);
        let options = docs_options(config, &dir, self.packages.shown.source());
        let model = model::describe(&self.packages.shown);
        let folder =
            crate::paths::relative(&crate::paths::absolute(from), &crate::paths::absolute(&dir));
        let links = docs::links(&model, &options, items).into_iter();
        let placed = links.map(
            |(item, link)| match link.contains("://") || folder.is_empty() {
                true => (item, link),
                false => (item, format!("{folder}/{link}")),
            },
        );
        placed.collect()
    }
}
