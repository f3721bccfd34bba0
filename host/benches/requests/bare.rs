//! The code that an embedder would write by hand on wasmtime-wasi-http: the speed to compare with.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use wasmtime::component::{Access, Component, HasSelf, Linker, Resource, ResourceTable};
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ProxyHandler, ShouldAccept, WorkerExpiration, WorkerState,
    WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;
use wasmtime_wasi_http::p3::bindings::http::types::{self, ErrorCode};
use wasmtime_wasi_http::p3::{Request as Sent, Response as Received};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttp, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks,
    WasiHttpView,
};

/// The state of a component in its host.
pub struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
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

/// As little as there may be.
struct Hooks;

type Transmission = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        _: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Transmission,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Transmission), Error>> + Send>
    {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}

pub struct Bare(ServicePre<State>);

/// A running component, whose next hop responds with `hello`.
pub fn handler(engine: &Engine, component: &[u8]) -> ProxyHandler<Bare> {
    let component = Component::new(engine, component).unwrap();
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p3::cli::add_to_linker(&mut linker).unwrap();
    wasmtime_wasi::p3::clocks::add_to_linker(&mut linker).unwrap();
    wasmtime_wasi::p3::random::add_to_linker(&mut linker).unwrap();
    types::add_to_linker::<_, WasiHttp>(&mut linker, State::http).unwrap();
    for (interface, function) in [
        ("wasi:http/origin@0.3.1002", "handle"),
        ("wasi:http/client@0.3.1002", "send"),
    ] {
        let mut instance = linker.instance(interface).unwrap();
        let added = instance.func_wrap_concurrent(function, |accessor, (request,)| {
            let answered = accessor.with(|store| answer(store, request));
            Box::pin(async move { Ok((Ok::<_, ErrorCode>(answered?),)) })
        });
        added.unwrap();
    }
    let instance = linker.instantiate_pre(&component).unwrap();
    ProxyHandler::new(Bare(ServicePre::new(instance).unwrap()))
}

fn answer(
    mut store: Access<'_, State, HasSelf<State>>,
    request: Resource<Sent>,
) -> wasmtime::Result<Resource<Received>> {
    let http = store.get().http();
    drop(http.table.delete(request)?);
    let body = Full::new(Bytes::from_static(b"hello\n"));
    let body = body.map_err(|never| -> Error { match never {} });
    let response = http::Response::new(body.boxed_unsync());
    let (response, _) = Received::from_http(http.hooks, response);
    Ok(http.table.push(response)?)
}

impl HandlerState for Bare {
    type StoreData = State;
    type WorkerExpiration = Kept;
    type WorkerState = Work;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Kept, Work>> {
        let state = State {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().build(),
            http: WasiHttpCtx::new(),
            hooks: Hooks,
        };
        let mut store = Store::new(self.0.engine(), state);
        let instance = self.0.instantiate_async(&mut store).await?;
        Ok(Instance {
            store,
            proxy: Proxy::P3(instance),
            view: State::http,
            expiration: Kept,
            state: Work,
        })
    }
}

/// Instances are kept as long as they may work.
pub struct Kept;

impl WorkerExpiration for Kept {
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>, _: WorkerStatus, _: Instant) -> Poll<()> {
        Poll::Pending
    }
}

pub struct Work;

impl WorkerState for Work {
    type StoreData = State;
    type RequestData = ();

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        match (concurrent, total) {
            (_, super::TOTAL..) => ShouldAccept::Never,
            (super::CONCURRENT.., _) => ShouldAccept::No,
            _ => ShouldAccept::Yes,
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        (): (),
        _: wasmtime::component::GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(std::future::pending())
    }

    fn drop(&self, _: Store<State>, _: wasmtime::Result<()>) {}
}
