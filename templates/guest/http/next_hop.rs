//! `{{ hop.id }}`: {% if hop.kind.is_side_call %}side calls, to anywhere{% else %}the next hop{% endif %}.

use super::{ErrorCode, Request, Response};
{%- if forwards %}
use super::{UnreadRequest, UnreadResponse};
{%- endif %}

{% if hop.kind.is_side_call -%}
/// Sends a request of this component's own to the server that its URI names.
{%- else -%}
/// Sends the request on to the next hop.
{%- endif %}
///
/// Returns when the head of the response is there; its body may still be on its way.
///
/// # Errors
///
/// Why there is no response, in the words of whoever failed to give one.
pub async fn {{ hop.kind.function }}(request: Request) -> Result<Response, ErrorCode> {
    #[cfg(target_arch = "wasm32")]
    {
        let method = request.method().clone();
        let request = super::convert::sent_request(request)?;
        let response = super::bindings::{{ hop.path }}::{{ hop.kind.function }}(request).await?;
        super::convert::received_response(response, &method)
    }
    #[cfg(not(target_arch = "wasm32"))]
    super::testing::{{ hop.kind.name }}(request).await
}
{%- if forwards %}

/// Sends a request on as it was received, and returns the response as it comes.
///
/// # Errors
///
/// As [`{{ hop.kind.function }}`].
pub async fn forward(request: UnreadRequest) -> Result<UnreadResponse, ErrorCode> {
    #[cfg(target_arch = "wasm32")]
    let response = super::bindings::{{ hop.path }}::{{ hop.kind.function }}(request.0).await?;
    #[cfg(not(target_arch = "wasm32"))]
    let response = super::testing::{{ hop.kind.name }}(request.0).await?;
    Ok(UnreadResponse::new(response))
}
{%- endif %}
