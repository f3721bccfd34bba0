//! A server behind the component: it receives requests in an order that a case gives, and sends the replies.

use std::io::{self, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::super::case::Call;
use super::super::case::message::{Action, Body, Piece, Reply};
use super::super::events::Events;
use super::super::http::http1::{Content, Message, Reader, last_chunk};
use super::super::http::{Received, write_pieces};
use super::Places;
use super::client::{BLOCKED_AFTER, is_filling};

/// A server on loopback, whose thread runs until the program ends.
pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// `origin` or `side`.
    party: &'static str,
    script: Mutex<Option<Script>>,
    changed: Condvar,
}

/// The expectations of a case for the server.
struct Script {
    calls: Vec<Call>,
    events: Events,
    places: Places,
    /// The number of each received call, with its message.
    received: Vec<(Option<usize>, Received)>,
    /// How many requests are being handled.
    running: usize,
    /// Which script this is, for threads of earlier ones.
    number: u64,
}

impl Server {
    /// Starts a server.
    ///
    /// # Errors
    ///
    /// A system that doesn't allow listening on loopback.
    pub fn start(party: &'static str) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            party,
            script: Mutex::default(),
            changed: Condvar::new(),
        });
        let of_thread = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = of_thread.clone();
                thread::spawn(move || shared.serve(&stream));
            }
        });
        Ok(Server { address, shared })
    }

    /// Begins a case.
    pub fn begin(&self, calls: &[Call], events: &Events, places: &Places) {
        let mut script = self.shared.lock();
        let number = script.as_ref().map_or(0, |script| script.number) + 1;
        *script = Some(Script {
            calls: calls.to_vec(),
            events: events.clone(),
            places: places.clone(),
            received: Vec::new(),
            running: 0,
            number,
        });
    }

    /// Returns the value of a field in the last request that has been received. Waits for requests that are being handled.
    pub fn last_value(&self, field: &str) -> String {
        let script = self.shared.lock();
        let timeout = script.as_ref().map(|it| it.events.timeout()).unwrap_or_default();
        let is_busy =
            |script: &mut Option<Script>| script.as_ref().is_some_and(|it| it.running > 0);
        let waited = self.shared.changed.wait_timeout_while(script, timeout, is_busy);
        let script = waited.unwrap_or_else(PoisonError::into_inner).0;
        let last = script.as_ref().and_then(|script| script.received.last());
        last.map(|(_, request)| request.values(field).join(", ")).unwrap_or_default()
    }

    /// Waits for the calls that have to come, and for their ends. Returns all, in the order of the case; those that it doesn't
    /// describe are last.
    pub fn end(&self) -> Vec<(Option<usize>, Received)> {
        let mut script = self.shared.lock();
        let end =
            Instant::now() + script.as_ref().map(|it| it.events.timeout()).unwrap_or_default();
        loop {
            let Some(current) = script.as_mut() else {
                return Vec::new();
            };
            let left = end.saturating_duration_since(Instant::now());
            let is_missing = |(at, call): (usize, &Call)| {
                !call.optional && !current.received.iter().any(|(it, _)| *it == Some(at))
            };
            let is_complete = !current.calls.iter().enumerate().any(is_missing);
            if left.is_zero() || is_complete && current.running == 0 {
                let mut received = std::mem::take(&mut current.received);
                received.sort_by_key(|(at, _)| at.unwrap_or(usize::MAX));
                return received;
            }
            let waited = self.shared.changed.wait_timeout(script, left);
            script = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Script>> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles the request of a connection: each has a connection of its own.
    fn serve(&self, stream: &TcpStream) {
        let Some((events, number)) =
            self.lock().as_ref().map(|script| (script.events.clone(), script.number))
        else {
            return;
        };
        let _ = stream.set_nodelay(true);
        let _ = stream.set_read_timeout(Some(events.timeout()));
        let prefix = format!("{}-request", self.party);
        let mut reader = Reader::new(stream, &events, &prefix);
        let received = if reader.starts_tls() {
            Received {
                is_tls: true,
                ..Received::default()
            }
        } else {
            match reader.head(Message::Request) {
                Some(received) => received,
                None => return,
            }
        };
        if received.broken.is_some() {
            self.finish(number, None, received);
            return;
        }
        let Some((index, call, places)) = self.start_call(number, &received) else {
            return;
        };
        self.handle(
            stream,
            &mut reader,
            received,
            index,
            &call,
            &events,
            &places,
            number,
        );
        let _ = stream.shutdown(Shutdown::Both);
    }

    /// Finds the first call with this target that hasn't come yet.
    fn start_call(
        &self,
        number: u64,
        received: &Received,
    ) -> Option<(Option<usize>, Call, Places)> {
        let mut script = self.lock();
        let script = script.as_mut().filter(|script| script.number == number)?;
        script.running += 1;
        let is_free = |at: usize| !script.received.iter().any(|(it, _)| *it == Some(at));
        let fits = |call: &Call| {
            if call.request.tls != received.is_tls {
                return false;
            }
            let path = call.request.path.as_ref().map(|path| script.places.fill(path));
            path.is_none_or(|path| path == received.path)
        };
        let mut free = script.calls.iter().enumerate().filter(|(at, _)| is_free(*at));
        let first = free.clone().find(|(_, call)| fits(call)).or_else(|| free.next());
        let (index, call) = match first {
            Some((at, call)) => (Some(at), call.clone()),
            None => (None, Call::default()),
        };
        // Its place is taken from now on.
        script.received.push((index, Received::broken("it is still coming")));
        Some((index, call, script.places.clone()))
    }

    #[allow(clippy::too_many_arguments, reason = "a thread needs all of these")]
    fn handle(
        &self,
        stream: &TcpStream,
        reader: &mut Reader<'_>,
        mut received: Received,
        index: Option<usize>,
        call: &Call,
        events: &Events,
        places: &Places,
        number: u64,
    ) {
        let reply = &call.response;
        let read = |reader: &mut Reader<'_>, received: &mut Received| {
            if let Some(event) = &reply.read_after {
                events.wait(event);
            }
            reader.body(received, Message::Request, reply.stop_reading_after);
            if reply.stop_reading_after.is_some() {
                let _ = stream.shutdown(Shutdown::Both);
            }
        };
        let to_head = received.method == "HEAD";
        if received.is_tls {
            let _ = self.reply(stream, reply, to_head, events, places);
            // The client may send an alert.
            reader.is_closed();
        } else if reply.early {
            thread::scope(|scope| {
                scope.spawn(|| {
                    let _ = self.reply(stream, reply, to_head, events, places);
                });
                read(reader, &mut received);
            });
        } else {
            read(reader, &mut received);
            if received.broken.is_none() && watches_end(reply) {
                let is_done = AtomicBool::new(false);
                thread::scope(|scope| {
                    scope.spawn(|| {
                        if reader.is_closed() && !is_done.load(Ordering::SeqCst) {
                            events.happen(&format!("{}-closed", self.party));
                        }
                    });
                    let _ = self.reply(stream, reply, to_head, events, places);
                    is_done.store(true, Ordering::SeqCst);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            } else if received.broken.is_none() {
                let _ = self.reply(stream, reply, to_head, events, places);
            }
        }
        self.finish(number, index, received);
    }

    fn finish(&self, number: u64, index: Option<usize>, received: Received) {
        let mut script = self.lock();
        if let Some(script) = script.as_mut().filter(|script| script.number == number) {
            let place = script.received.iter_mut().find(|(at, it)| {
                *at == index && it.broken.as_deref() == Some("it is still coming")
            });
            match place {
                Some((_, place)) => {
                    *place = received;
                    script.running -= 1;
                }
                None => script.received.push((index, received)),
            }
        }
        self.changed.notify_all();
    }

    fn reply(
        &self,
        mut stream: &TcpStream,
        reply: &Reply,
        to_head: bool,
        events: &Events,
        places: &Places,
    ) -> io::Result<()> {
        let fills = is_filling(reply.body.as_ref()) || is_filling(reply.bytes.as_ref());
        let timeout = if fills {
            BLOCKED_AFTER
        } else {
            events.timeout()
        };
        stream.set_write_timeout(Some(timeout))?;
        let fill = |text: &str| places.fill(text);
        let mut content = Content {
            stream,
            is_chunked: false,
        };
        if let Some(bytes) = &reply.bytes {
            write_pieces(bytes, self.party, events, &fill, &mut content)?;
            return Ok(());
        }
        let mut head = format!("HTTP/1.1 {} \r\nconnection: close\r\n", reply.status);
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {}\r\n", fill(value)));
        }
        let is_without = to_head || matches!(reply.status, 204 | 304);
        let has_length = reply
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let empty = Body::Text(String::new());
        let body = reply.body.as_ref().unwrap_or(&empty);
        match body {
            _ if is_without || has_length => {}
            Body::Text(text) if reply.trailers.is_empty() => {
                head.push_str(&format!("content-length: {}\r\n", fill(text).len()));
            }
            _ => {
                head.push_str("transfer-encoding: chunked\r\n");
                content.is_chunked = true;
            }
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        if is_without {
            return Ok(());
        }
        let is_whole = write_pieces(body, self.party, events, &fill, &mut content)?;
        if is_whole && content.is_chunked {
            stream.write_all(&last_chunk(&reply.trailers))?;
        }
        if is_whole {
            events.happen(&format!("{}-response-end", self.party));
        }
        Ok(())
    }
}

/// Whether the reply waits until the host closes the connection.
fn watches_end(reply: &Reply) -> bool {
    let is_end = |piece: &Piece| matches!(piece, Piece::Action(Action::Until(event)) if event.ends_with("-closed"));
    [&reply.body, &reply.bytes]
        .into_iter()
        .any(|body| matches!(body, Some(Body::Pieces(pieces)) if pieces.iter().any(is_end)))
}
