//! The data that the host keeps for an instance.

use http::Extensions;
use wasmtime::AsContextMut;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::cli::WasiCliCtxView;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use super::error_code;
use super::inbound::Inbound;
use super::instance_state::InstanceState;
use super::limits::Limits;
use super::member_handlers::Handlers;
use super::tasks::Tasks;
use super::total_memory::TotalMemory;
use super::usage::Usage;

/// The data of a store, which each instance has for itself.
///
/// wasmtime's own `add_to_linker` functions accept it, so that [`Builder::link`](super::Builder::link) can add more of
/// them.
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
    instance_state: InstanceState,
    tasks: Tasks,
    /// The members of a chain that have `wasi:cli` of their own.
    members: Vec<WasiCtx>,
    /// The handlers that members call through the host.
    handlers: Handlers,
}

impl State {
    /// `members` are the members of a chain that have `wasi:cli` of their own, in the order of their names.
    pub(super) fn new(
        wasi: WasiCtx,
        members: Vec<WasiCtx>,
        extensions: Extensions,
        limits: &Limits,
        total_memory: Option<TotalMemory>,
        instance_state: InstanceState,
    ) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.resources);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(limits.fields);
        State {
            table,
            wasi,
            http,
            hooks: Hooks,
            extensions,
            usage: Usage::new(limits, total_memory),
            instance_state,
            tasks: Tasks::default(),
            members,
            handlers: Handlers::new(),
        }
    }

    pub(super) fn handlers(&self) -> &Handlers {
        &self.handlers
    }

    pub(super) fn set_handlers(&mut self, handlers: Handlers) {
        self.handlers = handlers;
    }

    pub(super) fn instance_state(&self) -> InstanceState {
        self.instance_state.clone()
    }

    pub(super) fn tasks(&mut self) -> &mut Tasks {
        &mut self.tasks
    }

    /// Returns the `wasi:cli` of a member, by its index in the order of their names.
    pub(super) fn member_cli(&mut self, index: usize) -> WasiCliCtxView<'_> {
        WasiCliCtxView {
            ctx: self.members[index].cli(),
            table: &mut self.table,
        }
    }

    pub(super) fn usage(&mut self) -> &mut Usage {
        &mut self.usage
    }

    /// Returns the extensions of the request for which the component calls the host: in a chain whose calls are observed,
    /// those of the member that calls. `None` if the request has none, or its response has been read completely.
    ///
    /// # Errors
    ///
    /// If the store isn't one of a component that runs.
    ///
    /// ```ignore
    /// builder.link(|linker| {
    ///     linker.root().func_wrap("name", |store, (): ()| {
    ///         let inbound = State::inbound(store)?;
    ///         let name = inbound.as_ref().and_then(|inbound| inbound.get::<String>());
    ///         Ok((name.cloned().unwrap_or_default(),))
    ///     })
    /// })
    /// ```
    pub fn inbound(
        mut store: impl AsContextMut<Data = State>,
    ) -> wasmtime::Result<Option<Inbound>> {
        let mut store = store.as_context_mut();
        let root = store.async_call_stack()?.last();
        let tasks = store.data_mut().tasks();
        let handled = root.and_then(|root| tasks.request(root));
        Ok(handled.and_then(|handled| handled.inbound))
    }

    /// Returns the instance's extensions, made by [`Builder::extensions`](super::Builder::extensions).
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

/// How wasmtime converts messages.
struct Hooks;

type TransmissionFuture = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Hooks {
    /// The upstream decides which schemes it supports.
    fn is_supported_scheme(&mut self, _: &http::uri::Scheme) -> bool {
        true
    }

    /// A request has its authority in its URI, or in `Host`, and `target` decides which.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p3_error_from_hyper(&mut self, error: &hyper::Error) -> ErrorCode {
        error_code::from_hyper_error(error)
    }

    /// Never called: all interfaces send requests by way of `linking`.
    fn send_request(
        &mut self,
        _: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: TransmissionFuture,
    ) -> Box<
        dyn Future<Output = Result<(http::Response<WasiBody>, TransmissionFuture), Error>> + Send,
    > {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}
