//! Reports instances that failed: which member did, with which requests, and why.

use std::collections::BTreeSet;
use std::sync::Arc;

use tracing::error;
use wasmtime::WasmBacktrace;
use wasmtime_wasi::I32Exit;
use witgen_serve::proxy::InstanceFailure;
use witgen_serve::server::Exchange;

use super::app::is_stopping;
use super::metrics::{ByMember, Metrics};
use super::output::LastLines;

/// What wasmtime reports if a component reads a future that it writes itself.
const OWN_BODY: &str = "intra-component future/stream";
const OWN_BODY_HELP: &str = "the member received the trailers of a request that it had sent itself, because a service after it \
    returns the request's body: build that service with witgen's glue, or serve it alone and pass it as --origin";

/// How Rust's panic messages begin, after the name of the thread.
const PANIC: &str = "panicked at ";
/// The line that follows a panic message.
const AFTER_PANIC: &str = "note: ";

/// Returns a function that logs and counts the failures of instances of these members.
pub fn report(
    metrics: Arc<Metrics>,
    names: Vec<String>,
) -> impl Fn(&InstanceFailure<'_>) + Send + Sync + 'static {
    move |failure| {
        // When the server stops, the remaining instances end with its runtime.
        if is_stopping() {
            return;
        }
        let trap = failure.error();
        let member = trapped_member(trap, &names);
        let by = ByMember {
            member: member.clone(),
        };
        metrics.traps.get_or_create(&by).inc();
        let lines = failure.extensions().get::<LastLines>();
        let lines = lines.map(|lines| lines.of(&member)).unwrap_or_default();
        let reason = match trap.downcast_ref::<I32Exit>() {
            Some(exit) => format!("it exited with status {}", exit.0),
            None => panic_message(&lines).unwrap_or_else(|| trap.root_cause().to_string()),
        };
        // The backtrace goes into a field of its own.
        let at = format!("{trap:#}");
        let help = reason.contains(OWN_BODY).then_some(OWN_BODY_HELP);
        let ids: BTreeSet<_> = failure
            .requests()
            .iter()
            .filter_map(|inbound| Some(inbound.get::<Arc<Exchange>>()?.id.as_str()))
            .collect();
        let requests = ids.into_iter().collect::<Vec<_>>().join(", ");
        error!(target: "trap", member, requests, at, help, "{reason}");
    }
}

/// Returns the member that trapped, from the names of the modules in the backtrace.
fn trapped_member(failure: &wasmtime::Error, names: &[String]) -> String {
    if let [only] = names {
        return only.clone();
    }
    let frames = failure.downcast_ref::<WasmBacktrace>().map_or(&[][..], WasmBacktrace::frames);
    let mut modules = frames.iter().filter_map(|frame| frame.module().name());
    let is_member =
        |module: &&str| module.split(" or ").any(|name| names.iter().any(|member| member == name));
    match modules.find(is_member) {
        Some(name) => name.to_owned(),
        // The instance ended outside of its own code: at a limit or a timeout.
        None => "chain".to_owned(),
    }
}

/// Returns the last panic message of a Rust program among lines that it wrote: `panicked at src/lib.rs:3:5: reason`.
fn panic_message(lines: &[String]) -> Option<String> {
    let first = lines.iter().rposition(|line| line.contains(PANIC))?;
    let (_, place) = lines[first].split_once(PANIC)?;
    let message = lines[first + 1..].iter().take_while(|line| !line.starts_with(AFTER_PANIC));
    let parts: Vec<_> = std::iter::once(place)
        .chain(message.map(String::as_str))
        .map(str::trim)
        .collect();
    Some(format!("{PANIC}{}", parts.join(" ").trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_last_panic_message_is_found() {
        let text = "\nthread '<unnamed>' (1) panicked at src/lib.rs:15:24:\nasked for\nin two lines\nnote: run with\n";
        let expected = "panicked at src/lib.rs:15:24: asked for in two lines";
        assert_eq!(panic_message(&lines(text)).as_deref(), Some(expected));
        let later = format!("{text}thread 'main' panicked at src/b.rs:1:2:\n");
        assert_eq!(
            panic_message(&lines(&later)).as_deref(),
            Some("panicked at src/b.rs:1:2:")
        );
        assert_eq!(panic_message(&lines("it is fine\n")), None);
    }
}
