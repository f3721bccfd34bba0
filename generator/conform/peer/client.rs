//! A client, which sends the request of an exchange and receives the response.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use super::super::case::Protocol;
use super::super::case::message::{Body, Request};
use super::super::events::Events;
use super::super::http::http1::{Content, Message, Reader, last_chunk, reason};
use super::super::http::http2::Connection;
use super::super::http::{Received, write_pieces};

/// How long a write that makes no progress takes to be blocked.
pub const BLOCKED_AFTER: Duration = Duration::from_millis(700);

/// The settings of a client.
pub struct Client<'a> {
    pub address: SocketAddr,
    pub protocol: Protocol,
    pub events: &'a Events,
    /// Header fields that all requests have.
    pub headers: &'a [(String, String)],
    /// The script of the component, if it has one.
    pub script: Option<&'a str>,
    pub fill: &'a (dyn Fn(&str) -> String + Sync),
}

impl Client<'_> {
    /// Sends a request and returns the response, or why there is none.
    pub fn exchange(&self, request: &Request) -> Received {
        let stream = match self.connect(request) {
            Ok(stream) => stream,
            Err(error) => {
                return Received::broken(format!("no connection: {}", connection_reason(&error)));
            }
        };
        match self.protocol {
            Protocol::Http1 => self.http1(&stream, request),
            Protocol::Http2 => self.http2(&stream, request),
        }
    }

    fn connect(&self, request: &Request) -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.address, self.events.timeout())?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(self.events.timeout()))?;
        let fills = is_filling(request.body.as_ref());
        let timeout = if fills {
            BLOCKED_AFTER
        } else {
            self.events.timeout()
        };
        stream.set_write_timeout(Some(timeout))?;
        Ok(stream)
    }

    fn http1(&self, stream: &TcpStream, request: &Request) -> Received {
        thread::scope(|scope| {
            let reading = scope.spawn(|| {
                let mut reader = Reader::new(stream, self.events, "response");
                let message = Message::Response {
                    to_head: request.method == "HEAD",
                };
                let Some(mut received) = reader.head(message) else {
                    return Received::broken("there is no response");
                };
                if received.broken.is_some() {
                    return received;
                }
                if let Some(event) = &request.read_after {
                    self.events.wait(event);
                }
                reader.body(&mut received, message, None);
                received
            });
            // A host that has responded may close the connection while the request is sent.
            let _ = self.send_http1(stream, request);
            self.events.happen("client-request-end");
            reading.join().unwrap_or_else(|_| Received::broken("the client failed"))
        })
    }

    fn send_http1(&self, mut stream: &TcpStream, request: &Request) -> io::Result<()> {
        let mut content = Content {
            stream,
            is_chunked: false,
        };
        if let Some(bytes) = &request.bytes {
            let fill = |text: &str| {
                let script = self.script.unwrap_or_default();
                (self.fill)(text).replace("{script}", script)
            };
            return write_pieces(bytes, "client", self.events, &fill, &mut content).map(drop);
        }
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\n",
            request.method,
            (self.fill)(&request.path),
            self.address
        );
        for (name, value) in self.fields(request) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let has_length = has_length(request);
        content.is_chunked = match &request.body {
            Some(Body::Text(text)) if request.trailers.is_empty() => {
                if !has_length {
                    let length = (self.fill)(text).len();
                    head.push_str(&format!("content-length: {length}\r\n"));
                }
                false
            }
            Some(_) => !has_length,
            None => !request.trailers.is_empty(),
        };
        if content.is_chunked {
            head.push_str("transfer-encoding: chunked\r\n");
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        let Some(body) = &request.body else {
            if content.is_chunked {
                stream.write_all(&last_chunk(&request.trailers))?;
            }
            return Ok(());
        };
        let is_whole = write_pieces(body, "client", self.events, self.fill, &mut content)?;
        if is_whole && content.is_chunked {
            stream.write_all(&last_chunk(&request.trailers))?;
        }
        Ok(())
    }

    fn http2(&self, stream: &TcpStream, request: &Request) -> Received {
        let connection = match Connection::new(stream, self.events) {
            Ok(connection) => connection,
            Err(error) => return Received::broken(reason(&error)),
        };
        thread::scope(|scope| {
            let reading = scope.spawn(|| connection.response(request.read_after.as_deref()));
            let _ = self.send_http2(&connection, request);
            self.events.happen("client-request-end");
            reading.join().unwrap_or_else(|_| Received::broken("the client failed"))
        })
    }

    fn send_http2(&self, connection: &Connection<'_>, request: &Request) -> io::Result<()> {
        let mut fields = vec![
            (":method".to_owned(), request.method.clone()),
            (":scheme".to_owned(), "http".to_owned()),
            (":authority".to_owned(), self.address.to_string()),
            (":path".to_owned(), (self.fill)(&request.path)),
        ];
        let own = self.fields(request).into_iter();
        fields.extend(own.map(|(name, value)| (name.to_ascii_lowercase(), value)));
        if let Some(Body::Text(text)) = &request.body
            && !has_length(request)
        {
            let length = (self.fill)(text).len().to_string();
            fields.push(("content-length".to_owned(), length));
        }
        let has_trailers = !request.trailers.is_empty();
        connection.fields(&fields, request.body.is_none() && !has_trailers)?;
        if let Some(body) = &request.body {
            let mut writer = connection;
            let is_whole = write_pieces(body, "client", self.events, self.fill, &mut writer)?;
            if !is_whole {
                return Ok(());
            }
            if !has_trailers {
                return connection.end();
            }
        }
        if has_trailers {
            connection.fields(&request.trailers, true)?;
        }
        Ok(())
    }

    /// Returns the header fields apart from the host and the framing.
    fn fields(&self, request: &Request) -> Vec<(String, String)> {
        let script = self.script.map(|script| ("conform-script".to_owned(), script.to_owned()));
        let own = request.headers.iter();
        let own = own.map(|(name, value)| (name.clone(), (self.fill)(value)));
        own.chain(self.headers.iter().cloned()).chain(script).collect()
    }
}

fn has_length(request: &Request) -> bool {
    request
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-length"))
}

/// Whether a body is written until the receiver stops reading.
pub fn is_filling(body: Option<&Body>) -> bool {
    use super::super::case::message::{Action, Piece};
    let Some(Body::Pieces(pieces)) = body else {
        return false;
    };
    pieces.iter().any(|piece| matches!(piece, Piece::Action(Action::Fill(_))))
}

fn connection_reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "the host refused it",
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "the host didn't accept it in time",
        _ => "the connection failed",
    }
}
