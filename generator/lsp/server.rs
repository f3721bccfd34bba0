//! Receives messages and answers them.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument,
    DidOpenTextDocument, DidSaveTextDocument, Exit, Notification as _, PublishDiagnostics,
};
use lsp_types::request::{Request as _, Shutdown};
use lsp_types::{
    CancelParams, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DidSaveTextDocumentParams, InitializeParams, NumberOrString,
    PositionEncodingKind, PublishDiagnosticsParams,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::checks::{Change, Checks};
use super::document::{Encoding, edited};
use super::features::{self, capabilities};
use super::workspace::Workspace;
use crate::panics::catch_panic;

/// How long the client has to be silent before documents are checked.
const CHECK_AFTER: Duration = Duration::from_millis(10);

/// Serves a client until it exits or is gone, and returns whether it asked for the shutdown before.
///
/// # Errors
///
/// A connection that ends, or messages that aren't of the protocol, before the session has begun.
pub fn run(connection: &Connection) -> Result<bool, lsp_server::ProtocolError> {
    let (id, params) = connection.initialize_start()?;
    let params: InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let encoding = encoding(&params);
    let result = serde_json::json!({
        "capabilities": capabilities::of(encoding),
        "serverInfo": { "name": "witgen", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, result)?;
    let mut server = Server {
        connection,
        received: queue(connection),
        workspace: Workspace::new(encoding, has_grammar(&params)),
        waiting: VecDeque::new(),
        checks: Checks::default(),
    };
    Ok(server.serve())
}

/// Returns the messages of a client as they arrive. The channel of a connection holds none, so that what the client sent after a
/// request, such as that the request is cancelled, would not be seen before the next one is taken.
fn queue(connection: &Connection) -> Receiver<Message> {
    let (sender, receiver) = crossbeam_channel::unbounded();
    let messages = connection.receiver.clone();
    std::thread::spawn(move || {
        for message in messages {
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Returns the encoding of positions: UTF-8 if the client has it, because that is how texts are stored.
fn encoding(params: &InitializeParams) -> Encoding {
    let general = params.capabilities.general.as_ref();
    let offered = general.and_then(|general| general.position_encodings.as_ref());
    match offered {
        Some(offered) if offered.contains(&PositionEncodingKind::UTF8) => Encoding::Utf8,
        _ => Encoding::Utf16,
    }
}

/// Whether the client has colours of its own, to which the server only adds.
fn has_grammar(params: &InitializeParams) -> bool {
    let document = params.capabilities.text_document.as_ref();
    let tokens = document.and_then(|document| document.semantic_tokens.as_ref());
    tokens.and_then(|tokens| tokens.augments_syntax_tokens) == Some(true)
}

struct Server<'a> {
    connection: &'a Connection,
    received: Receiver<Message>,
    workspace: Workspace,
    /// Messages that were received and not handled yet.
    waiting: VecDeque<Message>,
    checks: Checks,
}

impl Server<'_> {
    fn serve(&mut self) -> bool {
        let mut is_shut_down = false;
        while let Some(message) = self.next() {
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
                Message::Notification(notification) if notification.method == Exit::METHOD => break,
                Message::Notification(notification) => self.note(notification),
                Message::Response(_) => {}
            }
        }
        is_shut_down
    }

    /// Returns the next message; while there is none, checks documents.
    fn next(&mut self) -> Option<Message> {
        loop {
            self.waiting.extend(self.received.try_iter());
            if let Some(message) = self.waiting.pop_front() {
                return Some(message);
            }
            if self.checks.is_idle() {
                return self.received.recv().ok();
            }
            match self.received.recv_timeout(CHECK_AFTER) {
                Ok(message) => return Some(message),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => self.check(),
            }
        }
    }

    /// Sends the answer to a request, also if computing it panics.
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

    /// Whether a message that waits cancels a request.
    fn is_cancelled(&mut self, id: &RequestId) -> bool {
        self.waiting.extend(self.received.try_iter());
        self.waiting.iter().any(|message| match message {
            Message::Notification(notification) if notification.method == Cancel::METHOD => {
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
        // A client that is gone reads nothing.
        let _ = self.connection.sender.send(message.into());
    }

    /// Follows what the client says about documents. What isn't of the protocol changes nothing.
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
            DidChangeWatchedFiles::METHOD => {
                self.workspace.files_changed();
                for uri in self.workspace.all_open() {
                    self.checks.note(&uri, Change::Saved);
                }
            }
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
