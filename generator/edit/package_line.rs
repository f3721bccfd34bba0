//! The `package` line of a text.

use super::versions::{Mention, mention};
use crate::syntax::{SyntaxKind, parse};

/// Returns the package that the `package` line of a text names. The heads of nested packages are no `package` lines.
pub(crate) fn package_line(text: &str) -> Option<Mention> {
    let mut lines = parse(text)
        .tree()
        .children()
        .filter(|node| node.kind() == SyntaxKind::PackageLine);
    lines.find_map(|line| line.children().find_map(|node| mention(&node)))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn heads_of_nested_packages_are_no_package_lines() {
        let text = "package x:y@1.0.0 { interface z {} }\n/// Docs.\npackage a:b@2.0.0;";
        let line = package_line(text).unwrap();
        assert_eq!(&text[line.range], "a:b@2.0.0");
        assert_eq!(package_line("interface i {}"), None);
    }
}
