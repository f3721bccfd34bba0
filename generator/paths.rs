//! Paths in generated text.

use std::path::{Component, Path, PathBuf};

/// Returns the relative path from a directory to a file or directory, with `/`; both are absolute.
pub(crate) fn relative(from: &Path, to: &Path) -> String {
    let (from, to) = (names(from), names(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    up.chain(to[common..].iter().cloned()).collect::<Vec<_>>().join("/")
}

/// Returns the names in a path, after `.` and `..` are resolved.
fn names(path: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                names.pop();
            }
            Component::CurDir | Component::RootDir => {}
            part => names.push(part.as_os_str().to_string_lossy().into_owned()),
        }
    }
    names
}

/// Returns an absolute path without `..`, without access to the file system.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    // A relative path of no parts is the working directory.
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut normal = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

/// Returns an absolute path in which links of directories that exist are followed.
pub(crate) fn real(path: &Path) -> PathBuf {
    let absolute = absolute(path);
    let existing = absolute.ancestors().find_map(|it| Some((it, it.canonicalize().ok()?)));
    match existing {
        Some((existing, real)) => match absolute.strip_prefix(existing) {
            Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
            _ => real,
        },
        None => absolute,
    }
}

/// Returns the absolute folder of the nearest `Cargo.toml` above a path.
pub(crate) fn crate_root(path: &Path) -> Option<PathBuf> {
    absolute(path)
        .ancestors()
        .skip(1)
        .find(|folder| folder.join("Cargo.toml").is_file())
        .map(Path::to_owned)
}

/// Returns the path of a directory from its crate's folder, with `/`. Outside of any crate, the result is a
/// folder of `src`.
pub(crate) fn folder_in_crate(out: &Path) -> String {
    let out = absolute(out);
    match crate_root(&out) {
        Some(root) => relative(&root, &out),
        None => {
            let name = out.file_name().unwrap_or_default();
            format!("src/{}", name.to_string_lossy())
        }
    }
}
