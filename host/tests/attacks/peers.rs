//! Clients that attack a server, clients that don't, and an origin.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use testkit_serve::serve::{Served, TIMEOUT};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// The address of the clients that attack, where they have another one than the others.
pub const ATTACKER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));
/// The address of the other clients.
pub const VICTIM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// How long an attack lasts; longer in the tests at length.
pub fn duration() -> Duration {
    let seconds = std::env::var("WITGEN_ATTACK_SECONDS").map_or(2.0, |text| text.parse().unwrap());
    Duration::from_secs_f64(seconds)
}

/// Connects from an address.
pub async fn connect(from: IpAddr, to: &str) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::new(from, 0))?;
    socket.connect(to.parse().unwrap()).await
}

/// Something that is repeated until this is stopped.
pub struct Repeated {
    is_stopped: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Repeated {
    /// Repeats an attack, however it ends.
    pub fn start<A>(attack: impl Fn() -> A + Send + 'static) -> Self
    where
        A: Future<Output = io::Result<()>> + Send,
    {
        let is_stopped = Arc::<AtomicBool>::default();
        let stopped = is_stopped.clone();
        let task = tokio::spawn(async move {
            while !stopped.load(Ordering::Relaxed) {
                let _ = attack().await;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        Repeated { is_stopped, task }
    }

    /// Cancels what is under way.
    pub fn stop(self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        self.task.abort();
    }
}

/// Sends requests on new connections for as long as an attack lasts, and returns how many there were and the responses of
/// those that failed.
pub async fn send_requests(from: IpAddr, to: &str, path: &str) -> (usize, Vec<String>) {
    let (mut count, mut failures) = (0, Vec::new());
    let begin = Instant::now();
    while begin.elapsed() < duration() || count < 100 {
        count += 1;
        match tokio::time::timeout(TIMEOUT, get(from, to, path)).await {
            Ok(Ok(response)) if response.starts_with("HTTP/1.1 200") => {}
            Ok(response) => failures.push(format!("{response:?}")),
            Err(_) => failures.push("no response".to_owned()),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (count, failures)
}

/// Asserts that 99% of the requests of clients that don't attack succeed.
pub async fn succeed(from: IpAddr, served: &Served, path: &str) {
    let (count, failures) = send_requests(from, served.address(), path).await;
    assert!(
        failures.len() * 100 <= count,
        "{} of {count} failed: {:?}",
        failures.len(),
        &failures[..failures.len().min(5)]
    );
}

/// Sends a request, and returns the response.
pub async fn get(from: IpAddr, to: &str, path: &str) -> io::Result<String> {
    let mut stream = connect(from, to).await?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response)
}

/// Waits until a metric has a value.
pub async fn wait_for(served: &Served, metric: &str, is_reached: impl Fn(f64) -> bool) {
    let begin = Instant::now();
    while !is_reached(served.metric(metric)) {
        assert!(
            begin.elapsed() < TIMEOUT,
            "{metric} is {}",
            served.metric(metric)
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An HTTP/2 connection on which any frames can be sent.
pub struct Http2 {
    stream: OwnedWriteHalf,
    next_id: u32,
    received: Arc<Received>,
}

/// What the peer of a connection has sent.
#[derive(Default)]
pub struct Received {
    pub is_closed: AtomicBool,
    pings: AtomicUsize,
    /// Resets with `ENHANCE_YOUR_CALM`.
    pub calm: AtomicUsize,
}

/// The types of frames (RFC 9113, section 6).
pub const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const INITIAL_WINDOW_SIZE: u16 = 4;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

/// Returns a frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

impl Http2 {
    /// Connects with a window for the content of each response.
    pub async fn connect(from: IpAddr, to: &str, window: u32) -> io::Result<Self> {
        let (reader, stream) = connect(from, to).await?.into_split();
        let received = Arc::<Received>::default();
        tokio::spawn(read_frames(reader, received.clone()));
        let mut connection = Http2 {
            stream,
            next_id: 1,
            received,
        };
        let setting = [
            &INITIAL_WINDOW_SIZE.to_be_bytes()[..],
            &window.to_be_bytes(),
        ]
        .concat();
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        connection
            .send(&[&preface[..], &frame(SETTINGS, 0, 0, &setting)].concat())
            .await?;
        Ok(connection)
    }

    pub fn received(&self) -> &Arc<Received> {
        &self.received
    }

    pub async fn send(&mut self, frames: &[u8]) -> io::Result<()> {
        self.stream.write_all(frames).await
    }

    /// Sends the head of a request, and returns its stream.
    pub async fn request(&mut self, method: &str, path: &str) -> io::Result<u32> {
        let id = self.next_id;
        self.next_id += 2;
        // RFC 7541, section 6.2.2: literals without indexing, with names of the static table.
        let literal =
            |name: u8, value: &str| [&[name], &*length(value.len()), value.as_bytes()].concat();
        let scheme_http = vec![0x86];
        let fields = [
            literal(2, method),
            scheme_http,
            literal(4, path),
            literal(1, "a"),
        ]
        .concat();
        let ends = if method == "GET" { END_STREAM } else { 0 };
        self.send(&frame(HEADERS, END_HEADERS | ends, id, &fields)).await?;
        Ok(id)
    }

    /// Waits until the server has read everything, or has closed the connection.
    pub async fn wait_until_read(&mut self) {
        let pings = self.received.pings.load(Ordering::Relaxed);
        let _ = self.send(&frame(PING, 0, 0, &[0; 8])).await;
        let begin = Instant::now();
        while self.received.pings.load(Ordering::Relaxed) == pings
            && !self.received.is_closed.load(Ordering::Relaxed)
        {
            assert!(begin.elapsed() < TIMEOUT, "the server doesn't read");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub async fn reset(&mut self, id: u32) -> io::Result<()> {
        self.send(&frame(RST_STREAM, 0, id, &CANCEL.to_be_bytes())).await
    }
}

/// Returns the length of a literal (RFC 7541, section 5.1).
fn length(length: usize) -> Vec<u8> {
    const PREFIX: usize = 0x7f;
    let Some(mut rest) = length.checked_sub(PREFIX) else {
        return vec![u8::try_from(length).unwrap()];
    };
    let mut bytes = vec![0x7f];
    while rest >= 0x80 {
        bytes.push(u8::try_from(rest % 0x80).unwrap() | 0x80);
        rest /= 0x80;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

/// Reads all frames of a connection.
async fn read_frames(mut reader: OwnedReadHalf, received: Arc<Received>) {
    let mut head = [0; 9];
    while reader.read_exact(&mut head).await.is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let mut payload = vec![0; length];
        if reader.read_exact(&mut payload).await.is_err() {
            break;
        }
        let code = match head[3] {
            RST_STREAM => payload.get(..4),
            GOAWAY => payload.get(4..8),
            _ => None,
        };
        if head[3] == PING {
            received.pings.fetch_add(1, Ordering::Relaxed);
        }
        if code == Some(&ENHANCE_YOUR_CALM.to_be_bytes()) {
            received.calm.fetch_add(1, Ordering::Relaxed);
        }
    }
    received.is_closed.store(true, Ordering::Relaxed);
}

/// An origin that responds to `/fast`, and to nothing else.
pub struct Origin {
    pub url: String,
    connections: Arc<AtomicUsize>,
}

impl Origin {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::<AtomicUsize>::default();
        let count = connections.clone();
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                let count = count.clone();
                tokio::spawn(async move {
                    count.fetch_add(1, Ordering::Relaxed);
                    respond(stream).await;
                    count.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Origin { url, connections }
    }

    /// Returns the number of open connections.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Responds to the requests of a connection until it is closed.
async fn respond(mut stream: TcpStream) {
    let mut heads = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        heads.extend_from_slice(&buffer[..length]);
        while let Some(end) = heads.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head: Vec<u8> = heads.drain(..end + 4).collect();
            let response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            if head.starts_with(b"GET /fast ") && stream.write_all(response).await.is_err() {
                return;
            }
        }
    }
}
