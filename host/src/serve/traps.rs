//! Reports instances that failed: which member did, with which requests, and why.

use std::collections::BTreeSet;
use std::sync::Arc;

use tracing::error;
use wasmtime::{Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;
use witgen_serve::proxy::InstanceFailure;
use witgen_serve::server::Exchange;

use super::metrics::{ByMember, Metrics};
use super::page::recorder::Recorder;
use super::panics::Panics;
use super::stopping::is_stopping;

/// The part of wasmtime's message if a component reads a future that it writes itself.
const OWN_BODY: &str = "intra-component future/stream";
const OWN_BODY_HELP: &str = "the member read trailers that it wrote itself; a service after it may return the request's body. Build that \
    service with witgen's glue, or serve it alone and pass it as --origin";

/// Returns a function that logs, counts and records the failures of instances of these members.
pub fn report(
    metrics: Arc<Metrics>,
    recorder: Option<Arc<Recorder>>,
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
        let cause = trap.root_cause().to_string();
        let help = cause.contains(OWN_BODY).then_some(OWN_BODY_HELP);
        let reason = match trap.downcast_ref::<I32Exit>() {
            Some(exit) => format!("it exited with status {}", exit.0),
            None => panic_message(failure, &member).unwrap_or(cause),
        };
        // The backtrace goes into a field of its own.
        let at = format!("{trap:#}");
        let ids: BTreeSet<_> = failure
            .requests()
            .iter()
            .filter_map(|inbound| Some(inbound.get::<Arc<Exchange>>()?.id.as_str()))
            .collect();
        let requests = ids.into_iter().collect::<Vec<_>>().join(", ");
        if let Some(recorder) = &recorder {
            recorder.trap(&member, &requests, &reason);
        }
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

/// Returns the message of the panic that ended an instance, if the member wrote one to stderr.
fn panic_message(failure: &InstanceFailure<'_>, member: &str) -> Option<String> {
    // Programs end with this trap after a panic. Any other trap has a reason of its own.
    let trap = failure.error().downcast_ref::<Trap>();
    if trap != Some(&Trap::UnreachableCodeReached) {
        return None;
    }
    let panics = failure.extensions().get::<Panics>()?;
    // Members of the same file have one name in a backtrace: `gate or gate2`.
    member.split(" or ").find_map(|name| panics.of(name))
}
