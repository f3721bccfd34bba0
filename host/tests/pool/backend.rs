//! A server that does what a test says.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;
use tokio::task::{JoinHandle, JoinSet};

/// What a server does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Behaviour {
    /// Responds with this status.
    Respond(u16),
    /// Responds after a time.
    RespondAfter(Duration),
    /// Responds with the content of the request.
    Echo,
    /// Closes the connection without a response.
    Close,
    /// Reads a piece of the content, and closes the connection.
    CloseAfterContent,
    /// Never responds.
    Hang,
}

/// A server on loopback, which ends with its connections when it is dropped.
pub struct Backend {
    address: SocketAddr,
    /// Nobody else can have the address while it doesn't run.
    reserved: Option<TcpSocket>,
    state: Arc<State>,
    task: Option<JoinHandle<()>>,
}

struct State {
    behaviour: Mutex<Behaviour>,
    health: Mutex<Behaviour>,
    requests: AtomicUsize,
    connections: AtomicUsize,
    checks: Mutex<Vec<http::request::Parts>>,
}

impl Backend {
    pub async fn start() -> Self {
        Backend::with(Behaviour::Respond(200)).await
    }

    pub async fn with(behaviour: Behaviour) -> Self {
        let mut backend = Backend::dead();
        backend.set(behaviour);
        backend.serve();
        backend
    }

    /// A server that doesn't run. Its address is reserved.
    pub fn dead() -> Self {
        let reserved = reserve("127.0.0.1:0".parse().unwrap());
        Backend {
            address: reserved.local_addr().unwrap(),
            reserved: Some(reserved),
            state: Arc::new(State {
                behaviour: Mutex::new(Behaviour::Respond(200)),
                health: Mutex::new(Behaviour::Respond(200)),
                requests: AtomicUsize::new(0),
                connections: AtomicUsize::new(0),
                checks: Mutex::default(),
            }),
            task: None,
        }
    }

    /// Starts it, at the same address if it ran before.
    pub fn serve(&mut self) {
        let listener = self.reserved.take().unwrap().listen(1024).unwrap();
        let state = self.state.clone();
        self.task = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                state.connections.fetch_add(1, Ordering::Relaxed);
                let state = state.clone();
                connections.spawn(async move {
                    let service = service_fn(|request| state.respond(request));
                    // It may be meant to fail.
                    let _ =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        }));
    }

    /// Ends it with all of its connections.
    pub async fn kill(&mut self) {
        let task = self.task.take().unwrap();
        task.abort();
        let _ = task.await;
        self.reserved = Some(reserve(self.address));
    }

    pub fn url(&self) -> Uri {
        format!("http://{}", self.address).parse().unwrap()
    }

    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Sets what it does with requests.
    pub fn set(&self, behaviour: Behaviour) {
        *self.state.behaviour.lock().unwrap() = behaviour;
    }

    /// Sets what it does with health checks, which are requests for `/healthz`.
    pub fn set_health(&self, behaviour: Behaviour) {
        *self.state.health.lock().unwrap() = behaviour;
    }

    /// Returns how many requests it has received, without health checks.
    pub fn requests(&self) -> usize {
        self.state.requests.load(Ordering::Relaxed)
    }

    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// Returns the health checks that it has received.
    pub fn checks(&self) -> Vec<http::request::Parts> {
        self.state.checks.lock().unwrap().clone()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

fn reserve(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

impl State {
    async fn respond(
        &self,
        request: http::Request<Incoming>,
    ) -> io::Result<http::Response<Full<Bytes>>> {
        let (head, mut content) = request.into_parts();
        let behaviour = if head.uri.path() == "/healthz" {
            self.checks.lock().unwrap().push(head);
            *self.health.lock().unwrap()
        } else {
            self.requests.fetch_add(1, Ordering::Relaxed);
            *self.behaviour.lock().unwrap()
        };
        let mut response = http::Response::new(Full::from("content"));
        match behaviour {
            Behaviour::Respond(status) => {
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
            }
            Behaviour::RespondAfter(time) => tokio::time::sleep(time).await,
            Behaviour::Echo => {
                let content = content.collect().await.map_err(io::Error::other)?;
                *response.body_mut() = Full::new(content.to_bytes());
            }
            Behaviour::Close => return Err(io::Error::other("the test wants it")),
            Behaviour::CloseAfterContent => {
                content.frame().await.unwrap().unwrap();
                return Err(io::Error::other("the test wants it"));
            }
            Behaviour::Hang => std::future::pending().await,
        }
        Ok(response)
    }
}
