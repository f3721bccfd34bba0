//! Expressions of GitHub Actions, as far as the action uses them: names, strings, `==`, `!=`, `!`, `&&`, `||`, status functions.

use std::iter::Peekable;

/// What expressions can see.
pub trait Context {
    /// Returns the value of a name such as `inputs.directory`; empty for one that has none.
    fn value(&self, name: &str) -> String;
    /// Returns the result of a status function such as `success`.
    fn status(&self, function: &str) -> bool;
}

/// Returns text with the values of its `${{ … }}`.
pub fn interpolated(text: &str, context: &dyn Context) -> String {
    let mut rest = text;
    let mut result = String::new();
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, after) = after.split_once("}}").expect("an expression ends");
        result += before;
        result += &value(expression, context);
        rest = after;
    }
    result + rest
}

/// Returns whether a step runs. A condition without a status function also requires that all steps before have succeeded.
pub fn holds(condition: &str, context: &dyn Context) -> bool {
    let asks_for_status = ["success()", "failure()", "cancelled()", "always()"];
    let depends = asks_for_status.iter().any(|function| condition.contains(function));
    (depends || context.status("success")) && is_true(&value(condition, context))
}

fn value(expression: &str, context: &dyn Context) -> String {
    let mut tokens = tokens(expression).into_iter().peekable();
    let value = any(&mut tokens, context);
    assert_eq!(tokens.next(), None, "the rest of `{expression}`");
    value
}

fn is_true(value: &str) -> bool {
    !matches!(value, "" | "false")
}

#[derive(Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Sign(&'static str),
}

fn tokens(expression: &str) -> Vec<Token> {
    const SIGNS: [&str; 7] = ["&&", "||", "==", "!=", "!", "(", ")"];
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if first == '\'' {
            let (text, after) = rest[1..].split_once('\'').expect("a string ends");
            tokens.push(Token::Text(text.to_owned()));
            rest = after;
        } else {
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            assert!(end > 0, "`{rest}` of `{expression}`");
            tokens.push(Token::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    tokens
}

type Tokens = Peekable<std::vec::IntoIter<Token>>;

fn takes(tokens: &mut Tokens, sign: &'static str) -> bool {
    tokens.next_if_eq(&Token::Sign(sign)).is_some()
}

fn any(tokens: &mut Tokens, context: &dyn Context) -> String {
    let mut left = all(tokens, context);
    while takes(tokens, "||") {
        let right = all(tokens, context);
        left = if is_true(&left) { left } else { right };
    }
    left
}

fn all(tokens: &mut Tokens, context: &dyn Context) -> String {
    let mut left = equality(tokens, context);
    while takes(tokens, "&&") {
        let right = equality(tokens, context);
        left = if is_true(&left) { right } else { left };
    }
    left
}

fn equality(tokens: &mut Tokens, context: &dyn Context) -> String {
    let left = single(tokens, context);
    if takes(tokens, "==") {
        (left == single(tokens, context)).to_string()
    } else if takes(tokens, "!=") {
        (left != single(tokens, context)).to_string()
    } else {
        left
    }
}

fn single(tokens: &mut Tokens, context: &dyn Context) -> String {
    match tokens.next().expect("an operand") {
        Token::Sign("!") => (!is_true(&single(tokens, context))).to_string(),
        Token::Sign("(") => {
            let value = any(tokens, context);
            assert!(takes(tokens, ")"), "a group ends");
            value
        }
        Token::Text(text) => text,
        Token::Name(function) if takes(tokens, "(") => {
            assert!(takes(tokens, ")"), "`{function}` takes no arguments");
            context.status(&function).to_string()
        }
        Token::Name(name) => context.value(&name),
        Token::Sign(sign) => panic!("`{sign}` is no operand"),
    }
}

#[test]
fn expressions_mean_what_the_runner_takes_them_for() {
    struct Example;
    impl Context for Example {
        fn value(&self, name: &str) -> String {
            match name {
                "inputs.a" => "true".to_owned(),
                "inputs.b" => "x y".to_owned(),
                _ => String::new(),
            }
        }
        fn status(&self, function: &str) -> bool {
            function == "failure"
        }
    }
    assert_eq!(
        interpolated("<${{ inputs.b }}|${{inputs.c}}>", &Example),
        "<x y|>"
    );
    for (condition, expected) in [
        ("failure() && inputs.a == 'true'", true),
        ("!cancelled() && inputs.b != ''", true),
        ("always() && (inputs.c || inputs.a == 'false')", false),
        // A step before has failed.
        ("inputs.a == 'true'", false),
    ] {
        assert_eq!(holds(condition, &Example), expected, "{condition}");
    }
}
