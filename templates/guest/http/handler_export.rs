//! What this component exports.

use std::future::Future;

use super::{ErrorCode, Request, Response};

/// Answers requests. Implement it for a type, and hand that to `export!`.
///
/// `handle` is written as an `async fn`:
///
/// ```ignore
/// struct Hello;
///
/// impl Handler for Hello {
///     async fn handle(_: Request) -> Result<Response, ErrorCode> {
///         Ok(Response::new("hello".into()))
///     }
/// }
/// ```
pub trait Handler {
    /// Takes a request and returns the response to it, or says why there is none.
    ///
    /// The response's head is sent when this returns; its body follows, streamed.
    fn handle(request: Request) -> impl Future<Output = Result<Response, ErrorCode>>;
}

#[cfg(target_arch = "wasm32")]
{%- if forwards %}
impl<T: super::Forwarder> super::bindings::{{ path }}::Guest for T {
{%- else %}
impl<T: Handler> super::bindings::{{ path }}::Guest for T {
{%- endif %}
    async fn handle(
        request: super::bindings::{{ path }}::Request,
    ) -> Result<super::bindings::{{ path }}::Response, ErrorCode> {
{%- if forwards %}
        T::forward(super::UnreadRequest(request)).await?.into_sent()
{%- else %}
        let request = super::convert::received_request(request)?;
        let response = T::handle(request).await?;
        super::convert::sent_response(response)
{%- endif %}
    }
}
