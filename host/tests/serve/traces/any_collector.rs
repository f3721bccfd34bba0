//! A collector of traces that receives OTLP by HTTP and gRPC, with TLS and without.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;
use testkit_serve::serve::TIMEOUT;
use testkit_serve::tls::{self, Identity};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_stream::{Stream, StreamExt as _};

/// A request to the collector.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub message: ExportTraceServiceRequest,
}

/// A collector on loopback, as long as its runtime.
pub struct AnyCollector {
    /// Without a scheme.
    pub address: String,
    received: Arc<Mutex<Vec<Received>>>,
}

/// How a collector responds.
#[derive(Clone, Copy, Default)]
pub struct Behavior {
    /// How many requests it refuses before it accepts others.
    pub refused: usize,
    /// How many spans of each request it rejects.
    pub rejected: i64,
    /// Whether the content of its responses never ends.
    pub stalls: bool,
}

impl AnyCollector {
    /// Starts a collector, with a certificate for `localhost` if it has TLS.
    pub async fn start(identity: Option<&Identity>, behavior: Behavior) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("localhost:{}", listener.local_addr().unwrap().port());
        let tls = identity.map(|identity| TlsAcceptor::from(Arc::new(tls::server(identity))));
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let shared = received.clone();
        let refusals = Arc::new(Mutex::new(behavior.refused));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, shared, refusals) = (tls.clone(), shared.clone(), refusals.clone());
                let service = service_fn(move |request| {
                    respond(request, shared.clone(), refusals.clone(), behavior)
                });
                tokio::spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    // A client that doesn't trust the collector disconnects.
                    let _ = match tls {
                        None => server.serve_connection(TokioIo::new(stream), service).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => {
                                server.serve_connection(TokioIo::new(stream), service).await
                            }
                            Err(_) => Ok(()),
                        },
                    };
                });
            }
        });
        AnyCollector { address, received }
    }

    /// Waits until there is a request, and returns the first one.
    pub async fn first(&self) -> Received {
        let begin = Instant::now();
        loop {
            if let Some(first) = self.received.lock().unwrap().first() {
                return first.clone();
            }
            assert!(begin.elapsed() < TIMEOUT, "no request");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Returns how many requests there have been.
    pub fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }
}

type Frames = StreamBody<Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>> + Send>>>;

async fn respond(
    request: Request<Incoming>,
    received: Arc<Mutex<Vec<Received>>>,
    refusals: Arc<Mutex<usize>>,
    behavior: Behavior,
) -> Result<Response<Frames>, hyper::Error> {
    let (head, body) = request.into_parts();
    let content = body.collect().await?.to_bytes();
    let is_grpc = head.headers["content-type"] == "application/grpc";
    let is_refused = {
        let mut left = refusals.lock().unwrap();
        let is_refused = *left > 0;
        *left = left.saturating_sub(1);
        is_refused
    };
    if !is_refused {
        // A message of gRPC follows a flag and its length.
        let message = if is_grpc { &content[5..] } else { &content[..] };
        received.lock().unwrap().push(Received {
            path: head.uri.path().to_owned(),
            headers: head.headers,
            message: ExportTraceServiceRequest::decode(message).unwrap(),
        });
    }
    let answer = ExportTraceServiceResponse {
        partial_success: (behavior.rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: behavior.rejected,
            error_message: "too many of them".to_owned(),
        }),
    };
    let answer = answer.encode_to_vec();
    let mut response = Response::builder();
    let mut frames = Vec::new();
    if is_grpc {
        response = response.header("content-type", "application/grpc");
        let mut trailers = HeaderMap::new();
        if is_refused {
            trailers.insert("grpc-status", "14".parse().unwrap());
        } else {
            let mut message = vec![0];
            message.extend(u32::try_from(answer.len()).unwrap().to_be_bytes());
            message.extend(answer);
            frames.push(Ok(Frame::data(message.into())));
            trailers.insert("grpc-status", "0".parse().unwrap());
        }
        frames.push(Ok(Frame::trailers(trailers)));
    } else if is_refused {
        response = response.status(503);
    } else {
        frames.push(Ok(Frame::data(answer.into())));
    }
    let frames = tokio_stream::iter(frames);
    let frames: Pin<Box<dyn Stream<Item = _> + Send>> = if behavior.stalls {
        Box::pin(frames.chain(tokio_stream::pending()))
    } else {
        Box::pin(frames)
    };
    Ok(response.body(StreamBody::new(frames)).unwrap())
}
