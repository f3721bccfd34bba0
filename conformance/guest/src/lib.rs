//! The scripted guest of the conformance suite: runs the steps in the field `conform-script` of a request.
//!
//! Each step calls a function of `wasi:http`, its streams, futures and clocks, and leaves a line in a report. The report is the
//! response's content unless a step returns a response of its own. README.md of the suite lists the calls.

#[cfg(feature = "proxy")]
#[path = "../../scripted-proxy/src/proxy/mod.rs"]
mod glue;
#[cfg(feature = "router")]
#[path = "../../scripted-router/src/router/mod.rs"]
mod glue;
#[cfg(not(any(feature = "proxy", feature = "router")))]
#[path = "../../scripted-service/src/service/mod.rs"]
mod glue;

mod calls;
mod codes;
mod names;
mod script;
mod state;
mod streams;
mod text;

use glue::bindings::exports;
use glue::bindings::wasi::http::types::{ErrorCode, Request, Response};

struct Scripted;

impl exports::wasi::http::handler::Guest for Scripted {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        script::run(request).await
    }
}

#[cfg(target_arch = "wasm32")]
glue::bindings::export!(Scripted with_types_in glue::bindings);
