//! Locks on folders: one run at a time writes into a folder.
//!
//! The system releases a lock when its process ends for any reason. So files of a run in a folder without a lock are certainly
//! left over. Only Unix can lock a folder, and some network file systems can't.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a run waits for another one. Other programs may lock a folder for their own reasons.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// The first pause between two attempts to lock a folder, and the longest.
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(1);
const MAX_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A lock on a folder, until it is dropped.
pub(super) struct FolderLock {
    _folder: File,
}

impl FolderLock {
    /// Locks a folder after the runs before this one. Returns nothing if the folder can't be locked.
    pub fn acquire(folder: &Path) -> Option<Self> {
        let folder = open(folder)?;
        let start = Instant::now();
        let mut pause = MIN_POLL_INTERVAL;
        loop {
            match folder.try_lock() {
                Ok(()) => return Some(FolderLock { _folder: folder }),
                Err(TryLockError::WouldBlock) if start.elapsed() < MAX_WAIT => sleep(pause),
                Err(_) => return None,
            }
            pause = (pause * 2).min(MAX_POLL_INTERVAL);
        }
    }

    /// Locks a folder unless another run has locked it.
    pub fn try_acquire(folder: &Path) -> Option<Self> {
        let folder = open(folder)?;
        folder.try_lock().ok()?;
        Some(FolderLock { _folder: folder })
    }
}

fn open(folder: &Path) -> Option<File> {
    let is_here = folder.as_os_str().is_empty();
    File::open(if is_here { Path::new(".") } else { folder }).ok()
}
