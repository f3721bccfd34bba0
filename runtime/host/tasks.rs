//! Relates each task of a component to the request that it handles.

use std::sync::{Arc, Weak};

use wasmtime::component::GuestTaskId;

use super::inbound::Inbound;
use super::request_handle::RequestHandle;

/// The tasks of an instance, with their requests.
#[derive(Default)]
pub(super) struct Tasks {
    tasks: Vec<Task>,
    /// The request of an instance of WASI 0.2.
    kept: Option<Arc<RequestHandle>>,
}

/// A task that the host has begun.
struct Task {
    id: GuestTaskId,
    request: Weak<RequestHandle>,
    /// The extensions of a call between members; otherwise the task has those of the request.
    inbound: Option<Inbound>,
}

/// The request that a task handles.
#[derive(Clone)]
pub(super) struct HandledRequest {
    pub request: Arc<RequestHandle>,
    pub inbound: Option<Inbound>,
}

impl Tasks {
    /// Adds a task. If it is a call between members, it has extensions of its own.
    pub fn add(&mut self, id: GuestTaskId, request: &Arc<RequestHandle>, inbound: Option<Inbound>) {
        // wasmtime reuses the numbers of tasks.
        self.tasks
            .retain(|task| task.id != id && task.request.strong_count() > 0);
        self.tasks.push(Task {
            id,
            request: Arc::downgrade(request),
            inbound,
        });
    }

    /// Keeps the only request of an instance as long as the instance. If a component of WASI 0.2 traps, its caller learns
    /// that before the host does.
    pub fn keep(&mut self, request: Arc<RequestHandle>) {
        self.kept = Some(request);
    }

    /// Returns the extensions of the requests whose responses haven't been read completely.
    pub fn inbound(&self) -> Vec<Inbound> {
        let requests = self
            .tasks
            .iter()
            .filter(|task| task.inbound.is_none())
            .filter_map(|task| task.request.upgrade());
        requests
            .filter_map(|request| request.inbound.clone())
            .collect()
    }

    /// Returns the request of a task, until its response has been read completely.
    pub fn request(&self, id: GuestTaskId) -> Option<HandledRequest> {
        let task = self.tasks.iter().find(|task| task.id == id)?;
        let request = task.request.upgrade()?;
        let inbound = task.inbound.clone().or_else(|| request.inbound.clone());
        Some(HandledRequest { request, inbound })
    }
}
