//! Writes the output of components to the log.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use tracing::info;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use super::log::member::MemberLog;
use super::panics::Panics;

/// The stream that programs write panic messages to.
const STDERR: &str = "stderr";

/// Longer lines are split into several lines of the log.
const MAX_LINE_BYTES: usize = 8 << 10;

/// Returns the WASI context of a member: its environment, and output that goes to the log with the member's name.
pub fn context(log: &Arc<MemberLog>, panics: &Panics, variables: &[(String, String)]) -> WasiCtx {
    let output = |stream| Output {
        log: log.clone(),
        panics: panics.clone(),
        stream,
    };
    let mut context = WasiCtx::builder();
    context.stdout(output("stdout")).stderr(output(STDERR));
    context.envs(variables);
    context.build()
}

/// An output stream of a member.
#[derive(Clone)]
struct Output {
    log: Arc<MemberLog>,
    panics: Panics,
    stream: &'static str,
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Lines {
            output: self.clone(),
            line: Vec::new(),
        })
    }
}

/// Splits output into lines.
struct Lines {
    output: Output,
    line: Vec<u8>,
}

impl Lines {
    fn log_line(&mut self) {
        let Output {
            log,
            panics,
            stream,
        } = &self.output;
        let line = String::from_utf8_lossy(&self.line);
        if *stream == STDERR {
            panics.add_line(&log.member, line.trim_end());
        }
        if log.admits(self.line.len()) {
            info!(target: "output", member = &*log.member, stream, "{}", line.trim_end());
        }
        self.line.clear();
    }
}

impl AsyncWrite for Lines {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        for byte in bytes {
            self.line.push(*byte);
            if *byte == b'\n' || self.line.len() >= MAX_LINE_BYTES {
                self.log_line();
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.log_line();
        }
    }
}
