//! The lists of files are complete.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use witgen_runtime::sources::{File, GUEST, HOST, MESSAGE};

/// Files that the generator makes for each package.
const GENERATED: [&str; 2] = ["guest/bindings.rs", "guest/wasi.rs"];

/// The files below a folder of this crate.
fn files_below(folder: &str) -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files.extend(files_below(&path));
        } else {
            files.insert(path);
        }
    }
    files
}

#[test]
fn every_file_of_a_folder_is_listed() {
    for (folder, list) in [("message", MESSAGE), ("guest", GUEST), ("host", HOST)] {
        let listed: BTreeSet<_> = list.iter().map(|file| file.path.to_owned()).collect();
        let mut files = files_below(folder);
        files.retain(|path| !GENERATED.contains(&path.as_str()));
        assert_eq!(listed, files);
    }
}

/// The text has to compile wherever it is copied to.
#[test]
fn files_refer_to_each_other_by_relative_paths() {
    for File { path, contents } in MESSAGE.iter().chain(GUEST).chain(HOST) {
        for absolute in ["crate::", "witgen_runtime"] {
            assert!(!contents.contains(absolute), "`{absolute}` in {path}");
        }
    }
}
