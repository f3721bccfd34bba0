//! A request in flight: what it uses, how fast its client is, and how it is cut off.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::Exchange;
use super::pace::Pace;
use super::shares::Slot;

/// A request in flight.
pub(super) struct Progress {
    pub exchange: Arc<Exchange>,
    started: Instant,
    stall_time: Duration,
    /// The content of the request.
    upload: Pace,
    /// The content of the response.
    download: Pace,
    slot: Mutex<Option<Slot>>,
    /// The task of an HTTP/2 stream.
    stream: OnceLock<AbortHandle>,
    is_cut: AtomicBool,
    cut: Notify,
}

impl Progress {
    pub fn new(exchange: Arc<Exchange>, stall_time: Duration) -> Self {
        Progress {
            exchange,
            started: Instant::now(),
            stall_time,
            upload: Pace::default(),
            download: Pace::default(),
            slot: Mutex::new(None),
            stream: OnceLock::new(),
            is_cut: AtomicBool::new(false),
            cut: Notify::new(),
        }
    }

    /// Keeps a slot until the request is no longer in flight, or is cut off.
    pub fn keep_slot(&self, slot: Slot) {
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(slot);
    }

    /// Whether the request counts towards the limit.
    pub fn has_slot(&self) -> bool {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    pub fn release_slot(&self) {
        let slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(slot);
    }

    /// Keeps the task of the request's HTTP/2 stream, which ends when the request is cut off.
    pub fn keep_stream(&self, stream: AbortHandle) {
        // A request has one stream.
        let _ = self.stream.set(stream);
    }

    /// Cuts the request off. Returns whether its stream ends; otherwise its connection has to be closed.
    pub fn cut(&self, reason: &str) -> bool {
        self.exchange.record_failure(reason.to_owned());
        self.release_slot();
        self.exchange.release_share();
        self.end_content();
        match self.stream.get() {
            Some(stream) => {
                stream.abort();
                true
            }
            None => false,
        }
    }

    /// Ends the content of the request with an error, if the component still reads it.
    pub fn end_content(&self) {
        self.is_cut.store(true, Ordering::Release);
        self.cut.notify_waiters();
    }

    /// Waits until the request is cut off.
    pub async fn wait_until_cut(self: Arc<Self>) {
        let mut notified = std::pin::pin!(self.cut.notified());
        notified.as_mut().enable();
        if !self.is_cut.load(Ordering::Acquire) {
            notified.await;
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }

    /// Records that the component waits for content from the client.
    pub fn record_wait(&self) {
        self.upload.wait(self.now());
    }

    /// Records content that the client has sent.
    pub fn record_received(&self, bytes: usize) {
        self.upload.advance(self.now(), bytes as u64, self.stall_time);
    }

    /// Returns how much longer the component may wait for content from the client.
    pub fn patience(&self) -> Duration {
        self.stall_time.saturating_sub(self.upload.behind(self.now()))
    }

    /// Records that content is ready for the client.
    pub fn record_offer(&self) {
        self.download.wait(self.now());
    }

    /// Records content that the client has read.
    pub fn record_read(&self, bytes: usize) {
        self.download.advance(self.now(), bytes as u64, self.stall_time);
    }

    /// Returns how far the client is behind the minimum rate, in the direction that is worse.
    pub fn behind(&self) -> Duration {
        let now = self.now();
        self.upload.behind(now).max(self.download.behind(now))
    }

    /// Returns which timeout of the response has expired. Content that the client sends has a timeout of its own.
    pub fn timed_out(&self, request_time: Option<Duration>) -> Option<&'static str> {
        if request_time.is_some_and(|time| self.started.elapsed() >= time) {
            Some("the request timed out")
        } else if self.download.behind(self.now()) >= self.stall_time {
            Some("the client reads too slowly")
        } else {
            None
        }
    }
}
