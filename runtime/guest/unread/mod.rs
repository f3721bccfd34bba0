//! Messages that haven't been parsed, to be forwarded as they are.

use http::{Method, StatusCode};

use super::{ErrorCode, Request, Response};

#[cfg(not(target_arch = "wasm32"))]
mod parsed;
mod received;

#[cfg(not(target_arch = "wasm32"))]
use parsed as form;
#[cfg(target_arch = "wasm32")]
use received as form;

/// A request as it was received.
///
/// Its hop-by-hop fields are forwarded with it; hosts remove them (RFC 9110, section 7.6.1).
pub struct UnreadRequest(form::Request);

impl UnreadRequest {
    /// Returns the method.
    ///
    /// # Errors
    ///
    /// If it isn't a token (RFC 9110, section 9.1).
    pub fn method(&self) -> Result<Method, ErrorCode> {
        self.0.method()
    }

    /// Returns the path and the query of the target, if it has them.
    pub fn path_with_query(&self) -> Option<String> {
        self.0.path_with_query()
    }

    /// Returns the first value of a field, if there is one.
    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        self.0.header(name)
    }

    /// Parses the request.
    ///
    /// # Errors
    ///
    /// If a part of it isn't valid.
    pub fn read(self) -> Result<Request, ErrorCode> {
        self.0.read()
    }
}

impl TryFrom<Request> for UnreadRequest {
    type Error = ErrorCode;

    fn try_from(request: Request) -> Result<Self, ErrorCode> {
        form::Request::from_parsed(request).map(UnreadRequest)
    }
}

/// A response as it was received.
pub struct UnreadResponse(form::Response);

impl UnreadResponse {
    /// Returns the status code.
    ///
    /// # Errors
    ///
    /// If it doesn't have three digits.
    pub fn status(&self) -> Result<StatusCode, ErrorCode> {
        self.0.status()
    }

    /// Returns the first value of a field, if there is one.
    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        self.0.header(name)
    }

    /// Adds a field, after those of the same name.
    ///
    /// # Errors
    ///
    /// If the name or the value isn't valid, the host forbids the field, or the fields are larger than
    /// it allows.
    pub fn append(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), ErrorCode> {
        self.0.append(name, value.as_ref())
    }

    /// Adds a field, and removes those of the same name.
    ///
    /// # Errors
    ///
    /// As [`UnreadResponse::append`].
    pub fn insert(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), ErrorCode> {
        self.0.insert(name, value.as_ref())
    }

    /// Parses the response.
    ///
    /// # Errors
    ///
    /// If a part of it isn't valid.
    pub fn read(self) -> Result<Response, ErrorCode> {
        self.0.read()
    }
}

impl TryFrom<Response> for UnreadResponse {
    type Error = ErrorCode;

    fn try_from(response: Response) -> Result<Self, ErrorCode> {
        form::Response::from_parsed(response).map(UnreadResponse)
    }
}

/// For messages that enter or leave the component.
#[cfg(target_arch = "wasm32")]
impl UnreadRequest {
    pub(super) fn received(handle: super::wasi::Request) -> Self {
        UnreadRequest(form::Request(handle))
    }

    pub(super) fn into_handle(self) -> super::wasi::Request {
        self.0.0
    }
}

/// For messages that enter or leave the component.
#[cfg(target_arch = "wasm32")]
impl UnreadResponse {
    pub(super) fn received(handle: super::wasi::Response) -> Self {
        UnreadResponse(form::Response::new(handle))
    }

    pub(super) fn into_handle(self) -> Result<super::wasi::Response, ErrorCode> {
        self.0.into_handle()
    }
}
