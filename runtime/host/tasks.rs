//! Relates each task of a component to the request that it handles.

use std::sync::{Arc, Weak};

use wasmtime::component::GuestTaskId;

use super::request_handle::RequestHandle;

/// The tasks of an instance, with their requests.
#[derive(Default)]
pub(super) struct Tasks(Vec<(GuestTaskId, Weak<RequestHandle>)>);

impl Tasks {
    pub fn add(&mut self, task: GuestTaskId, request: &Arc<RequestHandle>) {
        // wasmtime reuses the numbers of tasks.
        self.0
            .retain(|(other, request)| *other != task && request.strong_count() > 0);
        self.0.push((task, Arc::downgrade(request)));
    }

    /// Returns the request of a task, until its response has been read to its end.
    pub fn request(&self, task: GuestTaskId) -> Option<Arc<RequestHandle>> {
        let (_, request) = self.0.iter().find(|(other, _)| *other == task)?;
        request.upgrade()
    }
}
