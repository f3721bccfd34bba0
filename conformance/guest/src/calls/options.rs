//! `request-options.*`

use std::rc::Rc;

use super::{borrowed, name, unknown};
use crate::codes::options_error;
use crate::glue::bindings::wasi::http::types::RequestOptions;
use crate::script::Step;
use crate::state::{State, Value};
use crate::text::{nothing, option, result};

pub fn call(state: &State, step: &Step, function: &str) -> Result<String, String> {
    let new = |options: RequestOptions| name(state, step, 0, Value::Options(Rc::new(options)));
    if function == "new" {
        new(RequestOptions::new());
        return Ok("ok".to_owned());
    }
    let options = borrowed!(state, step.argument(0), Options)?;
    // Durations are in milliseconds, as people write them.
    let duration = || match step.optional(1) {
        None => Ok(None),
        Some(written) => {
            let milliseconds = written.parse::<u64>().map_err(|_| "no duration")?;
            Ok::<_, String>(Some(milliseconds * 1_000_000))
        }
    };
    let shown = |duration: Option<u64>| option(duration.map(|it| (it / 1_000_000).to_string()));
    Ok(match function {
        "get-connect-timeout" => shown(options.get_connect_timeout()),
        "get-first-byte-timeout" => shown(options.get_first_byte_timeout()),
        "get-between-bytes-timeout" => shown(options.get_between_bytes_timeout()),
        "set-connect-timeout" => {
            let set = options.set_connect_timeout(duration()?);
            result(&set, nothing, options_error)
        }
        "set-first-byte-timeout" => {
            let set = options.set_first_byte_timeout(duration()?);
            result(&set, nothing, options_error)
        }
        "set-between-bytes-timeout" => {
            let set = options.set_between_bytes_timeout(duration()?);
            result(&set, nothing, options_error)
        }
        "clone" => {
            new(RequestOptions::clone(&options));
            "ok".to_owned()
        }
        _ => return Err(unknown(step)),
    })
}
