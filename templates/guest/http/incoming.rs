//! The body of a message that was received, read only if somebody asks for it.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use http_body::{Frame, SizeHint};
use wit_bindgen::{FutureReader, StreamReader, StreamResult};

use super::bindings::{{ types }}::{Request, Response, Trailers};
use super::bindings::wit_future;
use super::{ErrorCode, RequestOptions, fields};

/// How many bytes one read asks for at most.
const PIECE: u64 = 64 * 1024;

/// What a message's content and trailers are handed over as.
pub(super) type Contents = (
    StreamReader<u8>,
    FutureReader<Result<Option<Trailers>, ErrorCode>>,
);

/// A message whose body nobody has touched.
pub(super) enum Message {
    Request(Request),
    Response(Response),
}

impl Message {
    /// Takes content and trailers out of the message.
    pub(super) fn into_contents(self) -> Contents {
        // The sender is told at once that the message was taken, whatever happens to it later. To
        // tell it how the message that carries the body on fared would be truer, but may wait for
        // itself: a host may give one exchange's request and response the same result, and then a
        // handler that answers with the request's own body never ends. It would also keep this
        // task, and with it the instance, as long as the body lasts. A body that is given up still
        // shows: its stream is closed early.
        let (taken, result) = wit_future::new(|| Ok(()));
        let contents = match self {
            Message::Request(request) => Request::consume_body(request, result),
            Message::Response(response) => Response::consume_body(response, result),
        };
        drop(taken);
        contents
    }
}

/// The head of a message as it was received: with the same one, the message itself can be handed on.
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
            && *headers == parts.headers
    }

    pub(super) fn is_of_response(&self, parts: &http::response::Parts) -> bool {
        let Head::Response(status, headers) = self else {
            return false;
        };
        *status == parts.status && *headers == parts.headers
    }
}

/// The body of a message that was received.
pub(super) struct Incoming {
    state: State,
    /// The head that came with it, if the message may be handed on.
    head: Option<Box<Head>>,
    is_response: bool,
    /// How much content is still to come, where that is known.
    left: Option<u64>,
    was_read: bool,
}

enum State {
    Untouched(Message),
    Reading(Pin<Box<dyn Future<Output = Next> + Send>>),
    Ended,
}

/// What a read brings.
enum Next {
    Piece(Vec<u8>, Contents),
    End(Result<Option<Trailers>, ErrorCode>),
}

impl Incoming {
    /// `length` is the content's, where the message says it.
    pub(super) fn new(message: Message, length: Option<u64>, head: Option<Head>) -> Self {
        Incoming {
            head: head.map(Box::new),
            is_response: matches!(message, Message::Response(_)),
            state: State::Untouched(message),
            left: length,
            was_read: false,
        }
    }

    pub(super) fn is_response(&self) -> bool {
        self.is_response
    }

    /// The message, if its stream can be handed on.
    ///
    /// A stream that has been read from cannot: its end may have been reported together with its
    /// last bytes, and handing on a stream that has ended is a trap; and what a host took from its
    /// source, but did not fit into a read, is lost where it takes its stream back (wasmtime 48).
    pub(super) fn into_untouched(mut self) -> Result<Message, Self> {
        match mem::replace(&mut self.state, State::Ended) {
            State::Untouched(message) => Ok(message),
            state => Err(Incoming { state, ..self }),
        }
    }

    /// The message itself, if nobody has touched its body and its head is still what it was.
    pub(super) fn into_unchanged(
        self,
        is_same: impl FnOnce(&Head) -> bool,
    ) -> Result<Message, Self> {
        match self.head.as_deref() {
            Some(head) if is_same(head) => self.into_untouched(),
            _ => Err(self),
        }
    }

    /// What `Content-Length` has to be for what is left, once content has been taken out.
    pub(super) fn content_length(&self) -> Option<u64> {
        match self.state {
            _ if !self.was_read => None,
            State::Ended => Some(0),
            _ => self.left,
        }
    }

    pub(super) fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        match self.left {
            _ if self.is_end_stream() => SizeHint::with_exact(0),
            Some(left) => SizeHint::with_exact(left),
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
        self.left = self.left.map(|left| left.saturating_sub(read));
    }

    /// A read that begins when it is polled.
    fn read(&self, contents: Contents) -> Pin<Box<dyn Future<Output = Next> + Send>> {
        // One byte at least: a read of none tells nothing of the end.
        let size = self.left.unwrap_or(PIECE).clamp(1, PIECE) as usize;
        Box::pin(async move {
            let (mut stream, trailers) = contents;
            match stream.read(Vec::with_capacity(size)).await {
                (StreamResult::Dropped, _) => Next::End(trailers.await),
                (_, piece) => Next::Piece(piece, (stream, trailers)),
            }
        })
    }
}
