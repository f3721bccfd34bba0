//! The tasks that send spans.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::task::JoinSet;
use tracing::warn;

use super::exporter::Exporter;
use super::queue::Queue;

/// How long the server waits for collectors to accept the last spans when it stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// The tasks that send spans: to the collector of the current settings, and to those of earlier ones.
#[derive(Default)]
pub struct Exporters {
    running: Mutex<Running>,
    /// The number of spans that wait or are being sent.
    pub(super) unsent: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    queues: Vec<Weak<Queue>>,
}

impl Exporters {
    /// Starts to send what is in a queue, until the queue ends.
    pub(super) fn start(&self, queue: &Arc<Queue>, exporter: Exporter) {
        let mut running = self.running();
        while running.tasks.try_join_next().is_some() {}
        running.queues.retain(|queue| queue.strong_count() > 0);
        running.queues.push(Arc::downgrade(queue));
        running.tasks.spawn(exporter.run());
    }

    /// Ends all queues, and sends what is in them, as far as collectors accept it soon. Logs how many spans are lost.
    pub async fn finish(&self) {
        let Running { mut tasks, queues } = mem::take(&mut *self.running());
        queues.iter().filter_map(Weak::upgrade).for_each(|queue| queue.close());
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, all).await.is_err() {
            let count = self.unsent.load(Ordering::Relaxed);
            warn!(target: "trace", count, "spans are lost: the collector hasn't accepted them in {SHUTDOWN_TIMEOUT:?}");
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
