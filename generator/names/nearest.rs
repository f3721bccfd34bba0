//! Suggestions for unknown names.

/// Returns the candidate that `typed` most likely stands for, if any is near enough.
pub(crate) fn nearest<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(typed, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1.max(candidate.len() / 3))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Returns the help for a name that none of the candidates has: the nearest one, then all of them under
/// what they are called, such as `worlds`.
pub(crate) fn suggest(typed: &str, noun: &str, candidates: &[&str]) -> String {
    let list = candidates.join(", ");
    match nearest(typed, candidates.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`? {noun}: {list}"),
        None => format!("{noun}: {list}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{nearest, suggest};

    const WORLDS: [&str; 4] = ["imports", "middleware", "proxy", "service"];

    #[test]
    fn a_misspelled_name_finds_the_right_one() {
        assert_eq!(nearest("prxy", WORLDS), Some("proxy"));
        assert_eq!(nearest("sevrice", WORLDS), Some("service"));
        assert_eq!(nearest("command", WORLDS), None);
    }

    #[test]
    fn a_suggestion_lists_every_candidate() {
        let list = "worlds: imports, middleware, proxy, service";
        let near = suggest("prxy", "worlds", &WORLDS);
        assert_eq!(near, format!("did you mean `proxy`? {list}"));
        assert_eq!(suggest("command", "worlds", &WORLDS), list);
    }
}
