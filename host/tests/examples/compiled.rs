//! The examples in the documentation of the glue and in the manual, each in a function that has what they speak of. Made by the
//! test that holds them to it: `WITGEN_BLESS=1 cargo test -p witgen-serve --test examples`.
#![allow(unused, clippy::all)]

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::Linker;
use witgen_serve::proxy::{self, *};
use witgen_serve::runtime::{self, Peer, World};

static WORLD: World = World::new("acme:edge/edge@1.0.0", "wasi:http/handler@0.3.1002");

mod imports {
pub fn add_to_linker(_: &mut super::Linker<super::State>) -> wasmtime::Result<()> { Ok(()) }
}

/// What they speak of.
struct Given {
    engine: Engine,
    builder: Builder<'static>,
    proxy: Proxy,
    other: Proxy,
    request: Request,
    error: BuildError,
    state: &'static mut State,
    world: World,
    inbound: Inbound,
    failure: &'static InstanceFailure<'static>,
    roots: rustls::RootCertStore,
}

type Done = Result<(), Box<dyn Error>>;

async fn of_page_embedding_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
use proxy::{HttpUpstream, Proxy, Request};

let engine = wasmtime::Engine::new(&proxy::config())?;
let stamp = Proxy::builder(&engine, "stamp.wasm")
    .origin(HttpUpstream::new("http://127.0.0.1:3000".parse()?))
    .build()?;
let response = stamp.handle(Request::new("hello".into())).await?;
};
Ok(())
}

async fn of_page_embedding_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
use proxy::{Denied, ErrorCode, Proxy, Request, Response};

let inner = Proxy::builder(&engine, "hello.wasm").build()?;
let outer = Proxy::builder(&engine, "gate.wasm")
    .origin(inner)
    .client(|question: Request| async move {
        match question.uri().host() {
            Some("auth.example") => Ok(Response::default()),
            _ => Err(ErrorCode::HttpRequestDenied),
        }
    })
    .build()?;
};
Ok(())
}

async fn of_page_embedding_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
use std::time::Duration;

use proxy::{ConnectionLimit, Proxy};
use witgen_serve::origin::{Balance, HealthSettings, Pool, PoolSettings, TimeoutSettings};

let limit = ConnectionLimit::new(1000);
let pool = Pool::builder(PoolSettings {
    servers: vec!["http://10.0.0.1:8080".parse()?, "http://10.0.0.2:8080".parse()?],
    balance: Balance::LeastRequests,
    health: Some(HealthSettings {
        path: "/healthz".parse()?,
        ..HealthSettings::default()
    }),
    timeouts: TimeoutSettings {
        first_byte: Some(Duration::from_secs(10)),
        ..TimeoutSettings::default()
    },
    ..PoolSettings::default()
})
.connections(move |upstream| upstream.connection_limit(&limit))
.build();
let stamp = Proxy::builder(&engine, "stamp.wasm").origin(pool.clone()).build()?;
};
Ok(())
}

async fn of_page_embedding_3(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.origin(proxy::upstream(move |request| {
    let other = other.clone();
    async move { other.handle(request).await }
}))
};
Ok(())
}

async fn of_page_embedding_4(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
use wasmtime_wasi::WasiCtx;

builder.wasi(|_| WasiCtx::builder().inherit_stderr().env("LEVEL", "debug").build())
};
Ok(())
}

async fn of_page_embedding_5(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
#[derive(Clone)]
struct Region(&'static str);

builder
    .extensions(|| {
        let mut extensions = http::Extensions::new();
        extensions.insert(Region("north"));
        extensions
    })
    .link(|linker| {
        let mut place = linker.instance("acme:edge/place@1.0.0")?;
        place.func_wrap("region", |mut store, (): ()| {
            let state: &mut State = store.data_mut();
            let region = state.extensions().get::<Region>();
            Ok((region.map_or("", |region| region.0).to_owned(),))
        })
    })
};
Ok(())
}

async fn of_page_performance_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
use wasmtime::{InstanceAllocationStrategy, PoolingAllocationConfig};

let mut config = proxy::config();
let pool = PoolingAllocationConfig::default();
config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
wasmtime::Engine::new(&config)
};
Ok(())
}

async fn of_proxy_component_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let response = proxy.handle(request).await?;
};
Ok(())
}

async fn of_proxy_component_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let builder = Proxy::builder(&engine, "component.wasm");
};
Ok(())
}

async fn of_proxy_component_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let response = proxy.handle(request).await?;
};
Ok(())
}

async fn of_proxy_component_3(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let proxy = builder
    .client(HttpUpstream::to_target())
    .on_failure(|failure| eprintln!("{failure:?}"))
    .build()?;
};
Ok(())
}

async fn of_proxy_component_4(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.origin(HttpUpstream::new("http://127.0.0.1:3000".parse()?))
};
Ok(())
}

async fn of_proxy_component_5(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.client(HttpUpstream::to_target())
};
Ok(())
}

async fn of_proxy_component_6(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.member_client("gate", HttpUpstream::to_target())
};
Ok(())
}

async fn of_proxy_component_7(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.import_upstream("primary", HttpUpstream::new("http://127.0.0.1:3000".parse()?))
};
Ok(())
}

async fn of_proxy_component_8(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.observer(())
};
Ok(())
}

async fn of_proxy_component_9(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.member_call("gate-origin", "stamp-handler", ())
};
Ok(())
}

async fn of_proxy_component_10(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.wasi(|_| wasmtime_wasi::WasiCtx::builder().inherit_stderr().build())
};
Ok(())
}

async fn of_proxy_component_11(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.member_wasi("gate", |_| wasmtime_wasi::WasiCtx::builder().env("LEVEL", "debug").build())
};
Ok(())
}

async fn of_proxy_component_12(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.extensions(|| {
    let mut extensions = http::Extensions::new();
    extensions.insert(String::from("north"));
    extensions
})
};
Ok(())
}

async fn of_proxy_component_13(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.reuse(Reuse { concurrent: 1, total: 1, ..Reuse::default() })
};
Ok(())
}

async fn of_proxy_component_14(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.limits(Limits { memory: 64 << 20, ..Limits::default() })
};
Ok(())
}

async fn of_proxy_component_15(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let memory = TotalMemory::new(4 << 30);
builder.total_memory(&memory)
};
Ok(())
}

async fn of_proxy_component_16(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.on_failure(|failure| eprintln!("{failure:?}"))
};
Ok(())
}

async fn of_proxy_component_17(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.link(|linker| wasmtime_wasi::p3::filesystem::add_to_linker(linker))
};
Ok(())
}

async fn of_proxy_component_18(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
match builder.build() {
    Ok(proxy) => Some(proxy),
    Err(error) => {
        eprintln!("error: {error}");
        None
    }
}
};
Ok(())
}

async fn of_proxy_mod_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
use proxy::Proxy;
use proxy::HttpUpstream;

let engine = wasmtime::Engine::new(&proxy::config())?;
let proxy = Proxy::builder(&engine, Path::new("proxy.wasm"))
    .origin(HttpUpstream::new("http://127.0.0.1:3000".parse()?))
    .build()?;
let response = proxy.handle(request).await?;
};
Ok(())
}

async fn of_runtime_body_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let request: Request = http::Request::get("http://example.com/").body(Body::empty())?;
};
Ok(())
}

async fn of_runtime_body_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let response: Response = Response::new("hello".into());
};
Ok(())
}

async fn of_runtime_body_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let response = Response::new(Body::from("hello"));
};
Ok(())
}

async fn of_runtime_body_3(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let response = http::Response::builder().status(204).body(Body::empty())?;
};
Ok(())
}

async fn of_runtime_body_4(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
use http_body_util::Full;

let body = Body::new(Full::new(bytes::Bytes::from("hello")));
};
Ok(())
}

async fn of_runtime_builder_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let proxy = builder
    .client(HttpUpstream::to_target())
    .on_failure(|failure| eprintln!("{failure:?}"))
    .build()?;
};
Ok(())
}

async fn of_runtime_builder_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
};
Ok(())
}

async fn of_runtime_builder_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
builder.upstream("origin", HttpUpstream::new("http://127.0.0.1:3000".parse()?))
};
Ok(())
}

async fn of_runtime_builder_3(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
builder.member_upstream("gate", "client", HttpUpstream::to_target())
};
Ok(())
}

async fn of_runtime_builder_4(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
builder.import_upstream("primary", HttpUpstream::new("http://127.0.0.1:3000".parse()?))
};
Ok(())
}

async fn of_runtime_builder_5(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
builder.observer(())
};
Ok(())
}

async fn of_runtime_builder_6(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
builder.member_call("gate-origin", "stamp-handler", ())
};
Ok(())
}

async fn of_runtime_builder_7(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
use wasmtime_wasi::WasiCtx;

builder.wasi(|_| WasiCtx::builder().inherit_stderr().build())
};
Ok(())
}

async fn of_runtime_builder_8(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
use wasmtime_wasi::WasiCtx;

builder.member_wasi("gate", |_| WasiCtx::builder().env("LEVEL", "debug").build())
};
Ok(())
}

async fn of_runtime_builder_9(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.extensions(|| {
    let mut extensions = http::Extensions::new();
    extensions.insert(String::from("north"));
    extensions
})
};
Ok(())
}

async fn of_runtime_builder_10(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.reuse(Reuse {
    concurrent: 1,
    total: 1,
    ..Reuse::default()
})
};
Ok(())
}

async fn of_runtime_builder_11(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.limits(Limits {
    memory: 64 << 20,
    ..Limits::default()
})
};
Ok(())
}

async fn of_runtime_builder_12(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let memory = TotalMemory::new(4 << 30);
builder.total_memory(&memory)
};
Ok(())
}

async fn of_runtime_builder_13(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.on_failure(|failure| eprintln!("{failure:?}"))
};
Ok(())
}

async fn of_runtime_builder_14(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.link(|linker| wasmtime_wasi::p3::filesystem::add_to_linker(linker))
};
Ok(())
}

async fn of_runtime_builder_15(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
match builder.build() {
    Ok(proxy) => Some(proxy),
    Err(error) => {
        eprintln!("error: {error}");
        None
    }
}
};
Ok(())
}

async fn of_runtime_connections_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let limit = ConnectionLimit::new(1000);
let upstream = HttpUpstream::to_target().connection_limit(&limit);
};
Ok(())
}

async fn of_runtime_connections_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let limit = ConnectionLimit::new(1000);
};
Ok(())
}

async fn of_runtime_engine_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let mut config = proxy::config();
config.max_wasm_stack(256 << 10);
let engine = wasmtime::Engine::new(&config)?;
};
Ok(())
}

async fn of_runtime_error_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
if let Err(error) = builder.build() {
    eprintln!("error: {error}");
}
};
Ok(())
}

async fn of_runtime_error_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
if let BuildErrorKind::NoUpstream { import, method } = error.kind() {
    eprintln!("there is no {import}: say where it is with Builder::{method}");
}
};
Ok(())
}

async fn of_runtime_error_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
if let Some(file) = error.file() {
    eprintln!("{} is not run", file.display());
}
};
Ok(())
}

async fn of_runtime_error_3(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let is_missing = matches!(error.kind(), BuildErrorKind::Unreadable(_));
};
Ok(())
}

async fn of_runtime_handler_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let response = proxy.handle(request).await?;
};
Ok(())
}

async fn of_runtime_handler_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
use http_body_util::BodyExt as _;

let response = proxy.handle(request).await?;
let content = response.into_body().collect().await?.to_bytes();
};
Ok(())
}

async fn of_runtime_inbound_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.client(|question: Request| async move {
    let inbound = question.extensions().get::<Inbound>();
    let name = inbound.and_then(|inbound| inbound.get::<String>());
    Ok(Response::new(name.cloned().unwrap_or_default().into()))
})
};
Ok(())
}

async fn of_runtime_inbound_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let name = inbound.get::<String>();
};
Ok(())
}

async fn of_runtime_instance_failure_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.on_failure(|failure| {
    let names = failure.requests().iter().filter_map(|inbound| inbound.get::<String>());
    eprintln!("{failure:?} ended {:?}", names.collect::<Vec<_>>());
})
};
Ok(())
}

async fn of_runtime_instance_failure_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let backtrace = failure.error().downcast_ref::<wasmtime::WasmBacktrace>();
};
Ok(())
}

async fn of_runtime_instance_failure_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let names = failure.requests().iter().filter_map(|inbound| inbound.get::<String>());
};
Ok(())
}

async fn of_runtime_instance_failure_3(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let region = failure.extensions().get::<String>();
};
Ok(())
}

async fn of_runtime_instances_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let alone = Reuse {
    concurrent: 1,
    total: 1,
    ..Reuse::default()
};
builder.reuse(alone)
};
Ok(())
}

async fn of_runtime_limits_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.limits(Limits {
    memory: 64 << 20,
    response: Duration::from_secs(5),
    ..Limits::default()
})
};
Ok(())
}

async fn of_runtime_member_calls_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
struct Calls;

impl CallObserver for Calls {
    fn begin(&self, headers: &http::HeaderMap, _: Option<&Inbound>) -> http::Extensions {
        eprintln!("{:?}", headers.get("user-agent"));
        http::Extensions::new()
    }

    fn end(&self, _: &Inbound, response: Option<Result<http::StatusCode, &ErrorCode>>) {
        eprintln!("{response:?}");
    }
}
builder.observer(Calls)
};
Ok(())
}

async fn of_runtime_members_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
assert!(runtime::can_be_labelled("wasi:clocks/monotonic-clock@0.3.0"));
};
Ok(())
}

async fn of_runtime_network_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.client(HttpUpstream::to_target())
};
Ok(())
}

async fn of_runtime_network_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let upstream = HttpUpstream::new("https://example.com/base".parse()?);
};
Ok(())
}

async fn of_runtime_network_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let response = HttpUpstream::to_target().send(request).await?;
};
Ok(())
}

async fn of_runtime_network_3(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let upstream = HttpUpstream::new("https://example.com".parse()?).own_host();
};
Ok(())
}

async fn of_runtime_network_4(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let config = rustls::ClientConfig::builder()
    .with_root_certificates(roots)
    .with_no_client_auth();
let upstream = HttpUpstream::to_target().tls(config);
};
Ok(())
}

async fn of_runtime_network_5(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let upstream = HttpUpstream::to_target().head_size(16 << 10);
};
Ok(())
}

async fn of_runtime_network_6(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let upstream = HttpUpstream::to_target().addresses(|address| !address.is_loopback());
};
Ok(())
}

async fn of_runtime_network_7(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let limit = ConnectionLimit::new(1000);
let upstream = HttpUpstream::to_target().connection_limit(&limit);
};
Ok(())
}

async fn of_runtime_source_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let bytes = std::fs::read("component.wasm")?;
let source = Source::Bytes(&bytes);
};
Ok(())
}

async fn of_runtime_state_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.link(|linker| {
    let mut place = linker.instance("acme:edge/place@1.0.0")?;
    place.func_wrap("region", |mut store, (): ()| {
        let state: &mut State = store.data_mut();
        let region = state.extensions().get::<String>();
        Ok((region.cloned().unwrap_or_default(),))
    })
})
};
Ok(())
}

async fn of_runtime_state_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.link(|linker| {
    linker.root().func_wrap("name", |store, (): ()| {
        let inbound = State::inbound(store)?;
        let name = inbound.as_ref().and_then(|inbound| inbound.get::<String>());
        Ok((name.cloned().unwrap_or_default(),))
    })
})
};
Ok(())
}

async fn of_runtime_state_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let region = state.extensions().get::<String>();
};
Ok(())
}

async fn of_runtime_total_memory_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let memory = TotalMemory::new(4 << 30);
builder.total_memory(&memory)
};
Ok(())
}

async fn of_runtime_total_memory_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let memory = TotalMemory::new(4 << 30);
};
Ok(())
}

async fn of_runtime_total_memory_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let memory = TotalMemory::new(4 << 30);
memory.set_limit(8 << 30);
};
Ok(())
}

async fn of_runtime_unsent_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let upstream = HttpUpstream::to_target();
let unsent = runtime::Unsent::default();
let mut request = Request::default();
request.extensions_mut().insert(unsent.clone());
let has_failed = upstream.send(request).await.is_err();
let may_be_repeated = has_failed && unsent.is_recorded();
};
Ok(())
}

async fn of_runtime_unsent_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let unsent = runtime::Unsent::default();
unsent.record();
};
Ok(())
}

async fn of_runtime_unsent_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let unsent = runtime::Unsent::default();
assert!(!unsent.is_recorded());
};
Ok(())
}

async fn of_runtime_upstream_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.client(|request: Request| async move {
    Ok(Response::new(request.uri().path().to_owned().into()))
})
};
Ok(())
}

async fn of_runtime_upstream_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
struct Fixed(&'static str);

impl Upstream for Fixed {
    async fn send(&self, _: Request) -> Result<Response, ErrorCode> {
        Ok(Response::new(self.0.into()))
    }

    fn fault(&self) -> Option<String> {
        self.0.is_empty().then(|| "it has nothing to say".to_owned())
    }
}
builder.client(Fixed("hello"))
};
Ok(())
}

async fn of_runtime_upstream_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.client(upstream(move |request| {
    let other = other.clone();
    async move { other.handle(request).await }
}))
};
Ok(())
}

async fn of_runtime_upstream_3(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
builder.client(Denied)
};
Ok(())
}

async fn of_runtime_world_0(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
static WORLD: World = World::new("acme:edge/edge@1.0.0", "wasi:http/handler@0.3.1002")
    .imports(&["wasi:http/origin@0.3.1002", "wasi:cli/stdout@0.3.2"])
    .wasi(&["wasi:cli@0.3.2"])
    .peers(&[Peer::next_hop("origin", "wasi:http/origin@0.3.1002", "handle")]);
};
Ok(())
}

async fn of_runtime_world_1(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
static WORLD: World = World::new("acme:edge/edge@1.0.0", "wasi:http/handler@0.3.1002");
};
Ok(())
}

async fn of_runtime_world_2(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
world.imports(&["wasi:http/types@0.3.1002", "wasi:cli/stdout@0.3.2"])
};
Ok(())
}

async fn of_runtime_world_3(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
world.wasi(&["wasi:cli@0.3.2"])
};
Ok(())
}

async fn of_runtime_world_4(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
static PEERS: [Peer; 1] = [Peer::side_call("client", "wasi:http/client@0.3.1002", "send")];
world.peers(&PEERS)
};
Ok(())
}

async fn of_runtime_world_5(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
world.link(imports::add_to_linker)
};
Ok(())
}

async fn of_runtime_world_6(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let peers = [
    Peer::next_hop("origin", "wasi:http/origin@0.3.1002", "handle"),
    Peer::side_call("client", "wasi:http/client@0.3.1002", "send"),
];
};
Ok(())
}

async fn of_runtime_world_7(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let origin = Peer::next_hop("origin", "wasi:http/origin@0.3.1002", "handle");
};
Ok(())
}

async fn of_runtime_world_8(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
let client = Peer::side_call("client", "wasi:http/client@0.3.1002", "send");
};
Ok(())
}

async fn of_runtime_world_9(given: Given) -> Done {
let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;
let _ = {
assert!(runtime::is_wasi_0_2("wasi:cli/stdout@0.2.6"));
};
Ok(())
}
