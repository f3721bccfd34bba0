//! Writes sets: all contents to temporary files first, then each file by rename.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempPath;

use super::failure::{io_error, partial_write};
use super::record::{RECORD, Record};
use super::{FileSet, Plan, WriteOptions};
use crate::diagnostic::{Diagnostic, Result};

/// The start and the end of the names of temporary files.
const TEMPORARY_PREFIX: &str = ".witgen-";
const TEMPORARY_SUFFIX: &str = ".tmp";

/// The age at which a temporary file is certainly left over from a killed run.
const STALE_AFTER: Duration = Duration::from_secs(60 * 60);

impl FileSet {
    /// Writes the set into a directory, which is created if it doesn't exist, and removes the files that an
    /// earlier run wrote and this set doesn't contain.
    ///
    /// # Errors
    ///
    /// As [`FileSet::plan`], and a write that fails. Nothing has changed then, unless a rename fails after
    /// all temporary files were written.
    pub fn write(&self, dir: &Path, options: &WriteOptions) -> Result<Plan> {
        let plan = self.plan(dir, options)?;
        write(self, dir, &plan)?;
        Ok(plan)
    }
}

fn write(files: &FileSet, dir: &Path, plan: &Plan) -> Result<()> {
    let earlier = Record::read(dir)?;
    let mut record = Record::new(files);
    for path in &plan.kept {
        if let Some(hash) = earlier.files.get(path) {
            record.files.insert(path.clone(), hash.clone());
        }
    }
    let pending: Vec<&String> = plan.created.iter().chain(&plan.changed).collect();
    if pending.is_empty() && plan.removed.is_empty() && record == earlier {
        return Ok(());
    }

    let mut created = CreatedDirectories::default();
    let staged = stage(files, dir, &pending, &mut created)?;
    // Until the end, the record lists the files of both runs, so that a crash leaves no unrecorded file.
    let merged = record.merged(&earlier).to_text();
    let merged_record = write_temporary(&dir.join(RECORD), merged.as_bytes())?;
    let final_record = write_temporary(&dir.join(RECORD), record.to_text().as_bytes())?;
    created.keep();
    persist(merged_record, &dir.join(RECORD), io_error)?;
    for (file, path) in staged {
        persist(file, &path, partial_write)?;
    }
    for path in &plan.removed {
        let path = dir.join(path);
        fs::remove_file(&path).map_err(|error| partial_write("remove", &path, &error))?;
        remove_empty_folders(path.parent(), dir);
    }
    persist(final_record, &dir.join(RECORD), partial_write)?;
    remove_stale_files(files, dir);
    Ok(())
}

/// Removes the temporary files of killed runs.
fn remove_stale_files(files: &FileSet, dir: &Path) {
    let folders = files.iter().map(|(path, _)| match path.rsplit_once('/') {
        Some((folder, _)) => dir.join(folder),
        None => dir.to_owned(),
    });
    for folder in folders.collect::<BTreeSet<_>>() {
        // Files that can't be listed or removed may stay: they do no harm.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let file_name = entry.file_name();
            let name = file_name.to_string_lossy();
            let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
            if name.starts_with(TEMPORARY_PREFIX)
                && name.ends_with(TEMPORARY_SUFFIX)
                && age().is_some_and(|age| age > STALE_AFTER)
            {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Writes the files that change to temporary files.
fn stage(
    files: &FileSet,
    dir: &Path,
    pending: &[&String],
    created: &mut CreatedDirectories,
) -> Result<Vec<(TempPath, PathBuf)>> {
    created.create(dir)?;
    let mut staged = Vec::new();
    for path in pending {
        let contents = files.get(path).unwrap_or_default();
        let path = dir.join(path);
        created.create(path.parent().unwrap_or(dir))?;
        staged.push((write_temporary(&path, contents.as_bytes())?, path));
    }
    Ok(staged)
}

/// Writes one file by rename; its folder must exist. An existing file is replaced; if the path is a link, its
/// target is. A device or a pipe is written to directly.
///
/// # Errors
///
/// A write that fails; the file is unchanged then.
pub fn write_file(path: &Path, contents: &[u8]) -> Result<()> {
    let path = match fs::metadata(path) {
        // A rename would replace `/dev/null` by a file.
        Ok(metadata) if !metadata.is_file() => {
            return OpenOptions::new()
                .write(true)
                .open(path)
                .and_then(|mut device| device.write_all(contents))
                .map_err(|error| io_error("write", path, &error).into());
        }
        Ok(_) => fs::canonicalize(path).map_or(Cow::Borrowed(path), Cow::Owned),
        Err(_) => Cow::Borrowed(path),
    };
    persist(write_temporary(&path, contents)?, &path, io_error)
}

/// Writes a temporary file next to a path, and closes it: a set may have more files than a process may open.
/// The file is removed when the value is dropped.
fn write_temporary(path: &Path, contents: &[u8]) -> Result<TempPath> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX);
    #[cfg(unix)]
    {
        // The umask decides who may read the file, as for files of other programs.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(dir).map_err(|error| io_error("write into", dir, &error))?;
    // No sync: if the process dies, a rename leaves the old or the new file; files that are lost in a power
    // failure can be generated again.
    file.write_all(contents).map_err(|error| io_error("write", path, &error))?;
    Ok(file.into_temp_path())
}

/// Renames a temporary file to its path; `failed` makes the error.
fn persist(
    file: TempPath,
    path: &Path,
    failed: fn(&str, &Path, &std::io::Error) -> Diagnostic,
) -> Result<()> {
    file.persist(path).map_err(|error| failed("write", path, &error.error).into())
}

/// The directories that a run has created; dropping the value removes them again.
#[derive(Default)]
struct CreatedDirectories {
    paths: Vec<PathBuf>,
}

impl CreatedDirectories {
    /// Creates a directory and its parents, unless they exist.
    fn create(&mut self, dir: &Path) -> Result<()> {
        if dir.as_os_str().is_empty() || dir.is_dir() {
            return Ok(());
        }
        if let Some(parent) = dir.parent() {
            self.create(parent)?;
        }
        match fs::create_dir(dir) {
            Ok(()) => {
                self.paths.push(dir.to_owned());
                Ok(())
            }
            // Another process may have created it.
            Err(_) if dir.is_dir() => Ok(()),
            Err(error) => Err(io_error("make the directory", dir, &error).into()),
        }
    }

    /// Keeps the directories.
    fn keep(&mut self) {
        self.paths.clear();
    }
}

impl Drop for CreatedDirectories {
    fn drop(&mut self) {
        for dir in self.paths.iter().rev() {
            // This fails, as it should, if another process has written into the directory.
            let _ = fs::remove_dir(dir);
        }
    }
}

/// Removes empty directories, from `dir` up to but without `root`.
fn remove_empty_folders(mut dir: Option<&Path>, root: &Path) {
    while let Some(empty) = dir.filter(|dir| *dir != root && dir.starts_with(root)) {
        if fs::remove_dir(empty).is_err() {
            return;
        }
        dir = empty.parent();
    }
}
