//! The spans that wait for the collector.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_proto::tonic::trace::v1::ScopeSpans;
use prometheus_client::metrics::counter::Counter;
use tokio::sync::Notify;
use tracing::warn;

use super::variables::Batches;
use super::wire;
use crate::serve::metrics::{ByOutcomeAlone, Metrics};

/// The most bytes of all spans that wait.
const MAX_BYTES: usize = 32 << 20;
/// The most bytes of a batch with several spans: collectors accept messages of 4 MiB.
const MAX_BATCH_BYTES: usize = 2 << 20;
/// The most bytes of a member's span.
const MAX_SCOPE_BYTES: usize = 64 << 10;

/// The spans that wait for the collector, as they are sent.
pub struct Queue {
    waiting: Mutex<Waiting>,
    batches: Batches,
    /// Notified if there is a whole batch, and at the end.
    ready: Notify,
    dropped: Counter,
    /// The number of spans that wait or are being sent, of all queues.
    unsent: Arc<AtomicUsize>,
    has_warned: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    spans: usize,
    bytes: usize,
    /// All but the last one have as many spans as are sent at a time, or nearly.
    batches: VecDeque<Batch>,
    is_closed: bool,
}

/// Spans that are sent together.
#[derive(Default)]
pub struct Batch {
    /// How many there are.
    pub count: usize,
    /// Those of the server, as fields of `ScopeSpans`.
    pub spans: Vec<u8>,
    /// Those of members, as fields of `ResourceSpans`.
    pub scopes: Vec<u8>,
}

impl Batch {
    fn bytes(&self) -> usize {
        self.spans.len() + self.scopes.len()
    }

    /// Whether spans can be added without exceeding what is sent at a time.
    fn has_room(&self, count: usize, bytes: usize, size: usize) -> bool {
        self.count + count <= size && self.bytes() + bytes <= MAX_BATCH_BYTES
    }
}

impl Queue {
    pub fn new(batches: Batches, metrics: &Metrics, unsent: &Arc<AtomicUsize>) -> Self {
        let outcome = "dropped";
        Queue {
            waiting: Mutex::default(),
            batches,
            ready: Notify::new(),
            dropped: metrics.spans.get_or_create_owned(&ByOutcomeAlone { outcome }),
            unsent: unsent.clone(),
            has_warned: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds spans of the server, which are at most as many as are sent at a time. If there is no room for them, they are dropped.
    pub fn add(&self, spans: &[u8], count: usize) {
        self.add_to_batch(count, spans.len(), |batch| {
            batch.spans.extend_from_slice(spans)
        });
    }

    /// Adds the span of a member. If it has more than 64 KiB, it is dropped.
    pub fn add_scope(&self, span: &ScopeSpans) {
        let mut bytes = Vec::new();
        wire::write_scope(&mut bytes, span);
        if bytes.len() > MAX_SCOPE_BYTES {
            self.drop_spans(1, "a span of a member has more than 64 KiB");
            return;
        }
        self.add_to_batch(1, bytes.len(), |batch| {
            batch.scopes.extend_from_slice(&bytes)
        });
    }

    fn add_to_batch(&self, count: usize, bytes: usize, write: impl FnOnce(&mut Batch)) {
        let mut waiting = self.lock();
        if waiting.is_closed {
            drop(waiting);
            self.dropped.inc_by(count as u64);
            return;
        }
        let is_full = waiting.spans + count > self.batches.queue_size;
        if is_full || waiting.bytes + bytes > MAX_BYTES {
            drop(waiting);
            self.drop_spans(count, "they arrive faster than the collector accepts them");
            return;
        }
        self.unsent.fetch_add(count, Ordering::Relaxed);
        waiting.spans += count;
        waiting.bytes += bytes;
        let has_room = |batch: &&mut Batch| batch.has_room(count, bytes, self.batches.size);
        let batch = match waiting.batches.back_mut().filter(has_room) {
            Some(batch) => batch,
            None => waiting.batches.push_back_mut(Batch::default()),
        };
        batch.count += count;
        write(batch);
        let is_whole = waiting.has_whole(self.batches.size);
        drop(waiting);
        if is_whole {
            self.ready.notify_one();
        }
    }

    fn drop_spans(&self, count: usize, reason: &str) {
        self.dropped.inc_by(count as u64);
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            warn!(
                target: "trace",
                "spans are lost: {reason}. `witgen_spans_total` counts them as `dropped`"
            );
        }
    }

    /// Waits until there is a whole batch, or until spans have waited for as long as they may, and removes them; `None` at the end.
    pub async fn next(&self) -> Option<Batch> {
        loop {
            let whole = tokio::time::timeout(self.batches.delay, self.whole_batch()).await;
            let batch = match whole {
                Ok(()) => return self.lock().take(),
                Err(_) => self.lock().take(),
            };
            if batch.is_some() {
                return batch;
            }
        }
    }

    /// Waits until there is a whole batch, or the queue has ended.
    async fn whole_batch(&self) {
        loop {
            let ready = self.ready.notified();
            let is_ready = {
                let waiting = self.lock();
                waiting.is_closed || waiting.has_whole(self.batches.size)
            };
            if is_ready {
                return;
            }
            ready.await;
        }
    }

    /// Records that the collector has accepted or refused spans.
    pub fn end(&self, count: usize) {
        self.unsent.fetch_sub(count, Ordering::Relaxed);
    }

    /// Ends the queue: waiting spans are sent, and no further ones are added.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.ready.notify_one();
    }
}

impl Waiting {
    /// Whether there is a batch to which no further spans are added.
    fn has_whole(&self, size: usize) -> bool {
        self.batches.len() > 1 || self.batches.front().is_some_and(|batch| batch.count >= size)
    }

    fn take(&mut self) -> Option<Batch> {
        let batch = self.batches.pop_front()?;
        self.spans -= batch.count;
        self.bytes -= batch.bytes();
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn queue() -> Queue {
        let batches = Batches {
            queue_size: 2048,
            size: 512,
            delay: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
        };
        Queue::new(batches, &Metrics::new(&Arc::default()), &Arc::default())
    }

    #[test]
    fn spans_that_wait_have_a_limit_in_bytes() {
        let queue = queue();
        for _ in 0..100 {
            queue.add(&[0; 1 << 20], 1);
        }
        assert_eq!(queue.lock().spans, 32);
        assert_eq!(queue.dropped.get(), 68);
        // Further ones find room when some have been sent.
        assert!(queue.lock().take().is_some());
        queue.add(&[0; 1 << 20], 1);
        assert_eq!(queue.dropped.get(), 68);
    }

    #[test]
    fn batches_have_a_limit_in_bytes() {
        let queue = queue();
        for _ in 0..5 {
            queue.add(&[0; 1 << 20], 1);
        }
        let counts: Vec<_> = queue.lock().batches.iter().map(|batch| batch.count).collect();
        assert_eq!(counts, [2, 2, 1]);
    }
}
