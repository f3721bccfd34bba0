//! A limit on connections to servers.

use std::error::Error;
use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a connection must have been idle before it makes room for another one.
const IDLE_PATIENCE: Duration = Duration::from_millis(100);
/// How long a request waits for a connection that makes room.
const EVICTION_TIMEOUT: Duration = Duration::from_secs(1);

/// A limit on the connections that [`HttpUpstream`](super::HttpUpstream) makes, including those that are kept for further
/// requests. Clones are the same limit, which several upstreams can share.
///
/// At the limit, connections of HTTP/1.1 that have been idle for the longest time are closed. If none is idle, the
/// component receives `connection-limit-reached`.
///
/// ```ignore
/// let limit = ConnectionLimit::new(1000);
/// let upstream = HttpUpstream::to_target().connection_limit(&limit);
/// ```
#[derive(Clone)]
pub struct ConnectionLimit(Arc<Connections>);

struct Connections {
    permits: Arc<Semaphore>,
    began: Instant,
    /// Those of HTTP/1.1.
    states: Mutex<Vec<Weak<State>>>,
}

/// The state of a connection.
struct State {
    /// Since when it has been idle, in milliseconds since the limit was made, plus 1; 0 if it is in use.
    idle_since: AtomicU64,
    is_evicted: AtomicBool,
    reader: Mutex<Option<Waker>>,
    connections: Weak<Connections>,
}

impl ConnectionLimit {
    /// Limits the number of connections.
    ///
    /// ```ignore
    /// let limit = ConnectionLimit::new(1000);
    /// ```
    pub fn new(connections: usize) -> Self {
        ConnectionLimit(Arc::new(Connections {
            permits: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))),
            began: Instant::now(),
            states: Mutex::default(),
        }))
    }

    /// Waits until another connection may be made, which is immediately the case below the limit.
    pub(super) async fn acquire(self) -> io::Result<Permit> {
        let connections = self.0;
        let permits = connections.permits.clone();
        if let Ok(permit) = permits.clone().try_acquire_owned() {
            return Ok(Permit(permit, connections));
        }
        if connections.evict() {
            let waiting = tokio::time::timeout(EVICTION_TIMEOUT, permits.acquire_owned());
            if let Ok(Ok(permit)) = waiting.await {
                return Ok(Permit(permit, connections));
            }
        }
        Err(io::Error::other(TooManyConnections))
    }
}

impl fmt::Debug for ConnectionLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ConnectionLimit")
            .field("available", &self.0.permits.available_permits())
            .finish()
    }
}

/// The error of a request that needs a connection more than there may be.
#[derive(Debug)]
pub(super) struct TooManyConnections;

impl fmt::Display for TooManyConnections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the limit of connections is reached")
    }
}

impl Error for TooManyConnections {}

impl Connections {
    /// Milliseconds since the limit was made, plus 1.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    /// Closes the connection that has been idle for the longest time, and returns whether there is one.
    fn evict(&self) -> bool {
        let patience = u64::try_from(IDLE_PATIENCE.as_millis()).unwrap_or(u64::MAX);
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.retain(|state| state.strong_count() > 0);
        let longest = states
            .iter()
            .filter_map(Weak::upgrade)
            .filter(|state| !state.is_evicted.load(Ordering::Acquire))
            .filter_map(|state| match state.idle_since.load(Ordering::Relaxed) {
                0 => None,
                since => Some((since, state)),
            })
            .filter(|(since, _)| since.saturating_add(patience) <= self.now())
            .min_by_key(|(since, _)| *since);
        let Some((_, state)) = longest else {
            return false;
        };
        drop(states);
        state.evict();
        true
    }
}

impl State {
    fn evict(&self) {
        self.is_evicted.store(true, Ordering::Release);
        let reader = self
            .reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    fn record_use(&self) {
        self.idle_since.store(0, Ordering::Relaxed);
    }

    fn record_idle(&self) {
        if let Some(connections) = self.connections.upgrade() {
            self.idle_since.store(connections.now(), Ordering::Relaxed);
        }
    }

    /// Whether the connection is evicted; if not, the task is woken when it is.
    fn poll_evicted(&self, context: &Context<'_>) -> bool {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if !reader
            .as_ref()
            .is_some_and(|reader| reader.will_wake(context.waker()))
        {
            *reader = Some(context.waker().clone());
        }
        self.is_evicted.load(Ordering::Acquire)
    }
}

/// A permit for a connection.
pub(super) struct Permit(OwnedSemaphorePermit, Arc<Connections>);

impl Permit {
    /// Counts a connection until it is closed.
    pub fn count<C: Connection>(self, stream: C) -> Counted<C> {
        let Permit(permit, connections) = self;
        let state = Arc::new(State {
            idle_since: AtomicU64::new(0),
            is_evicted: AtomicBool::new(false),
            reader: Mutex::default(),
            connections: Arc::downgrade(&connections),
        });
        // A connection of HTTP/2 has any number of requests, and few servers have several.
        if !stream.connected().is_negotiated_h2() {
            let mut states = connections
                .states
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if states.len() == states.capacity() {
                states.retain(|state| state.strong_count() > 0);
            }
            states.push(Arc::downgrade(&state));
        }
        Counted {
            stream,
            counted: Some((state, permit)),
        }
    }
}

/// A connection, which may count towards a limit.
pub(super) struct Counted<C> {
    stream: C,
    counted: Option<(Arc<State>, OwnedSemaphorePermit)>,
}

impl<C> Counted<C> {
    pub fn unlimited(stream: C) -> Self {
        Counted {
            stream,
            counted: None,
        }
    }

    fn state(&self) -> Option<&State> {
        self.counted.as_ref().map(|(state, _)| &**state)
    }
}

/// The use of a connection for a response, as an extension of the response. When it is dropped, the connection is idle.
#[derive(Clone)]
pub(super) struct Usage(Weak<State>);

impl Usage {
    /// Records that the response has been received.
    pub fn end(&self) {
        if let Some(state) = self.0.upgrade() {
            state.record_idle();
        }
    }
}

impl<C: Connection> Connection for Counted<C> {
    fn connected(&self) -> Connected {
        let connected = self.stream.connected();
        match &self.counted {
            Some((state, _)) => connected.extra(Usage(Arc::downgrade(state))),
            None => connected,
        }
    }
}

impl<C: Read + Unpin> Read for Counted<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            return Poll::Ready(read);
        }
        match self.state() {
            // The end of the stream, at which hyper closes a connection.
            Some(state) if state.poll_evicted(context) => Poll::Ready(Ok(())),
            _ => Poll::Pending,
        }
    }
}

impl<C: Write + Unpin> Write for Counted<C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(state) = self.state() {
            state.record_use();
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(state) = self.state() {
            state.record_use();
        }
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }
}
