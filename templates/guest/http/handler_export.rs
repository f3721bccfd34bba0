//! The export of this component: `{{ handler.id }}`.

use super::bindings::{{ handler.path }}::{Guest, Request, Response};
{%- if forwards %}
use super::runtime::{ErrorCode, Forwarder, export};

impl<T: Forwarder> Guest for T {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        export::forward::<T>(request).await
    }
}
{%- else %}
use super::runtime::{ErrorCode, Handler, export};

impl<T: Handler> Guest for T {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        export::handle::<T>(request).await
    }
}
{%- endif %}
