//! A server on loopback, and pools of servers.

use std::convert::Infallible;
use std::net::TcpListener;
use std::thread;

use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use witgen_serve::origin::{Balance, HealthSettings, Pool, PoolSettings};

pub const HEADERS: [(&str, &str); 6] = [
    ("accept", "text/html,application/xhtml+xml"),
    ("accept-encoding", "gzip, deflate, br"),
    ("accept-language", "en"),
    ("cache-control", "no-cache"),
    ("cookie", "session=0123456789abcdef"),
    ("user-agent", "witgen-bench"),
];

/// Starts a server that responds with `hello`, on a thread of its own.
pub fn server() -> Uri {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let service = service_fn(|_: http::Request<Incoming>| async {
                    let body = Full::new(Bytes::from_static(b"hello\n"));
                    Ok::<_, Infallible>(http::Response::new(body))
                });
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async move { drop(connection.await) });
            }
        });
    });
    format!("http://{address}").parse().unwrap()
}

/// Returns a pool of so many servers, all of which are this one, with all that a pool can do.
pub fn pool(servers: usize, server: &Uri, balance: Balance) -> Pool {
    // They differ by their paths.
    let servers = (0..servers).map(|number| format!("{server}{number}").parse().unwrap());
    Pool::builder(PoolSettings {
        servers: servers.collect(),
        balance,
        health: Some(HealthSettings::default()),
        ..PoolSettings::default()
    })
    .build()
}
