//! Renders templates to text.

/// Renders a template to text that ends in one newline.
pub(crate) fn text(template: &impl askama::Template) -> String {
    let text = template.render().expect("a template without filters cannot fail");
    format!("{}\n", text.trim())
}
