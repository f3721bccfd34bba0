//! Calls between the members of a chain that the host makes on their behalf, so that it can observe them.
//!
//! Such a chain imports each next hop of its members, and exports the handlers that these lead to (`Chain::observe_calls` in
//! `witgen`).

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};
use wasmtime::component::{
    Accessor, AccessorTask, Component, ComponentExportIndex, HasSelf, Instance, Linker, Resource,
};
use wasmtime::{AsContextMut as _, Store};
use wasmtime_wasi_http::p3::Request as WasiRequest;
use wasmtime_wasi_http::p3::bindings::http::types::{
    ErrorCode, HostRequestWithStore, HostResponseWithStore,
};
use wasmtime_wasi_http::{FieldMap, WasiHttp, WasiHttpView as _};

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
    let mut call = UnfinishedCall {
        accessor,
        stage: Stage::Prepared(request),
    };
    let (observed, handled) = call.observe(observer)?;
    caller_waits().await;
    call.start(handler, handled, &observed)?;
    let (result, status) = call.finish().await?;
    observed.end(match &result {
        Ok(_) => Ok(status),
        Err(error) => Err(error),
    });
    Ok(result)
}

/// Waits until the caller waits for the call. While the task of the caller runs, wasmtime rejects calls to the same instance, even to
/// another component inside it (Component Model, "may be recursive").
async fn caller_waits() {
    let mut waits = false;
    poll_fn(|context| {
        if waits {
            return Poll::Ready(());
        }
        waits = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

type PendingResponse = Pin<Box<dyn Future<Output = wasmtime::Result<(HandlerResult,)>> + Send>>;

/// A call that its caller can cancel, which drops it.
struct UnfinishedCall<'a> {
    accessor: &'a Accessor<State>,
    stage: Stage,
}

enum Stage {
    /// The handler hasn't received the request.
    Prepared(Resource<WasiRequest>),
    /// The handler continues, even if the caller cancels the call.
    Started(PendingResponse),
    Finished,
}

impl UnfinishedCall<'_> {
    /// Reports the call to an observer, and returns the request that the caller handles.
    fn observe(
        &mut self,
        observer: Arc<dyn CallObserver>,
    ) -> wasmtime::Result<(ObservedCall, Option<Arc<RequestHandle>>)> {
        let Stage::Prepared(request) = &self.stage else {
            return Err(wasmtime::Error::msg("the call has been started"));
        };
        self.accessor.with(|mut store| {
            let root = store.as_context_mut().async_call_stack()?.last();
            let state = store.get();
            let handled = root.and_then(|root| state.tasks().request(root));
            let http = state.http();
            let head = http.table.get_mut(request)?;
            let caller = handled
                .as_ref()
                .and_then(|handled| handled.inbound.as_ref());
            let handle = handled.as_ref().map(|handled| handled.request.clone());
            let observed = ObservedCall::begin(observer, &head.headers, caller, handle.clone());
            if let Some((name, value)) = observed.header() {
                let mut headers = HeaderMap::from(std::mem::take(&mut head.headers));
                headers.insert(name, value);
                head.headers = FieldMap::new_immutable(http.hooks, headers);
            }
            Ok((observed, handle))
        })
    }

    /// Calls the handler.
    fn start(
        &mut self,
        handler: usize,
        handled: Option<Arc<RequestHandle>>,
        observed: &ObservedCall,
    ) -> wasmtime::Result<()> {
        let Stage::Prepared(request) = std::mem::replace(&mut self.stage, Stage::Finished) else {
            return Err(wasmtime::Error::msg("the call has been started"));
        };
        let (handler, call) = self.accessor.with(|mut store| {
            let handler: Handler = store.get().handlers()[handler];
            let call = handler.start_call_concurrent(store.as_context_mut(), (request,))?;
            if let Some(handled) = &handled {
                let inbound = Some(observed.inbound.clone());
                store.get().tasks().add(call.task(), handled, inbound);
            }
            wasmtime::error::Ok((handler, call))
        })?;
        // An accessor that the future can own.
        let accessor = self.accessor.with_getter::<HasSelf<State>>(|state| state);
        let call = handler.finish_call_concurrent(accessor, call);
        self.stage = Stage::Started(Box::pin(call));
        Ok(())
    }

    /// Waits for the response, and returns it with its status.
    async fn finish(&mut self) -> wasmtime::Result<(HandlerResult, StatusCode)> {
        let Stage::Started(call) = &mut self.stage else {
            return Err(wasmtime::Error::msg("the call hasn't been started"));
        };
        let result = call.await;
        self.stage = Stage::Finished;
        let (result,) = result?;
        let status = match &result {
            Ok(response) => self.accessor.with(|mut store| {
                let response = store.get().http().table.get(response)?;
                wasmtime::error::Ok(response.status)
            })?,
            Err(_) => StatusCode::OK,
        };
        Ok((result, status))
    }
}

impl Drop for UnfinishedCall<'_> {
    fn drop(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Finished);
        let has_failed = || {
            self.accessor
                .with(|mut store| store.get().instance_state().has_failed())
        };
        let result = match stage {
            Stage::Finished => return,
            // After a trap, wasmtime's record of the current call is invalid, and the messages end with the instance.
            _ if has_failed() => return,
            Stage::Prepared(request) => self
                .accessor
                .with_getter::<WasiHttp>(State::http)
                .with(|store| HostRequestWithStore::drop(store, request)),
            Stage::Started(response) => self.accessor.spawn(DropResponse(response)).map(|_| ()),
        };
        // An error would be one of wasmtime's own, and the caller no longer waits.
        drop(result);
    }
}

/// Drops the response of a cancelled call, so that the handler stops writing its content.
struct DropResponse(PendingResponse);

impl AccessorTask<State> for DropResponse {
    async fn run(self, accessor: &Accessor<State>) -> wasmtime::Result<()> {
        if let (Ok(response),) = self.0.await? {
            accessor
                .with_getter::<WasiHttp>(State::http)
                .with(|store| HostResponseWithStore::drop(store, response))?;
        }
        Ok(())
    }
}
