//! What components write, in the log.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use tracing::info;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// What is longer is several lines of the log.
const LONGEST: usize = 8 << 10;

/// What a member has of WASI: its variables, and output that goes into the log with its name.
pub fn context(member: &Arc<str>, variables: &[(String, String)]) -> WasiCtx {
    let output = |stream| Output {
        member: member.clone(),
        stream,
    };
    let mut context = WasiCtx::builder();
    context.stdout(output("stdout")).stderr(output("stderr"));
    context.envs(variables);
    context.build()
}

/// One of a member's streams.
#[derive(Clone)]
struct Output {
    member: Arc<str>,
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

/// Makes lines of what is written.
struct Lines {
    output: Output,
    line: Vec<u8>,
}

impl Lines {
    fn tell(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let Output { member, stream } = &self.output;
        info!(target: "output", member = &**member, stream, "{}", line.trim_end());
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
            if *byte == b'\n' || self.line.len() >= LONGEST {
                self.tell();
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
            self.tell();
        }
    }
}
