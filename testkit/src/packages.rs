//! WIT packages that are made of those of this repository.

use std::fs;
use std::path::Path;

use crate::root;

/// Adds this repository's `wasi:http`, and what it depends on, to the `deps/` folder of a package.
pub fn add_http(package: &Path) {
    let wit = root().join("wit");
    let deps = package.join("deps");
    copy_files(&wit, &deps.join("http"));
    copy_files(&wit.join("deps"), &deps);
}

/// Copies the files of a folder, without the folders in it.
fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}
