//! Limits of the attributes of a span.

/// Limits of the attributes of a span (OpenTelemetry, "Attribute Limits").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many a span has.
    pub attributes: u32,
    /// How many characters a text has.
    pub value_length: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            attributes: 128,
            value_length: None,
        }
    }
}

impl Limits {
    /// Returns how many bytes are kept of a text of this length, which consists of parts.
    pub fn kept(&self, length: usize, parts: &[&str]) -> usize {
        match self.value_length {
            Some(limit) if limit < length => {
                let characters = parts.iter().flat_map(|part| part.chars());
                characters.take(limit).map(char::len_utf8).sum()
            }
            _ => length,
        }
    }
}
