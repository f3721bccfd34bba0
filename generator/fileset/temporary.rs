//! Temporary files, which replace others by rename, and those that killed runs have left.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{Builder, NamedTempFile};

use super::lock::FolderLock;

/// The start and the end of the names of temporary files.
const PREFIX: &str = ".witgen-";
const SUFFIX: &str = ".tmp";

/// How many random characters a name has between these.
const RANDOM_LENGTH: usize = 6;

/// The age at which a temporary file is certainly left over, if there is no lock.
const STALE_AFTER: Duration = Duration::from_secs(60 * 60);

/// Writes a temporary file into a folder, and leaves it open. `depth` is the number of levels between the folder and the folder
/// that the run has locked: no run removes the file before that lock is released.
pub(super) fn write(folder: &Path, depth: usize, contents: &[u8]) -> io::Result<NamedTempFile> {
    let suffix = format!(".{depth}{SUFFIX}");
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(&suffix).rand_bytes(RANDOM_LENGTH);
    #[cfg(unix)]
    {
        // The umask decides who may read the file, as for files of other programs.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(or_here(folder))?;
    // No sync: if the process dies, a rename leaves the old or the new file; files that are lost in a power
    // failure can be generated again.
    file.write_all(contents)?;
    Ok(file)
}

/// Writes a temporary file into a folder, and locks the file itself instead of a folder.
pub(crate) fn write_locked(folder: &Path, contents: &[u8]) -> io::Result<NamedTempFile> {
    let file = write(folder, 0, contents)?;
    // Without a lock, another run may remove the file; then the rename fails.
    let _ = file.as_file().try_lock();
    Ok(file)
}

/// Removes the temporary files of killed runs from a folder. `locked` is the folder that this run has locked.
///
/// Files that can't be listed or removed may stay: they do no harm.
pub(crate) fn remove_leftovers(folder: &Path, locked: Option<&Path>) {
    for entry in fs::read_dir(or_here(folder)).into_iter().flatten().flatten() {
        let file_name = entry.file_name();
        let Some(name) = file_name.to_str().and_then(name) else {
            continue;
        };
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        let is_left_over = match name {
            Name::Guarded { depth } => is_unlocked(&entry.path(), folder, depth, locked),
            Name::Other => {
                let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
                age().is_some_and(|age| age > STALE_AFTER)
            }
        };
        if is_file && is_left_over {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether an entry of a folder is a temporary file.
pub(crate) fn is_temporary(file_name: &str) -> bool {
    name(file_name).is_some()
}

/// The name of a temporary file.
enum Name {
    /// A lock on the folder this number of levels up, or on the file itself, shows whether the file is in use.
    Guarded { depth: usize },
    /// A name of older versions, which lock nothing.
    Other,
}

fn name(file_name: &str) -> Option<Name> {
    let middle = file_name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let guarded = middle.split_once('.').and_then(|(random, depth)| {
        let is_random = random.len() == RANDOM_LENGTH
            && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_random.then_some(())?;
        Some(Name::Guarded {
            depth: depth.parse().ok()?,
        })
    });
    Some(guarded.unwrap_or(Name::Other))
}

/// Whether no run has locked a temporary file, or the folder so many levels above it.
fn is_unlocked(file: &Path, folder: &Path, depth: usize, locked: Option<&Path>) -> bool {
    let guard: PathBuf =
        std::iter::once(folder).chain((0..depth).map(|_| Path::new(".."))).collect();
    let is_ours = locked.is_some_and(|locked| is_same(locked, &guard));
    let _lock = if is_ours {
        None
    } else {
        let Some(lock) = FolderLock::try_acquire(&guard) else {
            return false;
        };
        Some(lock)
    };
    File::open(file).is_ok_and(|file| file.try_lock().is_ok())
}

fn is_same(a: &Path, b: &Path) -> bool {
    let canonical = |path: &Path| or_here(path).canonicalize().ok();
    canonical(a).is_some_and(|a| canonical(b) == Some(a))
}

/// Returns a folder as the file system takes it: the parent of a file's name alone is empty.
fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }
}

/// Renames a temporary file to a path. If another run has removed it before it was locked, `again` writes it again.
pub(super) fn persist(
    file: NamedTempFile,
    path: &Path,
    again: impl FnOnce() -> io::Result<NamedTempFile>,
) -> io::Result<()> {
    match file.persist(path) {
        Err(error) if error.error.kind() == ErrorKind::NotFound => {
            again()?.persist(path).map(drop).map_err(|error| error.error)
        }
        result => result.map(drop).map_err(|error| error.error),
    }
}
