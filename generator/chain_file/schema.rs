//! The JSON Schema of the file, and how its parts are found.

use serde_json::Value;

use super::contents::Contents;

/// Returns the schema, without references: each is replaced by what it refers to.
pub(super) fn value() -> Value {
    let schema = schemars::schema_for!(Contents).to_value();
    let definitions = schema["$defs"].clone();
    resolved(&schema, &definitions)
}

/// Replaces references. The shape of the file has no cycles.
fn resolved(schema: &Value, definitions: &Value) -> Value {
    match schema {
        Value::Object(object) => {
            let name = object.get("$ref").and_then(|it| it.as_str()?.strip_prefix("#/$defs/"));
            if let Some(name) = name {
                return resolved(&definitions[name], definitions);
            }
            let entries = object.iter().filter(|(key, _)| *key != "$defs");
            entries
                .map(|(key, value)| (key.clone(), resolved(value, definitions)))
                .collect()
        }
        Value::Array(items) => items.iter().map(|item| resolved(item, definitions)).collect(),
        other => other.clone(),
    }
}

/// One of the types that a value may have.
pub(super) struct Alternative<'a> {
    pub kind: &'a str,
    pub format: Option<&'a str>,
    pub schema: &'a Value,
}

impl<'a> Alternative<'a> {
    /// Returns the only values that are allowed, if not all are.
    pub fn allowed(&self) -> Vec<&'a str> {
        let listed = self.schema["enum"].as_array().into_iter().flatten();
        listed.chain([&self.schema["const"]]).filter_map(Value::as_str).collect()
    }
}

/// Returns the types that a value may have.
pub(super) fn alternatives(schema: &Value) -> Vec<Alternative<'_>> {
    let several = ["anyOf", "oneOf"].iter().filter_map(|key| schema[*key].as_array()).flatten();
    let nested: Vec<_> = several.flat_map(alternatives).collect();
    if !nested.is_empty() {
        return nested;
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kinds = kinds.into_iter().filter(|kind| *kind != "null");
    kinds
        .map(|kind| Alternative {
            kind,
            format: schema["format"].as_str(),
            schema,
        })
        .collect()
}

/// Returns the schema of the value of a key.
pub(super) fn of_key<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    let others = || schema.get("additionalProperties").filter(|it| it.is_object());
    schema["properties"].get(key).or_else(others)
}

/// Returns the keys of a table.
pub(super) fn keys(schema: &Value) -> Vec<&str> {
    let properties = schema["properties"].as_object().into_iter();
    properties.flat_map(|it| it.keys().map(String::as_str)).collect()
}

/// Returns the keys that a table has to have.
pub(super) fn required(schema: &Value) -> Vec<&str> {
    let required = schema["required"].as_array().into_iter().flatten();
    required.filter_map(Value::as_str).collect()
}
