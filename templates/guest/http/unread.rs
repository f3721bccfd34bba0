//! Messages of which nothing has been read, to be handed on as they are.

use std::future::Future;

use http::{Method, StatusCode};

#[cfg(target_arch = "wasm32")]
use super::bindings::{{ types }} as wasi;
use super::{ErrorCode, Handler, Request, Response};
#[cfg(target_arch = "wasm32")]
use super::{convert, incoming::Message};

#[cfg(target_arch = "wasm32")]
type ReceivedRequest = wasi::Request;
#[cfg(target_arch = "wasm32")]
type ReceivedResponse = wasi::Response;
#[cfg(not(target_arch = "wasm32"))]
type ReceivedRequest = Request;
#[cfg(not(target_arch = "wasm32"))]
type ReceivedResponse = Response;

/// Answers requests that nobody has read; what [`Handler`] is, for components that look at few of them.
///
/// A [`Request`] is read when it is made: its method, its target, its fields. Where most are handed on as they
/// are, that is most of what they cost. Implement this instead, for a type that isn't a [`Handler`]:
///
/// ```ignore
/// struct Stamp;
///
/// impl Forwarder for Stamp {
///     async fn forward(request: UnreadRequest) -> Result<UnreadResponse, ErrorCode> {
///         if request.header("x-stop").is_some() {
///             return Response::new("stopped".into()).try_into();
///         }
///         let mut response = {{ hop.kind.name }}::forward(request).await?;
///         response.append("x-stamp", "1")?;
///         Ok(response)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` doesn't answer requests",
    note = "implement `Handler` for it"
)]
pub trait Forwarder {
    /// Takes a request and returns the response to it, or says why there is none.
    ///
    /// The response's head is sent when this returns; its body follows, streamed.
    fn forward(request: UnreadRequest) -> impl Future<Output = Result<UnreadResponse, ErrorCode>>;
}

impl<T: Handler> Forwarder for T {
    async fn forward(request: UnreadRequest) -> Result<UnreadResponse, ErrorCode> {
        T::handle(request.read()?).await?.try_into()
    }
}

/// A request as it was received.
///
/// Fields that belong to one connection go on with it where they are there; hosts take them out (RFC 9110,
/// section 7.6.1).
pub struct UnreadRequest(pub(super) ReceivedRequest);

impl UnreadRequest {
    /// The method.
    ///
    /// # Errors
    ///
    /// One that is no token (RFC 9110, section 9.1).
    pub fn method(&self) -> Result<Method, ErrorCode> {
        #[cfg(target_arch = "wasm32")]
        {
            convert::received_method(self.0.get_method())
        }
        #[cfg(not(target_arch = "wasm32"))]
        Ok(self.0.method().clone())
    }

    /// The path and the query of its target, where it has them.
    pub fn path_with_query(&self) -> Option<String> {
        #[cfg(target_arch = "wasm32")]
        {
            self.0.get_path_with_query()
        }
        #[cfg(not(target_arch = "wasm32"))]
        {
            let path = self.0.uri().path_and_query();
            path.map(|path| path.as_str().to_owned())
        }
    }

    /// The first value of a field, where there is one of this name.
    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        #[cfg(target_arch = "wasm32")]
        {
            self.0.get_headers().get(name).into_iter().next()
        }
        #[cfg(not(target_arch = "wasm32"))]
        {
            let value = self.0.headers().get(name);
            value.map(|value| value.as_bytes().to_owned())
        }
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// What isn't valid in it.
    pub fn read(self) -> Result<Request, ErrorCode> {
        #[cfg(target_arch = "wasm32")]
        {
            convert::received_request(self.0)
        }
        #[cfg(not(target_arch = "wasm32"))]
        Ok(self.0)
    }
}

impl TryFrom<Request> for UnreadRequest {
    type Error = ErrorCode;

    /// One that was changed, or is of this component.
    fn try_from(request: Request) -> Result<Self, ErrorCode> {
        #[cfg(target_arch = "wasm32")]
        let request = convert::sent_request(request)?;
        Ok(UnreadRequest(request))
    }
}

/// A response as it was received.
pub struct UnreadResponse {
    response: ReceivedResponse,
    /// The fields that it is to have, where they have been changed.
    #[cfg(target_arch = "wasm32")]
    headers: Option<wasi::Fields>,
}

impl UnreadResponse {
    pub(super) fn new(response: ReceivedResponse) -> Self {
        UnreadResponse {
            response,
            #[cfg(target_arch = "wasm32")]
            headers: None,
        }
    }

    /// The status code.
    ///
    /// # Errors
    ///
    /// One of less than three digits, or more.
    pub fn status(&self) -> Result<StatusCode, ErrorCode> {
        #[cfg(target_arch = "wasm32")]
        {
            let status = StatusCode::from_u16(self.response.get_status_code());
            status.map_err(|_| ErrorCode::HttpProtocolError)
        }
        #[cfg(not(target_arch = "wasm32"))]
        Ok(self.response.status())
    }

    /// The first value of a field, where there is one of this name.
    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        #[cfg(target_arch = "wasm32")]
        {
            let values = match &self.headers {
                Some(headers) => headers.get(name),
                None => self.response.get_headers().get(name),
            };
            values.into_iter().next()
        }
        #[cfg(not(target_arch = "wasm32"))]
        {
            let value = self.response.headers().get(name);
            value.map(|value| value.as_bytes().to_owned())
        }
    }

    /// Adds a field, after those of the same name.
    ///
    /// # Errors
    ///
    /// A name or a value that is none, that the host refuses, or that makes the fields too large.
    pub fn append(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), ErrorCode> {
        #[cfg(target_arch = "wasm32")]
        {
            self.change(name, |headers| headers.append(name, value.as_ref()))
        }
        #[cfg(not(target_arch = "wasm32"))]
        {
            let (name, value) = native::field(name, value.as_ref())?;
            self.response.headers_mut().append(name, value);
            Ok(())
        }
    }

    /// Adds a field, instead of those of the same name.
    ///
    /// # Errors
    ///
    /// As [`UnreadResponse::append`].
    pub fn insert(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), ErrorCode> {
        #[cfg(target_arch = "wasm32")]
        {
            let values = [value.as_ref().to_owned()];
            self.change(name, |headers| headers.set(name, &values))
        }
        #[cfg(not(target_arch = "wasm32"))]
        {
            let (name, value) = native::field(name, value.as_ref())?;
            self.response.headers_mut().insert(name, value);
            Ok(())
        }
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// What isn't valid in it.
    pub fn read(self) -> Result<Response, ErrorCode> {
        #[cfg(target_arch = "wasm32")]
        {
            convert::received_response(self.into_sent()?, &Method::GET)
        }
        #[cfg(not(target_arch = "wasm32"))]
        Ok(self.response)
    }
}

#[cfg(target_arch = "wasm32")]
impl UnreadResponse {
    fn change(
        &mut self,
        name: &str,
        change: impl FnOnce(&wasi::Fields) -> Result<(), wasi::HeaderError>,
    ) -> Result<(), ErrorCode> {
        let response = &self.response;
        let headers = self
            .headers
            .get_or_insert_with(|| response.get_headers().clone());
        change(headers).map_err(|error| match error {
            wasi::HeaderError::SizeExceeded => ErrorCode::HttpResponseHeaderSectionSize(None),
            _ => ErrorCode::InternalError(Some(["the field `", name, "` is refused"].concat())),
        })
    }

    /// The response that leaves.
    pub(super) fn into_sent(self) -> Result<wasi::Response, ErrorCode> {
        let Some(headers) = self.headers else {
            return Ok(self.response);
        };
        let status = self.response.get_status_code();
        let (content, trailers) = Message::Response(self.response).into_contents();
        let (response, _) = wasi::Response::new(headers, Some(content), trailers);
        convert::set_status(&response, status)?;
        Ok(response)
    }
}

impl TryFrom<Response> for UnreadResponse {
    type Error = ErrorCode;

    /// One that was changed, or is of this component.
    fn try_from(response: Response) -> Result<Self, ErrorCode> {
        #[cfg(target_arch = "wasm32")]
        let response = convert::sent_response(response)?;
        Ok(UnreadResponse::new(response))
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use http::{HeaderName, HeaderValue};

    use super::ErrorCode;

    /// A field as the host would take it.
    pub fn field(name: &str, value: &[u8]) -> Result<(HeaderName, HeaderValue), ErrorCode> {
        let parsed = (HeaderName::try_from(name), HeaderValue::from_bytes(value));
        let (Ok(name), Ok(value)) = parsed else {
            let why = ["the field `", name, "` is refused"].concat();
            return Err(ErrorCode::InternalError(Some(why)));
        };
        Ok((name, value))
    }
}
