//! Files of outputs, which are only removed by commands for these outputs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Project;
use super::output::{Job, jobs};
use crate::config::FILE;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::Plan;
use crate::paths::{absolute, real};

impl Project {
    /// Rejects a plan that would remove files of which an output of the manifest consists.
    ///
    /// # Errors
    ///
    /// The outputs that would lose files.
    pub(crate) fn require_kept(&self, dir: &Path, plan: &Plan) -> Result<()> {
        let deps = self.wit_directory().map(|wit| wit.join("deps"));
        if let Some(deps) = deps
            && !plan.removed.is_empty()
            && real(dir) == real(&deps)
        {
            let message = format!("`{}` is the directory of dependencies", dir.display());
            return Err(Diagnostic::error(codes::WOULD_REMOVE_OUTPUT, message)
                .at(Place::path(dir))
                .help("write into another directory with --out; nothing was changed")
                .into());
        }
        let removed: BTreeSet<PathBuf> =
            plan.removed.iter().map(|path| absolute(&dir.join(path))).collect();
        for job in jobs(self) {
            let out = absolute(&self.path(job.out()));
            let inside = || removed.iter().filter(|path| path.starts_with(&out));
            if inside().next().is_none() {
                continue;
            }
            // Of an output that can't be made now, every file may be wanted.
            let files = self.files_of(&job).ok();
            let is_wanted = |path: &&PathBuf| files.as_ref().is_none_or(|it| it.contains(*path));
            let lost = inside().filter(is_wanted).count();
            if lost > 0 {
                return Err(would_remove(&job, dir, lost).into());
            }
        }
        Ok(())
    }

    /// Returns the absolute paths of the files of an output.
    fn files_of(&self, job: &Job<'_>) -> Result<BTreeSet<PathBuf>> {
        let (output, _) = job.run(self, &self.packages()?)?;
        let paths = output.files.iter().map(|(path, _)| absolute(&output.dir.join(path)));
        Ok(paths.collect())
    }
}

fn would_remove(job: &Job<'_>, dir: &Path, count: usize) -> Diagnostic {
    let files = match count {
        1 => "a file".to_owned(),
        count => format!("{count} files"),
    };
    let message = format!(
        "{files} in `{}` would be removed, and the output `{}` of {FILE} needs {}",
        dir.display(),
        job.title(),
        if count == 1 { "it" } else { "them" }
    );
    Diagnostic::error(codes::WOULD_REMOVE_OUTPUT, message)
        .at(Place::path(dir))
        .help(format!(
            "write into another directory with --out, or change {FILE} and run `witgen generate`; nothing was changed"
        ))
}
