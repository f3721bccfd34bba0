//! Words of documentation, however names are written in it.

/// Returns the words of a text in small letters, with one blank before and behind each. A name of several words may
/// be written with hyphens, underscores or blanks, or as `OneWord`.
pub(super) fn words(text: &str) -> String {
    let mut words = String::from(" ");
    let mut last: Option<char> = None;
    for c in text.chars() {
        let is_next_word =
            c.is_uppercase() && last.is_some_and(|last| last.is_lowercase() || last.is_numeric());
        if (!c.is_alphanumeric() || is_next_word) && !words.ends_with(' ') {
            words.push(' ');
        }
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        }
        last = Some(c);
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

/// Whether words contain those of a name, or their plural.
pub(super) fn mention(words_of_text: &str, name: &str) -> bool {
    let name = words(name);
    words_of_text.contains(&name) || words_of_text.contains(&format!("{}s ", name.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_written() {
        for text in [
            "the max-size of it",
            "`max_size`",
            "MaxSize",
            "maxSize",
            "MAX_SIZE.",
            "a max size",
            "max-sizes",
        ] {
            assert!(mention(&words(text), "max-size"), "{text}");
        }
        for text in ["maximum size", "size", "max, resize", ""] {
            assert!(!mention(&words(text), "max-size"), "{text}");
        }
        assert_eq!(words(""), " ");
        assert_eq!(words("A1Door"), " a1 door ");
    }
}
