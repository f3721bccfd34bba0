//! Sends a request to one server of a pool.

use std::sync::atomic::Ordering;
use std::time::Instant;

use http::{Method, StatusCode};
use wasmtime_wasi_http::RequestOptions;

use super::counted::InFlight;
use super::ejection::Cause;
use super::observer::{EndedAttempt, PoolObserver};
use super::server::Server;
use crate::runtime::{ErrorCode, Request, Response, Unsent, Upstream as _};

/// A request that got no response.
pub(super) struct Failure {
    pub code: ErrorCode,
    /// Whether it is certain that nothing was sent.
    pub is_unsent: bool,
}

/// Sends a request to a server.
pub(super) async fn send(
    server: &Server,
    observer: &dyn PoolObserver,
    has_own_host: bool,
    options: RequestOptions,
    mut request: Request,
) -> Result<Response, Failure> {
    let in_flight = InFlight::new(server.state.clone());
    let attempt = Attempt::begin(server, observer, request.method());
    let unsent = Unsent::default();
    let extensions = request.extensions_mut();
    extensions.insert(options);
    extensions.insert(unsent.clone());
    let upstream = if has_own_host {
        &server.own_host
    } else {
        &server.upstream
    };
    match upstream.send(request).await {
        Ok(response) => {
            attempt.end(Ok(response.status()));
            Ok(in_flight.until_received(response))
        }
        Err(code) => {
            attempt.end(Err(&code));
            Err(Failure {
                code,
                is_unsent: unsent.is_recorded(),
            })
        }
    }
}

/// A request to a server. Dropping it gives the request up.
struct Attempt<'a> {
    server: &'a Server,
    observer: &'a dyn PoolObserver,
    method: Method,
    begun: Instant,
    has_ended: bool,
}

impl<'a> Attempt<'a> {
    fn begin(server: &'a Server, observer: &'a dyn PoolObserver, method: &Method) -> Self {
        Attempt {
            server,
            observer,
            method: method.clone(),
            begun: Instant::now(),
            has_ended: false,
        }
    }

    fn end(mut self, result: Result<StatusCode, &ErrorCode>) {
        self.has_ended = true;
        self.report(Some(result));
    }

    /// Counts and reports how the attempt ends.
    fn report(&self, result: Option<Result<StatusCode, &ErrorCode>>) {
        let counts = &self.server.state.counts;
        let count = match result {
            Some(Ok(_)) => &counts.answered,
            Some(Err(_)) => &counts.failed,
            None => &counts.cancelled,
        };
        count.fetch_add(1, Ordering::Relaxed);
        self.observer.ended(&EndedAttempt {
            server: &self.server.url,
            method: &self.method,
            result,
            duration: self.begun.elapsed(),
        });
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.report(None);
        }
    }
}

impl Failure {
    /// Whether the server or the way to it is the cause.
    pub fn is_of_server(&self) -> bool {
        matches!(
            self.code,
            ErrorCode::ConnectionRefused
                | ErrorCode::ConnectionTerminated
                | ErrorCode::ConnectionTimeout
                | ErrorCode::ConnectionReadTimeout
                | ErrorCode::DestinationUnavailable
                | ErrorCode::DestinationIpUnroutable
                | ErrorCode::DnsError(_)
                | ErrorCode::DnsTimeout
                | ErrorCode::HttpResponseIncomplete
                | ErrorCode::TlsAlertReceived(_)
                | ErrorCode::TlsCertificateError
                | ErrorCode::TlsProtocolError
        )
    }

    /// Returns what the failure shows about the server.
    pub fn cause(&self) -> Cause {
        if self.is_unsent {
            Cause::Connection
        } else {
            Cause::Response
        }
    }

    /// Whether another server can be sent a request with this method, if its content can be sent again.
    pub fn may_be_repeated(&self, method: &Method) -> bool {
        let has_ended = matches!(
            self.code,
            ErrorCode::ConnectionTerminated
                | ErrorCode::ConnectionTimeout
                | ErrorCode::ConnectionReadTimeout
                | ErrorCode::HttpResponseIncomplete
        );
        // RFC 9110, section 9.2.2.
        self.is_of_server() && (self.is_unsent || has_ended && method.is_idempotent())
    }
}

/// Whether a response means that the server is not available.
pub(super) fn is_failure(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_safe_is_repeated() {
        let terminated = ErrorCode::ConnectionTerminated;
        let refused = ErrorCode::ConnectionRefused;
        let scarce = ErrorCode::ConnectionLimitReached;
        for (code, is_unsent, method, may_be_repeated) in [
            (&refused, true, Method::GET, true),
            (&refused, true, Method::POST, true),
            (&terminated, true, Method::POST, true),
            (&terminated, false, Method::GET, true),
            (&terminated, false, Method::PUT, true),
            (&terminated, false, Method::POST, false),
            (&terminated, false, Method::PATCH, false),
            (&ErrorCode::HttpProtocolError, false, Method::GET, false),
            (&scarce, true, Method::GET, false),
        ] {
            let failure = Failure {
                code: code.clone(),
                is_unsent,
            };
            let actual = failure.may_be_repeated(&method);
            assert_eq!(
                actual, may_be_repeated,
                "{method} {code}, unsent: {is_unsent}"
            );
        }
    }
}
