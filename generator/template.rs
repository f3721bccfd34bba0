//! Renders templates to text.

/// Renders a template to text that ends in one newline.
pub(crate) fn text(template: &impl askama::Template) -> String {
    trimmed(&template.render().expect("a template without filters cannot fail"))
}

/// Returns a text without blank lines at its beginning that ends in one newline.
pub(crate) fn trimmed(text: &str) -> String {
    // A carriage return is part of what a line shows.
    let text = text.trim_start().trim_end_matches([' ', '\t', '\n']);
    format!("{text}\n")
}
