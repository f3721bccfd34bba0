//! Requests and responses.

use super::body::Body;

/// A request, received or to be sent.
pub type Request = http::Request<Body>;

/// A response, received or to be sent.
pub type Response = http::Response<Body>;
