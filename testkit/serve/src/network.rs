//! A component on the network: a client of hyper in front of it, servers of hyper behind it, TLS in between.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{Uri, Version};
use http_body::Frame;
use http_body_util::StreamBody;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::pki_types::ServerName;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_stream::wrappers::ReceiverStream;
use witgen_serve::proxy::{Body, ErrorCode, HttpUpstream, Proxy};
use witgen_serve::server::Server;

use crate::tls::{self, Authority, Identity};

/// Runs each of these tests once over HTTP/1.1 and once over HTTP/2.
#[macro_export]
macro_rules! over_both {
    ($($test:ident)*) => {
        mod http_1 {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::network::Network::new(http::Version::HTTP_11)).await;
            })*
        }
        mod http_2 {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::network::Network::new(http::Version::HTTP_2)).await;
            })*
        }
    };
}

/// How many bytes a header may have at peers that are not under test.
const MAX_HEADER_BYTES: u32 = 8 << 20;

/// Makes connections of one version of HTTP, with certificates of an authority of its own.
pub struct Network {
    /// The version of HTTP.
    pub version: Version,
    authority: Authority,
}

/// A server, which is stopped when it is dropped.
pub struct Running {
    /// The address that it listens on.
    pub address: String,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// A server that another process runs.
    pub fn at(address: &str) -> Self {
        Running {
            address: address.to_owned(),
            task: None,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Network {
    /// Makes a network with a new authority.
    pub fn new(version: Version) -> Self {
        Network {
            version,
            authority: Authority::new(),
        }
    }

    /// Starts a server that responds with `answer`. It closes the connection if that fails.
    pub async fn origin<F, A>(&self, answer: F) -> Running
    where
        F: Fn(http::Request<Incoming>) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = io::Result<http::Response<Body>>> + Send + 'static,
    {
        let identity = self.identity();
        let mut config = tls::server(&identity);
        config.alpn_protocols = self.protocol();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, answer) = (acceptor.clone(), answer.clone());
                connections.spawn(async move {
                    let stream = acceptor.accept(stream).await.unwrap();
                    let mut server = auto::Builder::new(TokioExecutor::new());
                    server.http1().max_buf_size(MAX_HEADER_BYTES as usize).max_headers(20_000);
                    server.http2().max_header_list_size(MAX_HEADER_BYTES);
                    // It may be meant to fail.
                    let _ = server.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
                });
            }
        });
        Running {
            address,
            task: Some(task),
        }
    }

    /// Issues a certificate for a server.
    pub fn identity(&self) -> Identity {
        self.authority.identity("127.0.0.1", 2099)
    }

    /// Returns an upstream that trusts the servers of this network.
    pub fn upstream(&self) -> HttpUpstream {
        HttpUpstream::to_target().tls(self.trusting())
    }

    /// Serves a component on a socket, with TLS.
    pub async fn serve(&self, component: &Proxy) -> Running {
        self.serve_with(Server::new(component.clone())).await
    }

    /// Runs a server on a socket, with TLS.
    pub async fn serve_with(&self, server: Server) -> Running {
        let identity = self.identity();
        let server = server.tls(tls::server(&identity));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move {
            let stop = std::future::pending();
            let grace = std::time::Duration::ZERO;
            server.serve(listener, stop, grace).await.unwrap();
        });
        Running {
            address,
            task: Some(task),
        }
    }

    /// Connects to a server.
    pub async fn client(&self, server: &Running) -> Client {
        let mut config = self.trusting();
        config.alpn_protocols = self.protocol();
        let stream = TcpStream::connect(&server.address).await.unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = TokioIo::new(connector.connect(name, stream).await.unwrap());
        match self.version {
            Version::HTTP_2 => {
                let mut builder = http2::Builder::new(TokioExecutor::new());
                builder.max_header_list_size(MAX_HEADER_BYTES);
                let (sender, connection) = builder.handshake(stream).await.unwrap();
                let task = tokio::spawn(async move { drop(connection.await) });
                Client(Sender::Http2(sender), task)
            }
            _ => {
                let mut builder = http1::Builder::new();
                builder.max_buf_size(MAX_HEADER_BYTES as usize).max_headers(20_000);
                let (sender, connection) = builder.handshake(stream).await.unwrap();
                let task = tokio::spawn(async move { drop(connection.await) });
                Client(Sender::Http1(sender), task)
            }
        }
    }

    fn protocol(&self) -> Vec<Vec<u8>> {
        match self.version {
            Version::HTTP_2 => vec![b"h2".to_vec()],
            _ => vec![b"http/1.1".to_vec()],
        }
    }

    fn trusting(&self) -> rustls::ClientConfig {
        tls::trusting(&self.authority)
    }
}

/// A client's connection, which is closed when this is dropped.
pub struct Client(Sender, JoinHandle<()>);

enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

impl Client {
    /// Sends a request. Its URI has an authority, which becomes the Host header of HTTP/1.1.
    pub async fn send(
        &mut self,
        mut request: http::Request<Body>,
    ) -> hyper::Result<http::Response<Incoming>> {
        match &mut self.0 {
            Sender::Http2(sender) => sender.send_request(request).await,
            Sender::Http1(sender) => {
                let host = request.uri().authority().unwrap().as_str();
                let host = HeaderValue::from_str(host).unwrap();
                request.headers_mut().insert(HOST, host);
                let path = request.uri().path_and_query().cloned();
                *request.uri_mut() = Uri::from(path.unwrap());
                sender.ready().await?;
                sender.send_request(request).await
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.1.abort();
    }
}

/// A frame of a body, or the error that ends it.
pub type Piece = Result<Frame<Bytes>, ErrorCode>;

/// Returns a body, and a sender for its frames.
pub fn scripted() -> (mpsc::Sender<Piece>, Body) {
    let (sender, pieces) = mpsc::channel(1);
    (
        sender,
        Body::new(StreamBody::new(ReceiverStream::new(pieces))),
    )
}

/// Makes a request to a server.
pub fn to(server: &Running, path: &str) -> http::Request<Body> {
    let mut request = http::Request::new(Body::empty());
    *request.uri_mut() = format!("https://{}{path}", server.address).parse().unwrap();
    request
}
