//! In wasm, messages are handles; each part that is read is a call of the host.

use http::{Method, StatusCode};

use super::super::incoming::Message;
use super::super::{
    ErrorCode, Request as ParsedRequest, Response as ParsedResponse, convert, wasi,
};

/// A request.
pub struct Request(pub wasi::Request);

impl Request {
    pub fn method(&self) -> Result<Method, ErrorCode> {
        convert::received_method(self.0.get_method())
    }

    pub fn path_with_query(&self) -> Option<String> {
        self.0.get_path_with_query()
    }

    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        self.0.get_headers().get(name).into_iter().next()
    }

    pub fn read(self) -> Result<ParsedRequest, ErrorCode> {
        convert::received_request(self.0, true)
    }

    pub fn from_parsed(request: ParsedRequest) -> Result<Self, ErrorCode> {
        convert::sent_request(request).map(Request)
    }
}

/// A response.
pub struct Response {
    handle: wasi::Response,
    /// The fields to send, if they differ from the received ones.
    headers: Option<wasi::Fields>,
}

impl Response {
    pub fn new(handle: wasi::Response) -> Self {
        Response {
            handle,
            headers: None,
        }
    }

    pub fn status(&self) -> Result<StatusCode, ErrorCode> {
        StatusCode::from_u16(self.handle.get_status_code())
            .map_err(|_| ErrorCode::HttpProtocolError)
    }

    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        let values = match &self.headers {
            Some(headers) => headers.get(name),
            None => self.handle.get_headers().get(name),
        };
        values.into_iter().next()
    }

    pub fn append(&mut self, name: &str, value: &[u8]) -> Result<(), ErrorCode> {
        self.change(name, |headers| headers.append(name, value))
    }

    pub fn insert(&mut self, name: &str, value: &[u8]) -> Result<(), ErrorCode> {
        self.change(name, |headers| headers.set(name, &[value.to_owned()]))
    }

    fn change(
        &mut self,
        name: &str,
        change: impl FnOnce(&wasi::Fields) -> Result<(), wasi::HeaderError>,
    ) -> Result<(), ErrorCode> {
        let handle = &self.handle;
        let headers = self
            .headers
            .get_or_insert_with(|| handle.get_headers().clone());
        change(headers).map_err(|error| match error {
            wasi::HeaderError::SizeExceeded => ErrorCode::HttpResponseHeaderSectionSize(None),
            _ => ErrorCode::InternalError(Some(["the field `", name, "` is refused"].concat())),
        })
    }

    pub fn read(self) -> Result<ParsedResponse, ErrorCode> {
        convert::received_response(self.into_handle()?, &Method::GET, true)
    }

    pub fn from_parsed(response: ParsedResponse) -> Result<Self, ErrorCode> {
        convert::sent_response(response).map(Response::new)
    }

    /// Returns the response to send.
    pub fn into_handle(self) -> Result<wasi::Response, ErrorCode> {
        let Some(headers) = self.headers else {
            return Ok(self.handle);
        };
        let status = self.handle.get_status_code();
        let (content, trailers) = Message::Response(self.handle).into_contents();
        let (response, _) = wasi::Response::new(headers, Some(content), trailers);
        convert::set_status(&response, status)?;
        Ok(response)
    }
}
