//! Text of scripts and reports: percent-encoding, and values as the component model's value encoding (WAVE) writes them.

/// Decodes a word: `%XX` is a byte, and `%-` nothing at all.
pub fn decode_bytes(word: &str) -> Vec<u8> {
    let bytes = word.as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            (b'%', ..) => at += 2,
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

pub fn decode(word: &str) -> String {
    String::from_utf8(decode_bytes(word)).unwrap_or_default()
}

/// Encodes text so that a field's value can hold it.
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'%' | 0..=0x1f | 0x7f.. => push_hex(&mut encoded, "%", byte),
            byte => encoded.push(char::from(byte)),
        }
    }
    encoded
}

fn push_hex(text: &mut String, prefix: &str, byte: u8) {
    text.push_str(prefix);
    for digit in [byte >> 4, byte & 15] {
        text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
    }
}

/// Splits a list: `[a|b]`, whose elements may be lists.
pub fn list(word: &str) -> Option<Vec<&str>> {
    let inside = word.strip_prefix('[')?.strip_suffix(']')?;
    let mut elements = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, char) in inside.char_indices() {
        match char {
            '[' => depth += 1,
            ']' => depth -= 1,
            '|' if depth == 0 => {
                elements.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inside.is_empty() {
        elements.push(&inside[start..]);
    }
    Some(elements)
}

/// Bytes in quotes; what is not printable ASCII is `\xXX`.
pub fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(byte));
            }
            b' '..=b'~' => text.push(char::from(byte)),
            byte => push_hex(&mut text, "\\x", byte),
        }
    }
    text.push('"');
    text
}

/// `[a, b]`
pub fn listed(elements: impl Iterator<Item = String>) -> String {
    ["[", &elements.collect::<Vec<_>>().join(", "), "]"].concat()
}

/// `some(…)` or `none`
pub fn option(value: Option<String>) -> String {
    value.map_or_else(
        || "none".to_owned(),
        |value| ["some(", &value, ")"].concat(),
    )
}

/// `ok`, `ok(…)` or `err(…)`
pub fn result<T, E>(
    result: &Result<T, E>,
    ok: impl Fn(&T) -> String,
    err: impl Fn(&E) -> String,
) -> String {
    let (case, payload) = match result {
        Ok(value) => ("ok", ok(value)),
        Err(error) => ("err", err(error)),
    };
    if payload.is_empty() {
        return case.to_owned();
    }
    [case, "(", &payload, ")"].concat()
}

/// The payload of a case that has none.
pub fn nothing<T>(_: &T) -> String {
    String::new()
}
