//! Applies the timeouts of `request-options` to connections and messages.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::Connection;
use tokio::sync::Notify;
use tokio::time::Sleep;
use tower_service::Service;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::body::{Body, Request};
use super::connections::{ConnectionLimit, Counted, Usage};

tokio::task_local! {
    /// The connect timeout of the request that is being sent.
    static CONNECT_TIMEOUT: Option<Duration>;
}

type AnyError = Box<dyn StdError + Send + Sync>;

/// Makes connections within the connect timeout of the request that needs them, and within a limit.
#[derive(Clone)]
pub(super) struct TimedConnector<C> {
    pub connector: C,
    pub limit: Option<ConnectionLimit>,
}

impl<C> Service<Uri> for TimedConnector<C>
where
    C: Service<Uri, Error = AnyError>,
    C::Future: Send + 'static,
    C::Response: Connection + Send + 'static,
{
    type Response = Counted<C::Response>;
    type Error = AnyError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, AnyError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), AnyError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let timeout = CONNECT_TIMEOUT.try_with(|limit| *limit).ok().flatten();
        let limit = self.limit.clone();
        let stream = self.connector.call(uri);
        let connection = async move {
            let Some(limit) = limit else {
                return Ok(Counted::unlimited(stream.await?));
            };
            let permit = limit.acquire().await?;
            Ok(permit.count(stream.await?))
        };
        Box::pin(async move {
            let Some(timeout) = timeout else {
                return connection.await;
            };
            tokio::time::timeout(timeout, connection)
                .await
                .map_err(|_| io::Error::from(ErrorKind::TimedOut))?
        })
    }
}

/// Waits for a response, with a timeout for the connection that may have to be made.
pub(super) async fn with_connect_timeout<T>(
    limit: Option<Duration>,
    response: impl Future<Output = T>,
) -> T {
    CONNECT_TIMEOUT.scope(limit, response).await
}

/// Returns the request with a signal that is notified when it has been sent.
pub(super) fn notify_when_sent(request: Request) -> (http::Request<RequestBody>, Arc<Notify>) {
    let sent = Arc::new(Notify::new());
    let request = request.map(|body| RequestBody {
        body,
        sent: sent.clone(),
    });
    (request, sent)
}

/// Waits for a response, with a timeout that starts when the request has been sent.
pub(super) async fn with_first_byte_timeout<T>(
    limit: Option<Duration>,
    sent: &Notify,
    response: impl Future<Output = T>,
) -> Result<T, ErrorCode> {
    let Some(limit) = limit else {
        return Ok(response.await);
    };
    let mut response = pin!(response);
    let mut timeout = pin!(async {
        sent.notified().await;
        tokio::time::sleep(limit).await;
    });
    poll_fn(|context| match response.as_mut().poll(context) {
        Poll::Ready(response) => Poll::Ready(Ok(response)),
        Poll::Pending => timeout
            .as_mut()
            .poll(context)
            .map(|()| Err(ErrorCode::ConnectionReadTimeout)),
    })
    .await
}

/// The body of a request. When it is dropped, the request has been sent.
pub(super) struct RequestBody {
    body: Body,
    sent: Arc<Notify>,
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.sent.notify_one();
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = wasmtime_wasi_http::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a response, which ends with an error if the next piece doesn't arrive in time.
pub(super) struct ResponseBody {
    body: Incoming,
    limit: Option<Duration>,
    /// Runs while the body waits for its next piece.
    timeout: Option<Pin<Box<Sleep>>>,
    /// The use of the connection, if that counts towards a limit.
    usage: Option<Usage>,
}

impl ResponseBody {
    pub fn new(body: Incoming, limit: Option<Duration>, usage: Option<Usage>) -> Self {
        ResponseBody {
            body,
            limit,
            timeout: None,
            usage,
        }
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        if let Some(usage) = &self.usage {
            usage.end();
        }
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = AnyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnyError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.timeout = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(AnyError::from)));
        }
        let Some(limit) = self.limit else {
            return Poll::Pending;
        };
        self.timeout
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)))
            .as_mut()
            .poll(context)
            .map(|()| Some(Err(ErrorCode::ConnectionReadTimeout.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
