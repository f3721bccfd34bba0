//! The package that the program contains.

use super::text::{Group, Input};

/// The name of the built-in package.
pub(crate) const NAME: &str = "wasi:http@0.3.1002";

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../", $path)))),*]
    };
}

const PACKAGE_FILES: &[(&str, &str)] = files![
    "wit/client.wit",
    "wit/handler.wit",
    "wit/origin.wit",
    "wit/types.wit",
    "wit/worlds.wit",
];

const DEPENDENCY_FILES: &[(&str, &str)] = files![
    "wit/deps/cli.wit",
    "wit/deps/clocks.wit",
    "wit/deps/random.wit",
];

/// Returns the embedded files with their paths from the repository: `wit/types.wit`, `wit/deps/cli.wit`.
pub(crate) fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    PACKAGE_FILES.iter().chain(DEPENDENCY_FILES).copied()
}

/// Returns the files of the package itself with their paths.
pub(super) fn package_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    PACKAGE_FILES.iter().copied()
}

/// Returns the version of the built-in package.
pub(crate) fn version() -> &'static str {
    NAME.split('@').next_back().unwrap_or_default()
}

/// Returns the embedded files; as in a directory, each dependency is a group of its own.
pub(super) fn input() -> Input {
    let group = |files: &[(&str, &str)]| Group {
        files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).into())).collect(),
    };
    Input {
        main: group(PACKAGE_FILES),
        deps: DEPENDENCY_FILES.iter().map(|file| group(&[*file])).collect(),
        encoded: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn files_in(dir: &str) -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> = std::fs::read_dir(root.join(dir))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_file())
            .map(|entry| format!("{dir}/{}", entry.file_name().to_str().unwrap()))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn every_file_of_the_package_is_embedded() {
        let paths = |files: &[(&str, &str)]| -> Vec<String> {
            files.iter().map(|(path, _)| (*path).to_owned()).collect()
        };
        assert_eq!(paths(PACKAGE_FILES), files_in("wit"));
        assert_eq!(paths(DEPENDENCY_FILES), files_in("wit/deps"));
    }
}
