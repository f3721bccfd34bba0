//! What an instance of the component has of its host.

use http::Extensions;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use super::failure;
use super::limits::Limits;
use super::tasks::Tasks;
use super::usage::Usage;
use super::whole::Fate;

/// The data of a store: one for each instance.
///
/// It is what wasmtime's own `add_to_linker` functions ask for, so that
/// [`Builder::link`](super::Builder::link) can add more of them.
///
/// ```ignore
/// builder.link(|linker| {
///     let mut place = linker.instance("acme:edge/place@1.0.0")?;
///     place.func_wrap("region", |mut store, (): ()| {
///         let state: &mut State = store.data_mut();
///         let region = state.extensions().get::<String>();
///         Ok((region.cloned().unwrap_or_default(),))
///     })
/// })
/// ```
pub struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    extensions: Extensions,
    usage: Usage,
    fate: Fate,
    tasks: Tasks,
    /// What each member of a chain has of WASI for itself.
    members: Vec<OwnWasi>,
}

/// What a member of a chain has of WASI for itself.
pub(super) struct OwnWasi {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for OwnWasi {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl State {
    /// `members` is what each member of a chain has of WASI for itself, in the order of their names.
    pub(super) fn new(
        wasi: WasiCtx,
        members: impl Iterator<Item = WasiCtx>,
        extensions: Extensions,
        limits: &Limits,
        fate: Fate,
    ) -> Self {
        let table = || {
            let mut table = ResourceTable::new();
            table.set_max_capacity(limits.resources);
            table
        };
        let members = members.map(|wasi| OwnWasi {
            wasi,
            table: table(),
        });
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(limits.fields);
        State {
            table: table(),
            wasi,
            http,
            hooks: Hooks,
            extensions,
            usage: Usage::new(limits),
            fate,
            tasks: Tasks::default(),
            members: members.collect(),
        }
    }

    pub(super) fn fate(&self) -> Fate {
        self.fate.clone()
    }

    pub(super) fn tasks(&mut self) -> &mut Tasks {
        &mut self.tasks
    }

    /// What one of the members has for itself, by its place among their names.
    pub(super) fn member(&mut self, at: usize) -> &mut OwnWasi {
        &mut self.members[at]
    }

    pub(super) fn usage(&mut self) -> &mut Usage {
        &mut self.usage
    }

    /// What [`Builder::extensions`](super::Builder::extensions) gives each instance.
    ///
    /// ```ignore
    /// let region = state.extensions().get::<String>();
    /// ```
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
        failure::of_hyper(error)
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
