//! The spans that wait for the collector.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use opentelemetry_proto::tonic::trace::v1::ScopeSpans;
use prometheus_client::metrics::counter::Counter;
use tokio::sync::Notify;
use tracing::warn;

use super::variables::Batches;
use super::wire;
use crate::serve::metrics::{ByOutcomeAlone, Metrics};

/// The spans that wait for the collector, as they are sent.
pub struct Queue {
    waiting: Mutex<Waiting>,
    batches: Batches,
    /// Notified if there is a whole batch, and at the end.
    ready: Notify,
    dropped: Counter,
    has_warned: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    spans: usize,
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

impl Queue {
    pub fn new(batches: Batches, metrics: &Metrics) -> Self {
        let outcome = "dropped";
        Queue {
            waiting: Mutex::default(),
            batches,
            ready: Notify::new(),
            dropped: metrics.spans.get_or_create_owned(&ByOutcomeAlone { outcome }),
            has_warned: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds spans of the server, which are at most as many as are sent at a time. If there is no room for them, they are dropped.
    pub fn add(&self, spans: &[u8], count: usize) {
        self.add_to_batch(count, |batch| batch.spans.extend_from_slice(spans));
    }

    /// Adds the span of a member.
    pub fn add_scope(&self, span: &ScopeSpans) {
        self.add_to_batch(1, |batch| wire::write_scope(&mut batch.scopes, span));
    }

    fn add_to_batch(&self, count: usize, write: impl FnOnce(&mut Batch)) {
        let mut waiting = self.lock();
        if waiting.is_closed || waiting.spans + count > self.batches.queue_size {
            drop(waiting);
            self.drop_spans(count);
            return;
        }
        waiting.spans += count;
        let has_room = |batch: &&mut Batch| batch.count + count <= self.batches.size;
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

    fn drop_spans(&self, count: usize) {
        self.dropped.inc_by(count as u64);
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            warn!(
                target: "trace",
                "spans are lost: they come faster than the collector takes them. `witgen_spans_total` counts them as `dropped`"
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

    /// Ends the queue: what waits is sent, and nothing is added any more.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.ready.notify_one();
    }
}

impl Waiting {
    /// Whether there is a batch to which nothing is added any more.
    fn has_whole(&self, size: usize) -> bool {
        self.batches.len() > 1 || self.batches.front().is_some_and(|batch| batch.count >= size)
    }

    fn take(&mut self) -> Option<Batch> {
        let batch = self.batches.pop_front()?;
        self.spans -= batch.count;
        Some(batch)
    }
}
