//! Calls between the members of a chain that the host makes on their behalf, so that it can observe them.
//!
//! Such a chain imports each next hop of its members, and exports the handlers that these lead to (`Chain::observe_calls` in
//! `witgen`).

use std::sync::Arc;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::sync::oneshot;
use wasmtime::component::{
    Accessor, AccessorTask, Component, ComponentExportIndex, Instance, Linker, Resource,
};
use wasmtime::{AsContextMut as _, Store};
use wasmtime_wasi_http::p3::Request as WasiRequest;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{FieldMap, WasiHttpView as _};

use super::error::BuildErrorKind;
use super::inbound::Inbound;
use super::member_handlers::{Handler, HandlerResult, Handlers};
use super::request_handle::RequestHandle;
use super::state::State;

/// Observes the calls of a handler: those of a component, or of one member of a chain.
///
/// ```ignore
/// struct Calls;
///
/// impl CallObserver for Calls {
///     fn begin(&self, headers: &http::HeaderMap, _: Option<&Inbound>) -> http::Extensions {
///         eprintln!("{:?}", headers.get("user-agent"));
///         http::Extensions::new()
///     }
///
///     fn end(&self, _: &Inbound, response: Option<Result<http::StatusCode, &ErrorCode>>) {
///         eprintln!("{response:?}");
///     }
/// }
/// builder.observer(Calls)
/// ```
pub trait CallObserver: Send + Sync + 'static {
    /// The handler receives a request with these headers. `inbound` has the extensions of the request, or if a member of a chain is
    /// called by another one, those of the request that the caller handles. Returns extensions for the handler: the requests that it
    /// sends have them in their [`Inbound`], and beneath them those of `inbound`.
    fn begin(&self, headers: &HeaderMap, inbound: Option<&Inbound>) -> Extensions;

    /// Returns a header to set in the request before the handler receives it; none by default. `inbound` has the extensions that
    /// [`begin`](CallObserver::begin) returned.
    fn header(&self, inbound: &Inbound) -> Option<(HeaderName, HeaderValue)> {
        let _ = inbound;
        None
    }

    /// The handler has returned a response or an error, or its instance has failed; `None` if its caller no longer
    /// waits, or the instance ends without a failure. `inbound` has the extensions that
    /// [`begin`](CallObserver::begin) returned.
    fn end(&self, inbound: &Inbound, response: Option<Result<StatusCode, &ErrorCode>>);
}

/// Observes nothing.
impl CallObserver for () {
    fn begin(&self, _: &HeaderMap, _: Option<&Inbound>) -> Extensions {
        Extensions::new()
    }

    fn end(&self, _: &Inbound, _: Option<Result<StatusCode, &ErrorCode>>) {}
}

/// A call between members that the host makes.
pub(super) struct MemberCall {
    pub import: String,
    pub export: String,
    pub observer: Arc<dyn CallObserver>,
}

/// Adds the imports to a linker. The handlers of each instance have the order of the calls.
pub(super) fn add_to_linker(
    linker: &mut Linker<State>,
    calls: &[MemberCall],
    function_of: impl Fn(&str) -> Option<String>,
) -> Result<(), BuildErrorKind> {
    for (at, call) in calls.iter().enumerate() {
        let function = function_of(&call.import)
            .ok_or_else(|| BuildErrorKind::UnknownImport(call.import.clone()))?;
        let observer = call.observer.clone();
        linker
            .instance(&call.import)
            .and_then(|mut instance| {
                instance.func_wrap_concurrent(&function, move |accessor, (request,)| {
                    let observer = observer.clone();
                    Box::pin(async move { Ok((make(accessor, at, request, observer).await?,)) })
                })
            })
            .map_err(BuildErrorKind::Link)?;
    }
    Ok(())
}

/// Returns the positions of the handlers that members call.
pub(super) fn handler_indices(
    component: &Component,
    calls: &[MemberCall],
) -> Result<Vec<ComponentExportIndex>, BuildErrorKind> {
    let index = |call: &MemberCall| {
        let instance = component.get_export_index(None, &call.export)?;
        component.get_export_index(Some(&instance), "handle")
    };
    let indices = calls
        .iter()
        .map(|call| index(call).ok_or_else(|| BuildErrorKind::NoExport(call.export.clone())));
    indices.collect()
}

/// Finds the handlers in an instance.
pub(super) fn handlers(
    store: &mut Store<State>,
    instance: &Instance,
    indices: &[ComponentExportIndex],
) -> wasmtime::Result<Handlers> {
    let handlers = indices
        .iter()
        .map(|index| instance.get_typed_func(&mut *store, index));
    handlers.collect()
}

/// A call that is observed, until this is dropped.
pub(super) struct ObservedCall {
    observer: Arc<dyn CallObserver>,
    pub inbound: Inbound,
    /// The request that the caller handles, if a member calls another one.
    request: Option<Arc<RequestHandle>>,
    has_ended: bool,
}

impl ObservedCall {
    /// Reports a call to an observer.
    pub fn begin(
        observer: Arc<dyn CallObserver>,
        headers: &HeaderMap,
        caller: Option<&Inbound>,
        request: Option<Arc<RequestHandle>>,
    ) -> Self {
        let mut extensions = observer.begin(headers, caller);
        if let Some(caller) = caller {
            extensions.insert(caller.clone());
        }
        ObservedCall {
            observer,
            inbound: Inbound::new(extensions),
            request,
            has_ended: false,
        }
    }

    /// Returns the header to set in the request.
    pub fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        self.observer.header(&self.inbound)
    }

    pub fn end(mut self, response: Result<StatusCode, &ErrorCode>) {
        self.has_ended = true;
        self.observer.end(&self.inbound, Some(response));
    }
}

impl Drop for ObservedCall {
    fn drop(&mut self) {
        if !self.has_ended {
            let failure = self.request.as_ref().and_then(|request| request.failure());
            self.observer.end(&self.inbound, failure.as_ref().map(Err));
        }
    }
}

/// Makes a call to a handler.
async fn make(
    accessor: &Accessor<State>,
    handler: usize,
    request: Resource<WasiRequest>,
    observer: Arc<dyn CallObserver>,
) -> wasmtime::Result<HandlerResult> {
    let (result, received) = oneshot::channel();
    let observed = accessor.with(|mut store| {
        let root = store.as_context_mut().async_call_stack()?.last();
        let state = store.get();
        let handled = root.and_then(|root| state.tasks().request(root));
        let http = state.http();
        let head = http.table.get_mut(&request)?;
        let caller = handled
            .as_ref()
            .and_then(|handled| handled.inbound.as_ref());
        let request_handle = handled.as_ref().map(|handled| handled.request.clone());
        let observed = ObservedCall::begin(observer, &head.headers, caller, request_handle);
        if let Some((name, value)) = observed.header() {
            let mut headers = HeaderMap::from(std::mem::take(&mut head.headers));
            headers.insert(name, value);
            head.headers = FieldMap::new_immutable(http.hooks, headers);
        }
        let task = HandlerTask {
            handler: state.handlers()[handler],
            request,
            handled: handled.map(|handled| handled.request),
            inbound: observed.inbound.clone(),
            result,
        };
        store.spawn(task)?;
        wasmtime::error::Ok(observed)
    })?;
    let (result, status) = received.await?;
    match (&result, status) {
        (Err(error), _) => observed.end(Err(error)),
        (Ok(_), status) => observed.end(Ok(status)),
    }
    Ok(result)
}

/// Calls a handler as a task of the host. A call that an instance has made can't enter the same instance, even in another
/// of its components (Component Model, "may be recursive").
struct HandlerTask {
    handler: Handler,
    request: Resource<WasiRequest>,
    handled: Option<Arc<RequestHandle>>,
    inbound: Inbound,
    result: oneshot::Sender<(HandlerResult, StatusCode)>,
}

impl AccessorTask<State> for HandlerTask {
    async fn run(self, accessor: &Accessor<State>) -> wasmtime::Result<()> {
        let call = accessor.with(|mut store| {
            let call = self
                .handler
                .start_call_concurrent(store.as_context_mut(), (self.request,))?;
            if let Some(handled) = &self.handled {
                store
                    .get()
                    .tasks()
                    .add(call.task(), handled, Some(self.inbound));
            }
            wasmtime::error::Ok(call)
        })?;
        let (result,) = self.handler.finish_call_concurrent(accessor, call).await?;
        let status = match &result {
            Ok(response) => accessor.with(|mut store| {
                let response = store.get().http().table.get(response)?;
                wasmtime::error::Ok(response.status)
            })?,
            Err(_) => StatusCode::OK,
        };
        if let Err((Ok(response), _)) = self.result.send((result, status)) {
            accessor.with(|mut store| store.get().http().table.delete(response))?;
        }
        Ok(())
    }
}
