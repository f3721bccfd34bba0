//! Receives messages and responds to them.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument,
    DidOpenTextDocument, DidSaveTextDocument, Exit, Notification as _, PublishDiagnostics,
};
use lsp_types::request::{ExecuteCommand, Request as _, Shutdown};
use lsp_types::{
    CancelParams, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DidSaveTextDocumentParams, InitializeParams, NumberOrString,
    PublishDiagnosticsParams,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::checks::{Change, Checks, ProjectFindings};
use super::client::Client;
use super::document::edited;
use super::features::{self, capabilities};
use super::jobs::{Jobs, Outcome};
use super::workspace::Workspace;
use crate::panics::catch_panic;
use crate::registry::Registries;

/// How long the client has to be silent before documents are checked.
const CHECK_AFTER: Duration = Duration::from_millis(10);

/// Serves a client until it exits or disconnects, and returns whether it requested the shutdown before. A client that
/// disconnects before the session has begun had nothing to shut down.
///
/// # Errors
///
/// Messages that aren't of the protocol, before the session has begun.
pub fn run(
    connection: &Connection,
    registries: &Registries,
) -> Result<bool, lsp_server::ProtocolError> {
    let (id, params) = match connection.initialize_start() {
        Err(error) if error.channel_is_disconnected() => return Ok(true),
        started => started?,
    };
    let params: InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let client = Client::of(&params);
    let result = serde_json::json!({
        "capabilities": capabilities::of(client.encoding),
        "serverInfo": { "name": "witgen", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, result)?;
    let (sender, received) = crossbeam_channel::unbounded();
    forward(connection, sender.clone());
    let mut server = Server {
        connection,
        received,
        sender,
        workspace: Workspace::new(client, registries.clone()),
        waiting: VecDeque::new(),
        checks: Checks::default(),
        jobs: Jobs::default(),
    };
    Ok(server.serve())
}

/// An event for the server.
enum Event {
    Message(Message),
    /// The command that was running has ended.
    CommandEnded(Outcome),
    ProjectChecked(ProjectFindings),
    /// The client has disconnected.
    Closed,
}

/// Forwards the messages of a client as they arrive. The channel of a connection has no capacity. Without this, later messages,
/// such as the cancellation of a request, would only be read after that request.
fn forward(connection: &Connection, sender: Sender<Event>) {
    let messages = connection.receiver.clone();
    std::thread::spawn(move || {
        for message in messages {
            if sender.send(Event::Message(message)).is_err() {
                return;
            }
        }
        let _ = sender.send(Event::Closed);
    });
}

struct Server<'a> {
    connection: &'a Connection,
    received: Receiver<Event>,
    /// Sends events to the server itself.
    sender: Sender<Event>,
    workspace: Workspace,
    /// Received events that weren't handled yet.
    waiting: VecDeque<Event>,
    checks: Checks,
    jobs: Jobs,
}

impl Server<'_> {
    fn serve(&mut self) -> bool {
        let mut is_shut_down = false;
        loop {
            let message = match self.next() {
                Event::Message(message) => message,
                Event::CommandEnded(outcome) => {
                    self.end_command(outcome);
                    continue;
                }
                Event::ProjectChecked(found) => {
                    let changed = self.checks.end_project_check(&self.workspace, found);
                    self.publish_all(changed);
                    continue;
                }
                Event::Closed => return is_shut_down,
            };
            match message {
                Message::Request(request) if is_shut_down => {
                    let code = ErrorCode::InvalidRequest as i32;
                    let message = "the session is shut down".to_owned();
                    self.send(Response::new_err(request.id, code, message));
                }
                Message::Request(request) if request.method == Shutdown::METHOD => {
                    is_shut_down = true;
                    self.send(Response::new_ok(request.id, Value::Null));
                }
                Message::Request(request) => self.answer(request),
                Message::Notification(notification) if notification.method == Exit::METHOD => {
                    return is_shut_down;
                }
                Message::Notification(notification) => self.note(notification),
                Message::Response(_) => {}
            }
        }
    }

    /// Returns the next event; while there is none, checks documents.
    fn next(&mut self) -> Event {
        loop {
            self.waiting.extend(self.received.try_iter());
            if let Some(event) = self.waiting.pop_front() {
                return event;
            }
            if self.checks.is_idle() {
                return self.received.recv().unwrap_or(Event::Closed);
            }
            match self.received.recv_timeout(CHECK_AFTER) {
                Ok(event) => return event,
                Err(RecvTimeoutError::Disconnected) => return Event::Closed,
                Err(RecvTimeoutError::Timeout) => self.check(),
            }
        }
    }

    /// Sends the response to a request, even if computing it panics.
    fn answer(&mut self, request: Request) {
        let id = request.id.clone();
        if self.is_cancelled(&id) {
            let code = ErrorCode::RequestCanceled as i32;
            self.send(Response::new_err(
                id,
                code,
                "the request was cancelled".into(),
            ));
            return;
        }
        if request.method == ExecuteCommand::METHOD {
            let sender = self.sender.clone();
            let report = move |outcome| {
                // A server that has ended receives nothing.
                let _ = sender.send(Event::CommandEnded(outcome));
            };
            self.jobs.start(self.connection, &mut self.workspace, request, report);
            return;
        }
        let workspace = &mut self.workspace;
        let response =
            match catch_panic(|| features::answer(workspace, &request.method, request.params)) {
                Ok(Ok(result)) => Response::new_ok(id, result),
                Ok(Err((code, message))) => Response::new_err(id, code as i32, message),
                Err(panic) => {
                    let message = format!("witgen panicked: {panic}; please report it");
                    Response::new_err(id, ErrorCode::InternalError as i32, message)
                }
            };
        self.send(response);
    }

    /// Responds to the request of a command, and checks the files that it may have changed.
    fn end_command(&mut self, outcome: Outcome) {
        self.jobs.end(self.connection, outcome);
        self.files_changed();
    }

    fn files_changed(&mut self) {
        self.workspace.files_changed();
        for uri in self.workspace.all_open() {
            self.checks.note(&uri, Change::Saved);
        }
    }

    /// Whether a message that waits cancels a request.
    fn is_cancelled(&mut self, id: &RequestId) -> bool {
        self.waiting.extend(self.received.try_iter());
        self.waiting.iter().any(|event| match event {
            Event::Message(Message::Notification(notification))
                if notification.method == Cancel::METHOD =>
            {
                let params: Option<CancelParams> = parse(&notification.params);
                params.is_some_and(|params| match params.id {
                    NumberOrString::Number(number) => RequestId::from(number) == *id,
                    NumberOrString::String(text) => RequestId::from(text) == *id,
                })
            }
            _ => false,
        })
    }

    fn send(&self, message: impl Into<Message>) {
        // A client that has disconnected reads nothing.
        let _ = self.connection.sender.send(message.into());
    }

    /// Handles the client's notifications about documents. Unknown notifications are ignored.
    fn note(&mut self, notification: Notification) {
        let params = &notification.params;
        match notification.method.as_str() {
            DidOpenTextDocument::METHOD => {
                if let Some(DidOpenTextDocumentParams { text_document }) = parse(params) {
                    let uri = text_document.uri.as_str();
                    self.workspace.open(uri, text_document.version, &text_document.text);
                    self.checks.note(uri, Change::Opened);
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Some(params) = parse::<DidChangeTextDocumentParams>(params) {
                    self.edit(&params);
                }
            }
            DidSaveTextDocument::METHOD => {
                if let Some(DidSaveTextDocumentParams { text_document, .. }) = parse(params) {
                    self.checks.note(text_document.uri.as_str(), Change::Saved);
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Some(DidCloseTextDocumentParams { text_document }) = parse(params) {
                    self.close(text_document.uri.as_str());
                }
            }
            DidChangeWatchedFiles::METHOD => self.files_changed(),
            _ => {}
        }
    }

    fn edit(&mut self, params: &DidChangeTextDocumentParams) {
        let uri = params.text_document.uri.as_str();
        let Some(text) = self.workspace.text(uri) else {
            return;
        };
        let text = edited(&text, &params.content_changes, self.workspace.encoding);
        self.workspace.open(uri, params.text_document.version, &text);
        self.checks.note(uri, Change::Edited);
    }

    fn close(&mut self, uri: &str) {
        self.workspace.close(uri);
        let changed = self.checks.close(&mut self.workspace, uri);
        self.publish_all(changed);
    }

    /// Checks what has changed, and publishes what is wrong.
    fn check(&mut self) {
        let changed = self.checks.run(&mut self.workspace);
        self.publish_all(changed);
        for check in self.checks.project_checks() {
            let sender = self.sender.clone();
            std::thread::spawn(move || {
                // A server that has ended receives nothing.
                let _ = sender.send(Event::ProjectChecked(check.run()));
            });
        }
    }

    fn publish_all(&self, addresses: BTreeSet<String>) {
        for uri in addresses {
            let Ok(address) = uri.parse() else {
                continue;
            };
            let version = self.workspace.version(&uri);
            let params =
                PublishDiagnosticsParams::new(address, self.checks.problems(&uri), version);
            self.send(Notification::new(PublishDiagnostics::METHOD.into(), params));
        }
    }
}

fn parse<T: DeserializeOwned>(params: &Value) -> Option<T> {
    T::deserialize(params).ok()
}
