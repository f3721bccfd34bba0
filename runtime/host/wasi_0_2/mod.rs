//! WASI 0.2 beside 0.3: what most toolchains' components import, and services that export `wasi:http/incoming-handler`.
//!
//! Nothing here is linked for a component that imports no interface of WASI 0.2.

mod error_code;
mod outgoing;
mod single;

use wasmtime::component::Linker;
use wasmtime_wasi_http::p2::bindings::{LinkOptions, http::types};
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use super::linking::Import;
use super::state::State;
use super::world::is_compatible;

pub(super) use error_code::from_0_2;
pub(super) use outgoing::add_outgoing_handler;
pub(super) use single::add_single;

/// The handler that services of WASI 0.2 export.
pub(super) const INCOMING_HANDLER: &str = "wasi:http/incoming-handler@0.2.0";
/// The interface through which components of WASI 0.2 send requests.
const OUTGOING_HANDLER: &str = "wasi:http/outgoing-handler@0.2.0";
/// Its name without the package.
pub(super) const OUTGOING_HANDLER_NAME: &str = "outgoing-handler";

/// Whether an import sends requests as components of WASI 0.2 do.
pub(super) fn is_outgoing_handler(import: &Import) -> bool {
    is_compatible(&import.interface, OUTGOING_HANDLER)
}

/// Adds the interfaces of WASI 0.2 to a linker, except for the one that sends requests.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    types::add_to_linker::<_, WasiHttp>(linker, &LinkOptions::default().into(), State::http)
}
