//! Bodies that count how often they are read.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::super::{Body, ErrorCode};

/// Returns a body, and the number of times that it has been polled.
///
/// If a proxy forwards a body, the number stays 0:
///
/// ```ignore
/// let (body, reads) = testing::counted("content");
/// // …
/// assert_eq!(reads.count(), 0);
/// ```
pub fn counted(body: impl Into<Body>) -> (Body, Reads) {
    let reads = Reads::default();
    let counted = Counted {
        body: body.into(),
        reads: reads.clone(),
    };
    (Body::new(counted), reads)
}

/// The number of times that a body has been polled.
#[derive(Clone, Debug, Default)]
pub struct Reads(Arc<AtomicUsize>);

impl Reads {
    /// Returns the number so far.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

struct Counted {
    body: Body,
    reads: Reads,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        self.reads.0.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
