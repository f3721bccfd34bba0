//! The calls that a step can make, by the prefix of their names.

mod bodies;
mod exchange;
mod fields;
mod message;
mod options;

use std::rc::Rc;

use crate::script::Step;
use crate::state::{State, Value};

/// Runs a step. Returns the result for the report; an error is a mistake of the script.
pub async fn call(state: &Rc<State>, step: &Step) -> Result<String, String> {
    let (prefix, function) = step.call.split_once('.').unwrap_or(("", &step.call));
    match prefix {
        "fields" => fields::call(state, step, function),
        "request" | "response" => message::call(state, step, prefix, function),
        "request-options" => options::call(state, step, function),
        "stream" | "future" => bodies::call(state, step, &step.call).await,
        _ => exchange::call(state, step).await,
    }
}

/// The mistake of a call that doesn't exist.
fn unknown(step: &Step) -> String {
    ["no call ", &step.call].concat()
}

/// Gives a result a name, if the step has one for it.
fn name(state: &State, step: &Step, index: usize, value: Value) {
    if let Some(name) = step.name(index) {
        state.set(name, value);
    }
}

/// Takes a value that a call gives away, and that nothing else uses.
macro_rules! taken {
    ($state:expr, $name:expr, $case:ident) => {{
        let name = $name;
        match $state.take(&name)? {
            crate::state::Value::$case(value) => Ok(value),
            _ => Err(["another kind of value: ", &name].concat()),
        }
    }};
}

/// Takes a resource that a call gives away.
macro_rules! owned {
    ($state:expr, $name:expr, $case:ident) => {
        crate::calls::taken!($state, $name, $case).and_then(|shared| {
            std::rc::Rc::try_unwrap(shared).map_err(|_| "the value is in use".to_owned())
        })
    };
}

/// Returns a resource that a call borrows.
macro_rules! borrowed {
    ($state:expr, $name:expr, $case:ident) => {
        $state.with(&$name, |value| match value {
            crate::state::Value::$case(value) => Some(value.clone()),
            _ => None,
        })
    };
}

use {borrowed, owned, taken};
