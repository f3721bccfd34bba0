//! Names: the nearest one to what was typed.

/// The candidate that `typed` most likely stands for, if any is near enough.
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

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        let worlds = ["imports", "middleware", "proxy", "service"];
        assert_eq!(nearest("prxy", worlds), Some("proxy"));
        assert_eq!(nearest("sevrice", worlds), Some("service"));
        assert_eq!(nearest("command", worlds), None);
    }
}
