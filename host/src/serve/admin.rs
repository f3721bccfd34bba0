//! Serves a page, health checks and metrics to operators.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::listen::socket::Socket;
use super::page;
use super::process::Process;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

/// The content type of metrics (OpenMetrics 1.0, section 5.2).
const OPENMETRICS_TYPE: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const TEXT_TYPE: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Responds at `/` with a page, at `/healthz` while the process runs, at `/readyz` with whether it accepts requests, and at
/// `/metrics`.
pub async fn serve(socket: Socket, process: Arc<Process>) {
    loop {
        let Ok(stream) = socket.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let process = process.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let response = respond(&request, &process);
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

fn respond(request: &Request<Incoming>, process: &Process) -> Response<String> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = Response::new("only GET and HEAD are supported\n".to_owned());
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(CONTENT_TYPE, TEXT_TYPE);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let path = request.uri().path();
    if let Some(response) = page::respond(path, request.headers(), process) {
        return response;
    }
    let (status, kind, text) = match path {
        "/healthz" => (StatusCode::OK, TEXT_TYPE, "ok\n".to_owned()),
        "/readyz" if process.is_ready.load(Ordering::Relaxed) => {
            (StatusCode::OK, TEXT_TYPE, "ready\n".to_owned())
        }
        "/readyz" => (
            StatusCode::SERVICE_UNAVAILABLE,
            TEXT_TYPE,
            "not ready\n".to_owned(),
        ),
        "/metrics" => (StatusCode::OK, OPENMETRICS_TYPE, process.metrics.text()),
        _ => (
            StatusCode::NOT_FOUND,
            TEXT_TYPE,
            "/, a page, /status.json, /healthz, /readyz and /metrics are here\n".to_owned(),
        ),
    };
    let mut response = Response::new(text);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
