//! Reads a script and runs its steps.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use crate::glue::bindings::wasi::http::types::{ErrorCode, Fields, Request, Response};
use crate::state::{State, Value};
use crate::text::{decode, encode};
use crate::{calls, streams};

/// A step of a script.
pub struct Step {
    /// The names that its results get.
    pub names: Vec<String>,
    pub call: String,
    /// Words, still encoded: lists are split first.
    pub arguments: Vec<String>,
}

/// Where the script of a component is that has one of its own. The engine writes the script over the blanks.
#[used]
static BAKED: [u8; 4096] = blank();

const MARK: &[u8] = b"conform-baked-script:";

const fn blank() -> [u8; 4096] {
    let mut bytes = [b' '; 4096];
    let mut at = 0;
    while at < MARK.len() {
        bytes[at] = MARK[at];
        at += 1;
    }
    bytes
}

/// Returns the script that the component contains, or else that of the request.
fn script_of(request: &Request) -> Option<String> {
    // The runner replaces the content of the file after compilation.
    let baked = std::hint::black_box(&BAKED).get(MARK.len()..)?.trim_ascii();
    let script = match baked {
        [] => request.get_headers().get("conform-script").concat(),
        baked => baked.to_vec(),
    };
    String::from_utf8(script)
        .ok()
        .filter(|script| !script.is_empty())
}

/// Runs the request's script until it returns a response; the steps after that run on.
pub async fn run(request: Request) -> Result<Response, ErrorCode> {
    let Some(script) = script_of(&request) else {
        return Ok(streams::respond(Fields::new(), b"ready\n".to_vec()));
    };
    let (id, steps) = script.split_once(';').unwrap_or((&script, ""));
    let steps: Rc<[Step]> = steps.split(';').filter_map(parse).collect();
    let state = State::new(id, request);
    let running = state.clone();
    wit_bindgen::spawn_local(async move {
        let end = steps.len();
        let has_ended = run_steps(running.clone(), steps, 0, end).await;
        running.end(has_ended).await;
    });
    poll_fn(|context| match state.take_answer() {
        Some(answer) => Poll::Ready(answer),
        None => {
            state.wake_with(context.waker().clone());
            Poll::Pending
        }
    })
    .await
}

fn parse(step: &str) -> Option<Step> {
    let (names, call) = match step.split_once(':') {
        Some((names, call)) => (names.split(',').map(decode).collect(), call),
        None => (Vec::new(), step),
    };
    let mut words = call.split(' ').map(str::to_owned);
    Some(Step {
        names,
        call: words.next().filter(|call| !call.is_empty())?,
        arguments: words.collect(),
    })
}

/// Runs a range of steps. Returns whether all of them could be run.
fn run_steps(
    state: Rc<State>,
    steps: Rc<[Step]>,
    mut at: usize,
    end: usize,
) -> Pin<Box<dyn Future<Output = bool>>> {
    Box::pin(async move {
        while let Some(step) = steps[..end].get(at) {
            let number = |index: usize| step.argument(index).parse::<usize>().unwrap_or(0);
            match &*step.call {
                // The branch's steps follow.
                "spawn" => {
                    let after = at + 1 + number(0);
                    let branch = run_steps(state.clone(), steps.clone(), at + 1, after);
                    if let Some(name) = step.names.first() {
                        state.set(name, Value::Running);
                    }
                    let (state, name) = (state.clone(), step.names.first().cloned());
                    wit_bindgen::spawn_local(async move {
                        branch.await;
                        if let Some(name) = name {
                            state.set(&name, Value::Ended);
                        }
                    });
                    at = after;
                    continue;
                }
                "repeat" => {
                    let after = at + 1 + number(1);
                    for _ in 0..number(0) {
                        if !run_steps(state.clone(), steps.clone(), at + 1, after).await {
                            return false;
                        }
                    }
                    at = after;
                    continue;
                }
                _ => {}
            }
            match calls::call(&state, step).await {
                Ok(result) => state.report(at, &result).await,
                Err(misuse) => {
                    state.report(at, &["misuse: ", &misuse].concat()).await;
                    return false;
                }
            }
            at += 1;
        }
        true
    })
}

impl Step {
    /// Returns an argument as text; an argument that is missing is empty.
    pub fn argument(&self, index: usize) -> String {
        decode(self.arguments.get(index).map_or("", String::as_str))
    }

    /// Returns an argument as bytes.
    pub fn bytes(&self, index: usize) -> Vec<u8> {
        crate::text::decode_bytes(self.arguments.get(index).map_or("", String::as_str))
    }

    /// Returns an argument that may be absent: `-` is none.
    pub fn optional(&self, index: usize) -> Option<String> {
        let argument = self.arguments.get(index)?;
        (argument != "-").then(|| decode(argument))
    }

    /// Returns the name that a result gets.
    pub fn name(&self, index: usize) -> Option<&str> {
        self.names.get(index).map(String::as_str)
    }
}

/// Encodes a report so that a field's value can hold it.
pub fn in_a_field(report: &str) -> String {
    encode(report)
}
