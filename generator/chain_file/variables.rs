//! Variables of the environment in texts: `${NAME}`, `${NAME:-default}`, and `$$` for a dollar sign.

/// Looks up a variable of the environment.
pub(super) type Variables<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Why a text can't be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum VariableError {
    /// A variable that isn't set.
    Unset(String),
    /// A dollar sign that doesn't start a variable.
    Malformed,
}

/// Replaces the variables of a text. `None` if it has none.
///
/// # Errors
///
/// The first variable that isn't set and has no default, or that is malformed.
pub(super) fn substitute(
    text: &str,
    variables: &Variables<'_>,
) -> Result<Option<String>, VariableError> {
    if !text.contains('$') {
        return Ok(None);
    }
    let (mut result, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        rest = match after.strip_prefix('$') {
            Some(after) => {
                result.push('$');
                after
            }
            None => {
                let (variable, after) = after
                    .strip_prefix('{')
                    .and_then(|after| after.split_once('}'))
                    .ok_or(VariableError::Malformed)?;
                result.push_str(&value(variable, variables)?);
                after
            }
        };
    }
    result.push_str(rest);
    Ok(Some(result))
}

/// Returns the names of a text's variables, each with whether it has a default.
pub(crate) fn names(text: &str) -> Vec<(String, bool)> {
    let parts = text.replace("$$", "");
    let variables = parts.split("${").skip(1).filter_map(|part| part.split_once('}'));
    let names = variables.map(|(variable, _)| match variable.split_once(":-") {
        Some((name, _)) => (name.to_owned(), true),
        None => (variable.to_owned(), false),
    });
    names.collect()
}

/// Returns the value for the text between the braces.
fn value(variable: &str, variables: &Variables<'_>) -> Result<String, VariableError> {
    let (name, default) = match variable.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (variable, None),
    };
    // POSIX.1-2017, XBD 8.1.
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Err(VariableError::Malformed);
    }
    match (variables(name), default) {
        // As in a shell, an empty variable has the default too.
        (Some(value), Some(default)) if value.is_empty() => Ok(default.to_owned()),
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(VariableError::Unset(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn variables_are_replaced_once() {
        let variables = |name: &str| match name {
            "A" => Some("a${B}".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, expected) in [
            ("plain", Ok(None)),
            ("${A}", Ok(Some("a${B}"))),
            ("x${A}y$$z", Ok(Some("xa${B}y$z"))),
            ("$${A}", Ok(Some("${A}"))),
            ("${C:-c}", Ok(Some("c"))),
            ("${C:-}", Ok(Some(""))),
            ("${EMPTY:-e}", Ok(Some("e"))),
            ("${EMPTY}", Ok(Some(""))),
            ("${C}", Err(VariableError::Unset("C".to_owned()))),
            ("$A", Err(VariableError::Malformed)),
            ("${A", Err(VariableError::Malformed)),
            ("${}", Err(VariableError::Malformed)),
            ("${1}", Err(VariableError::Malformed)),
            ("${A B}", Err(VariableError::Malformed)),
            ("5$", Err(VariableError::Malformed)),
        ] {
            let substituted = substitute(text, &variables);
            let expected = expected.map(|expected| expected.map(str::to_owned));
            assert_eq!(substituted, expected, "{text}");
        }
    }
}
