//! Paths as generated text names them.

use std::path::{Component, Path, PathBuf};

/// The relative path from a directory to a file or directory, with `/`; both are absolute.
pub(crate) fn relative(from: &Path, to: &Path) -> String {
    let (from, to) = (names(from), names(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let parts: Vec<_> = up.chain(to[common..].iter().cloned()).collect();
    parts.join("/")
}

/// The names in a path; `.` and `..` are worked out.
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

/// A path from the root of the file system, without `..`, as far as can be told without looking.
pub(crate) fn absolute(path: &Path) -> PathBuf {
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

/// The folder of the nearest `Cargo.toml` above a path, absolute.
pub(crate) fn crate_root(path: &Path) -> Option<PathBuf> {
    let path = absolute(path);
    let mut above = path.ancestors().skip(1);
    let root = above.find(|folder| folder.join("Cargo.toml").is_file());
    root.map(Path::to_owned)
}

/// A directory as its crate sees it: from the crate's folder, with `/`. Outside of any crate it is taken
/// to become a folder of one's `src`.
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
