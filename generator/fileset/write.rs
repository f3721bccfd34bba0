//! Writing: everything beside its place first, then each file by rename.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::record::{RECORD, Record};
use super::{FileSet, Plan, refused};
use crate::diagnostic::Result;

pub(super) fn write(files: &FileSet, dir: &Path, plan: &Plan) -> Result<()> {
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
    persist(both, &dir.join(RECORD))?;
    for (file, path) in staged {
        persist(file, &path)?;
    }
    for path in &plan.removed {
        let path = dir.join(path);
        fs::remove_file(&path).map_err(|error| refused("remove", &path, &error))?;
        remove_empty(path.parent(), dir);
    }
    persist(last, &dir.join(RECORD))
}

/// Writes the files that change beside their places.
fn stage(
    files: &FileSet,
    dir: &Path,
    pending: &[&String],
    made: &mut MadeDirectories,
) -> Result<Vec<(NamedTempFile, PathBuf)>> {
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

/// Writes one file by rename; its folder exists. A file that is there is replaced.
///
/// # Errors
///
/// What the file system refuses; the file is as it was then.
pub fn write_file(path: &Path, contents: &[u8]) -> Result<()> {
    persist(temporary(path, contents)?, path)
}

fn temporary(path: &Path, contents: &[u8]) -> Result<NamedTempFile> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".witgen-").suffix(".tmp");
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
    Ok(file)
}

fn persist(file: NamedTempFile, path: &Path) -> Result<()> {
    match file.persist(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(refused("write", path, &error.error)),
    }
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
            Err(error) => Err(refused("make the directory", dir, &error)),
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
