//! Implementations of the traits in bindings, so that the macros that export them are compiled too.

use std::fmt::Write as _;

/// Adds an implementation for `crate::Component` after each trait but that of `wasi:http/handler`, which `export!` implements.
pub fn implement(bindings: &str) -> String {
    let mut text = String::new();
    let mut implementation: Option<String> = None;
    let mut depth = 0;
    for line in bindings.lines() {
        text.push_str(line);
        text.push('\n');
        let code = line.trim();
        if implementation.is_none() {
            let name = code.strip_prefix("pub trait Guest");
            let Some(rest) = name else { continue };
            let rest = rest.split([' ', ':']).next().unwrap_or_default();
            implementation = Some(format!("impl Guest{rest} for crate::Component {{\n"));
        }
        let Some(items) = &mut implementation else {
            continue;
        };
        if depth == 1 && code.ends_with(';') {
            if code.starts_with("fn ") || code.starts_with("async fn ") {
                let _ = writeln!(items, "{} {{ unreachable!() }}", code.trim_end_matches(';'));
            } else if let Some(ty) = code.strip_prefix("type ") {
                let name = ty.split(':').next().unwrap_or_default();
                let _ = writeln!(items, "type {name} = crate::Component;");
            }
        }
        depth += code.matches('{').count();
        depth -= code.matches('}').count();
        if depth == 0 && code.ends_with('}') {
            if !items.contains("async fn handle(request: Request") {
                let _ = writeln!(text, "{items}}}");
            }
            implementation = None;
        }
    }
    text
}
