//! Serves a component of `wasi:http` on http://127.0.0.1:8080.

use std::convert::Infallible;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use http::StatusCode;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

mod proxy;
use proxy::{ErrorCode, HttpUpstream, Proxy, Response};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (component, origin) = match arguments.as_slice() {
        [component] => (component, None),
        [component, origin] => (component, Some(origin.as_str())),
        _ => return Err("usage: {{ name }} COMPONENT.wasm [ORIGIN]".into()),
    };
    let proxy = load(Path::new(component), origin)?;
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener, proxy).await;
    Ok(())
}

/// Compiles a component. Its `origin` is the server at this URL, and it can make no side calls.
fn load(component: &Path, origin: Option<&str>) -> Result<Proxy, Box<dyn Error>> {
    let engine = wasmtime::Engine::new(&proxy::config())?;
    let mut builder = Proxy::builder(&engine, component);
    if let Some(origin) = origin {
        builder = builder.origin(HttpUpstream::new(origin.parse()?));
    }
    Ok(builder.build()?)
}

/// Accepts connections, and has the component respond to their requests.
async fn serve(listener: TcpListener, proxy: Proxy) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Too many open files, for example; some will be closed.
                eprintln!("a connection was not accepted: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let proxy = proxy.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| respond(&proxy, request));
            let mut server = http1::Builder::new();
            server.timer(TokioTimer::new());
            let connection = server.serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                eprintln!("a connection ended: {error}");
            }
        });
    }
}

/// Returns the component's response, or one with the status of the error if the component fails.
async fn respond(proxy: &Proxy, request: http::Request<Incoming>) -> Result<Response, Infallible> {
    Ok(proxy.handle(request).await.unwrap_or_else(|error| {
        eprintln!("the component failed: {error}");
        let status = status(&error);
        let text = status.canonical_reason().unwrap_or_default();
        let mut response = Response::new(format!("{text}\n").into());
        *response.status_mut() = status;
        response
    }))
}

/// Returns the status that `wasi:http` documents for an error behind the component, and 500 for all others.
fn status(error: &ErrorCode) -> StatusCode {
    use ErrorCode::*;
    match error {
        DnsTimeout
        | ConnectionTimeout
        | ConnectionReadTimeout
        | ConnectionWriteTimeout
        | HttpResponseTimeout => StatusCode::GATEWAY_TIMEOUT,
        DestinationUnavailable | ConnectionLimitReached => StatusCode::SERVICE_UNAVAILABLE,
        DnsError(_)
        | DestinationIpProhibited
        | DestinationIpUnroutable
        | ConnectionRefused
        | ConnectionTerminated
        | TlsProtocolError
        | TlsCertificateError
        | TlsAlertReceived(_)
        | HttpResponseIncomplete
        | HttpResponseHeaderSectionSize(_)
        | HttpResponseHeaderSize(_)
        | HttpResponseBodySize(_)
        | HttpResponseTrailerSectionSize(_)
        | HttpResponseTrailerSize(_)
        | HttpResponseTransferCoding(_)
        | HttpResponseContentCoding(_)
        | HttpUpgradeFailed
        | HttpProtocolError
        | LoopDetected => StatusCode::BAD_GATEWAY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_missing_is_an_error() {
        let error = load(Path::new("missing.wasm"), None).unwrap_err();
        assert!(error.to_string().contains("missing.wasm"), "{error}");
    }

    #[test]
    fn errors_behind_the_component_are_not_this_servers() {
        for (error, expected) in [
            (ErrorCode::ConnectionRefused, 502),
            (ErrorCode::ConnectionLimitReached, 503),
            (ErrorCode::HttpResponseTimeout, 504),
            (ErrorCode::InternalError(None), 500),
        ] {
            assert_eq!(status(&error), expected, "{error}");
        }
    }
}
