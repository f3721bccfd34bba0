//! Tests without a wasm runtime: closures answer the requests that the component sends.
//!
//! The module `testing` of a world's glue has a method for each peer of that world.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::peer::Peer;
use super::{Body, ErrorCode, Request, Response};

type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response, ErrorCode>>>>;
type Answer = Rc<dyn Fn(Request) -> ResponseFuture>;

thread_local! {
    /// The peers that the code being polled on this thread can reach.
    static REACHABLE: RefCell<Peers> = RefCell::default();
}

/// The peers that the code under test can reach; none until they are added.
#[derive(Clone, Default)]
#[must_use = "only the future that is passed to `run` or `around` can reach the peers"]
pub struct Peers {
    /// By the name of the import.
    answers: BTreeMap<&'static str, Answer>,
}

impl fmt::Debug for Peers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.answers.keys()).finish()
    }
}

impl Peers {
    /// Adds a peer, or replaces it.
    pub fn answer<F>(mut self, peer: &Peer, answer: impl Fn(Request) -> F + 'static) -> Self
    where
        F: Future<Output = Result<Response, ErrorCode>> + 'static,
    {
        let answer: Answer = Rc::new(move |request| Box::pin(answer(request)));
        self.answers.insert(peer.import, answer);
        self
    }

    /// Adds other peers, which replace those of the same import.
    pub fn and(mut self, others: impl Into<Peers>) -> Self {
        self.answers.extend(others.into().answers);
        self
    }

    /// Runs a future to its end on this thread, with these peers.
    pub fn run<F: Future>(self, future: F) -> F::Output {
        block_on(self.around(future))
    }

    /// Returns a future that has these peers wherever it is polled, for tests with an executor.
    pub fn around<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        let mut future = Box::pin(future);
        std::future::poll_fn(move |context| {
            let _outer = Outer(REACHABLE.replace(self.clone()));
            future.as_mut().poll(context)
        })
    }
}

/// Restores the peers that were reachable before, also when a test panics.
struct Outer(Peers);

impl Drop for Outer {
    fn drop(&mut self) {
        REACHABLE.set(std::mem::take(&mut self.0));
    }
}

/// Answers a request that the code under test sends.
pub(super) async fn answer(peer: &Peer, request: Request) -> Result<Response, ErrorCode> {
    let answer = REACHABLE.with_borrow(|peers| peers.answers.get(peer.import).cloned());
    match answer {
        Some(answer) => answer(request).await,
        // As a host answers that doesn't allow side calls.
        None if peer.is_side_call => Err(ErrorCode::HttpRequestDenied),
        None => {
            let module = peer.module;
            Err(ErrorCode::InternalError(Some(format!(
                "no {module}: add one with `testing::with().{module}(…).run(…)`"
            ))))
        }
    }
}

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

/// Returns a body, and the number of times that it has been polled.
///
/// If a proxy forwards a body, the number stays 0:
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

/// The number of times that a body has been polled.
#[derive(Clone, Debug, Default)]
pub struct Reads(Arc<AtomicUsize>);

impl Reads {
    /// Returns the number so far.
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
