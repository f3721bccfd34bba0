//! Measures a side call.

use std::sync::Arc;
use std::time::Instant;

use http::{Method, StatusCode, Uri};
use witgen_serve::proxy::ErrorCode;

use super::all::HttpMetrics;
use super::client::Caller;

/// A side call that is being sent. Dropping it gives the call up.
pub struct TimedCall {
    metrics: Arc<HttpMetrics>,
    caller: Caller,
    method: Method,
    uri: Uri,
    begun: Instant,
    has_ended: bool,
}

impl TimedCall {
    pub fn begin(metrics: &Arc<HttpMetrics>, caller: &Caller, method: &Method, uri: &Uri) -> Self {
        TimedCall {
            metrics: metrics.clone(),
            caller: caller.clone(),
            method: method.clone(),
            uri: uri.clone(),
            begun: Instant::now(),
            has_ended: false,
        }
    }

    pub fn end(mut self, result: Result<StatusCode, &ErrorCode>) {
        self.has_ended = true;
        self.record(Some(result));
    }

    fn record(&self, result: Option<Result<StatusCode, &ErrorCode>>) {
        let client = &self.metrics.client;
        let request = (&self.method, &self.uri);
        client.record(&self.caller, request, result, self.begun.elapsed());
    }
}

impl Drop for TimedCall {
    fn drop(&mut self) {
        if !self.has_ended {
            self.record(None);
        }
    }
}
