//! Tests without a wasm runtime: what the component would reach is played by closures.
//!
//! ```ignore
//! #[test]
//! fn it_answers() {
{%- if hops.is_empty() %}
//!     let response = testing::block_on(Stamp::handle(request)).unwrap();
{%- else %}
//!     let response = testing::with()
{%- for hop in hops %}
//!         .{{ hop.kind.name }}(async |_| Ok(Response::new("from the {{ hop.kind.name }}".into())))
{%- endfor %}
//!         .run(Stamp::handle(request))
//!         .unwrap();
{%- endif %}
//! }
//! ```

{% if !hops.is_empty() -%}
use std::cell::RefCell;
{% endif -%}
use std::future::Future;
use std::pin::{Pin, pin};
{%- if !hops.is_empty() %}
use std::rc::Rc;
{%- endif %}
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

{% if hops.is_empty() -%}
use super::{Body, ErrorCode};

{% else -%}
use super::{Body, ErrorCode, Request, Response};

type Answer = Pin<Box<dyn Future<Output = Result<Response, ErrorCode>>>>;
type Peer = Rc<dyn Fn(Request) -> Answer>;

thread_local! {
    /// What the code that is being polled on this thread can reach.
    static REACHABLE: RefCell<Peers> = RefCell::default();
}

/// What the code under test can reach: nothing, until it is given.
#[derive(Clone, Default)]
#[must_use = "peers are there for what `run` or `around` is given"]
pub struct Peers {
{%- for hop in hops %}
    {{ hop.kind.name }}: Option<Peer>,
{%- endfor %}
}

/// Begins with nothing to reach.
pub fn with() -> Peers {
    Peers::default()
}

impl Peers {
{%- for hop in hops %}
    /// Answers `{{ hop.kind.name }}::{{ hop.kind.function }}`. Another component's handler fits: `.{{ hop.kind.name }}(Other::handle)`.
    pub fn {{ hop.kind.name }}<F>(mut self, answer: impl Fn(Request) -> F + 'static) -> Self
    where
        F: Future<Output = Result<Response, ErrorCode>> + 'static,
    {
        self.{{ hop.kind.name }} = Some(Rc::new(move |request| Box::pin(answer(request))));
        self
    }
{% endfor %}
    /// Runs a future to its end on this thread, among these peers.
    pub fn run<F: Future>(self, future: F) -> F::Output {
        block_on(self.around(future))
    }

    /// The same future, among these peers wherever it is polled: for tests with an executor.
    pub fn around<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        let mut future = Box::pin(future);
        std::future::poll_fn(move |context| {
            let _outer = Outer(REACHABLE.replace(self.clone()));
            future.as_mut().poll(context)
        })
    }
}

/// Puts back what was reachable before, also when a test panics.
struct Outer(Peers);

impl Drop for Outer {
    fn drop(&mut self) {
        REACHABLE.set(std::mem::take(&mut self.0));
    }
}
{% for hop in hops %}
/// What `{{ hop.kind.name }}::{{ hop.kind.function }}` does outside of wasm.
pub(super) async fn {{ hop.kind.name }}(request: Request) -> Result<Response, ErrorCode> {
    let peer = REACHABLE.with_borrow(|peers| peers.{{ hop.kind.name }}.clone());
    match peer {
        Some(answer) => answer(request).await,
{%- if hop.kind.is_side_call %}
        // As a host answers that grants no side calls.
        None => Err(ErrorCode::HttpRequestDenied),
{%- else %}
        None => Err(ErrorCode::InternalError(Some(
            "no {{ hop.kind.name }}: give one with `testing::with().{{ hop.kind.name }}(…).run(…)`".into(),
        ))),
{%- endif %}
    }
}
{% endfor %}
{% endif -%}
/// Runs a future to its end on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// A body, and the count of how often somebody asked it for a piece.
///
/// A proxy that passes a body on leaves the count at nought:
///
/// ```ignore
/// let (body, reads) = testing::counted("content");
/// // …
/// assert_eq!(reads.count(), 0);
/// ```
pub fn counted(body: impl Into<Body>) -> (Body, Reads) {
    let reads = Reads::default();
    let counted = Counted {
        body: body.into(),
        reads: reads.clone(),
    };
    (Body::new(counted), reads)
}

/// How often a body was asked for a piece.
#[derive(Clone, Debug, Default)]
pub struct Reads(Arc<AtomicUsize>);

impl Reads {
    /// The number so far.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

struct Counted {
    body: Body,
    reads: Reads,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        self.reads.0.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
