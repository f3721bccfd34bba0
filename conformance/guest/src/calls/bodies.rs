//! `stream.*` and `future.*`

use std::rc::Rc;

use super::{fields, name, owned, taken, unknown};
use crate::codes::{code, code_text};
use crate::glue::bindings::{wit_future, wit_stream};
use crate::script::Step;
use crate::state::{State, Value};
use crate::streams;
use crate::text::{nothing, option, quoted, result};

pub async fn call(state: &State, step: &Step, call: &str) -> Result<String, String> {
    let number = |index: usize| {
        let written = step.argument(index);
        written
            .parse::<usize>()
            .map_err(|_| ["no number: ", &written].concat())
    };
    match call {
        "stream.new" => {
            let (writer, reader) = wit_stream::new();
            name(state, step, 0, Value::StreamWriter(writer));
            name(state, step, 1, Value::StreamReader(reader));
            Ok("ok".to_owned())
        }
        "stream.write" | "stream.produce" => {
            let of = step.argument(0);
            let mut writer = taken!(state, of.clone(), StreamWriter)?;
            let written = if call == "stream.write" {
                streams::write(&mut writer, step.bytes(1)).await
            } else {
                streams::produce(&mut writer, number(1)?).await
            };
            state.set(&of, Value::StreamWriter(writer));
            Ok(written.to_string())
        }
        "stream.read" | "stream.read-all" | "stream.count" | "stream.skip" => {
            let of = step.argument(0);
            let mut reader = taken!(state, of.clone(), StreamReader)?;
            let text = match call {
                "stream.read" => option(
                    streams::read(&mut reader, number(1)?)
                        .await
                        .map(|bytes| quoted(&bytes)),
                ),
                "stream.read-all" => quoted(&streams::read_up_to(&mut reader, 1 << 20).await),
                "stream.skip" => streams::read_up_to(&mut reader, number(1)?)
                    .await
                    .len()
                    .to_string(),
                _ => {
                    let (count, hash) = streams::count(&mut reader).await;
                    let hash = hash.to_string();
                    ["{count: ", &count.to_string(), ", hash: ", &hash, "}"].concat()
                }
            };
            state.set(&of, Value::StreamReader(reader));
            Ok(text)
        }
        // Reads from one and writes to another, piece by piece.
        "stream.copy" => {
            let (from, to) = (step.argument(0), step.argument(1));
            let mut reader = taken!(state, from.clone(), StreamReader)?;
            let mut writer = taken!(state, to.clone(), StreamWriter)?;
            let mut copied = 0;
            while let Some(bytes) = streams::read(&mut reader, 16 << 10).await {
                let length = bytes.len();
                let taken = streams::write(&mut writer, bytes).await;
                copied += taken;
                if taken < length {
                    break;
                }
            }
            state.set(&from, Value::StreamReader(reader));
            state.set(&to, Value::StreamWriter(writer));
            Ok(copied.to_string())
        }
        "future.trailers" => {
            let (writer, reader) = wit_future::new(|| Ok(None));
            name(state, step, 0, Value::TrailersWriter(writer));
            name(state, step, 1, Value::TrailersReader(reader));
            Ok("ok".to_owned())
        }
        "future.outcome" => {
            let (writer, reader) = wit_future::new(|| Ok(()));
            name(state, step, 0, Value::OutcomeWriter(writer));
            name(state, step, 1, Value::OutcomeReader(reader));
            Ok("ok".to_owned())
        }
        "future.write" => write(state, step).await,
        "future.read" => read(state, step).await,
        _ => Err(unknown(step)),
    }
}

/// Resolves a future: to `ok`, to `ok` with trailers, or to `err` with a code.
async fn write(state: &State, step: &Step) -> Result<String, String> {
    let (case, payload) = (step.argument(1), step.optional(2));
    let error = payload.as_deref().map(code);
    let written = match (state.take(&step.argument(0))?, &*case) {
        (Value::TrailersWriter(writer), "ok") => {
            let trailers = payload
                .map(|name| owned!(state, name, Fields))
                .transpose()?;
            writer.write(Ok(trailers)).await.is_ok()
        }
        (Value::TrailersWriter(writer), "err") => {
            let code = error.ok_or("no error-code")??;
            writer.write(Err(code)).await.is_ok()
        }
        (Value::OutcomeWriter(writer), "ok") => writer.write(Ok(())).await.is_ok(),
        (Value::OutcomeWriter(writer), "err") => {
            let code = error.ok_or("no error-code")??;
            writer.write(Err(code)).await.is_ok()
        }
        _ => return Err("no future that can be resolved to this".to_owned()),
    };
    Ok(if written { "ok" } else { "dropped" }.to_owned())
}

/// Waits for a future. Trailers that it resolves to get the step's name.
async fn read(state: &State, step: &Step) -> Result<String, String> {
    match state.take(&step.argument(0))? {
        Value::TrailersReader(reader) => {
            let trailers = reader.await;
            let shown = |trailers: &Option<_>| option(trailers.as_ref().map(fields::text));
            let text = result(&trailers, shown, code_text);
            if let Ok(Some(trailers)) = trailers {
                name(state, step, 0, Value::Fields(Rc::new(trailers)));
            }
            Ok(text)
        }
        Value::OutcomeReader(reader) => Ok(result(&reader.await, nothing, code_text)),
        _ => Err("no future that can be read".to_owned()),
    }
}
