//! Attestations in folders: beside a package in a directory, and in the cache.

use std::fs;
use std::path::{Path, PathBuf};

use super::digest;
use crate::read;

/// A referrer of a package: the content, or why it can't be read.
pub(super) type Referrer = std::result::Result<Vec<u8>, String>;

/// The most attestations of a package that are read.
pub(super) const MAX_COUNT: usize = 256;
/// The most bytes of all attestations of a package.
pub(super) const MAX_TOTAL: u64 = 64 << 20;
/// The most bytes of an attestation.
pub(super) const MAX_BYTES: u64 = 2 << 20;
/// The suffix of file names, as Sigstore's tools write them.
const SUFFIX: &str = ".sigstore.json";

/// Returns the name of the file of an attestation.
pub(super) fn file_name(bundle: &str) -> String {
    let digest = digest::sha256(bundle.as_bytes());
    let digits = digest::digits(&digest).unwrap_or_default();
    format!("{}{SUFFIX}", &digits[..16])
}

/// Returns which of some attestations of these lengths are read, in their order. The shortest ones have priority, so that large
/// ones, which every user of a registry may add, don't displace others.
pub(super) fn within_bounds(lengths: &[u64]) -> Vec<usize> {
    let mut shortest: Vec<usize> = (0..lengths.len()).collect();
    shortest.sort_by_key(|index| lengths[*index]);
    let mut total: u64 = 0;
    let mut within: Vec<usize> = shortest
        .into_iter()
        .take(MAX_COUNT)
        .take_while(|index| {
            total = total.saturating_add(lengths[*index]);
            total <= MAX_TOTAL
        })
        .collect();
    within.sort_unstable();
    within
}

/// Explains that some attestations were not read.
pub(super) fn not_read(count: usize) -> String {
    let total = MAX_TOTAL >> 20;
    format!("{count} more were not read: at most {MAX_COUNT} are, of {total} MiB together")
}

/// Reads the attestations of a folder, sorted by their names. Unreadable files aren't attestations. If a limit is exceeded, the
/// last entry reports this.
pub(super) fn read_folder(folder: &Path) -> Vec<Referrer> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let is_attestation = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(SUFFIX))
    };
    let mut paths: Vec<_> = paths.filter(is_attestation).collect();
    paths.sort();
    let with_length = |path: PathBuf| {
        let metadata = fs::metadata(&path).ok()?;
        let is_readable = metadata.is_file() && metadata.len() <= MAX_BYTES;
        is_readable.then_some((path, metadata.len()))
    };
    let files: Vec<(PathBuf, u64)> = paths.into_iter().filter_map(with_length).collect();
    let lengths: Vec<u64> = files.iter().map(|(_, length)| *length).collect();
    let within = within_bounds(&lengths);
    // The length is a bound, because the file may have grown.
    let read = |index: &usize| read::regular(&files[*index].0, lengths[*index]).ok();
    let mut bundles: Vec<Referrer> = within.iter().filter_map(read).map(Ok).collect();
    if within.len() < files.len() {
        bundles.push(Err(not_read(files.len() - within.len())));
    }
    bundles
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn large_files_take_no_place_of_small_ones() {
        let mut lengths = vec![MAX_BYTES; 40];
        lengths.push(10);
        let within = within_bounds(&lengths);
        assert_eq!(within.len(), 32);
        assert!(within.contains(&40) && within.is_sorted());
        assert_eq!(within_bounds(&[3, 1, 2]), [0, 1, 2]);
        assert_eq!(within_bounds(&[1; 300]).len(), MAX_COUNT);
        assert_eq!(within_bounds(&[u64::MAX, u64::MAX]), [0_usize; 0]);
    }

    #[test]
    fn what_is_not_read_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        for index in 0..MAX_COUNT + 3 {
            fs::write(dir.path().join(format!("{index:04}{SUFFIX}")), "{}").unwrap();
        }
        let bundles = read_folder(dir.path());
        assert_eq!(bundles.len(), MAX_COUNT + 1);
        let last = bundles.last().unwrap().as_ref().unwrap_err();
        assert!(last.starts_with("3 more were not read"), "{last}");
    }
}
