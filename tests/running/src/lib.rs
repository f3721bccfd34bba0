//! Runs a component of `wasi:http` in process, with peers that a test plays.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use wasmtime::component::{Accessor, Component, Linker, Resource, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p3::bindings::Service;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{Request, Response};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

/// What plays the next hop: from the request that the component sends on to the next hop's response.
pub type NextHop = Arc<dyn Fn(http::Request<WasiBody>) -> NextHopAnswer + Send + Sync>;

/// The next hop's answer, in time.
pub type NextHopAnswer = Pin<Box<dyn Future<Output = http::Response<Counted>> + Send>>;

/// A response that came out of a component, read to the end.
pub struct Answer {
    /// The response's head.
    pub parts: http::response::Parts,
    /// Its content.
    pub content: Bytes,
}

struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    denied: Denied,
    origin: NextHop,
}

/// Side calls: there are none.
struct Denied;

type Sent = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Denied {
    fn send_request(
        &mut self,
        _: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Sent,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Sent), Error>> + Send> {
        Box::new(async { Err(Error::HttpRequestDenied) })
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
            hooks: &mut self.denied,
        }
    }
}

/// Gives a component one request, and reads its response to the end. `before_reading` is called when
/// the component has returned and had time for more, and nobody has read the response yet.
///
/// # Errors
///
/// What wasmtime says of the component, a trap for one; the component's own `error-code` as text.
pub async fn answer(
    component: &[u8],
    origin: NextHop,
    request: http::Request<Counted>,
    before_reading: impl FnOnce() + Send,
) -> wasmtime::Result<Answer> {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    let engine = Engine::new(&config)?;
    let component = Component::new(&engine, component)?;
    let mut linker = Linker::<State>::new(&engine);
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    let mut instance = linker.instance("wasi:http/origin@0.3.3")?;
    instance.func_wrap_concurrent("handle", |accessor, (request,)| {
        Box::pin(async move { Ok((ask_origin(accessor, request).await?,)) })
    })?;

    let state = State {
        table: ResourceTable::new(),
        wasi: WasiCtx::builder().build(),
        http: WasiHttpCtx::new(),
        denied: Denied,
        origin,
    };
    let mut store = Store::new(&engine, state);
    let service = Service::instantiate_async(&mut store, &component, &linker).await?;
    let (request, _sent) = Request::from_http(store.data_mut().http().hooks, request);
    store
        .run_concurrent(async |accessor| {
            let response = match service.handle(accessor, request).await? {
                Ok(response) => response,
                Err(code) => return Err(wasmtime::format_err!("{code:?}")),
            };
            let response = accessor.with(|store| response.into_http(store, async { Ok(()) }))?;
            // Whatever the component still has to do, it does now.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            before_reading();
            let (parts, body) = response.into_parts();
            let content = body.collect().await;
            let content = content.map_err(|error| wasmtime::format_err!("{error:?}"))?;
            Ok(Answer {
                parts,
                content: content.to_bytes(),
            })
        })
        .await?
}

type Handled = Result<Resource<Response>, ErrorCode>;

async fn ask_origin(
    accessor: &Accessor<State>,
    request: Resource<Request>,
) -> wasmtime::Result<Handled> {
    let (request, origin) = accessor.with(|mut store| -> wasmtime::Result<_> {
        let origin = store.data_mut().origin.clone();
        let request = store.data_mut().table.delete(request)?;
        let request = request.into_http(store, async { Ok(()) });
        let (request, _options) = request.map_err(|error| wasmtime::format_err!("{error:?}"))?;
        Ok((request, origin))
    })?;
    let response = origin(request).await;
    accessor.with(|mut store| {
        let hooks = store.data_mut().http().hooks;
        let (response, _sent) = Response::from_http(hooks, response);
        Ok(Ok(store.data_mut().table.push(response)?))
    })
}

/// A body of so many bytes that counts how often it is asked for a piece.
pub struct Counted {
    left: usize,
    reads: Reads,
}

/// How often a [`Counted`] body was asked for a piece.
#[derive(Clone, Debug, Default)]
pub struct Reads(Arc<AtomicUsize>);

impl Reads {
    /// The number so far.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// The largest piece that a [`Counted`] body gives.
const PIECE: usize = 64 * 1024;

impl Counted {
    /// A body of `length` bytes, each of which is `x`, and its count.
    pub fn new(length: usize) -> (Self, Reads) {
        let reads = Reads::default();
        let body = Counted {
            left: length,
            reads: reads.clone(),
        };
        (body, reads)
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.reads.0.fetch_add(1, Ordering::SeqCst);
        let size = self.left.min(PIECE);
        self.left -= size;
        Poll::Ready((size > 0).then(|| Ok(Frame::data(vec![b'x'; size].into()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}
