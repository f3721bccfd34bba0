//! OTLP over HTTP.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use tokio::time::timeout;
use witgen_serve::proxy::{Body, HttpUpstream, Response, Upstream as _};

use super::error::SendError;

/// The maximum size of a collector's response.
const MAX_RESPONSE_BYTES: usize = 4 << 20;
/// How long the rest of a response may take after its head.
const CONTENT_TIMEOUT: Duration = Duration::from_secs(1);

/// Sends requests by HTTP.
pub struct Http {
    upstream: HttpUpstream,
    uri: Uri,
    headers: HeaderMap,
}

impl Http {
    /// `agent` is the name of this program, if no header has another one.
    pub fn new(
        upstream: HttpUpstream,
        uri: Uri,
        agent: &'static str,
        mut headers: HeaderMap,
    ) -> Self {
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(agent));
        let protobuf = HeaderValue::from_static("application/x-protobuf");
        headers.insert(CONTENT_TYPE, protobuf);
        Http {
            upstream,
            uri,
            headers,
        }
    }

    /// Sends a request, and returns the response.
    pub async fn send(&self, content: Bytes) -> Result<Response, SendError> {
        let mut request = Request::new(Body::from(content));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        self.upstream.send(request).await.map_err(|code| {
            let error = wasmtime_wasi_http::Error::from(code);
            SendError::temporary(format!("no response: {error}"))
        })
    }

    /// Returns the content of a success. It is empty if the rest of the response doesn't arrive in a second.
    pub async fn content(response: Response) -> Result<Bytes, SendError> {
        let (head, body) = response.into_parts();
        let collected = Limited::new(body, MAX_RESPONSE_BYTES).collect();
        let collected = timeout(CONTENT_TIMEOUT, collected).await;
        if !head.status.is_success() {
            return Err(refused(head.status, &head.headers));
        }
        // A success means that the spans have arrived. Without the rest of the response, how many were rejected stays unknown.
        Ok(match collected {
            Ok(Ok(content)) => content.to_bytes(),
            _ => Bytes::new(),
        })
    }
}

/// Returns the error for a response (OTLP/HTTP, "Failures").
fn refused(status: StatusCode, headers: &HeaderMap) -> SendError {
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    SendError {
        reason: format!("it responded with {status}"),
        is_temporary: matches!(status.as_u16(), 429 | 502 | 503 | 504),
        retry_after: seconds.map(Duration::from_secs),
    }
}
