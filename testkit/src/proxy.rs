//! A proxy between a client and a registry that damages what passes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{sleep, spawn};
use std::time::Duration;

/// A request, as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The request line and the header, as one text in lower case.
    pub fields: String,
    bytes: Vec<u8>,
}

impl Request {
    /// Returns the value of a header field, in lower case; empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        self.fields
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            .unwrap_or_default()
    }

    /// Checks whether the method is this one, and whether the target contains `part`.
    pub fn matches(&self, method: &str, part: &str) -> bool {
        self.method == method && self.target.contains(part)
    }
}

/// How the proxy responds to a request.
pub enum Answer {
    /// The registry's response.
    Own,
    /// These bytes, without sending the request to the registry.
    Instead(Vec<u8>),
    /// The registry's response, changed.
    Changed(fn(Vec<u8>) -> Vec<u8>),
    /// So many bytes of the registry's response; then the connection ends.
    Cut(usize),
    /// No response; the registry gets so many bytes of the request, and then the connection ends.
    CutRequest(usize),
    /// The registry's response, one byte at a time with this pause in between.
    Slowly(Duration),
    /// No response; the connection ends after this time.
    Silence(Duration),
}

/// Makes a response with a body.
pub fn answer(status: &str, fields: &str, body: &str) -> Answer {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\n{fields}content-length: {length}\r\n\r\n{body}"
    );
    Answer::Instead(text.into_bytes())
}

/// Returns the length of what precedes the body.
fn head(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(end + 4)
}

/// Replaces the body of a response, and its length.
pub fn with_body(answer: &[u8], body: &[u8]) -> Vec<u8> {
    let end = head(answer).expect("an answer has a head");
    let text = String::from_utf8_lossy(&answer[..end]).into_owned();
    let fields: Vec<&str> = text
        .lines()
        .filter(|line| {
            let line = line.to_ascii_lowercase();
            !line.is_empty()
                && !line.starts_with("content-length")
                && !line.starts_with("docker-content-digest")
        })
        .collect();
    let length = body.len();
    let mut changed = format!(
        "{}\r\ncontent-length: {length}\r\n\r\n",
        fields.join("\r\n")
    )
    .into_bytes();
    changed.extend(body);
    changed
}

/// Returns the body of a response.
pub fn body(answer: &[u8]) -> &[u8] {
    &answer[head(answer).expect("an answer has a head")..]
}

type Rule = dyn Fn(&Request, usize) -> Answer + Send + Sync;

/// A proxy on loopback. It listens as long as the test's process runs.
pub struct Proxy {
    /// `127.0.0.1:PORT`
    pub host: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Starts a proxy for a registry. The rule receives each request and the number of requests before it.
    pub fn before(
        registry: &str,
        rule: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let (registry, rule): (_, Arc<Rule>) = (registry.to_owned(), Arc::new(rule));
        let requests = seen.clone();
        spawn(move || {
            for client in listener.incoming().flatten() {
                let (registry, rule, requests) = (registry.clone(), rule.clone(), requests.clone());
                // What a client leaves behind half done is a part of the tests.
                spawn(move || drop(serve(client, &registry, &*rule, &requests)));
            }
        });
        Proxy { host, seen }
    }

    /// Returns the method and target of each request so far.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(
    mut client: TcpStream,
    registry: &str,
    rule: &Rule,
    requests: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    // Each request has a connection of its own: what the registry answers ends with it.
    let Some(request) = read(&mut client)? else {
        return Ok(());
    };
    let before = {
        let mut requests = requests.lock().unwrap();
        requests.push(format!("{} {}", request.method, request.target));
        requests.len() - 1
    };
    match rule(&request, before) {
        Answer::Own => client.write_all(&ask(registry, &request.bytes)?)?,
        Answer::Instead(answer) => client.write_all(&answer)?,
        Answer::Changed(change) => client.write_all(&change(ask(registry, &request.bytes)?))?,
        Answer::Cut(at) => {
            let answer = ask(registry, &request.bytes)?;
            client.write_all(&answer[..at.min(answer.len())])?;
        }
        Answer::CutRequest(at) => {
            let mut registry = TcpStream::connect(registry)?;
            registry.write_all(&request.bytes[..at.min(request.bytes.len())])?;
        }
        Answer::Slowly(pause) => {
            client.set_nodelay(true)?;
            for byte in ask(registry, &request.bytes)? {
                client.write_all(&[byte])?;
                sleep(pause);
            }
        }
        Answer::Silence(pause) => sleep(pause),
    }
    client.shutdown(Shutdown::Both)
}

/// Reads a request whole; it asks for the end of the connection when it goes on.
fn read(client: &mut TcpStream) -> std::io::Result<Option<Request>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 16 << 10];
    let end = loop {
        if let Some(end) = head(&bytes) {
            break end;
        }
        match client.read(&mut piece)? {
            0 => return Ok(None),
            count => bytes.extend(&piece[..count]),
        }
    };
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let fields = text.to_ascii_lowercase();
    let length: usize = fields
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().unwrap());
    while bytes.len() < end + length {
        match client.read(&mut piece)? {
            0 => return Ok(None),
            count => bytes.extend(&piece[..count]),
        }
    }
    bytes.splice(end - 2..end - 2, *b"connection: close\r\n");
    let mut words = text.split(' ').map(str::to_owned);
    let mut word = || words.next().unwrap_or_default();
    Ok(Some(Request {
        method: word(),
        target: word(),
        fields,
        bytes,
    }))
}

/// What a registry answers, to its end.
fn ask(registry: &str, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut registry = TcpStream::connect(registry)?;
    registry.write_all(request)?;
    let mut answer = Vec::new();
    registry.read_to_end(&mut answer)?;
    Ok(answer)
}
