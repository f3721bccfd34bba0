//! Outside of wasm, messages are parsed from the start.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::super::{ErrorCode, Request as ParsedRequest, Response as ParsedResponse};

/// A request.
pub struct Request(pub ParsedRequest);

impl Request {
    pub fn method(&self) -> Result<Method, ErrorCode> {
        Ok(self.0.method().clone())
    }

    pub fn path_with_query(&self) -> Option<String> {
        let path = self.0.uri().path_and_query();
        path.map(|path| path.as_str().to_owned())
    }

    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        first(self.0.headers(), name)
    }

    pub fn read(self) -> Result<ParsedRequest, ErrorCode> {
        Ok(self.0)
    }

    pub fn from_parsed(request: ParsedRequest) -> Result<Self, ErrorCode> {
        Ok(Request(request))
    }
}

/// A response.
pub struct Response(pub ParsedResponse);

impl Response {
    pub fn status(&self) -> Result<StatusCode, ErrorCode> {
        Ok(self.0.status())
    }

    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        first(self.0.headers(), name)
    }

    pub fn append(&mut self, name: &str, value: &[u8]) -> Result<(), ErrorCode> {
        let (name, value) = field(name, value)?;
        self.0.headers_mut().append(name, value);
        Ok(())
    }

    pub fn insert(&mut self, name: &str, value: &[u8]) -> Result<(), ErrorCode> {
        let (name, value) = field(name, value)?;
        self.0.headers_mut().insert(name, value);
        Ok(())
    }

    pub fn read(self) -> Result<ParsedResponse, ErrorCode> {
        Ok(self.0)
    }

    pub fn from_parsed(response: ParsedResponse) -> Result<Self, ErrorCode> {
        Ok(Response(response))
    }
}

fn first(headers: &HeaderMap, name: &str) -> Option<Vec<u8>> {
    headers.get(name).map(|value| value.as_bytes().to_owned())
}

/// Parses a field, with the error that the host gives for an invalid one.
fn field(name: &str, value: &[u8]) -> Result<(HeaderName, HeaderValue), ErrorCode> {
    let parsed = (HeaderName::try_from(name), HeaderValue::from_bytes(value));
    let (Ok(name), Ok(value)) = parsed else {
        let why = ["the field `", name, "` is refused"].concat();
        return Err(ErrorCode::InternalError(Some(why)));
    };
    Ok((name, value))
}
