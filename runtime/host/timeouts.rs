//! The timeouts of `request-options`, kept on the network.

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
use tokio::sync::Notify;
use tokio::time::Sleep;
use tower_service::Service;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::body::{Body, Request};

tokio::task_local! {
    /// How long a connection may take that the request at hand needs.
    static CONNECT: Option<Duration>;
}

type AnyError = Box<dyn StdError + Send + Sync>;

/// Makes connections, in the time that the request at hand gives.
#[derive(Clone)]
pub(super) struct Timed<C>(pub C);

impl<C> Service<Uri> for Timed<C>
where
    C: Service<Uri, Error = AnyError>,
    C::Future: Send + 'static,
    C::Response: 'static,
{
    type Response = C::Response;
    type Error = AnyError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, AnyError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), AnyError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let limit = CONNECT.try_with(|limit| *limit).ok().flatten();
        let connection = self.0.call(uri);
        Box::pin(async move {
            let Some(limit) = limit else {
                return connection.await;
            };
            let connection = tokio::time::timeout(limit, connection).await;
            connection.map_err(|_| io::Error::from(ErrorKind::TimedOut))?
        })
    }
}

/// Does something that may need a connection, which has so much time.
pub(super) async fn connecting<T>(limit: Option<Duration>, response: impl Future<Output = T>) -> T {
    CONNECT.scope(limit, response).await
}

/// The request, and what tells when it has been sent.
pub(super) fn noticed(request: Request) -> (http::Request<Sending>, Arc<Notify>) {
    let sent = Arc::new(Notify::new());
    let notice = sent.clone();
    (request.map(|body| Sending { body, sent: notice }), sent)
}

/// Waits for a response, for so long after the request has been sent.
pub(super) async fn first_byte<T>(
    limit: Option<Duration>,
    sent: &Notify,
    response: impl Future<Output = T>,
) -> Result<T, ErrorCode> {
    let Some(limit) = limit else {
        return Ok(response.await);
    };
    let mut response = pin!(response);
    let mut late = pin!(async {
        sent.notified().await;
        tokio::time::sleep(limit).await;
    });
    poll_fn(|context| match response.as_mut().poll(context) {
        Poll::Ready(response) => Poll::Ready(Ok(response)),
        Poll::Pending => late
            .as_mut()
            .poll(context)
            .map(|()| Err(ErrorCode::ConnectionReadTimeout)),
    })
    .await
}

/// The body of a request. It has been sent when it is no longer needed.
pub(super) struct Sending {
    body: Body,
    sent: Arc<Notify>,
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.sent.notify_one();
    }
}

impl http_body::Body for Sending {
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

/// The body of a response, which ends where nothing comes for too long.
pub(super) struct Received {
    body: Incoming,
    limit: Option<Duration>,
    /// Runs while nothing comes.
    late: Option<Pin<Box<Sleep>>>,
}

impl Received {
    pub fn new(body: Incoming, limit: Option<Duration>) -> Self {
        Received {
            body,
            limit,
            late: None,
        }
    }
}

impl http_body::Body for Received {
    type Data = Bytes;
    type Error = AnyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnyError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.late = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(AnyError::from)));
        }
        let Some(limit) = self.limit else {
            return Poll::Pending;
        };
        let late = self
            .late
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        let late = late.as_mut().poll(context);
        late.map(|()| Some(Err(ErrorCode::ConnectionReadTimeout.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
