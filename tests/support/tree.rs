//! Directories as values, to compare what was there before with what is there after.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file below a directory, with its contents; directories end in `/`.
pub fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    collect(dir, dir, &mut found);
    found
}

fn collect(dir: &Path, root: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_owned();
        if path.is_dir() {
            found.insert(name.join(""), Vec::new());
            collect(&path, root, found);
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
}

/// Copies what is in a directory into another one.
#[allow(dead_code, reason = "each test program takes what it needs")]
pub fn copy(from: &Path, to: &Path) {
    for (name, contents) in tree(from) {
        let path = to.join(&name);
        if from.join(&name).is_dir() {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::write(path, contents).unwrap();
        }
    }
}
