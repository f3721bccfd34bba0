//! Writing: everything beside its place first, then each file by rename.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempPath;

use super::failure::{interrupted, refused};
use super::record::{RECORD, Record};
use super::{FileSet, Plan, WriteOptions};
use crate::diagnostic::{Diagnostic, Result};

/// What the names of files that are not in their places yet begin and end with.
const PREFIX: &str = ".witgen-";
const SUFFIX: &str = ".tmp";

/// Such a file of a run that cannot be going on any more.
const STALE: Duration = Duration::from_secs(60 * 60);

impl FileSet {
    /// Writes the set into a directory, which is made if need be, and removes what an earlier run
    /// made there and this one doesn't.
    ///
    /// # Errors
    ///
    /// As [`FileSet::plan`], and what the file system refuses. Nothing has changed then, unless the
    /// file system refused a rename after it had taken every file.
    pub fn write(&self, dir: &Path, options: &WriteOptions) -> Result<Plan> {
        let plan = self.plan(dir, options)?;
        write(self, dir, &plan)?;
        Ok(plan)
    }
}

fn write(files: &FileSet, dir: &Path, plan: &Plan) -> Result<()> {
    let earlier = Record::read(dir)?;
    let mut record = Record::of(files);
    for path in &plan.kept {
        if let Some(hash) = earlier.files.get(path) {
            record.files.insert(path.clone(), hash.clone());
        }
    }
    let pending: Vec<&String> = plan.created.iter().chain(&plan.changed).collect();
    if pending.is_empty() && plan.removed.is_empty() && record == earlier {
        return Ok(());
    }

    let mut made = MadeDirectories::default();
    let staged = stage(files, dir, &pending, &mut made)?;
    // Until all is done the record names the files of both runs: whatever a crash leaves is ours.
    let both = record.with(&earlier);
    let both = temporary(&dir.join(RECORD), both.text().as_bytes())?;
    let last = temporary(&dir.join(RECORD), record.text().as_bytes())?;
    made.keep();
    persist(both, &dir.join(RECORD), refused)?;
    for (file, path) in staged {
        persist(file, &path, interrupted)?;
    }
    for path in &plan.removed {
        let path = dir.join(path);
        fs::remove_file(&path).map_err(|error| interrupted("remove", &path, &error))?;
        remove_empty(path.parent(), dir);
    }
    persist(last, &dir.join(RECORD), interrupted)?;
    sweep(files, dir);
    Ok(())
}

/// Removes what runs that were killed have left beside our files.
fn sweep(files: &FileSet, dir: &Path) {
    let folders = files.iter().map(|(path, _)| match path.rsplit_once('/') {
        Some((folder, _)) => dir.join(folder),
        None => dir.to_owned(),
    });
    for folder in folders.collect::<BTreeSet<_>>() {
        // What can't be listed or removed can stay: it harms nobody.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
            if name.starts_with(PREFIX)
                && name.ends_with(SUFFIX)
                && age().is_some_and(|age| age > STALE)
            {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Writes the files that change beside their places.
fn stage(
    files: &FileSet,
    dir: &Path,
    pending: &[&String],
    made: &mut MadeDirectories,
) -> Result<Vec<(TempPath, PathBuf)>> {
    made.create(dir)?;
    let mut staged = Vec::new();
    for path in pending {
        let contents = files.get(path).unwrap_or_default();
        let path = dir.join(path);
        made.create(path.parent().unwrap_or(dir))?;
        staged.push((temporary(&path, contents.as_bytes())?, path));
    }
    Ok(staged)
}

/// Writes one file by rename; its folder exists. A file that is there is replaced, and one that a
/// link leads to in its own place. A device or a pipe is written to.
///
/// # Errors
///
/// What the file system refuses; the file is as it was then.
pub fn write_file(path: &Path, contents: &[u8]) -> Result<()> {
    let path = match fs::metadata(path) {
        // A rename would put a file where `/dev/null` was.
        Ok(metadata) if !metadata.is_file() => {
            let written = OpenOptions::new()
                .write(true)
                .open(path)
                .and_then(|mut special| special.write_all(contents));
            return written.map_err(|error| refused("write", path, &error).into());
        }
        Ok(_) => fs::canonicalize(path).map_or(Cow::Borrowed(path), Cow::Owned),
        Err(_) => Cow::Borrowed(path),
    };
    persist(temporary(&path, contents)?, &path, refused)
}

/// Writes a file beside its place, and closes it: a set may have more files than a process may have
/// open. It is removed when the value is dropped.
fn temporary(path: &Path, contents: &[u8]) -> Result<TempPath> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    {
        // As any program makes files: readable for all but for what the umask says.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder
        .tempfile_in(dir)
        .map_err(|error| refused("write into", dir, &error))?;
    // No sync: a rename over a file keeps the old one or the new one when a process dies; what
    // a power failure loses is generated again.
    file.write_all(contents)
        .map_err(|error| refused("write", path, &error))?;
    Ok(file.into_temp_path())
}

/// Renames a file into its place; `failed` says what a refusal leaves behind.
fn persist(
    file: TempPath,
    path: &Path,
    failed: fn(&str, &Path, &std::io::Error) -> Diagnostic,
) -> Result<()> {
    file.persist(path)
        .map_err(|error| failed("write", path, &error.error).into())
}

/// Directories that a run made; removed again if it comes to nothing.
#[derive(Default)]
struct MadeDirectories {
    made: Vec<PathBuf>,
}

impl MadeDirectories {
    fn create(&mut self, dir: &Path) -> Result<()> {
        if dir.as_os_str().is_empty() || dir.is_dir() {
            return Ok(());
        }
        if let Some(parent) = dir.parent() {
            self.create(parent)?;
        }
        match fs::create_dir(dir) {
            Ok(()) => {
                self.made.push(dir.to_owned());
                Ok(())
            }
            // Another run may have been faster.
            Err(_) if dir.is_dir() => Ok(()),
            Err(error) => Err(refused("make the directory", dir, &error).into()),
        }
    }

    fn keep(&mut self) {
        self.made.clear();
    }
}

impl Drop for MadeDirectories {
    fn drop(&mut self) {
        for dir in self.made.iter().rev() {
            // One that isn't empty has become somebody else's.
            let _ = fs::remove_dir(dir);
        }
    }
}

/// Removes directories that are empty, from `dir` up to but without `root`.
fn remove_empty(dir: Option<&Path>, root: &Path) {
    let mut dir = dir;
    while let Some(empty) = dir.filter(|dir| *dir != root && dir.starts_with(root)) {
        if fs::remove_dir(empty).is_err() {
            return;
        }
        dir = empty.parent();
    }
}
