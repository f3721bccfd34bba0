//! The handlers that the members of a chain call through the host.

use wasmtime::component::{Resource, TypedFunc};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{Request as WasiRequest, Response as WasiResponse};

/// The handlers that members call, in an instance.
pub(super) type Handlers = Vec<Handler>;

pub(super) type Handler = TypedFunc<(Resource<WasiRequest>,), (HandlerResult,)>;

pub(super) type HandlerResult = Result<Resource<WasiResponse>, ErrorCode>;
