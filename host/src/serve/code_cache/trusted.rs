//! Directories and files that no other user can have written.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The maximum size of a file.
const MAX_BYTES: u64 = 2 << 30;

/// Creates a directory, if it doesn't exist, and returns its path without links. The error is why another user can write to it,
/// or to one of its parents.
pub fn create_directory(dir: &Path) -> Result<PathBuf, String> {
    let failed = |error: io::Error| format!("`{}`: {error}", dir.display());
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(failed)?;
    let dir = dir.canonicalize().map_err(failed)?;
    for (at, ancestor) in dir.ancestors().enumerate() {
        let metadata = ancestor.metadata().map_err(failed)?;
        let is_ancestor = at > 0;
        if let Some(why) = written_by_others(&metadata, is_ancestor) {
            return Err(format!("`{}` {why}", ancestor.display()));
        }
    }
    Ok(dir)
}

/// Reads a file of a directory that [`create_directory`] returned; `None` if it doesn't exist. The error is why another user
/// may have written it.
pub fn read(path: &Path) -> Result<Option<(File, Vec<u8>)>, String> {
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    if let Some(why) = written_by_others(&metadata, false) {
        return Err(format!("it {why}"));
    }
    let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    let read = (&file).take(MAX_BYTES).read_to_end(&mut content);
    read.map_err(|error| error.to_string())?;
    Ok(Some((file, content)))
}

/// Lets other users read a file. Code that root has compiled ahead is for servers that run as another user.
pub fn let_others_read(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    let _ = file;
    Ok(())
}

/// Opens a file, but no link, and without waiting for the other end of a pipe.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::io::Errno;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    match open(path, flags, Mode::empty()) {
        Ok(file) => Ok(file.into()),
        Err(Errno::LOOP) => Err(io::Error::other("it is a symbolic link")),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Explains how users other than this one and root could have written a file or a directory; `None` if they can't. A parent
/// directory of the cache may have the sticky bit, as `/tmp` has: users can't replace the files of others there.
#[cfg(unix)]
fn written_by_others(metadata: &fs::Metadata, is_ancestor: bool) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    const STICKY: u32 = 0o1000;
    let (owner, mode) = (metadata.uid(), metadata.mode());
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Some(format!("belongs to another user ({owner})"));
    }
    let is_protected = is_ancestor && mode & STICKY != 0;
    (mode & WRITABLE_BY_OTHERS != 0 && !is_protected)
        .then(|| format!("can be written by other users (mode {:o})", mode & 0o7777))
}

/// This system doesn't show who can write a file: the user who names a directory is responsible for it.
#[cfg(not(unix))]
fn written_by_others(_: &fs::Metadata, _: bool) -> Option<String> {
    None
}
