//! The spans that wait for the collector.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use prometheus_client::metrics::counter::Counter;
use tracing::warn;

use crate::serve::metrics::{ByOutcomeAlone, Metrics};

/// Counts the spans that wait for the collector, and those that there is no room for. The SDK's own queue has as much room, and doesn't
/// tell what it drops.
#[derive(Debug)]
pub struct Queue {
    waiting: AtomicUsize,
    size: usize,
    dropped: Counter,
    has_warned: AtomicBool,
}

impl Queue {
    pub fn new(size: usize, metrics: &Metrics) -> Self {
        let outcome = "dropped";
        Queue {
            waiting: AtomicUsize::new(0),
            size,
            dropped: metrics.spans.get_or_create_owned(&ByOutcomeAlone { outcome }),
            has_warned: AtomicBool::new(false),
        }
    }

    /// Returns how many spans may wait.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether there is room for another span, which is then waiting. Otherwise it is dropped.
    pub fn admits(&self) -> bool {
        if self.waiting.fetch_add(1, Ordering::Relaxed) < self.size {
            return true;
        }
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.dropped.inc();
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            warn!(
                target: "trace",
                "spans are lost: they come faster than the collector takes them. `witgen_spans_total` counts them as `dropped`"
            );
        }
        false
    }

    /// Removes spans, which are being sent.
    pub fn remove(&self, spans: usize) {
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
    }
}
