//! What whoever runs the server asks it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::metrics::Metrics;

/// What Prometheus is told that it reads (OpenMetrics 1.0, section 5.2).
const METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Answers at `/healthz`, as long as the process does anything; at `/readyz`, as long as it takes requests; and at
/// `/metrics`.
pub async fn serve(listener: TcpListener, metrics: Arc<Metrics>, is_ready: Arc<AtomicBool>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (metrics, is_ready) = (metrics.clone(), is_ready.clone());
        let answer = service_fn(move |request: Request<Incoming>| {
            let response = answer(request.uri().path(), &metrics, &is_ready);
            async move { Ok::<_, Infallible>(response) }
        });
        tokio::spawn(async move {
            let mut server = http1::Builder::new();
            let server = server.timer(TokioTimer::new());
            // Whoever asked and went away is not waited for.
            let _ = server.serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

fn answer(path: &str, metrics: &Metrics, is_ready: &AtomicBool) -> Response<String> {
    let (status, kind, text) = match path {
        "/healthz" => (StatusCode::OK, TEXT, "ok\n".to_owned()),
        "/readyz" if is_ready.load(Ordering::Relaxed) => {
            (StatusCode::OK, TEXT, "ready\n".to_owned())
        }
        "/readyz" => (
            StatusCode::SERVICE_UNAVAILABLE,
            TEXT,
            "not ready\n".to_owned(),
        ),
        "/metrics" => (StatusCode::OK, METRICS, metrics.text()),
        _ => (
            StatusCode::NOT_FOUND,
            TEXT,
            "/healthz, /readyz and /metrics are here\n".to_owned(),
        ),
    };
    let mut response = Response::new(text);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
