//! Serves health checks and metrics to operators.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::listen::socket::Socket;
use super::metrics::Metrics;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

/// The content type of metrics (OpenMetrics 1.0, section 5.2).
const OPENMETRICS_TYPE: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const TEXT_TYPE: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Responds at `/healthz` while the process runs, at `/readyz` with whether it accepts requests, and at `/metrics`.
pub async fn serve(socket: Socket, metrics: Arc<Metrics>, is_ready: Arc<AtomicBool>) {
    loop {
        let Ok(stream) = socket.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (metrics, is_ready) = (metrics.clone(), is_ready.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let response = respond(request.uri().path(), &metrics, &is_ready);
            async move { Ok::<_, Infallible>(response) }
        });
        tokio::spawn(async move {
            // A client that has disconnected needs no response.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn respond(path: &str, metrics: &Metrics, is_ready: &AtomicBool) -> Response<String> {
    let (status, kind, text) = match path {
        "/healthz" => (StatusCode::OK, TEXT_TYPE, "ok\n".to_owned()),
        "/readyz" if is_ready.load(Ordering::Relaxed) => {
            (StatusCode::OK, TEXT_TYPE, "ready\n".to_owned())
        }
        "/readyz" => (
            StatusCode::SERVICE_UNAVAILABLE,
            TEXT_TYPE,
            "not ready\n".to_owned(),
        ),
        "/metrics" => (StatusCode::OK, OPENMETRICS_TYPE, metrics.text()),
        _ => (
            StatusCode::NOT_FOUND,
            TEXT_TYPE,
            "/healthz, /readyz and /metrics are here\n".to_owned(),
        ),
    };
    let mut response = Response::new(text);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
