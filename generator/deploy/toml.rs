//! Values in TOML.

/// Returns a text as a string.
pub(super) fn string(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn every_text_is_one_string() {
        for text in ["a", "a \"b\"", "a\n[b]", "'''\"\"\""] {
            let table: ::toml::Table = format!("a = {}", string(text)).parse().unwrap();
            assert_eq!(table["a"].as_str(), Some(text));
        }
    }
}
