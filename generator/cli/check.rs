//! `witgen check`: checks everything that `witgen.toml` lists.

use std::path::Path;

use clap::Args;

use super::registries::RegistryArgs;
use super::shell::{Outcome, Shell, counted};
use super::status::Status;
use crate::config::Config;
use crate::project::Workspace;

/// Check outputs, relations, lint rules and the baseline.
///
/// Compares the outputs with those that `witgen generate` would write, and checks relations, lint rules,
/// documentation and the baseline. In the directory of a workspace, checks all members. Reports all problems in one
/// run, with exit status 1. Changes nothing.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen check
  witgen check --format github      # in continuous integration")]
pub(super) struct Check {
    #[command(flatten)]
    registries: RegistryArgs,
}

impl Check {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let registries = self.registries.registries()?;
        let workspace =
            Workspace::require(Path::new("."))?.with_registries(&registries).linked()?;
        workspace.require_members(Path::new("."))?;
        let projects = workspace.projects();
        let findings: Vec<_> = projects.iter().flat_map(|project| project.check()).collect();
        shell.report_check(&findings);
        let count = |of: fn(&Config) -> usize| projects.iter().map(|it| of(it.config())).sum();
        let outputs = count(|it| it.docs.iter().count() + it.golden.iter().count() + it.rust.len());
        let mut checked = Vec::new();
        let counts = [
            (projects.len(), "package"),
            (outputs, "output"),
            (count(|it| it.relations.len()), "relation"),
        ];
        let fewest = [2, 1, 1];
        let named = counts.into_iter().zip(fewest).filter(|((count, _), fewest)| count >= fewest);
        checked.extend(named.map(|((count, what), _)| counted(count, what)));
        checked.push("the lint rules".to_owned());
        match count(|it| it.baseline.iter().count()) {
            0 => {}
            1 => checked.push("the baseline".to_owned()),
            baselines => checked.push(counted(baselines, "baseline")),
        }
        shell.check_summary(&findings, &checked);
        Ok(Status::of(&findings))
    }
}
