//! A component behind a socket.

use std::convert::Infallible;
use std::io;

use http::StatusCode;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::proxy::{Body, ErrorCode, Proxy, Response};

/// Gives a component the requests that arrive at a socket, by HTTP/1.1, until the socket fails.
///
/// A request that gets no response from the component gets one that says so.
///
/// # Errors
///
/// What the operating system says of the socket. One connection's end is its own.
pub async fn serve(listener: TcpListener, proxy: Proxy) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let proxy = proxy.clone();
        let answer = service_fn(move |request: http::Request<Incoming>| {
            let proxy = proxy.clone();
            async move {
                let response = proxy.handle(request).await;
                Ok::<_, Infallible>(response.unwrap_or_else(no_response))
            }
        });
        let mut server = http1::Builder::new();
        let connection = server.timer(TokioTimer::new());
        let connection = connection.serve_connection(TokioIo::new(stream), answer);
        tokio::spawn(async move {
            // A client that went away is its own business.
            let _ = connection.await;
        });
    }
}

/// What a client gets instead of a response.
fn no_response(code: ErrorCode) -> Response {
    let status = status(&code);
    // wasmtime's own error has words for each code.
    let text = wasmtime_wasi_http::Error::from(code);
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    response
}

/// RFC 9110, section 15.6: what an intermediary answers when it has no response to pass on.
fn status(code: &ErrorCode) -> StatusCode {
    match code {
        ErrorCode::ConfigurationError | ErrorCode::InternalError(_) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        ErrorCode::DnsTimeout
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => StatusCode::GATEWAY_TIMEOUT,
        // RFC 5842, section 7.2.
        ErrorCode::LoopDetected => StatusCode::LOOP_DETECTED,
        _ => StatusCode::BAD_GATEWAY,
    }
}
