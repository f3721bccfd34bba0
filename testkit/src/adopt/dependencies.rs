//! Packages that are kept as signatures: released files without comments.

use std::collections::BTreeSet;
use std::path::Path;

use wit_parser::{Resolve, WorldKey};
use witgen::format::{Options, format};
use witgen::syntax::{SyntaxKind, SyntaxNode};

use super::gates::Gates;
use super::tree;

/// Returns the signatures of a released file: its package line, and the items of which `is_kept`.
///
/// # Errors
///
/// A text that isn't WIT.
pub(super) fn signatures(
    name: &str,
    text: &str,
    is_kept: impl Fn(&SyntaxNode) -> bool,
) -> Result<String, String> {
    let tree = tree::parse_file(name, text)?;
    let mut parts = Vec::new();
    for node in tree.children() {
        if node.kind() == SyntaxKind::PackageLine || is_kept(&node) {
            let gates = Gates::default().of(&node).to_text();
            parts.push(gates + &tree::without_comments(&node));
        }
    }
    let text = parts.join("\n\n");
    format(name, &text, &Options::default()).map_err(|error| format!("{name}: {error}"))
}

/// Returns the interfaces of other packages that the worlds of a package import, as `wasi:clocks/types`.
pub(super) fn imported(resolve: &Resolve, package: &str) -> BTreeSet<String> {
    let path = |id| {
        let interface: &wit_parser::Interface = &resolve.interfaces[id];
        let owner = &resolve.packages[interface.package?].name;
        let name = interface.name.as_deref()?;
        Some((
            format!("{}:{}", owner.namespace, owner.name),
            format!("{}:{}/{name}", owner.namespace, owner.name),
        ))
    };
    let worlds = resolve.worlds.iter().filter(|(_, world)| {
        world.package.is_some_and(|id| {
            let owner = &resolve.packages[id].name;
            format!("{}:{}", owner.namespace, owner.name) == package
        })
    });
    let keys = worlds.flat_map(|(_, world)| world.imports.keys().chain(world.exports.keys()));
    let interfaces = keys.filter_map(|key| match key {
        WorldKey::Interface(id) => path(*id),
        WorldKey::Name(_) => None,
    });
    interfaces.filter(|(owner, _)| owner != package).map(|(_, path)| path).collect()
}

/// Reads a folder of WIT, with every feature on.
///
/// # Errors
///
/// What the validator reports.
pub(super) fn resolve(folder: &Path) -> Result<Resolve, String> {
    let mut resolve = Resolve::new();
    resolve.all_features = true;
    resolve.push_dir(folder).map_err(|error| format!("{error:#}"))?;
    Ok(resolve)
}
