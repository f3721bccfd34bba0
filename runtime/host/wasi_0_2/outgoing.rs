//! The requests of components of WASI 0.2, which go to the upstream of side calls.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler::Host as _;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtxView, WasiHttpHooks, WasiHttpView as _,
};

use super::super::super::message::hop_by_hop;
use super::super::body::Body;
use super::super::checked_body::{self, Call, Purpose};
use super::super::instance_state::InstanceState;
use super::super::linking::{checked_response, unless_cancelled};
use super::super::state::State;
use super::super::tasks::HandledRequest;
use super::super::transmission::Transmission;
use super::super::upstream::AnyUpstream;

/// Adds an import of `wasi:http/outgoing-handler` to a linker, by its name.
pub(in super::super) fn add_outgoing_handler(
    linker: &mut Linker<State>,
    import: &str,
    upstream: Arc<dyn AnyUpstream>,
) -> wasmtime::Result<()> {
    linker.instance(import)?.func_wrap(
        "handle",
        move |store: StoreContextMut<'_, State>,
              (request, options): (
            Resource<HostOutgoingRequest>,
            Option<Resource<RequestOptions>>,
        )| { Ok((send(store, request, options, &upstream)?,)) },
    )
}

/// Sends a request of the component to the upstream, and returns the resource by which the component waits for the response.
fn send(
    mut store: StoreContextMut<'_, State>,
    request: Resource<HostOutgoingRequest>,
    options: Option<Resource<RequestOptions>>,
    upstream: &Arc<dyn AnyUpstream>,
) -> wasmtime::Result<Result<Resource<HostFutureIncomingResponse>, ErrorCode>> {
    let Some(permit) = store.data_mut().usage().acquire_call() else {
        let table = store.data_mut().http().table;
        table.delete(request)?;
        options.map(|options| table.delete(options)).transpose()?;
        return Ok(Err(ErrorCode::ConnectionLimitReached));
    };
    // wasmtime reads the options and leaves them in the table.
    let used_options = options
        .as_ref()
        .map(|options| Resource::<RequestOptions>::new_own(options.rep()));
    let root = store.async_call_stack()?.last();
    let tasks = store.data_mut().tasks();
    let mut outgoing = Outgoing {
        upstream: upstream.clone(),
        handled: root.and_then(|root| tasks.request(root)),
        permit: Some(permit),
        instance_state: store.data_mut().instance_state(),
    };
    let WasiHttpCtxView { ctx, table, .. } = store.data_mut().http();
    let mut view = WasiHttpCtxView {
        ctx,
        table,
        hooks: &mut outgoing,
    };
    let response = view.handle(request, options);
    used_options
        .map(|options| view.table.delete(options))
        .transpose()?;
    match response {
        Ok(response) => Ok(Ok(response)),
        Err(error) => error.downcast().map(Err),
    }
}

/// A request that is being sent; wasmtime converts it and its response.
struct Outgoing {
    upstream: Arc<dyn AnyUpstream>,
    /// The request that the component handles.
    handled: Option<HandledRequest>,
    permit: Option<OwnedSemaphorePermit>,
    instance_state: InstanceState,
}

type TransmissionFuture = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Outgoing {
    /// The upstream decides which schemes it supports.
    fn is_supported_scheme(&mut self, _: &http::uri::Scheme) -> bool {
        true
    }

    /// The authority is in the URI.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: TransmissionFuture,
    ) -> Box<
        dyn Future<Output = Result<(http::Response<WasiBody>, TransmissionFuture), Error>> + Send,
    > {
        let (upstream, handled) = (self.upstream.clone(), self.handled.clone());
        let (permit, instance_state) = (self.permit.take(), self.instance_state.clone());
        Box::new(async move {
            let (head, body) = request.into_parts();
            // Components of WASI 0.2 don't receive the result of the transmission.
            let purpose = Purpose::Request(Transmission::new().0);
            let length_error = Error::HttpRequestBodySize;
            let body =
                checked_body::outbound(body, &head.headers, instance_state, length_error, purpose);
            let mut request = http::Request::from_parts(head, Body::from_component(body));
            if let Some(options) = options {
                request.extensions_mut().insert(options);
            }
            if let Some(inbound) = handled.as_ref().and_then(|handled| handled.inbound.clone()) {
                request.extensions_mut().insert(inbound);
            }
            let method = request.method().clone();
            let handled = handled.map(|handled| handled.request);
            let response = unless_cancelled(handled.as_deref(), upstream.send_boxed(request)).await;
            let response = response.and_then(|response| checked_response(&method, response))?;
            let (mut head, body) = response.into_parts();
            hop_by_hop::remove_fields(&mut head.headers);
            let call = permit.map(|permit| Call { permit, handled });
            let body = if checked_body::is_without_content(&method, head.status) {
                WasiBody::default()
            } else {
                let length_error = Error::HttpResponseBodySize;
                checked_body::inbound(body.into_inner(), &head.headers, length_error, call)
            };
            let transmitted: TransmissionFuture = Box::new(async { Ok(()) });
            Ok((http::Response::from_parts(head, body), transmitted))
        })
    }
}
