//! `fields.*`

use std::rc::Rc;

use super::{borrowed, name, unknown};
use crate::codes::header_error;
use crate::glue::bindings::wasi::http::types::Fields;
use crate::script::Step;
use crate::state::{State, Value};
use crate::text::{decode, decode_bytes, list, listed, nothing, quoted, result};

pub fn call(state: &State, step: &Step, function: &str) -> Result<String, String> {
    let new = |fields: Fields| name(state, step, 0, Value::Fields(Rc::new(fields)));
    match function {
        "new" => {
            new(Fields::new());
            return Ok("ok".to_owned());
        }
        "from-list" => {
            let entries = entries(step.arguments.first().map_or("", String::as_str))?;
            let made = Fields::from_list(&entries);
            let text = result(&made, nothing, header_error);
            if let Ok(fields) = made {
                new(fields);
            }
            return Ok(text);
        }
        _ => {}
    }
    let fields = borrowed!(state, step.argument(0), Fields)?;
    let field = step.argument(1);
    Ok(match function {
        "get" => values(&fields.get(&field)),
        "has" => fields.has(&field).to_string(),
        "set" => {
            let values = list(step.arguments.get(2).map_or("[]", String::as_str));
            let values = values.ok_or("no list of values")?;
            let values: Vec<_> = values.into_iter().map(decode_bytes).collect();
            result(&fields.set(&field, &values), nothing, header_error)
        }
        "delete" => result(&fields.delete(&field), nothing, header_error),
        "get-and-delete" => {
            let deleted = fields.get_and_delete(&field);
            result(&deleted, |it| values(it), header_error)
        }
        "append" => {
            let appended = fields.append(&field, &step.bytes(2));
            result(&appended, nothing, header_error)
        }
        // A value that no script could contain.
        "append-long" => {
            let length = step.argument(2).parse().map_err(|_| "no length")?;
            let appended = fields.append(&field, &vec![b'a'; length]);
            result(&appended, nothing, header_error)
        }
        "copy-all" => text(&fields),
        "clone" => {
            new(Fields::clone(&fields));
            "ok".to_owned()
        }
        _ => return Err(unknown(step)),
    })
}

/// Reads `[[name|value]|[name|value]]`.
pub fn entries(word: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
    let entries = list(word).ok_or("no list of fields")?;
    let entry = |entry: &str| match list(entry)?.as_slice() {
        [name, value] => Some((decode(name), decode_bytes(value))),
        _ => None,
    };
    let entries: Option<_> = entries.into_iter().map(entry).collect();
    entries.ok_or_else(|| "a field is no pair".to_owned())
}

fn values(values: &[Vec<u8>]) -> String {
    listed(values.iter().map(|value| quoted(value)))
}

/// All names and values: `[("a", "1")]`
pub fn text(fields: &Fields) -> String {
    let entries = fields.copy_all();
    listed(entries.iter().map(|(name, value)| {
        let name = quoted(name.as_bytes());
        ["(", &name, ", ", &quoted(value), ")"].concat()
    }))
}
