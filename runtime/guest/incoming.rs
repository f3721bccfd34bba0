//! The body of a received message, read on demand.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use http_body::{Frame, SizeHint};
use wit_bindgen::{FutureReader, StreamReader, StreamResult};

use super::wasi::{Request, Response, Trailers, wit_future};
use super::{ErrorCode, RequestOptions, fields};

/// The most bytes that one read requests.
const MAX_READ: u64 = 64 * 1024;

/// The content and the trailers of a message.
pub(super) type Contents = (
    StreamReader<u8>,
    FutureReader<Result<Option<Trailers>, ErrorCode>>,
);

/// A message whose body hasn't been read.
pub(super) enum Message {
    Request(Request),
    Response(Response),
}

impl Message {
    /// Consumes the message and returns its content and trailers.
    pub(super) fn into_contents(self) -> Contents {
        // Reports success to the sender at once, before the message is transmitted further. Reporting the result of
        // the message that forwards the body would be more exact, but can deadlock. If a host gives the request and
        // the response of one exchange the same result, a handler that returns the request's own body never ends. It
        // would also keep this task, and with it the instance, alive as long as the body. The sender still notices if
        // a body is abandoned, because its stream is closed early. `outgoing` does wait for trailers: the component
        // that writes them runs as long.
        let (reported, result) = wit_future::new(|| Ok(()));
        let contents = match self {
            Message::Request(request) => Request::consume_body(request, result),
            Message::Response(response) => Response::consume_body(response, result),
        };
        drop(reported);
        contents
    }
}

/// The head of a message as it was received. A message whose head hasn't changed can be forwarded as
/// it is.
pub(super) enum Head {
    Request(Method, Uri, HeaderMap, Option<RequestOptions>),
    Response(StatusCode, HeaderMap),
}

impl Head {
    pub(super) fn is_of_request(&self, parts: &http::request::Parts) -> bool {
        let Head::Request(method, uri, headers, options) = self else {
            return false;
        };
        *method == parts.method
            && *uri == parts.uri
            && options.as_ref() == parts.extensions.get()
            && fields::are_equal(headers, &parts.headers)
    }

    pub(super) fn is_of_response(&self, parts: &http::response::Parts) -> bool {
        let Head::Response(status, headers) = self else {
            return false;
        };
        *status == parts.status && fields::are_equal(headers, &parts.headers)
    }
}

/// The body of a received message.
pub(super) struct Incoming {
    state: State,
    /// The head that was received with it, if the message may be forwarded as it is.
    head: Option<Box<Head>>,
    is_response: bool,
    /// The number of bytes still to be read, if it is known.
    remaining: Option<u64>,
    was_read: bool,
}

enum State {
    Untouched(Message),
    Reading(Pin<Box<dyn Future<Output = Next> + Send>>),
    Ended,
}

/// The result of a read.
enum Next {
    Piece(Vec<u8>, Contents),
    End(Result<Option<Trailers>, ErrorCode>),
}

impl Incoming {
    /// Returns an unread body. `length` is that of the content, if the message states it.
    pub(super) fn new(message: Message, length: Option<u64>, head: Option<Head>) -> Self {
        Incoming {
            head: head.map(Box::new),
            is_response: matches!(message, Message::Response(_)),
            state: State::Untouched(message),
            remaining: length,
            was_read: false,
        }
    }

    pub(super) fn is_response(&self) -> bool {
        self.is_response
    }

    /// Returns the message, if its stream can be forwarded.
    ///
    /// A stream that has been read from can't be. Its end may have been reported together with its
    /// last bytes, and forwarding a stream that has ended is a trap. And when wasmtime 48 receives its
    /// own stream back, it loses bytes that it had taken from the source but that didn't fit into a
    /// read.
    pub(super) fn into_untouched(mut self) -> Result<Message, Self> {
        match mem::replace(&mut self.state, State::Ended) {
            State::Untouched(message) => Ok(message),
            state => Err(Incoming { state, ..self }),
        }
    }

    /// Returns the message, if its body hasn't been read and its head hasn't changed.
    pub(super) fn into_unchanged(
        self,
        is_same: impl FnOnce(&Head) -> bool,
    ) -> Result<Message, Self> {
        match self.head.as_deref() {
            Some(head) if is_same(head) => self.into_untouched(),
            _ => Err(self),
        }
    }

    /// Returns the value that `Content-Length` must have for the rest of the body, if part of the body
    /// has been read.
    pub(super) fn content_length(&self) -> Option<u64> {
        match self.state {
            _ if !self.was_read => None,
            State::Ended => Some(0),
            _ => self.remaining,
        }
    }

    pub(super) fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        match self.remaining {
            _ if self.is_end_stream() => SizeHint::with_exact(0),
            Some(remaining) => SizeHint::with_exact(remaining),
            None => SizeHint::default(),
        }
    }

    pub(super) fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        loop {
            let mut reading = match mem::replace(&mut self.state, State::Ended) {
                State::Untouched(message) => self.read(message.into_contents()),
                State::Reading(reading) => reading,
                State::Ended => return Poll::Ready(None),
            };
            let frame = match reading.as_mut().poll(context) {
                Poll::Pending => {
                    self.state = State::Reading(reading);
                    return Poll::Pending;
                }
                Poll::Ready(Next::Piece(piece, contents)) => {
                    self.count(piece.len() as u64);
                    self.state = State::Reading(self.read(contents));
                    if piece.is_empty() {
                        continue;
                    }
                    Some(Ok(Frame::data(piece.into())))
                }
                Poll::Ready(Next::End(Ok(Some(trailers)))) => {
                    Some(fields::map(trailers.copy_all()).map(Frame::trailers))
                }
                Poll::Ready(Next::End(Ok(None))) => None,
                Poll::Ready(Next::End(Err(error))) => Some(Err(error)),
            };
            return Poll::Ready(frame);
        }
    }

    fn count(&mut self, read: u64) {
        self.was_read |= read > 0;
        self.remaining = self.remaining.map(|bytes| bytes.saturating_sub(read));
    }

    /// Returns a read, which starts when it is polled.
    fn read(&self, contents: Contents) -> Pin<Box<dyn Future<Output = Next> + Send>> {
        // At least one byte, because a read of none doesn't detect the end.
        let size = self.remaining.unwrap_or(MAX_READ).clamp(1, MAX_READ) as usize;
        Box::pin(async move {
            let (mut stream, trailers) = contents;
            match stream.read(Vec::with_capacity(size)).await {
                (StreamResult::Dropped, _) => Next::End(trailers.await),
                (_, piece) => Next::Piece(piece, (stream, trailers)),
            }
        })
    }
}
