//! Directories as values, to compare the state before with the state after.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns every file below a directory, with its contents; directories end in `/`.
pub fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(dir, dir, &mut files);
    files
}

fn collect(dir: &Path, root: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_owned();
        if path.is_dir() {
            files.insert(name.join(""), Vec::new());
            collect(&path, root, files);
        } else {
            files.insert(name, fs::read(&path).unwrap());
        }
    }
}

/// Returns every file below a directory with its text, by its path.
pub fn texts(dir: &Path) -> BTreeMap<String, String> {
    tree(dir)
        .into_iter()
        .filter(|(path, _)| dir.join(path).is_file())
        .map(|(path, contents)| {
            let text = String::from_utf8(contents).expect("these files are text");
            (path.display().to_string(), text)
        })
        .collect()
}

/// Copies the contents of a directory into another one. Files with the same contents keep their time of change, so that
/// cargo doesn't build them again.
pub fn copy(from: &Path, to: &Path) {
    for (name, contents) in tree(from) {
        let path = to.join(&name);
        if from.join(&name).is_dir() {
            fs::create_dir_all(path).unwrap();
        } else if fs::read(&path).ok().as_ref() != Some(&contents) {
            fs::write(path, contents).unwrap();
        }
    }
}
