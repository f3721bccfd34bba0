//! Functions with very many parameters, in text that isn't parsed yet: wit-parser compares each parameter with all
//! before it (0.262, `resolve_params`).

use std::ops::Range;

use crate::diagnostic::{Diagnostic, codes};

/// The most parameters of a function, as in a component (wasmparser 0.262, `MAX_WASM_FUNCTION_PARAMS`).
const MAX_PARAMETERS: usize = 1000;

/// Returns the first function of a text that has too many parameters, and the range of its name.
///
/// Text that isn't WIT is read in some way, without a result that matters: wit-parser reads up to the first error too.
pub(crate) fn find_many_parameters(text: &str) -> Option<(Diagnostic, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut name = 0..0;
    let mut last_word = 0..0;
    let mut open = 0_usize;
    let mut parameters = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => {
                at += rest_of_line(&bytes[at..]);
                continue;
            }
            b'/' if bytes[at..].starts_with(b"/*") => {
                at += block_comment(&bytes[at..]);
                continue;
            }
            b'"' => {
                at += string(&bytes[at..]);
                continue;
            }
            byte if is_word(byte) => {
                let length = bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
                last_word = at..at + length;
                at += length;
                continue;
            }
            b'(' => {
                if open == 0 {
                    parameters = 0;
                    if text.get(last_word.clone()) == Some("constructor") {
                        name = last_word.clone();
                    }
                }
                open += 1;
            }
            b')' => open = open.saturating_sub(1),
            b'{' | b'}' | b';' => open = 0,
            // Before a function's parameters, the name of the function; in them, that of a parameter.
            b':' if open == 0 => name = last_word.clone(),
            b':' => {
                parameters += 1;
                if parameters > MAX_PARAMETERS {
                    let shown = text.get(name.clone()).unwrap_or_default();
                    let message =
                        format!("function `{shown}` has more than {MAX_PARAMETERS} parameters");
                    let failure = Diagnostic::error(codes::TOO_MANY_PARAMETERS, message)
                        .help("put them into a record");
                    return Some((failure, name));
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether a byte is part of a name; those of other characters are, which makes no difference.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte >= 0x80
}

/// The length of the rest of a line.
fn rest_of_line(text: &[u8]) -> usize {
    text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len())
}

/// The length of the comment that a text begins with; comments nest.
fn block_comment(text: &[u8]) -> usize {
    let mut open = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let (step, change) = match &text[at..] {
            [b'/', b'*', ..] => (2, 1),
            [b'*', b'/', ..] => (2, -1),
            _ => (1, 0),
        };
        at += step;
        open = open.saturating_add_signed(change);
        if open == 0 {
            break;
        }
    }
    at
}

/// The length of the string that a text begins with.
fn string(text: &[u8]) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(count: usize) -> String {
        (0..count).map(|at| format!("p{at}: result<u8, u8>, /* : */ // :\n")).collect()
    }

    /// The name of the function that has too many parameters.
    fn found(text: &str) -> Option<&str> {
        find_many_parameters(text).map(|(_, range)| &text[range])
    }

    #[test]
    fn parameters_are_counted_for_each_function() {
        let (most, more) = (parameters(1000), parameters(1001));
        let text =
            |f: &str, g: &str| format!("interface i {{ f: func({f}); g: async func({g}); }}");
        assert_eq!(found(&text(&most, &most)), None);
        assert_eq!(found(&text(&more, "")), Some("f"));
        assert_eq!(found(&text(&most, &more)), Some("g"));
        let constructor = format!("f: func(); resource r {{ constructor({more}); }}");
        assert_eq!(found(&constructor), Some("constructor"));
    }

    #[test]
    fn what_is_no_parameter_does_not_count() {
        let many = ":".repeat(2000);
        for text in [
            format!("/* (/**/ ( {many} */"),
            format!("// ( {many}"),
            format!("@external-id(\"\\\"{many}\") f: func();"),
            format!("{{ {many} }}"),
            "use a:b/c@1.0.0.{d};".repeat(2000),
            "f: func(a: u8);".repeat(2000),
        ] {
            assert_eq!(found(&text), None, "{}", &text[..20]);
        }
    }

    #[test]
    fn text_that_is_not_wit_is_read_to_its_end() {
        for text in [
            "", "(", "\"", "\"\\", "/*", "/* /", "//", "ä: (", "a:", ")) :",
        ] {
            assert_eq!(found(text), None);
        }
    }
}
