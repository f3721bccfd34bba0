//! `request.*` and `response.*`

use std::rc::Rc;

use super::{borrowed, name, owned, taken, unknown};
use crate::glue::bindings::wasi::http::types::{Request, Response};
use crate::glue::bindings::wit_future;
use crate::names::{method, method_text, scheme, scheme_text};
use crate::script::Step;
use crate::state::{Outcome, State, Trailers, Value};
use crate::text::{nothing, option, quoted, result};
use wit_bindgen::{FutureReader, StreamReader};

pub fn call(state: &State, step: &Step, kind: &str, function: &str) -> Result<String, String> {
    let done = || Ok("ok".to_owned());
    match (kind, function) {
        ("request", "new") => {
            let headers = owned!(state, step.argument(0), Fields)?;
            let options = step
                .optional(3)
                .map(|name| owned!(state, name, Options))
                .transpose()?;
            let (contents, trailers) = (contents(state, step)?, trailers(state, step)?);
            let (request, sent) = Request::new(headers, contents, trailers, options);
            name(state, step, 0, Value::Request(Rc::new(request)));
            name(state, step, 1, Value::OutcomeReader(sent));
            done()
        }
        ("response", "new") => {
            let headers = owned!(state, step.argument(0), Fields)?;
            let (contents, trailers) = (contents(state, step)?, trailers(state, step)?);
            let (response, sent) = Response::new(headers, contents, trailers);
            name(state, step, 0, Value::Response(Rc::new(response)));
            name(state, step, 1, Value::OutcomeReader(sent));
            done()
        }
        ("request", "consume-body") => {
            let request = owned!(state, step.argument(0), Request)?;
            body(
                state,
                step,
                Request::consume_body(request, outcome(state, step)?),
            )
        }
        ("response", "consume-body") => {
            let response = owned!(state, step.argument(0), Response)?;
            body(
                state,
                step,
                Response::consume_body(response, outcome(state, step)?),
            )
        }
        ("request", function) => of_request(state, step, function),
        (_, function) => of_response(state, step, function),
    }
}

fn of_request(state: &State, step: &Step, function: &str) -> Result<String, String> {
    let request = borrowed!(state, step.argument(0), Request)?;
    let text = |text: Option<String>| option(text.map(|text| quoted(text.as_bytes())));
    let set = |set: Result<(), ()>| result(&set, nothing, nothing);
    Ok(match function {
        "get-method" => method_text(&request.get_method()),
        "set-method" => set(request.set_method(&method(&step.argument(1)))),
        "get-path-with-query" => text(request.get_path_with_query()),
        "set-path-with-query" => set(request.set_path_with_query(step.optional(1).as_deref())),
        "get-scheme" => option(request.get_scheme().as_ref().map(scheme_text)),
        "set-scheme" => {
            let scheme = step.optional(1).map(|written| scheme(&written));
            set(request.set_scheme(scheme.as_ref()))
        }
        "get-authority" => text(request.get_authority()),
        "set-authority" => set(request.set_authority(step.optional(1).as_deref())),
        "get-options" => {
            let options = request.get_options();
            let is_some = options.is_some();
            if let Some(options) = options {
                name(state, step, 0, Value::Options(Rc::new(options)));
            }
            if is_some { "some" } else { "none" }.to_owned()
        }
        "get-headers" => {
            name(
                state,
                step,
                0,
                Value::Fields(Rc::new(request.get_headers())),
            );
            "ok".to_owned()
        }
        _ => return Err(unknown(step)),
    })
}

fn of_response(state: &State, step: &Step, function: &str) -> Result<String, String> {
    let response = borrowed!(state, step.argument(0), Response)?;
    Ok(match function {
        "get-status-code" => response.get_status_code().to_string(),
        "set-status-code" => {
            let status = step.argument(1).parse().map_err(|_| "no status code")?;
            result(&response.set_status_code(status), nothing, nothing)
        }
        "get-headers" => {
            name(
                state,
                step,
                0,
                Value::Fields(Rc::new(response.get_headers())),
            );
            "ok".to_owned()
        }
        _ => return Err(unknown(step)),
    })
}

/// The second argument of `request.new` and `response.new`.
fn contents(state: &State, step: &Step) -> Result<Option<StreamReader<u8>>, String> {
    let contents = step
        .optional(1)
        .map(|name| taken!(state, name, StreamReader));
    contents.transpose()
}

/// The third one; without it there are no trailers.
fn trailers(state: &State, step: &Step) -> Result<FutureReader<Trailers>, String> {
    match step.optional(2) {
        Some(name) => taken!(state, name, TrailersReader),
        None => Ok(wit_future::new(|| Ok(None)).1),
    }
}

/// The `res` of `consume-body`; without it there was no failure.
fn outcome(state: &State, step: &Step) -> Result<FutureReader<Outcome>, String> {
    match step.optional(1) {
        Some(name) => taken!(state, name, OutcomeReader),
        None => Ok(wit_future::new(|| Ok(())).1),
    }
}

/// Names the two parts of a body.
fn body(
    state: &State,
    step: &Step,
    (contents, trailers): (StreamReader<u8>, FutureReader<Trailers>),
) -> Result<String, String> {
    name(state, step, 0, Value::StreamReader(contents));
    name(state, step, 1, Value::TrailersReader(trailers));
    Ok("ok".to_owned())
}
