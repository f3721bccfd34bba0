//! Attestations in folders: beside a package in a directory, and in the cache.

use std::fs;
use std::path::Path;

use super::digest;
use crate::read;

/// The most attestations of a folder that are read.
const MAX_FILES: usize = 32;
/// The most bytes of an attestation.
pub(super) const MAX_BYTES: u64 = 2 << 20;
/// What the names of files end with, as Sigstore's tools name them.
const SUFFIX: &str = ".sigstore.json";

/// Returns the name of the file of an attestation.
pub(super) fn file_name(bundle: &str) -> String {
    let digest = digest::sha256(bundle.as_bytes());
    let digits = digest::digits(&digest).unwrap_or_default();
    format!("{}{SUFFIX}", &digits[..16])
}

/// Reads the attestations of a folder, sorted by their names. What can't be read isn't an attestation.
pub(super) fn read_folder(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let is_attestation = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(SUFFIX))
    };
    let mut paths: Vec<_> = paths.filter(is_attestation).collect();
    paths.sort();
    paths.truncate(MAX_FILES);
    paths.iter().filter_map(|path| read::regular(path, MAX_BYTES).ok()).collect()
}
