//! The outputs that a manifest lists, one at a time.

use std::path::{Path, PathBuf};

use super::examples::require_known_examples;
use super::folder::Packages;
use super::{Project, docs_findings, relations};
use crate::compat::Release;
use crate::config::{self, Docs, Golden, Rust};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::emit::golden::Harness;
use crate::emit::runtime::Runtime;
use crate::emit::type_options::TypeOptions;
use crate::emit::{docs, golden, rust};
use crate::fileset::FileSet;
use crate::model::{self, Model};
use crate::release::changelog::{groups, is_listed};
use crate::source::{Features, Package, Source};

/// One output: files and where they go.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Output {
    /// The title for people: `docs`, `rust proxy host`.
    pub title: String,
    /// The directory that it is written into.
    pub dir: PathBuf,
    /// The files.
    pub files: FileSet,
}

/// An output to generate.
pub(super) enum Job<'a> {
    Docs(&'a Docs),
    Golden(&'a Golden),
    Rust(&'a Rust),
}

/// The outputs of a manifest, in its order.
pub(super) fn jobs(project: &Project) -> Vec<Job<'_>> {
    let config = project.config();
    let docs = config.docs.iter().map(Job::Docs);
    let golden = config.golden.iter().map(Job::Golden);
    let rust = config.rust.iter().map(Job::Rust);
    docs.chain(golden).chain(rust).collect()
}

impl Job<'_> {
    /// Returns the title for people.
    pub fn title(&self) -> String {
        match self {
            Job::Docs(_) => "docs".to_owned(),
            Job::Golden(_) => "golden".to_owned(),
            Job::Rust(rust) => {
                let world = rust.world.as_deref().unwrap_or("glue");
                match rust.side {
                    None => format!("rust {world}"),
                    Some(config::Side::Guest) => format!("rust {world} guest"),
                    Some(config::Side::Host) => format!("rust {world} host"),
                }
            }
        }
    }

    /// Its directory as written.
    pub fn out(&self) -> &str {
        match self {
            Job::Docs(docs) => &docs.out,
            Job::Golden(golden) => &golden.out,
            Job::Rust(rust) => &rust.out,
        }
    }

    /// Returns its place in the manifest.
    pub fn place(&self, project: &Project) -> Place {
        match self {
            Job::Rust(Rust {
                place: Some(place), ..
            }) => place.clone(),
            Job::Rust(_) => project.place_of(&["rust"]),
            Job::Docs(_) => project.place_of(&["docs", "out"]),
            Job::Golden(_) => project.place_of(&["golden", "out"]),
        }
    }

    /// Makes it; with what was found on the way.
    pub fn run(&self, project: &Project, packages: &Packages) -> Result<(Output, Vec<Diagnostic>)> {
        let dir = project.path(self.out());
        let (files, findings) = match self {
            Job::Docs(config) => {
                let source = packages.shown.source();
                let mut options = docs_options(config, &dir, source);
                let model = model::describe(&packages.shown);
                options.changes = changes(project, config, packages, &model, &options)?;
                options.examples = project.docs_examples(config)?;
                require_known_examples(&model, &options, source)?;
                let pages = docs::pages(&model, &options);
                (
                    pages.files,
                    docs_findings(Some(project), &model, pages.findings)?,
                )
            }
            Job::Golden(config) => {
                let package = &packages.chosen;
                let harness = config.test.then(|| {
                    harness(
                        Some(project),
                        project.config().features(),
                        &dir,
                        package.source(),
                    )
                });
                let options = golden::Options {
                    relations: relations(project.config()),
                    harness: harness.flatten(),
                };
                (golden::render(package, &options), Vec::new())
            }
            Job::Rust(config) => {
                let glue = rust_glue(config, packages.chosen.clone(), &dir)?;
                (glue.files, glue.findings)
            }
        };
        let title = self.title();
        Ok((Output { title, dir, files }, findings))
    }
}

/// Makes the glue of an entry, for a directory.
///
/// # Errors
///
/// As [`rust::render`]; at the entry's place if a key of the entry is wrong.
pub(crate) fn rust_glue(config: &Rust, package: Package, dir: &Path) -> Result<rust::Glue> {
    let placed = |error: Failure| match (&config.place, error.code()) {
        (
            Some(place),
            codes::UNKNOWN_WORLD
            | codes::WHICH_WORLD
            | codes::AMBIGUOUS_WORLD
            | codes::INVALID_MODULE
            | codes::INVALID_RUNTIME
            | codes::INVALID_TYPE_OPTION
            | codes::AMBIGUOUS_RUNTIME
            | codes::NO_RUNTIME,
        ) => error.map(|it| it.instead_at(place.clone())),
        _ => error,
    };
    let world = package.select_world(config.world.as_deref()).map_err(placed)?;
    let options = rust::Options {
        side: config.side.map(|side| match side {
            config::Side::Guest => rust::Side::Guest,
            config::Side::Host => rust::Side::Host,
        }),
        http: config.http,
        module: config.module.clone(),
        runtime: Runtime::at(config.runtime.clone()),
        types: type_options(config),
    };
    rust::glue(package, world, dir, &options).map_err(placed)
}

fn type_options(config: &Rust) -> TypeOptions {
    let attributes = config.attributes.iter().flat_map(|(item, attributes)| {
        let attributes = attributes.iter();
        attributes.map(|attribute| (item.clone(), attribute.clone()))
    });
    TypeOptions {
        derives: config.derives.clone(),
        attributes: attributes.collect(),
        with: config.with.clone().into_iter().collect(),
    }
}

/// The options of the specification, for pages in a directory.
pub(crate) fn docs_options(config: &Docs, out: &Path, source: &Source) -> docs::Options {
    let default = docs::Options::default();
    let book = config.book.then(|| docs::Book {
        mermaid: config.mermaid.clone().unwrap_or(docs::MERMAID.to_owned()),
    });
    docs::Options {
        dependencies: config.deps,
        dependency_url: config.deps_url.clone().unwrap_or(default.dependency_url),
        source: docs::SourceLinks::of(config.source_url.as_deref(), out, source, config.book),
        book,
        changes: None,
        examples: docs::Examples::default(),
    }
}

impl Project {
    /// Returns the changes since the baseline, if the pages of the specification list them.
    pub(crate) fn docs_changes(
        &self,
        config: &Docs,
        model: &Model,
        options: &docs::Options,
    ) -> Result<Option<docs::Changes>> {
        if !config.changes {
            return Ok(None);
        }
        changes(self, config, &self.packages()?, model, options)
    }
}

fn changes(
    project: &Project,
    config: &Docs,
    packages: &Packages,
    model: &Model,
    options: &docs::Options,
) -> Result<Option<docs::Changes>> {
    let baseline = project.config().baseline.as_ref().filter(|_| config.changes);
    let Some(baseline) = baseline else {
        return Ok(None);
    };
    let features = project.config().features();
    let new = Release::of_edited(&packages.chosen, &features, &packages.edited)?;
    let comparison = super::baseline::comparison(project, baseline, &new)?;
    // The pages themselves show documentation and gates.
    let listed = comparison.changes.iter().filter(|change| !is_listed(change));
    let links = docs::links(
        model,
        options,
        listed.clone().map(|change| change.item.as_str()),
    );
    let groups: Vec<_> = groups(listed, &links).into_iter().collect();
    let since = comparison.old.clone();
    Ok((!groups.is_empty()).then_some(docs::Changes { since, groups }))
}

/// How the test finds what it compares; none without a crate that it could be part of, or without
/// files that could differ.
pub(crate) fn harness(
    project: Option<&Project>,
    features: Features,
    out: &Path,
    source: &Source,
) -> Option<Harness> {
    let features = match features {
        Features::All => None,
        Features::Only(names) => Some(names),
    };
    let harness = Harness::of(out, source, features)?;
    Some(match project {
        Some(project) if !project.config().relations.is_empty() => {
            harness.with_config(out, &project.path("."))
        }
        _ => harness,
    })
}
