//! Sends requests to the peers of a world.

use std::future::Future;

use super::peer::Peer;
use super::{ErrorCode, Request, Response, UnreadRequest, UnreadResponse, wasi};

impl Peer {
    /// Sends a request with the function that wit-bindgen has made for the import.
    ///
    /// Outside of wasm, `testing` handles the request instead.
    ///
    /// # Errors
    ///
    /// If the request or the response isn't valid, or the peer returns an error.
    pub async fn send<F>(
        &self,
        request: Request,
        function: impl FnOnce(wasi::Request) -> F,
    ) -> Result<Response, ErrorCode>
    where
        F: Future<Output = Result<wasi::Response, ErrorCode>>,
    {
        #[cfg(target_arch = "wasm32")]
        {
            let method = request.method().clone();
            let request = super::convert::sent_request(request)?;
            let response = function(request).await?;
            super::convert::received_response(response, &method, self.may_forward)
        }
        #[cfg(not(target_arch = "wasm32"))]
        {
            let _ = (function, self.may_forward);
            super::testing::answer(self, request).await
        }
    }

    /// Sends a request as it was received, and returns the response as it is received.
    ///
    /// # Errors
    ///
    /// If the peer returns an error.
    pub async fn forward<F>(
        &self,
        request: UnreadRequest,
        function: impl FnOnce(wasi::Request) -> F,
    ) -> Result<UnreadResponse, ErrorCode>
    where
        F: Future<Output = Result<wasi::Response, ErrorCode>>,
    {
        #[cfg(target_arch = "wasm32")]
        {
            let response = function(request.into_handle()).await?;
            Ok(UnreadResponse::received(response))
        }
        #[cfg(not(target_arch = "wasm32"))]
        {
            let _ = function;
            super::testing::answer(self, request.read()?)
                .await?
                .try_into()
        }
    }
}
