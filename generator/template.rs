//! Renders templates to text.

/// Renders a template to text that ends in one newline.
pub(crate) fn text(template: &impl askama::Template) -> String {
    let text = template.render().expect("a template without filters cannot fail");
    // A carriage return is part of what a line shows.
    let text = text.trim_start().trim_end_matches([' ', '\t', '\n']);
    format!("{text}\n")
}
