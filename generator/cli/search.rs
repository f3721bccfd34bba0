//! `witgen search`: packages of registries, by name or by interface.

use askama::Template;
use clap::Args;

use super::registries::RegistryArgs;
use super::shared::json;
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::registry::{HitKind, Query, search};

/// Search registries for packages.
///
/// Searches the configured registries, the cache, and the built-in packages; with --registry, only that registry. If
/// a registry doesn't list its packages, its packages in the cache are searched. Only the latest version of each
/// package counts.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen search clocks
  witgen search --exports wasi:http/handler
  witgen search --imports wasi:http/client@0.3.2 acme")]
pub(super) struct Search {
    /// A part of the package's name
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// List components, and packages with a world, that export this interface
    #[arg(long, value_name = "INTERFACE")]
    exports: Option<String>,
    /// List components, and packages with a world, that import this interface
    #[arg(long, value_name = "INTERFACE")]
    imports: Option<String>,
    #[command(flatten)]
    registries: RegistryArgs,
}

#[derive(Template)]
#[template(path = "search/hits.txt", escape = "none")]
struct Hits<'a> {
    hits: Vec<HitView<'a>>,
}

struct HitView<'a> {
    package: &'a str,
    kind: &'static str,
    registry: &'a str,
    description: Option<&'a str>,
}

impl Search {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let query = Query {
            text: self.text,
            exports: self.exports,
            imports: self.imports,
        };
        shell.progress("searching");
        let found = search(&self.registries.registries()?, &query);
        shell.end_progress();
        let found = found?;
        if !found.findings.is_empty() {
            shell.report(&found.findings);
        }
        if shell.format != Format::Human {
            shell.print(&json(&found.hits))?;
            return Ok(Status::Fine);
        }
        if found.hits.is_empty() {
            shell.note("no package matches");
        } else {
            let hits = found.hits.iter().map(|hit| HitView {
                package: &hit.package,
                kind: match hit.kind {
                    HitKind::Package => "package",
                    HitKind::Component => "component",
                },
                registry: &hit.registry,
                description: hit.description.as_deref().and_then(|it| it.lines().next()),
            });
            shell.print(&crate::template::text(&Hits {
                hits: hits.collect(),
            }))?;
        }
        shell.note(&format!("searched: {}", found.searched.join(", ")));
        Ok(Status::Fine)
    }
}
