//! Reads files up to a limit: a file may be a link to `/dev/zero`, or one of unexpected size.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The most bytes of a file that people write, and of a lock file.
pub(crate) const MAX_TEXT_BYTES: u64 = 4 << 20;
/// The most bytes of a file that lists others, such as a record.
pub(crate) const MAX_LIST_BYTES: u64 = 64 << 20;
/// The most bytes of WebAssembly; libraries read no larger module.
pub(crate) const MAX_WASM_BYTES: u64 = 1 << 30;
/// The maximum number of bytes that are read from a file that isn't regular, even if the limit is higher.
const MAX_STREAM_BYTES: u64 = 64 << 20;

/// Reads a regular file. A read of anything else, such as a FIFO, may never finish.
///
/// # Errors
///
/// A file that isn't regular, a file that exceeds the limit, and one that can't be read.
pub(crate) fn regular(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.is_file() {
        any(path, max_bytes)
    } else {
        let why = "it is not a regular file";
        Err(io::Error::new(ErrorKind::InvalidInput, why))
    }
}

/// Reads a regular file of text.
///
/// # Errors
///
/// As [`regular`], and text that isn't UTF-8.
pub(crate) fn text(path: &Path, max_bytes: u64) -> io::Result<String> {
    utf8(regular(path, max_bytes)?)
}

/// Reads a file that the user names: it may also be a pipe, as the shell makes it for `<(…)`.
///
/// # Errors
///
/// A file that exceeds the limit, and one that can't be read.
pub(crate) fn any(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let max_bytes = if metadata.is_file() {
        max_bytes
    } else {
        max_bytes.min(MAX_STREAM_BYTES)
    };
    let too_large = || {
        let why = format!("it is larger than {} MiB", max_bytes >> 20);
        io::Error::new(ErrorKind::FileTooLarge, why)
    };
    if metadata.len() > max_bytes {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // The length isn't that of what is read: the file may grow, and a device has none.
    file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Reads text as [`any`].
///
/// # Errors
///
/// As [`any`], and text that isn't UTF-8.
pub(crate) fn any_text(path: &Path, max_bytes: u64) -> io::Result<String> {
    utf8(any(path, max_bytes)?)
}

fn utf8(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        fs::write(&file, "1234").unwrap();
        assert_eq!(regular(&file, 4).unwrap(), b"1234");
        assert_eq!(
            regular(&file, 3).unwrap_err().kind(),
            ErrorKind::FileTooLarge
        );
        assert_eq!(text(&file, 4).unwrap(), "1234");
        assert_eq!(
            regular(dir.path(), 4).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
        let missing = dir.path().join("b");
        assert_eq!(
            regular(&missing, 4).unwrap_err().kind(),
            ErrorKind::NotFound
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_device_without_an_end_is_read_up_to_the_limit() {
        let zero = Path::new("/dev/zero");
        assert_eq!(
            any(zero, 1 << 20).unwrap_err().kind(),
            ErrorKind::FileTooLarge
        );
        assert_eq!(
            regular(zero, 4).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
        assert_eq!(any(Path::new("/dev/null"), 4).unwrap(), b"");
    }
}
