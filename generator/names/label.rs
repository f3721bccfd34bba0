//! Labels of imports and exports.

/// Returns the label and the interface of `primary: handler` or `primary: wasi:http/handler`; none of `wasi:http/handler`.
pub(crate) fn label(item: &str) -> Option<(&str, &str)> {
    let (label, interface) = item.split_once(':')?;
    let is_label = interface.contains(':') || !interface.contains('/');
    is_label.then(|| (label.trim(), interface.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_no_label() {
        assert_eq!(label("primary: handler"), Some(("primary", "handler")));
        assert_eq!(
            label("primary:a:b/i@1.0.0"),
            Some(("primary", "a:b/i@1.0.0"))
        );
        assert_eq!(label("a:b/i@1.0.0"), None);
        assert_eq!(label("handler"), None);
    }
}
