//! The signals that the server handles. Each is remembered from when its value is made, and until then ends the process.

use std::future::pending;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUP: read the files again.
#[cfg(unix)]
pub struct Hangup(Option<Signal>);

#[cfg(unix)]
impl Hangup {
    pub fn new() -> Self {
        let kind = SignalKind::hangup();
        Hangup(signal(kind).ok())
    }

    pub async fn recv(&mut self) {
        recv(&mut self.0).await;
    }
}

/// SIGHUP, which doesn't exist here.
#[cfg(not(unix))]
pub struct Hangup;

#[cfg(not(unix))]
impl Hangup {
    pub fn new() -> Self {
        Hangup
    }

    pub async fn recv(&mut self) {
        pending().await
    }
}

/// SIGINT or SIGTERM: stop.
#[cfg(unix)]
pub struct Stop {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

#[cfg(unix)]
impl Stop {
    pub fn new() -> Self {
        Stop {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    pub async fn recv(&mut self) {
        tokio::select! {
            () = recv(&mut self.interrupt) => {}
            () = recv(&mut self.terminate) => {}
        }
    }
}

/// Waits for a signal; without end if it can't be received.
#[cfg(unix)]
async fn recv(signal: &mut Option<Signal>) {
    let received = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if received.is_none() {
        pending().await
    }
}

/// Ctrl-C: stop.
#[cfg(not(unix))]
pub struct Stop;

#[cfg(not(unix))]
impl Stop {
    pub fn new() -> Self {
        Stop
    }

    pub async fn recv(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    }
}
