//! Relates each task of a component to the request that it handles.

use std::sync::{Arc, Weak};

use wasmtime::component::GuestTaskId;

use super::inbound::Inbound;
use super::request_handle::RequestHandle;

/// The tasks of an instance, with their requests.
#[derive(Default)]
pub(super) struct Tasks {
    requests: Vec<(GuestTaskId, Weak<RequestHandle>)>,
    /// The request of an instance of WASI 0.2.
    kept: Option<Arc<RequestHandle>>,
}

impl Tasks {
    pub fn add(&mut self, task: GuestTaskId, request: &Arc<RequestHandle>) {
        // wasmtime reuses the numbers of tasks.
        self.requests
            .retain(|(other, request)| *other != task && request.strong_count() > 0);
        self.requests.push((task, Arc::downgrade(request)));
    }

    /// Keeps the only request of an instance as long as the instance. If a component of WASI 0.2 traps, its caller learns
    /// that before the host does.
    pub fn keep(&mut self, request: Arc<RequestHandle>) {
        self.kept = Some(request);
    }

    /// Returns the extensions of the requests whose responses haven't been read to their ends.
    pub fn inbound(&self) -> Vec<Inbound> {
        let requests = self
            .requests
            .iter()
            .filter_map(|(_, request)| request.upgrade());
        requests
            .filter_map(|request| request.inbound.clone())
            .collect()
    }

    /// Returns the request of a task, until its response has been read to its end.
    pub fn request(&self, task: GuestTaskId) -> Option<Arc<RequestHandle>> {
        let (_, request) = self.requests.iter().find(|(other, _)| *other == task)?;
        request.upgrade()
    }
}
