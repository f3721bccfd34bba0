//! Rewrites files that people wrote: all of them or none.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::{io_error, temporary};
use crate::diagnostic::Result;

/// How many files are written to the disk at the same time.
const MAX_SYNCS: usize = 32;

/// Replaces a file that the user wrote: it keeps its permissions, and is on the disk when this returns.
///
/// # Errors
///
/// A file that may not be written, and a write that fails; the file is unchanged then.
pub fn rewrite_file(path: &Path, contents: &[u8]) -> Result<()> {
    rewrite_files(&[(path.to_owned(), contents)], || Ok(()))
}

/// Does the same for several files, creates those that don't exist in folders that do, and then calls `then`. If anything of
/// this fails, the files get their old contents back.
///
/// # Errors
///
/// A file that may not be written, a write that fails, and what `then` returns.
pub(crate) fn rewrite_files<T>(
    files: &[(PathBuf, &[u8])],
    then: impl FnOnce() -> Result<T>,
) -> Result<T> {
    // Before temporary files are written, which are no longer locked when they are closed.
    let folders: BTreeSet<&Path> = files.iter().map(|(path, _)| folder_of(path)).collect();
    for folder in folders {
        temporary::remove_leftovers(folder, None);
    }
    let staged = files.iter().map(|(path, contents)| {
        Staged::new(path, contents).map_err(|error| io_error("write", path, &error).into())
    });
    let staged: Vec<Staged<'_>> = staged.collect::<Result<_>>()?;
    sync(&staged)?;
    let mut rewritten = Rewritten::default();
    for staged in staged {
        let path = staged.path;
        rewritten.persist(staged).map_err(|error| io_error("write", path, &error))?;
    }
    let result = then()?;
    rewritten.files.clear();
    Ok(result)
}

/// Waits until temporary files are on the disk. Disks that can do several things at once are given several.
fn sync(staged: &[Staged<'_>]) -> Result<()> {
    let count = staged.len().div_ceil(MAX_SYNCS).max(1);
    std::thread::scope(|scope| {
        let threads = staged.chunks(count).map(|staged| {
            scope.spawn(|| {
                let synced = staged.iter().map(|it| {
                    let file = File::open(&it.temporary).and_then(|file| file.sync_all());
                    match file {
                        // Another run has removed the temporary file, which is then written again.
                        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                        file => file.map_err(|error| io_error("write", it.path, &error).into()),
                    }
                });
                synced.collect::<Result<()>>()
            })
        });
        let threads: Vec<_> = threads.collect();
        let synced = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        synced.collect()
    })
}

/// The state of a file before it is rewritten.
struct Earlier {
    contents: Vec<u8>,
    permissions: Permissions,
}

/// New contents of a file in a temporary file beside it.
struct Staged<'a> {
    path: &'a Path,
    contents: &'a [u8],
    /// Where links lead.
    target: PathBuf,
    /// The current state of the file, if it exists.
    old: Option<Earlier>,
    temporary: TempPath,
}

impl<'a> Staged<'a> {
    fn new(path: &'a Path, contents: &'a [u8]) -> io::Result<Self> {
        let (target, old) = match fs::metadata(path) {
            Ok(metadata) => {
                // A rename would replace a file that can't be written to.
                OpenOptions::new().write(true).open(path)?;
                let target = fs::canonicalize(path)?;
                let earlier = Earlier {
                    contents: fs::read(path)?,
                    permissions: metadata.permissions(),
                };
                (target, Some(earlier))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => (path.to_owned(), None),
            Err(error) => return Err(error),
        };
        let permissions = old.as_ref().map(|earlier| &earlier.permissions);
        let temporary = write_beside(&target, contents, permissions)?;
        Ok(Staged {
            path,
            contents,
            target,
            old,
            temporary,
        })
    }
}

/// The files that were replaced; dropping the value takes that back.
#[derive(Default)]
struct Rewritten {
    files: Vec<(PathBuf, Option<Earlier>)>,
}

impl Rewritten {
    fn persist(&mut self, staged: Staged<'_>) -> io::Result<()> {
        let Staged {
            contents,
            target,
            old,
            temporary,
            ..
        } = staged;
        if let Err(error) = temporary.persist(&target) {
            // Another run may have removed the temporary file.
            if error.error.kind() != io::ErrorKind::NotFound {
                return Err(error.error);
            }
            let permissions = old.as_ref().map(|earlier| &earlier.permissions);
            write_beside(&target, contents, permissions)?.persist(&target)?;
        }
        self.files.push((target, old));
        Ok(())
    }
}

impl Drop for Rewritten {
    fn drop(&mut self) {
        for (path, old) in self.files.drain(..).rev() {
            // If the file can't be restored, nothing else can be done.
            let _ = match old {
                Some(old) => write_beside(&path, &old.contents, Some(&old.permissions))
                    .and_then(|temporary| Ok(temporary.persist(&path)?)),
                None => fs::remove_file(&path),
            };
        }
    }
}

/// Writes a temporary file into the folder of a file, and closes it: there may be more files than a process may open.
fn write_beside(
    path: &Path,
    contents: &[u8],
    permissions: Option<&Permissions>,
) -> io::Result<TempPath> {
    let file = temporary::write_locked(folder_of(path), contents)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions.clone())?;
    }
    Ok(file.into_temp_path())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::diagnostic::{Diagnostic, codes};

    #[test]
    fn all_files_get_their_old_contents_back_if_what_follows_fails() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("old"), "old").unwrap();
        let files = [(path("old"), b"new".as_slice()), (path("new"), b"new")];
        let failed: Result<()> = rewrite_files(&files, || {
            assert_eq!(fs::read(path("old")).unwrap(), b"new");
            Err(Diagnostic::error(codes::GIT_FAILED, "no").into())
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(path("old")).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn no_file_changes_if_one_cannot_be_written() {
        let dir = tempfile::tempdir().unwrap();
        let old = dir.path().join("old");
        fs::write(&old, "old").unwrap();
        let files = [
            (old.clone(), b"new".as_slice()),
            (dir.path().join("none/new"), b"new"),
        ];
        assert!(rewrite_files(&files, || Ok(())).is_err());
        assert_eq!(fs::read(&old).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
