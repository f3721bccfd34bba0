//! What the documentation says of the proxies: their lines, and the code of one of them.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::root;

use super::PROXIES;

/// Returns the code of a proxy without its tests: `gzip`, `raw/gzip`.
fn code(proxy: &str) -> String {
    let file = root().join("examples/proxies").join(proxy).join("src/lib.rs");
    let text = fs::read_to_string(file).unwrap();
    let (code, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
    code.trim_end().to_owned()
}

/// Counts the lines that aren't empty and aren't comments.
fn lines(proxy: &str) -> usize {
    let code = code(proxy);
    let lines = code.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

#[test]
fn the_table_has_the_lines_of_each_proxy() {
    let page = fs::read_to_string(root().join("examples/proxies/README.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ["));
    // Without what they do.
    let shown: Vec<_> = rows
        .map(|row| {
            let cells: Vec<_> = row.split(" | ").collect();
            format!("{} | {}", cells[0], cells[2..].join(" | "))
        })
        .collect();
    let counted = PROXIES.map(|proxy| {
        let (glue, raw) = (lines(proxy), lines(&format!("raw/{proxy}")));
        format!("| [{proxy}]({proxy}/src/lib.rs) | {glue} | [{raw}](raw/{proxy}/src/lib.rs) |")
    });
    assert_eq!(shown, counted);
}

#[test]
fn the_manual_shows_a_proxy_as_it_is() {
    let manual = fs::read_to_string(root().join("docs/components.md")).unwrap();
    let (_, after) = manual.split_once("](../examples/proxies/gzip/src/lib.rs)").unwrap();
    let (_, block) = after.split_once("```rs\n").unwrap();
    let (shown, _) = block.split_once("```").unwrap();
    assert_eq!(shown.trim_end(), code("gzip"));
    let (glue, raw) = (lines("gzip"), lines("raw/gzip"));
    let counted = format!("{glue} lines; without it, {raw}:");
    assert!(after.contains(&counted), "{counted}");
}
