//! `witgen check`: whether everything is as `witgen.toml` says.

use std::path::Path;

use clap::Args;

use super::registries::RegistryArgs;
use super::shell::{Outcome, Shell, counted};
use super::status::Status;
use crate::project::Project;

/// Verify everything that `witgen.toml` says, and change nothing.
///
/// Outputs are what `witgen generate` would make, relations hold, the documentation names items that
/// exist. Everything that is wrong is found in one run; the exit status is 1 then.
#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    registries: RegistryArgs,
}

impl Check {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let project = Project::find(Path::new("."))?.with_registries(self.registries.registries());
        let findings = project.check();
        shell.report_check(&findings);
        let config = project.config();
        let outputs = config.docs.iter().count() + config.golden.iter().count() + config.rust.len();
        let relations = config.relations.len();
        let baseline = match config.baseline {
            Some(_) => ", the baseline",
            None => "",
        };
        let outputs = counted(outputs, "output");
        let relations = counted(relations, "relation");
        let checked = format!("{outputs}, {relations}{baseline}");
        shell.summary(&findings, &checked);
        Ok(Status::of(&findings))
    }
}
