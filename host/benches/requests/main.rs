//! The cost of a request in process: under the host glue, and on plain wasmtime-wasi-http.
//!
//!     cargo bench -p witgen-serve --bench requests
//!
//! Everything is measured in turns, in one run, on one thread; the table has the median of many rounds, and
//! ratios to compare by, since machines are noisy. Both engines are configured alike, except that the glue's
//! can interrupt components (epochs), which is part of what it costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use testkit::guests;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};
use witgen_serve::origin::Balance;
use witgen_serve::proxy::{
    self, Body, ErrorCode, HttpUpstream, Proxy, Request, Response, Reuse, Upstream,
};

mod bare;
mod network;

/// One instance for all, so that the rows differ by what a request costs.
const TOTAL: usize = 1_000_000;
const CONCURRENT: usize = 16;
/// Requests of a round, of which the median counts.
const REQUESTS: usize = 2000;
const ROUNDS: usize = 25;

fn component(name: &str) -> Vec<u8> {
    let module = std::fs::read(guests::core_module(name)).unwrap();
    witgen::component::encode(&module, &[]).unwrap()
}

fn glued(engine: &Engine, component: &[u8], total: usize) -> Proxy {
    let hello = |_: Request| async { Ok::<_, ErrorCode>(Response::new("hello\n".into())) };
    let builder = Proxy::builder(engine, component).origin(hello);
    let reuse = Reuse {
        total,
        concurrent: CONCURRENT,
        idle: Duration::from_secs(60),
        ..Reuse::default()
    };
    builder.reuse(reuse).build().unwrap()
}

/// One thing to measure.
struct Row {
    name: &'static str,
    round: Box<dyn AsyncRound>,
    /// Microseconds a request, of each round.
    rounds: Vec<f64>,
}

trait AsyncRound {
    fn run(&self, runtime: &tokio::runtime::Runtime) -> Duration;
}

impl<F, A> AsyncRound for F
where
    F: Fn() -> A,
    A: Future<Output = usize>,
{
    fn run(&self, runtime: &tokio::runtime::Runtime) -> Duration {
        runtime.block_on(async {
            let begin = Instant::now();
            for _ in 0..REQUESTS {
                assert!(self().await > 0, "the response has content");
            }
            begin.elapsed()
        })
    }
}

async fn length<B: http_body::Body<Data = Bytes>>(body: B) -> usize
where
    B::Error: std::fmt::Debug,
{
    body.collect().await.unwrap().to_bytes().len()
}

fn row(name: &'static str, round: impl AsyncRound + 'static) -> Row {
    Row {
        name,
        round: Box::new(round),
        rounds: Vec::new(),
    }
}

fn bare_row(name: &'static str, engine: &Engine, component: &[u8]) -> Row {
    let handler = bare::handler(engine, component);
    row(name, move || {
        let handler = handler.clone();
        async move {
            let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
            let mut request = http::Request::new(body);
            *request.uri_mut() = http::Uri::from_static("http://example.com/");
            length(handler.handle((), request).await.unwrap().into_body()).await
        }
    })
}

fn glued_row(name: &'static str, engine: &Engine, component: &[u8], total: usize) -> Row {
    let proxy = glued(engine, component, total);
    row(name, move || {
        let proxy = proxy.clone();
        async move {
            let mut request = Request::new(Body::empty());
            *request.uri_mut() = http::Uri::from_static("http://example.com/");
            length(proxy.handle(request).await.unwrap().into_body()).await
        }
    })
}

/// Requests with a few headers, as clients send them.
fn upstream_row(name: &'static str, upstream: impl Upstream) -> Row {
    let upstream = Arc::new(upstream);
    row(name, move || {
        let upstream = upstream.clone();
        async move {
            let mut request = Request::new(Body::empty());
            *request.uri_mut() = http::Uri::from_static("http://example.com/path?query");
            for (name, value) in network::HEADERS {
                request.headers_mut().insert(name, http::HeaderValue::from_static(value));
            }
            length(upstream.send(request).await.unwrap().into_body()).await
        }
    })
}

/// An engine that has the memory of instances ready.
fn pooled() -> Engine {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(100)
        .total_core_instances(500)
        .total_memories(100)
        .total_tables(500)
        .total_stacks(200);
    let mut config = proxy::config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config).unwrap()
}

fn main() {
    // `cargo test --benches` only looks whether it compiles.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let mut plain = Config::new();
    plain.wasm_component_model_async(true);
    let plain = Engine::new(&plain).unwrap();
    let engine = Engine::new(&proxy::config()).unwrap();
    let [hello, pass, stamp, raw] = ["hello", "pass", "stamp", "raw"].map(component);
    let [pass_unread, stamp_unread] = ["pass-unread", "stamp-unread"].map(component);
    println!(
        "bytes of components: raw {}, stamp-unread {}, stamp {}, pass-unread {}, pass {}, hello {}",
        raw.len(),
        stamp_unread.len(),
        stamp.len(),
        pass_unread.len(),
        pass.len(),
        hello.len()
    );

    let server = network::server();

    // `cargo bench … -- hello` measures what has this in its name.
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let makers: [(&'static str, &dyn Fn(&'static str) -> Row); 16] = [
        ("hello, bare", &|name| bare_row(name, &plain, &hello)),
        ("hello, glue", &|name| {
            glued_row(name, &engine, &hello, TOTAL)
        }),
        ("raw, bare", &|name| bare_row(name, &plain, &raw)),
        ("raw, glue", &|name| glued_row(name, &engine, &raw, TOTAL)),
        ("stamp, glue", &|name| {
            glued_row(name, &engine, &stamp, TOTAL)
        }),
        ("stamp-unread, glue", &|name| {
            glued_row(name, &engine, &stamp_unread, TOTAL)
        }),
        ("pass, bare", &|name| bare_row(name, &plain, &pass)),
        ("pass, glue", &|name| glued_row(name, &engine, &pass, TOTAL)),
        ("pass-unread, bare", &|name| {
            bare_row(name, &plain, &pass_unread)
        }),
        ("pass-unread, glue", &|name| {
            glued_row(name, &engine, &pass_unread, TOTAL)
        }),
        // An instance for each request, out of the system's memory and out of a pool.
        ("hello, fresh", &|name| glued_row(name, &engine, &hello, 1)),
        ("hello, pooled", &|name| {
            glued_row(name, &pooled(), &hello, 1)
        }),
        // Over loopback, without a component.
        ("network, upstream", &|name| {
            upstream_row(name, HttpUpstream::new(server.clone()))
        }),
        ("network, pool of 1", &|name| {
            upstream_row(name, network::pool(1, &server, Balance::RoundRobin))
        }),
        ("network, pool of 4", &|name| {
            upstream_row(name, network::pool(4, &server, Balance::RoundRobin))
        }),
        ("network, least of 4", &|name| {
            upstream_row(name, network::pool(4, &server, Balance::LeastRequests))
        }),
    ];
    let mut rows: Vec<_> = makers
        .iter()
        .filter(|(name, _)| only.as_ref().is_none_or(|only| name.contains(only)))
        .map(|(name, make)| make(name))
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for round in 0..=ROUNDS {
        for row in &mut rows {
            let time = row.round.run(&runtime).as_secs_f64() * 1e6 / REQUESTS as f64;
            // The first is to warm up.
            if round > 0 {
                row.rounds.push(time);
            }
        }
    }
    let median = |name: &str| {
        let row = rows.iter().find(|row| row.name == name)?;
        let mut rounds = row.rounds.clone();
        rounds.sort_by(f64::total_cmp);
        Some(rounds[rounds.len() / 2])
    };
    for row in &rows {
        println!(
            "{:19} {:6.2} µs",
            row.name,
            median(row.name).unwrap_or_default()
        );
    }
    for (one, other) in [
        ("hello, glue", "hello, bare"),
        ("raw, glue", "raw, bare"),
        ("stamp, glue", "raw, glue"),
        ("stamp-unread, glue", "raw, glue"),
        ("pass, glue", "pass, bare"),
        ("pass-unread, glue", "pass-unread, bare"),
        ("pass, glue", "pass-unread, glue"),
        ("network, pool of 1", "network, upstream"),
        ("network, pool of 4", "network, upstream"),
        ("network, least of 4", "network, upstream"),
    ] {
        if let (Some(ours), Some(theirs)) = (median(one), median(other)) {
            println!("{one} : {other} = {:.2}", ours / theirs);
        }
    }
}
