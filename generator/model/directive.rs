//! Comments that are for tools. Other tools encode them as documentation, and packages that they encoded are
//! shown without.

/// The beginning of a comment that allows findings.
pub(crate) const ALLOW: &str = "witgen-allow";

/// The comment above a gate that the next release replaces.
pub(crate) const STABILIZE_NEXT: &str = "@stabilize-next";

/// Documentation without lines that are for tools; none if nothing else is left.
pub(super) fn without_directives(docs: &str) -> Option<String> {
    let docs = docs.trim_end();
    if ![ALLOW, STABILIZE_NEXT].iter().any(|it| docs.contains(it)) {
        return Some(docs.to_owned());
    }
    let is_directive = |line: &&str| {
        let text = line.trim_start_matches(['*', ' ']);
        text.starts_with(ALLOW) || text.starts_with(STABILIZE_NEXT)
    };
    let lines: Vec<_> = docs.lines().filter(|line| !is_directive(line)).collect();
    let docs = lines.join("\n").trim_end().to_owned();
    (!docs.trim().is_empty()).then_some(docs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_for_tools_are_not_documentation() {
        for (docs, left) in [
            ("Opens.\n\nWide.\n", Some("Opens.\n\nWide.")),
            ("witgen-allow docs-missing: as in C\nOpens.", Some("Opens.")),
            ("Opens.\n@stabilize-next", Some("Opens.")),
            ("* witgen-allow docs-missing */", None),
            ("See `witgen-allow`.", Some("See `witgen-allow`.")),
        ] {
            assert_eq!(without_directives(docs).as_deref(), left);
        }
    }
}
