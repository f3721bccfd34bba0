//! The extensions of the requests that a component handles.

use std::any::Any;
use std::sync::Arc;

use http::Extensions;

/// The extensions of the request that a component handles, as an extension of the requests that it sends meanwhile.
///
/// It is present until the response has been read completely, or in a component of WASI 0.2 until its instance ends. An
/// instance handles several requests at a time; this relates each request that it sends to the one that it is sent for:
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
    pub(super) fn new(extensions: Extensions) -> Self {
        Inbound(Arc::new(extensions))
    }

    pub(super) fn take(extensions: &mut Extensions) -> Option<Self> {
        let has_any = !extensions.is_empty();
        has_any.then(|| Inbound(Arc::new(std::mem::take(extensions))))
    }

    /// Returns the extension of a type. If the request was sent by a component that this host runs, those of the request
    /// that that component handles are also found.
    ///
    /// ```ignore
    /// let name = inbound.get::<String>();
    /// ```
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        let own = self.0.get();
        own.or_else(|| self.0.get::<Inbound>()?.get())
    }
}
