//! Writes sets: all contents to temporary files first, then each file by rename.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::failure::{io_error, partial_write};
use super::lock::FolderLock;
use super::plan::{plan, require_directory};
use super::record::{RECORD, Record};
use super::{FileSet, Plan, WriteOptions, temporary};
use crate::diagnostic::{Diagnostic, Failure, Result};

impl FileSet {
    /// Writes the set into a directory, which is created if it doesn't exist, and removes the files that an
    /// earlier run wrote and this set doesn't contain. Runs that write into one directory wait for each other.
    ///
    /// # Errors
    ///
    /// As [`FileSet::plan`], and a write that fails. Nothing has changed then, unless a rename fails after
    /// all temporary files were written.
    pub fn write(&self, dir: &Path, options: &WriteOptions) -> Result<Plan> {
        let mut plans = write_sets(&[(self, dir)], options)?;
        Ok(plans.remove(0))
    }
}

/// Writes sets into directories of their own: all of them or none.
///
/// # Errors
///
/// As [`FileSet::write`].
pub(crate) fn write_sets(sets: &[(&FileSet, &Path)], options: &WriteOptions) -> Result<Vec<Plan>> {
    let prepared: Vec<Prepared<'_>> =
        Failure::collect(sets.iter().map(|(files, dir)| Prepared::new(files, dir, options)))?;
    let staged: Vec<Staged<'_>> = Failure::collect(prepared.into_iter().map(Prepared::stage))?;
    staged.into_iter().map(Staged::commit).collect()
}

/// A directory that is locked, with the plan for it.
struct Prepared<'a> {
    files: &'a FileSet,
    dir: &'a Path,
    plan: Plan,
    created: CreatedDirectories,
    lock: Option<FolderLock>,
}

impl<'a> Prepared<'a> {
    fn new(files: &'a FileSet, dir: &'a Path, options: &WriteOptions) -> Result<Self> {
        require_directory(dir)?;
        let mut created = CreatedDirectories::default();
        created.create(dir, io_error)?;
        let lock = FolderLock::acquire(dir);
        remove_leftovers(files, dir, lock.is_some());
        Ok(Prepared {
            plan: plan(files, dir, options)?,
            files,
            dir,
            created,
            lock,
        })
    }

    /// Writes all contents to temporary files.
    fn stage(self) -> Result<Staged<'a>> {
        let Prepared {
            files,
            dir,
            plan,
            created,
            lock,
        } = self;
        let earlier = Record::read(dir)?;
        let mut record = Record::new(files);
        for path in &plan.kept {
            if let Some(hash) = earlier.files.get(path) {
                record.files.insert(path.clone(), hash.clone());
            }
        }
        let pending: Vec<&String> = plan.created.iter().chain(&plan.changed).collect();
        let is_same = pending.is_empty() && plan.removed.is_empty() && record == earlier;
        let contents = if is_same {
            None
        } else {
            // Until the end, the record lists the files of both runs, so that a crash leaves no unrecorded file.
            let merged = record.merged(&earlier).to_text();
            Some(StagedContents {
                files: stage(files, dir, &pending)?,
                merged_record: write_temporary(dir, RECORD, merged.as_bytes())?,
                final_record: write_temporary(dir, RECORD, record.to_text().as_bytes())?,
            })
        };
        Ok(Staged {
            dir,
            plan,
            contents,
            created,
            _lock: lock,
        })
    }
}

/// A set whose contents are in temporary files.
struct Staged<'a> {
    dir: &'a Path,
    plan: Plan,
    /// Nothing if all files are as they should be.
    contents: Option<StagedContents>,
    created: CreatedDirectories,
    _lock: Option<FolderLock>,
}

struct StagedContents {
    files: Vec<(TempPath, PathBuf)>,
    merged_record: TempPath,
    final_record: TempPath,
}

impl Staged<'_> {
    /// Renames the temporary files, and removes the files that the set no longer has.
    fn commit(mut self) -> Result<Plan> {
        let dir = self.dir;
        let Some(contents) = self.contents else {
            return Ok(self.plan);
        };
        self.created.keep();
        let record_path = dir.join(RECORD);
        contents
            .merged_record
            .persist(&record_path)
            .map_err(|error| io_error("write", &record_path, &error.error))?;
        for (file, path) in contents.files {
            // Not before the file is complete: a run that is killed leaves no empty folder.
            let mut folders = CreatedDirectories::default();
            folders.create(path.parent().unwrap_or(dir), partial_write)?;
            folders.keep();
            file.persist(&path)
                .map_err(|error| partial_write("write", &path, &error.error))?;
        }
        for path in &self.plan.removed {
            let path = dir.join(path);
            fs::remove_file(&path).map_err(|error| partial_write("remove", &path, &error))?;
            remove_empty_folders(path.parent(), dir);
        }
        contents
            .final_record
            .persist(&record_path)
            .map_err(|error| partial_write("write", &record_path, &error.error))?;
        Ok(self.plan)
    }
}

/// Removes the temporary files that killed runs have left in the folders of a set, and of the set before it.
fn remove_leftovers(files: &FileSet, dir: &Path, is_locked: bool) {
    let earlier = Record::read(dir).unwrap_or_default();
    let paths = files
        .iter()
        .map(|(path, _)| path)
        .chain(earlier.files.keys().map(String::as_str));
    let folders = paths.map(|path| match path.rsplit_once('/') {
        Some((folder, _)) => dir.join(folder),
        None => dir.to_owned(),
    });
    for folder in folders.chain([dir.to_owned()]).collect::<BTreeSet<_>>() {
        temporary::remove_leftovers(&folder, is_locked.then_some(dir));
    }
}

/// Writes the files that change to temporary files.
fn stage(files: &FileSet, dir: &Path, pending: &[&String]) -> Result<Vec<(TempPath, PathBuf)>> {
    let staged = pending.iter().map(|path| {
        let contents = files.get(path).unwrap_or_default();
        Ok((
            write_temporary(dir, path, contents.as_bytes())?,
            dir.join(path),
        ))
    });
    staged.collect()
}

/// Writes a temporary file for a path of a directory, in the innermost of its folders that exists, and closes it: a
/// set may have more files than a process may open. The file is removed when the value is dropped.
fn write_temporary(dir: &Path, path: &str, contents: &[u8]) -> Result<TempPath> {
    let folders: Vec<&str> = path.split('/').collect();
    let (_, mut folders) = folders.split_last().expect("a path has a file's name");
    let mut folder = dir.join(folders.join("/"));
    while !folder.is_dir()
        && let [outer @ .., _] = folders
    {
        folders = outer;
        folder = dir.join(folders.join("/"));
    }
    let file = temporary::write(&folder, folders.len(), contents)
        .map_err(|error| io_error("write", &dir.join(path), &error))?;
    Ok(file.into_temp_path())
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
    let dir = path.parent().unwrap_or(Path::new(""));
    temporary::remove_leftovers(dir, None);
    let written = temporary::write_locked(dir, contents)
        .map_err(|error| io_error("write into", dir, &error))?;
    temporary::persist(written, &path, || temporary::write_locked(dir, contents))
        .map_err(|error| io_error("write", &path, &error).into())
}

/// The directories that a run has created; dropping the value removes them again.
#[derive(Default)]
struct CreatedDirectories {
    paths: Vec<PathBuf>,
}

impl CreatedDirectories {
    /// Creates a directory and its parents, unless they exist; `failed` makes the error.
    fn create(
        &mut self,
        dir: &Path,
        failed: fn(&str, &Path, &std::io::Error) -> Diagnostic,
    ) -> Result<()> {
        if dir.as_os_str().is_empty() || dir.is_dir() {
            return Ok(());
        }
        if let Some(parent) = dir.parent() {
            self.create(parent, failed)?;
        }
        match fs::create_dir(dir) {
            Ok(()) => {
                self.paths.push(dir.to_owned());
                Ok(())
            }
            // Another process may have created it.
            Err(_) if dir.is_dir() => Ok(()),
            Err(error) => Err(failed("make the directory", dir, &error).into()),
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
