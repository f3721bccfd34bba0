//! How the transmission of a message ends.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use wasmtime_wasi_http::Error;

/// The result of a transmission, for the sender of the message: the first one that is reported, and success if none is.
/// A receiver that stops reading is no failure.
#[derive(Clone)]
pub(super) struct Transmission(Arc<Mutex<Option<Sender>>>);

type Sender = oneshot::Sender<Result<(), Error>>;

impl Transmission {
    /// Returns a transmission that has not ended, and a future that returns its result.
    pub fn new() -> (
        Self,
        impl Future<Output = Result<(), Error>> + Send + 'static,
    ) {
        let (sender, receiver) = oneshot::channel();
        let transmission = Transmission(Arc::new(Mutex::new(Some(sender))));
        (transmission, async { receiver.await.unwrap_or(Ok(())) })
    }

    pub fn report(&self, result: Result<(), Error>) {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            // The sender of the message may have stopped waiting.
            let _ = sender.send(result);
        }
    }
}
