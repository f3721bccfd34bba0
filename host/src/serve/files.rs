//! Reads the files that are served: components and certificates, at the start and on each reload.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The files that are served. None is read without an end, and only a start waits for a pipe.
#[derive(Debug, Default)]
pub struct Files {
    has_started: AtomicBool,
    /// The contents of pipes, each of which can be read only once.
    pipes: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
}

impl Files {
    /// Records that the server has started: from now on, only pipes that were read before may be read.
    pub fn end_start(&self) {
        self.has_started.store(true, Ordering::Relaxed);
    }

    /// Reads a file, or returns what a pipe contained.
    ///
    /// # Errors
    ///
    /// As [`File::open`] and [`File::read`]; if the file is too large, or neither a regular file nor a pipe.
    pub fn read(&self, path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
        let has_started = self.has_started.load(Ordering::Relaxed);
        let file = if has_started {
            open_without_waiting(path)?
        } else {
            File::open(path)?
        };
        let metadata = file.metadata()?;
        if !is_pipe(&metadata) {
            return if metadata.is_file() {
                read_to_limit(file, max_bytes)
            } else {
                Err(io::Error::other("it is not a regular file"))
            };
        }
        if let Some(contents) = self.pipes().get(path) {
            return Ok(contents.clone());
        }
        if has_started {
            return Err(io::Error::other(
                "the file is now a pipe, and pipes are read only at the start",
            ));
        }
        let contents = read_to_limit(file, max_bytes)?;
        self.pipes().insert(path.to_owned(), contents.clone());
        Ok(contents)
    }

    fn pipes(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Vec<u8>>> {
        self.pipes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_to_limit(file: File, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    let length = file.take(max_bytes + 1).read_to_end(&mut contents)?;
    if length as u64 > max_bytes {
        let message = format!("it is larger than {} MiB", max_bytes >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(contents)
}

/// Opens a file without waiting: a pipe without a writer would otherwise block.
fn open_without_waiting(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

#[cfg(unix)]
fn is_pipe(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    metadata.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_: &std::fs::Metadata) -> bool {
    false
}
