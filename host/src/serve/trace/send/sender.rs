//! Sends requests to a collector, and repeats those that may succeed later.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep, timeout_at};

use super::error::SendError;
use super::grpc::Grpc;
use super::http::Http;

/// How often a request is repeated, and how long it waits before: twice as long each time, and a random time in addition.
const MAX_RETRIES: u32 = 3;
const FIRST_DELAY: Duration = Duration::from_millis(100);

/// More than any batch of spans is worth.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// Sends requests to a collector.
pub struct Sender {
    transport: Transport,
    /// How long a request may take, with its repetitions.
    timeout: Duration,
}

/// How requests are sent.
pub enum Transport {
    Http(Box<Http>),
    Grpc(Grpc),
}

impl Sender {
    pub fn new(transport: Transport, timeout: Duration) -> Self {
        Sender {
            transport,
            timeout: timeout.min(MAX_TIMEOUT),
        }
    }

    /// Sends a request, and returns the content of the response.
    ///
    /// # Errors
    ///
    /// Why the collector hasn't taken it.
    pub async fn send(&self, content: Bytes) -> Result<Bytes, String> {
        let deadline = Instant::now() + self.timeout;
        let mut delay = FIRST_DELAY;
        let mut retries = 0;
        loop {
            let error = match self.send_once(content.clone(), deadline).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let random = FIRST_DELAY.mul_f64(fastrand::f64());
            let wait = delay.max(error.retry_after.unwrap_or_default()).saturating_add(random);
            let is_late = wait >= deadline.saturating_duration_since(Instant::now());
            if !error.is_temporary || retries == MAX_RETRIES || is_late {
                return Err(error.reason);
            }
            sleep(wait).await;
            retries += 1;
            delay *= 2;
        }
    }

    async fn send_once(&self, content: Bytes, deadline: Instant) -> Result<Bytes, SendError> {
        match &self.transport {
            Transport::Http(http) => {
                let response = self.until(deadline, http.send(content)).await?;
                Http::content(response).await
            }
            Transport::Grpc(grpc) => self.until(deadline, grpc.send(content)).await,
        }
    }

    /// Waits for a response until a time.
    async fn until<T>(
        &self,
        deadline: Instant,
        response: impl Future<Output = Result<T, SendError>>,
    ) -> Result<T, SendError> {
        let late = || SendError::temporary(format!("no response in {:?}", self.timeout));
        timeout_at(deadline, response).await.unwrap_or_else(|_| Err(late()))
    }
}
