//! Relates each task of a component to the request that it handles.

use std::any::Any;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Extensions;
use http_body::{Frame, SizeHint};
use wasmtime::component::GuestTaskId;
use wasmtime_wasi_http::Error;

use super::body::Body;

/// The extensions of the request that a component handles, as an extension of the requests that it sends meanwhile.
///
/// It is present until the response has been read to its end. An instance handles several requests at a time; this
/// relates each request that it sends to the one that it is sent for:
///
/// ```ignore
/// builder.client(|question: Request| async move {
///     let inbound = question.extensions().get::<Inbound>();
///     let name = inbound.and_then(|inbound| inbound.get::<String>());
///     Ok(Response::new(name.cloned().unwrap_or_default().into()))
/// })
/// ```
#[derive(Clone)]
pub struct Inbound(Arc<Extensions>);

impl Inbound {
    pub(super) fn take(extensions: &mut Extensions) -> Option<Self> {
        let has_any = !extensions.is_empty();
        has_any.then(|| Inbound(Arc::new(std::mem::take(extensions))))
    }

    /// Returns the extension of a type.
    ///
    /// ```ignore
    /// let name = inbound.get::<String>();
    /// ```
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.get()
    }

    /// Keeps this as long as a body is read.
    pub(super) fn keep_with(
        &self,
        body: Body,
    ) -> impl http_body::Body<Data = Bytes, Error = Error> + use<> {
        BodyWithInbound {
            body,
            _inbound: self.clone(),
        }
    }
}

struct BodyWithInbound {
    body: Body,
    _inbound: Inbound,
}

impl http_body::Body for BodyWithInbound {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The tasks of an instance whose requests have extensions.
#[derive(Default)]
pub(super) struct Tasks(Vec<(GuestTaskId, Weak<Extensions>)>);

impl Tasks {
    pub fn add(&mut self, task: GuestTaskId, inbound: &Inbound) {
        // wasmtime reuses the numbers of tasks.
        self.0
            .retain(|(other, extensions)| *other != task && extensions.strong_count() > 0);
        self.0.push((task, Arc::downgrade(&inbound.0)));
    }

    pub fn has_any(&self) -> bool {
        !self.0.is_empty()
    }

    pub fn inbound(&self, task: GuestTaskId) -> Option<Inbound> {
        let (_, extensions) = self.0.iter().find(|(other, _)| *other == task)?;
        extensions.upgrade().map(Inbound)
    }
}
