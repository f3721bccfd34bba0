//! Bodies of components that look whole only if they are.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap};
use http::{Method, StatusCode};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use wasmtime_wasi_http::{Error, WasiBody};

/// Whether an instance has ended before its time. A body that it was still writing ends with it, and
/// wasmtime doesn't say that this was not the end that it was to have.
#[derive(Clone, Default)]
pub(super) struct Fate {
    has_failed: Arc<AtomicBool>,
    /// Held with each response that is still being received.
    answers: Arc<()>,
    /// Whether there has been a request in it that nobody waits for any more, and one whose client has gone.
    is_late: Arc<AtomicBool>,
    is_abandoned: Arc<AtomicBool>,
}

impl Fate {
    /// The instance has failed. This has to be said before its store is gone.
    pub fn fail(&self) {
        self.has_failed.store(true, Ordering::Release);
    }

    fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Acquire)
    }

    /// Nobody waits for one of the instance's requests any more, since its time is over or since its client has gone.
    pub fn give_up(&self, is_abandoned: bool) {
        self.is_late.store(true, Ordering::Release);
        if is_abandoned {
            self.is_abandoned.store(true, Ordering::Release);
        }
    }

    pub fn is_late(&self) -> bool {
        self.is_late.load(Ordering::Acquire)
    }

    pub fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::Acquire)
    }

    /// What to keep with a response while it is received.
    pub fn answering(&self) -> Arc<()> {
        self.answers.clone()
    }

    /// Whether nobody receives a response of the instance any more.
    pub fn is_answered(&self) -> bool {
        let fates = Arc::strong_count(&self.has_failed);
        // Each fate holds one, too.
        Arc::strong_count(&self.answers) <= fates
    }
}

/// Whether a response has no content, whatever its `Content-Length` says (RFC 9110, sections 6.4.1 and 9.3.6).
pub(super) fn is_without_content(method: &Method, status: StatusCode) -> bool {
    let is_empty = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    is_empty || *method == Method::HEAD || *method == Method::CONNECT && status.is_success()
}

/// How long a body is to be, if that is stated, and how much of it there has been.
struct Length {
    stated: Option<u64>,
    received: u64,
}

impl Length {
    fn stated(headers: &HeaderMap) -> Self {
        let stated = headers.get(CONTENT_LENGTH);
        Length {
            stated: stated.and_then(|length| length.to_str().ok()?.parse().ok()),
            received: 0,
        }
    }

    fn add(&mut self, data: &Bytes) {
        self.received = self.received.saturating_add(data.len() as u64);
    }

    /// Whether it might end here.
    fn is_met(&self) -> bool {
        self.stated.is_none_or(|stated| stated == self.received)
    }

    fn is_exceeded(&self) -> bool {
        self.stated.is_some_and(|stated| stated < self.received)
    }
}

/// What is wrong with a body of another length than it was to have: how long it was.
pub(super) type WrongLength = fn(Option<u64>) -> Error;

/// The body of a message that a component sends, held to its `Content-Length` and to its instance's fate; the same body
/// if it has nothing that could be missing.
///
/// wasmtime checks the length too, and loses that it is too short where the receiver is slow.
pub(super) fn checked(
    body: WasiBody,
    headers: &HeaderMap,
    fate: Fate,
    wrong_length: WrongLength,
    outcome: Option<Outcome>,
) -> Result<Whole, WasiBody> {
    let length = Length::stated(headers);
    if body.is_end_stream() && length.is_met() {
        return Err(body);
    }
    Ok(Whole {
        body,
        _answer: outcome.is_none().then(|| fate.answering()),
        outcome,
        length,
        fate,
        wrong_length,
    })
}

/// How the transmission of a message ends, for whoever sent it: with the first thing that is said, and well if
/// nothing is. A receiver that has seen enough is no failure.
#[derive(Clone)]
pub(super) struct Outcome(Arc<Mutex<Option<Teller>>>);

type Teller = oneshot::Sender<Result<(), Error>>;

impl Outcome {
    /// One that is not known yet, and what waits for it.
    pub fn new() -> (
        Self,
        impl Future<Output = Result<(), Error>> + Send + 'static,
    ) {
        let (sender, receiver) = oneshot::channel();
        let outcome = Outcome(Arc::new(Mutex::new(Some(sender))));
        (outcome, async { receiver.await.unwrap_or(Ok(())) })
    }

    pub fn is(&self, result: Result<(), Error>) {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            // Nobody has to wait for it.
            let _ = sender.send(result);
        }
    }
}

thread_local! {
    /// Whether a body of the host has just said that it is at its end.
    static IS_AT_END: Cell<bool> = const { Cell::new(false) };
}

/// A body that the component is given, held to its `Content-Length`. It may be handed on as it is, and then
/// doesn't share the fate of the instance that has done so; a call that it answers has ended with it.
pub(super) fn given(
    body: WasiBody,
    headers: &HeaderMap,
    wrong_length: WrongLength,
    call: Option<OwnedSemaphorePermit>,
) -> WasiBody {
    let length = Length::stated(headers);
    if body.is_end_stream() && length.is_met() {
        return body;
    }
    let given = Given {
        body,
        length,
        wrong_length,
        call,
    };
    given.boxed_unsync()
}

struct Given {
    body: WasiBody,
    length: Length,
    wrong_length: WrongLength,
    call: Option<OwnedSemaphorePermit>,
}

impl http_body::Body for Given {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            return Poll::Pending;
        };
        let data = match &frame {
            Some(Ok(frame)) => frame.data_ref(),
            Some(Err(_)) => return Poll::Ready(frame),
            None => None,
        };
        let is_at_end = data.is_none();
        if let Some(data) = data {
            self.length.add(data);
        }
        if self.length.is_exceeded() || is_at_end && !self.length.is_met() {
            let error = (self.wrong_length)(Some(self.length.received));
            return Poll::Ready(Some(Err(error)));
        }
        if is_at_end {
            self.call = None;
            IS_AT_END.set(true);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.length.is_met() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that ends with an error where it isn't whole.
pub(super) struct Whole {
    body: WasiBody,
    outcome: Option<Outcome>,
    length: Length,
    /// Kept while the body is a response's.
    _answer: Option<Arc<()>>,
    fate: Fate,
    wrong_length: WrongLength,
}

impl Whole {
    fn failed(&self, error: Error) {
        if let Some(outcome) = &self.outcome {
            outcome.is(Err(error));
        }
    }
}

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        IS_AT_END.set(false);
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            return Poll::Pending;
        };
        if let Some(Ok(piece)) = &frame
            && let Some(data) = piece.data_ref()
        {
            self.length.add(data);
            return Poll::Ready(frame);
        }
        if let Some(Err(error)) = &frame {
            self.failed(Error::InternalError(Some(error.to_string())));
            return Poll::Ready(frame);
        }
        // The end, or trailers, which are before it.
        match self.length.stated {
            // What is as long as it said it would be is whole, whatever became of its instance.
            Some(_) if self.length.is_met() => {}
            _ if self.fate.has_failed() && !IS_AT_END.get() => {
                let why = "the component ended before its message did".to_owned();
                return Poll::Ready(Some(Err(Error::InternalError(Some(why)))));
            }
            Some(_) => {
                let error = || (self.wrong_length)(Some(self.length.received));
                self.failed(error());
                return Poll::Ready(Some(Err(error())));
            }
            None => {}
        }
        if let (None, Some(outcome)) = (&frame, &self.outcome) {
            outcome.is(Ok(()));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        let is_complete = match self.length.stated {
            Some(_) => self.length.is_met(),
            None => !self.fate.has_failed(),
        };
        is_complete && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
