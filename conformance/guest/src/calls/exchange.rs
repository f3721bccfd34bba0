//! Calls without a resource: exchanges, clocks, ends of the script, and faults.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use super::{fields, name, owned, unknown};
use crate::codes::{code, code_text};
use crate::glue::bindings::wasi::clocks::monotonic_clock;
use crate::glue::bindings::wasi::http::client;
use crate::glue::bindings::wasi::http::types::{ErrorCode, Fields, Request, Response};
use crate::script::{Step, in_a_field};
use crate::state::{State, Value};
use crate::streams;
use crate::text::{nothing, option, quoted, result};

pub async fn call(state: &Rc<State>, step: &Step) -> Result<String, String> {
    match &*step.call {
        "client.send" => {
            let request = owned!(state, step.argument(0), Request)?;
            Ok(received(state, step, client::send(request).await))
        }
        "origin.handle" => {
            let request = owned!(state, step.argument(0), Request)?;
            Ok(received(state, step, next_hop(request).await))
        }
        #[cfg(feature = "router")]
        "primary.handle" => {
            let request = owned!(state, step.argument(0), Request)?;
            let response = crate::glue::bindings::primary::handle(request).await;
            Ok(received(state, step, response))
        }
        #[cfg(feature = "router")]
        "fallback.handle" => {
            let request = owned!(state, step.argument(0), Request)?;
            let response = crate::glue::bindings::fallback::handle(request).await;
            Ok(received(state, step, response))
        }
        // Passes the very request on, and returns what comes back: the very response, or the error.
        "pass" => {
            let request = owned!(state, step.argument(0), Request)?;
            state.answer(next_hop(request).await);
            Ok("ok".to_owned())
        }
        "return" => {
            let response = owned!(state, step.argument(0), Response)?;
            state.answer(Ok(response));
            Ok("ok".to_owned())
        }
        "fail" => {
            state.answer(Err(code(&step.argument(0))?));
            Ok("ok".to_owned())
        }
        // The report so far, in a field.
        "report" => {
            let report = in_a_field(&state.lines());
            let appended = state.with(&step.argument(0), |value| match value {
                Value::Fields(fields) => Some(fields.append("conform-report", report.as_bytes())),
                _ => None,
            })?;
            Ok(result(&appended, nothing, crate::codes::header_error))
        }
        "respond" => {
            let entries = step
                .arguments
                .get(2)
                .map(|word| fields::entries(word))
                .transpose()?;
            let headers = Fields::from_list(&entries.unwrap_or_default());
            let headers = headers.map_err(|error| crate::codes::header_error(&error))?;
            let report = in_a_field(&state.lines());
            let _ = headers.append("conform-report", report.as_bytes());
            let response = streams::respond(headers, step.bytes(1));
            let status = step.argument(0).parse().map_err(|_| "no status code")?;
            response
                .set_status_code(status)
                .map_err(|()| "an invalid status code")?;
            state.answer(Ok(response));
            Ok("ok".to_owned())
        }
        "drop" => {
            drop(state.take(&step.argument(0))?);
            Ok("ok".to_owned())
        }
        "join" => {
            let branch = step.argument(0);
            poll_fn(|context| {
                let has_ended = state.with(&branch, |value| Some(!matches!(value, Value::Running)));
                if has_ended == Ok(false) {
                    state.wake_with(context.waker().clone());
                    return Poll::Pending;
                }
                Poll::Ready(())
            })
            .await;
            Ok("ok".to_owned())
        }
        "wait" => {
            let milliseconds = step.argument(0).parse::<u64>().map_err(|_| "no duration")?;
            monotonic_clock::wait_for(milliseconds * 1_000_000).await;
            Ok("ok".to_owned())
        }
        "now" => {
            name(state, step, 0, Value::Mark(monotonic_clock::now()));
            Ok("ok".to_owned())
        }
        // Whether so many milliseconds have passed since a mark.
        "has-elapsed" => {
            let begin = state.with(&step.argument(0), |value| match value {
                Value::Mark(mark) => Some(*mark),
                _ => None,
            })?;
            let milliseconds = step.argument(1).parse::<u64>().map_err(|_| "no duration")?;
            let elapsed = monotonic_clock::now().saturating_sub(begin);
            Ok((elapsed >= milliseconds * 1_000_000).to_string())
        }
        "trap" => std::process::abort(),
        "loop" => loop {
            std::hint::black_box(0);
        },
        // Takes megabytes of memory, and keeps them.
        "allocate" => {
            let megabytes = step.argument(0).parse::<usize>().map_err(|_| "no size")?;
            for _ in 0..megabytes {
                std::mem::forget(std::hint::black_box(vec![1_u8; 1 << 20]));
            }
            Ok("ok".to_owned())
        }
        // The state that the instance keeps of earlier requests.
        "count-requests" => {
            thread_local! {
                static COUNT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
            }
            let count = COUNT.get() + 1;
            COUNT.set(count);
            Ok(count.to_string())
        }
        // Keeps a word for later requests of the instance.
        "remember" => {
            MEMORY.replace(Some(step.argument(0)));
            Ok("ok".to_owned())
        }
        "recall" => {
            Ok(option(MEMORY.with_borrow(|word| {
                word.as_ref().map(|word| quoted(word.as_bytes()))
            })))
        }
        _ => Err(unknown(step)),
    }
}

thread_local! {
    static MEMORY: RefCell<Option<String>> = const { RefCell::new(None) };
}

#[cfg(feature = "proxy")]
async fn next_hop(request: Request) -> Result<Response, ErrorCode> {
    crate::glue::bindings::wasi::http::origin::handle(request).await
}

/// The others have none of this name.
#[cfg(not(feature = "proxy"))]
async fn next_hop(_: Request) -> Result<Response, ErrorCode> {
    Err(ErrorCode::ConfigurationError)
}

/// Names a response that has been received.
fn received(state: &State, step: &Step, received: Result<Response, ErrorCode>) -> String {
    let text = result(&received, nothing, code_text);
    if let Ok(response) = received {
        name(state, step, 0, Value::Response(Rc::new(response)));
    }
    text
}
