//! What an instance of the component has of its host.

use http::Extensions;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use super::{ErrorCode, network};

/// The data of a store: one for each instance.
///
/// It is what wasmtime's own `add_to_linker` functions ask for, so that
/// [`Builder::link`](super::Builder::link) can add more of them.
pub struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    extensions: Extensions,
}

impl State {
    pub(super) fn new(wasi: WasiCtx, extensions: Extensions) -> Self {
        State {
            table: ResourceTable::new(),
            wasi,
            http: WasiHttpCtx::new(),
            hooks: Hooks,
            extensions,
        }
    }

    /// What [`Builder::extensions`](super::Builder::extensions) gives each instance.
    pub fn extensions(&mut self) -> &mut Extensions {
        &mut self.extensions
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.hooks,
        }
    }
}

/// How wasmtime treats messages.
struct Hooks;

type Sent = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Hooks {
    /// Schemes are the upstream's business: it knows which it can reach.
    fn is_supported_scheme(&mut self, _: &http::uri::Scheme) -> bool {
        true
    }

    /// A request has its authority in its URI, or in `Host`, and `target` decides which.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p3_error_from_hyper(&mut self, error: &hyper::Error) -> ErrorCode {
        network::of_hyper(error)
    }

    /// Never called: requests leave by way of `linking`, whichever interface they leave by.
    fn send_request(
        &mut self,
        _: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Sent,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Sent), Error>> + Send> {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}
