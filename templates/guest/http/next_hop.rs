//! `{{ hop.import.id }}`: {% if hop.import.is_side_call %}side calls, to any server{% else %}the next hop{% endif %}.

use super::bindings::{{ hop.path }} as import;
{%- if forwards %}
use super::runtime::{ErrorCode, Peer, Request, Response, UnreadRequest, UnreadResponse};
{%- else %}
use super::runtime::{ErrorCode, Peer, Request, Response};
{%- endif %}

{% if hop.import.is_side_call -%}
{% if is_long -%}
pub(super) const PEER: Peer = Peer::client(
    "{{ hop.import.id }}",
    "{{ hop.import.name }}",
    {{ has_next_hop }},
);
{%- else -%}
pub(super) const PEER: Peer = Peer::client("{{ hop.import.id }}", "{{ hop.import.name }}", {{ has_next_hop }});
{%- endif %}

/// Sends a request of this component's own to the server that its URI names.
{%- else -%}
{% if is_long -%}
pub(super) const PEER: Peer = Peer::next_hop(
    "{{ hop.import.id }}",
    "{{ hop.import.name }}",
);
{%- else -%}
pub(super) const PEER: Peer = Peer::next_hop("{{ hop.import.id }}", "{{ hop.import.name }}");
{%- endif %}

/// Sends a request to the next hop.
{%- endif %}
///
/// Returns when the head of the response has been received; its body may follow later.
///
/// # Errors
///
/// If the request or the response isn't valid, or the peer returns an error.
pub async fn {{ hop.import.function }}(request: Request) -> Result<Response, ErrorCode> {
    PEER.send(request, import::{{ hop.import.function }}).await
}
{%- if hop.import.is_side_call && hop.import.function == "send" %}

/// Sends a GET request of this component's own (RFC 9110, section 9.3.1).
///
/// # Errors
///
/// As [`send`], and [`ErrorCode::HttpRequestUriInvalid`] for a URI that isn't valid.
///
/// ```ignore
/// let response = {{ hop.import.name }}::get("https://example.com/a?b").await?;
/// ```
pub async fn get(uri: impl TryInto<http::Uri>) -> Result<Response, ErrorCode> {
    let Ok(uri) = uri.try_into() else {
        return Err(ErrorCode::HttpRequestUriInvalid);
    };
    let mut request = Request::default();
    *request.uri_mut() = uri;
    send(request).await
}
{%- endif %}
{%- if forwards %}

/// Sends a request as it was received, and returns the response as it is received.
///
/// # Errors
///
/// If the peer returns an error.
pub async fn forward(request: UnreadRequest) -> Result<UnreadResponse, ErrorCode> {
    PEER.forward(request, import::{{ hop.import.function }}).await
}
{%- endif %}
