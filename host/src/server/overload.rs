//! Connections above the limit, some of which receive a response.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::stream::ClientStream;
use super::{error_response, proxy_header};

/// How many of the connections above the limit receive a response at a time, and as which part of the limit at most. Further
/// ones are closed without a response.
const MAX_OVERLOAD_REPLIES: usize = 64;
const OVERLOAD_REPLY_DIVISOR: usize = 8;
const OVERLOAD_REPLY_TIMEOUT: Duration = Duration::from_secs(1);

/// Responds to some of the connections above the limit.
#[derive(Clone)]
pub(super) struct OverloadReplies(Arc<Semaphore>);

impl OverloadReplies {
    pub fn new(max_connections: usize) -> Self {
        let replies = (max_connections / OVERLOAD_REPLY_DIVISOR).clamp(4, MAX_OVERLOAD_REPLIES);
        OverloadReplies(Arc::new(Semaphore::new(replies)))
    }

    /// Responds to the first request of a connection, and closes it. The connection may begin with a header of the PROXY
    /// protocol.
    pub fn reply(&self, mut stream: ClientStream, has_proxy_header: bool) {
        let Ok(permit) = self.0.clone().try_acquire_owned() else {
            return;
        };
        tokio::spawn(async move {
            let replied = async {
                if !has_proxy_header || proxy_header::read(&mut stream).await.is_ok() {
                    reply(stream).await;
                }
            };
            let _ = timeout(OVERLOAD_REPLY_TIMEOUT, replied).await;
            drop(permit);
        });
    }
}

async fn reply(stream: ClientStream) {
    let service = service_fn(|_: http::Request<Incoming>| async {
        Ok::<_, Infallible>(error_response::overloaded())
    });
    // A client that disconnects needs no response.
    let _ = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
