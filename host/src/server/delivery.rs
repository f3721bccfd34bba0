//! The data that a connection still has to send.
//!
//! If a body fails, hyper closes the connection or resets the stream at once, and drops what it hasn't sent. A body
//! therefore holds its failure back until everything before it has been sent.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};

/// Counts how often a connection has sent all that hyper had written to it.
#[derive(Clone, Default)]
pub(super) struct Flushes(Arc<FlushCount>);

#[derive(Default)]
struct FlushCount {
    count: AtomicU64,
    is_awaited: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Flushes {
    /// Records that everything has been sent.
    pub fn record(&self) {
        self.0.count.fetch_add(1, Ordering::SeqCst);
        if self.0.is_awaited.swap(false, Ordering::SeqCst) {
            let waiting =
                std::mem::take(&mut *self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            waiting.into_iter().for_each(Waker::wake);
        }
    }

    fn count(&self) -> u64 {
        self.0.count.load(Ordering::SeqCst)
    }

    fn wake_at_next(&self, waker: &Waker) {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiting.iter().any(|other| other.will_wake(waker)) {
            waiting.push(waker.clone());
        }
        self.0.is_awaited.store(true, Ordering::SeqCst);
    }
}

/// The part of a response that its connection hasn't sent yet.
pub(super) struct Unsent(Arc<UnsentChunks>);

struct UnsentChunks {
    flushes: Flushes,
    chunks: AtomicUsize,
    /// The number of flushes when the response began, or when its last chunk was written.
    flushes_before: AtomicU64,
    waiting: Mutex<Option<Waker>>,
}

impl Unsent {
    /// Returns the part of a response whose head is given to the connection next.
    pub fn new(flushes: Flushes) -> Self {
        Unsent(Arc::new(UnsentChunks {
            flushes_before: AtomicU64::new(flushes.count()),
            flushes,
            chunks: AtomicUsize::new(0),
            waiting: Mutex::new(None),
        }))
    }

    /// Adds content, which is unsent as long as the returned value exists.
    pub fn add(&self, data: Bytes) -> Chunk {
        self.0.chunks.fetch_add(1, Ordering::SeqCst);
        Chunk {
            data,
            unsent: self.0.clone(),
        }
    }

    /// Waits until the head and all content so far have been sent.
    pub fn poll_sent(&self, context: &mut Context<'_>) -> Poll<()> {
        let UnsentChunks {
            flushes,
            chunks,
            flushes_before,
            waiting,
        } = &*self.0;
        *waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
        flushes.wake_at_next(context.waker());
        let is_written = chunks.load(Ordering::SeqCst) == 0;
        if is_written && flushes.count() > flushes_before.load(Ordering::SeqCst) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// Content of a response. hyper drops it when it has been written to the connection.
pub(super) struct Chunk {
    data: Bytes,
    unsent: Arc<UnsentChunks>,
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let UnsentChunks {
            flushes,
            chunks,
            flushes_before,
            waiting,
        } = &*self.unsent;
        flushes_before.store(flushes.count(), Ordering::SeqCst);
        if chunks.fetch_sub(1, Ordering::SeqCst) == 1
            && let Some(waker) = waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            waker.wake();
        }
    }
}

impl Buf for Chunk {
    fn remaining(&self) -> usize {
        self.data.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.data.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.data.advance(count);
    }

    fn copy_to_bytes(&mut self, length: usize) -> Bytes {
        self.data.copy_to_bytes(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_sent_if_it_was_written_and_flushed() {
        let mut context = Context::from_waker(Waker::noop());
        let flushes = Flushes::default();
        let unsent = Unsent::new(flushes.clone());
        assert!(unsent.poll_sent(&mut context).is_pending(), "the head");
        flushes.record();
        assert!(unsent.poll_sent(&mut context).is_ready());
        let chunks = [unsent.add(Bytes::from("a")), unsent.add(Bytes::from("b"))];
        flushes.record();
        assert!(unsent.poll_sent(&mut context).is_pending(), "not written");
        drop(chunks);
        assert!(unsent.poll_sent(&mut context).is_pending(), "not flushed");
        flushes.record();
        assert!(unsent.poll_sent(&mut context).is_ready());
    }
}
