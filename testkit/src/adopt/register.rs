//! The list of embedded files.

use super::Files;

/// Where the list is.
const EMBEDDED: &str = "generator/source/embedded.rs";

/// Makes the lists of embedded files name those that there are.
pub(super) fn embedded_files(files: &mut Files) {
    let Some(text) = files.get(EMBEDDED) else {
        return;
    };
    let mut lines = Vec::new();
    let mut is_in_list = false;
    for line in text.lines() {
        let is_deps = |path: &str| path.starts_with("wit/deps/");
        if line.ends_with("= files![") {
            is_in_list = true;
            let wants_deps = line.contains("DEPENDENCY_FILES");
            lines.push(line.to_owned());
            let listed = files.keys().filter(|path| {
                path.starts_with("wit/") && path.ends_with(".wit") && is_deps(path) == wants_deps
            });
            lines.extend(listed.map(|path| format!("    \"{path}\",")));
        } else if line == "];" {
            is_in_list = false;
            lines.push(line.to_owned());
        } else if !is_in_list {
            lines.push(line.to_owned());
        }
    }
    let text = lines.join("\n") + "\n";
    files.insert(EMBEDDED.to_owned(), text);
}
