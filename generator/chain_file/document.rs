//! Reads the text: TOML whose keys and types are those of the schema, with variables replaced.
//!
//! serde stops at the first problem. So the document is compared with the schema first, which reports all problems, and what is
//! wrong is taken out.

use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize as _;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue, Deserializer};

use super::contents::Contents;
use super::format;
use super::schema::{self, Alternative};
use super::setting::Text;
use super::variables::{VariableError, Variables, substitute};
use crate::diagnostic::{Diagnostic, Place, codes};
use crate::names::nearest;

static SCHEMA: LazyLock<Value> = LazyLock::new(schema::value);

/// The sections whose keys are options of `witgen serve`.
const OPTIONS: [&str; 4] = ["limits", "log", "server", "side-calls"];

/// The part of the file that a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// Everything, to serve it.
    Everything,
    /// Everything but secrets, which aren't read.
    Values,
    /// The parts for composing chains. Elsewhere, variables may be unset, and secrets may be missing.
    Composition,
}

/// A value of `[server]`, `[limits]`, `[log]` or `[side-calls]`, as text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OptionValue {
    /// The section and the key: `limits.max-connections`.
    pub key: String,
    /// The value, or all those of a list.
    pub values: Vec<String>,
    /// Where the value is.
    pub place: Place,
}

/// A value that was left out because its variable isn't set: in [`Scope::Composition`] alone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnsetValue {
    /// The keys that lead to the value: `server.grace`.
    pub key: String,
    /// The variable.
    pub variable: String,
    /// Where the value is.
    pub place: Place,
}

/// The result of reading a document.
pub(super) struct Document {
    /// The contents, as far as they are valid; `None` if nothing is known about them.
    pub contents: Option<Contents>,
    pub options: Vec<OptionValue>,
    pub unset: Vec<UnsetValue>,
    pub problems: Vec<Diagnostic>,
}

impl Document {
    /// Reads a text.
    pub fn read(text: &Text, variables: &Variables<'_>, scope: Scope) -> Self {
        let source = text.0.text().clone();
        let (mut table, errors) = DeTable::parse_recoverable(&source);
        if !errors.is_empty() {
            let problem = |error: &toml::de::Error| {
                let message = error.message().lines().next().unwrap_or_default();
                invalid(message, text.at(error.span().unwrap_or(0..0)))
            };
            return Document {
                contents: None,
                options: Vec::new(),
                unset: Vec::new(),
                problems: errors.iter().map(problem).collect(),
            };
        }
        let mut walk = Walk {
            text,
            variables,
            scope,
            path: Vec::new(),
            options: Vec::new(),
            unset: Vec::new(),
            problems: Vec::new(),
        };
        let span = table.span();
        walk.table(&SCHEMA, table.get_mut(), span);
        let (options, unset, mut problems) = (walk.options, walk.unset, walk.problems);
        let contents = match Contents::deserialize(Deserializer::from(table)) {
            Ok(contents) => Some(contents),
            Err(error) => {
                // Otherwise it follows from these.
                if problems.is_empty() {
                    let place = text.at(error.span().unwrap_or(0..0));
                    problems.push(invalid(error.message(), place));
                }
                None
            }
        };
        Document {
            contents,
            options,
            unset,
            problems,
        }
    }
}

/// Returns the diagnostic for a value that the file can't have.
pub(super) fn invalid(message: impl Into<String>, place: Place) -> Diagnostic {
    Diagnostic::error(codes::INVALID_CHAIN_FILE, message).at(place)
}

struct Walk<'a> {
    text: &'a Text,
    variables: &'a Variables<'a>,
    scope: Scope,
    /// The keys that lead to the value.
    path: Vec<String>,
    options: Vec<OptionValue>,
    unset: Vec<UnsetValue>,
    problems: Vec<Diagnostic>,
}

impl Walk<'_> {
    /// Checks a table. Invalid values are removed, or replaced if a value is required.
    fn table(&mut self, schema: &Value, table: &mut DeTable<'_>, span: Range<usize>) {
        let required = schema::required(schema);
        for (key, mut value) in std::mem::replace(table, DeTable::new()) {
            let Some(of_value) = schema::of_key(schema, key.get_ref()) else {
                self.report_unknown_key(schema, &key);
                continue;
            };
            self.path.push(key.get_ref().to_string());
            let is_valid = self.value(of_value, &mut value);
            self.path.pop();
            if !is_valid && required.contains(&&**key.get_ref()) {
                *value.get_mut() = placeholder(of_value);
            } else if !is_valid {
                continue;
            }
            table.insert(key, value);
        }
        for name in required {
            if table.contains_key(name) {
                continue;
            }
            let message = format!("{} has no `{name}`", self.table_name());
            self.problems.push(invalid(message, self.text.at(span.clone())));
            let of_value = schema::of_key(schema, name).unwrap_or(&Value::Null);
            let key = DeString::Owned(name.to_owned());
            table.insert(
                Spanned::new(span.clone(), key),
                Spanned::new(span.clone(), placeholder(of_value)),
            );
        }
    }

    fn report_unknown_key(&mut self, schema: &Value, key: &Spanned<DeString<'_>>) {
        let known = schema::keys(schema);
        let message = format!("{} has no key `{}`", self.table_name(), key.get_ref());
        let help = match nearest(key.get_ref(), known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its keys are {}", known.join(", ")),
        };
        self.problems.push(invalid(message, self.text.at(key.span())).help(help));
    }

    /// Checks a value, and returns whether it is valid.
    fn value(&mut self, schema: &Value, value: &mut Spanned<DeValue<'_>>) -> bool {
        let span = value.span();
        if !self.substitute(value) {
            return false;
        }
        let alternatives = schema::alternatives(schema);
        let kind = kind(value.get_ref());
        let fits = |it: &&Alternative| it.kind == kind || it.kind == "number" && kind == "integer";
        let fitting: Vec<&Alternative> = alternatives.iter().filter(fits).collect();
        let Some(first) = fitting.first() else {
            let mut expected: Vec<_> = alternatives.iter().map(|it| article(it.kind)).collect();
            expected.dedup();
            let message = format!(
                "{} is {}, but must be {}",
                self.name(),
                article(kind),
                expected.join(" or ")
            );
            self.problems.push(invalid(message, self.text.at(span)));
            return false;
        };
        let is_valid = match value.get_mut() {
            DeValue::String(text) => self.string(&fitting, text, span.clone()),
            DeValue::Integer(number) => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
                self.integer(first.schema, number, span.clone())
            }
            DeValue::Float(number) => {
                let number = number.as_str().replace('_', "").parse().ok();
                self.number(first.schema, number, span.clone())
            }
            DeValue::Array(array) => {
                let items = &first.schema["items"];
                for mut item in std::mem::replace(array, DeArray::new()) {
                    if self.value(items, &mut item) {
                        array.push(item);
                    }
                }
                true
            }
            DeValue::Table(table) => {
                self.table(first.schema, table, span.clone());
                true
            }
            _ => true,
        };
        if is_valid {
            self.record_option(value);
        }
        is_valid
    }

    /// Replaces the variables of a string, and returns whether all are set.
    fn substitute(&mut self, value: &mut Spanned<DeValue<'_>>) -> bool {
        let span = value.span();
        let DeValue::String(text) = value.get_mut() else {
            return true;
        };
        let problem = match substitute(text, self.variables) {
            Ok(None) => return true,
            Ok(Some(substituted)) => {
                *text = DeString::Owned(substituted);
                return true;
            }
            Err(VariableError::Unset(name)) => {
                // Unneeded values are left out.
                if self.scope == Scope::Composition && !self.is_composed() {
                    self.unset.push(UnsetValue {
                        key: self.path.join("."),
                        variable: name,
                        place: self.text.at(span),
                    });
                    return false;
                }
                Diagnostic::error(
                    codes::UNSET_VARIABLE,
                    format!("the variable `{name}` of the environment isn't set"),
                )
                .at(self.text.at(span))
                .help(format!(
                    "set it, or write a default: `${{{name}:-default}}`"
                ))
            }
            Err(VariableError::Malformed) => {
                let message = format!("`$` in {} doesn't start a variable", self.name());
                invalid(message, self.text.at(span))
                    .help("write `${NAME}` for a variable, and `$$` for a dollar sign")
            }
        };
        self.problems.push(problem);
        false
    }

    /// Whether a composition depends on the value.
    fn is_composed(&self) -> bool {
        let keys: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match keys.as_slice() {
            ["chains" | "origins", ..] => true,
            ["members", _, key, ..] => ["component", "digest", "hops", "clients"].contains(key),
            _ => false,
        }
    }

    fn string(&mut self, fitting: &[&Alternative<'_>], text: &str, span: Range<usize>) -> bool {
        let allowed: Vec<&str> = fitting.iter().flat_map(|it| it.allowed()).collect();
        if !allowed.is_empty() && !allowed.contains(&text) {
            let message = format!("{} can't be `{text}`", self.name());
            let help = match nearest(text, allowed.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it can be {}", allowed.join(", ")),
            };
            self.problems.push(invalid(message, self.text.at(span)).help(help));
            return false;
        }
        let formats = fitting.iter().filter_map(|it| it.format);
        for format in formats {
            if let Err(problem) = format::check(format, text) {
                let message = format!("`{text}` {}", problem.what);
                let found = invalid(message, self.text.at(span));
                self.problems.push(found.help(problem.help));
                return false;
            }
        }
        true
    }

    fn integer(&mut self, schema: &Value, number: Option<i64>, span: Range<usize>) -> bool {
        let bound = |key: &str| schema[key].as_f64().map(|bound| bound as i64);
        let (minimum, maximum) = (bound("minimum"), bound("maximum"));
        let what = match number {
            None => "is too large".to_owned(),
            Some(number) => match (minimum, maximum) {
                (Some(minimum), _) if number < minimum => {
                    format!("is {number}, but must be at least {minimum}")
                }
                (_, Some(maximum)) if number > maximum => {
                    format!("is {number}, but must be at most {maximum}")
                }
                _ => return true,
            },
        };
        let message = format!("{} {what}", self.name());
        self.problems.push(invalid(message, self.text.at(span)));
        false
    }

    fn number(&mut self, schema: &Value, number: Option<f64>, span: Range<usize>) -> bool {
        let (minimum, maximum) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
        let number = number.unwrap_or(f64::NAN);
        let is_above = minimum.is_none_or(|minimum| number >= minimum);
        let is_below = maximum.is_none_or(|maximum| number <= maximum);
        if number.is_finite() && is_above && is_below {
            return true;
        }
        let range = match (minimum, maximum) {
            (Some(minimum), Some(maximum)) => format!("a number from {minimum} to {maximum}"),
            (Some(minimum), None) => format!("at least {minimum}"),
            (None, Some(maximum)) => format!("at most {maximum}"),
            (None, None) => "a number".to_owned(),
        };
        let message = format!("{} is {number}, but must be {range}", self.name());
        self.problems.push(invalid(message, self.text.at(span)));
        false
    }

    /// Keeps the value of an option as text.
    fn record_option(&mut self, value: &Spanned<DeValue<'_>>) {
        let [section, _] = self.path.as_slice() else {
            return;
        };
        if !OPTIONS.contains(&section.as_str()) {
            return;
        }
        let values = match value.get_ref() {
            DeValue::Array(items) => {
                items.iter().filter_map(|item| text_of(item.get_ref())).collect()
            }
            DeValue::Table(_) => return,
            single => text_of(single).into_iter().collect(),
        };
        // The items of a list have the path of the list, and come before it.
        let key = self.path.join(".");
        self.options.retain(|option| option.key != key);
        self.options.push(OptionValue {
            key,
            values,
            place: self.text.at(value.span()),
        });
    }

    /// Returns what messages call the value.
    fn name(&self) -> String {
        format!("`{}`", self.path.join("."))
    }

    /// Returns what messages call the table.
    fn table_name(&self) -> String {
        if self.path.is_empty() {
            "the file".to_owned()
        } else {
            self.name()
        }
    }
}

fn text_of(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(is_set) => Some(is_set.to_string()),
        _ => None,
    }
}

/// Returns the type of a value, as a schema calls it.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "string",
        DeValue::Integer(_) => "integer",
        DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Datetime(_) => "date",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
    }
}

fn article(kind: &str) -> &'static str {
    match kind {
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a table",
        _ => "a date",
    }
}

/// Returns a value for a required key whose own is wrong, so that the others can be read.
fn placeholder(schema: &Value) -> DeValue<'static> {
    match schema::alternatives(schema).first().map(|it| it.kind) {
        Some("array") => DeValue::Array(Default::default()),
        Some("object") => DeValue::Table(DeTable::new()),
        Some("boolean") => DeValue::Boolean(false),
        _ => DeValue::String(DeString::Borrowed("")),
    }
}
