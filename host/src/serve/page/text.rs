//! Text of others, of which only the beginning is kept.

/// Replaces a text by another one, of which at most `max` bytes are kept. Nothing is allocated if there is room.
pub fn replace(kept: &mut String, text: &str, max: usize) {
    kept.clear();
    if text.len() <= max {
        kept.push_str(text);
        return;
    }
    kept.push_str(&text[..text.floor_char_boundary(max)]);
    kept.push('…');
}

/// Returns a text, or its beginning.
pub fn clipped(text: &str, max: usize) -> String {
    let mut kept = String::new();
    replace(&mut kept, text, max);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(clipped("größer", 8), "größer");
        assert_eq!(clipped("größer", 7), "größe…");
        assert_eq!(clipped("größer", 4), "grö…");
        assert_eq!(clipped("größer", 3), "gr…");
        assert_eq!(clipped("größer", 0), "…");
    }
}
