//! Commands that run on a thread of their own, with their progress.

use lsp_server::{Connection, ErrorCode, Notification, Request, RequestId, Response};
use lsp_types::notification::{Notification as _, Progress, ShowMessage};
use lsp_types::request::{Request as _, WorkDoneProgressCreate};
use lsp_types::{
    ExecuteCommandParams, MessageType, NumberOrString, ProgressParams, ProgressParamsValue,
    ProgressToken, ShowMessageParams, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd,
};

use super::commands::Command;
use super::refusal::Refusal;
use super::workspace::Workspace;
use crate::diagnostic::Failure;
use crate::panics::catch_panic;

/// The result of a command, or why it failed.
pub(super) type Outcome = Result<String, String>;

/// The command that runs; a second one is refused, because it could write the same files.
#[derive(Default)]
pub(super) struct Jobs {
    running: Option<Running>,
    /// How many commands have begun.
    count: usize,
}

struct Running {
    request: RequestId,
    title: String,
    /// The token of the progress that the client shows.
    token: Option<ProgressToken>,
}

impl Jobs {
    /// Starts a command. `report` receives its outcome, and then the request gets its response.
    pub fn start(
        &mut self,
        connection: &Connection,
        workspace: &mut Workspace,
        request: Request,
        report: impl FnOnce(Outcome) + Send + 'static,
    ) {
        let started = self.prepare(workspace, &request);
        let (command, token) = match started {
            Ok(started) => started,
            Err((code, message)) => {
                let response = Response::new_err(request.id, code as i32, message);
                let _ = connection.sender.send(response.into());
                return;
            }
        };
        self.count += 1;
        let token = token.or_else(|| self.create_token(connection, workspace));
        let title = command.title();
        if let Some(token) = &token {
            let begin = WorkDoneProgressBegin {
                title: title.clone(),
                ..WorkDoneProgressBegin::default()
            };
            show(connection, token, WorkDoneProgress::Begin(begin));
        }
        self.running = Some(Running {
            request: request.id,
            title,
            token,
        });
        std::thread::spawn(move || {
            let outcome = match catch_panic(|| command.run()) {
                Ok(Ok(done)) => Ok(done),
                Ok(Err(failure)) => Err(message(&failure)),
                Err(panic) => Err(format!("witgen panicked: {panic}; please report it")),
            };
            report(outcome);
        });
    }

    fn prepare(
        &self,
        workspace: &mut Workspace,
        request: &Request,
    ) -> Result<(Command, Option<ProgressToken>), Refusal> {
        if let Some(running) = &self.running {
            let message = format!("another command is running: {}", running.title);
            return Err((ErrorCode::RequestFailed, message));
        }
        let params: ExecuteCommandParams = serde_json::from_value(request.params.clone())
            .map_err(|error| (ErrorCode::InvalidParams, error.to_string()))?;
        let command = Command::new(workspace, &params)?;
        Ok((command, params.work_done_progress_params.work_done_token))
    }

    /// Requests a progress display from the client, if it supports one.
    fn create_token(
        &self,
        connection: &Connection,
        workspace: &Workspace,
    ) -> Option<ProgressToken> {
        let token = NumberOrString::String(format!("witgen/{}", self.count));
        let params = WorkDoneProgressCreateParams {
            token: token.clone(),
        };
        workspace.client.has_progress.then(|| {
            let id = RequestId::from(format!("witgen/{}", self.count));
            let request = Request::new(id, WorkDoneProgressCreate::METHOD.into(), params);
            let _ = connection.sender.send(request.into());
            token
        })
    }

    /// Responds to the request of the command that has ended.
    pub fn end(&mut self, connection: &Connection, outcome: Outcome) {
        let Some(running) = self.running.take() else {
            return;
        };
        if let Some(token) = &running.token {
            let end = WorkDoneProgressEnd { message: None };
            show(connection, token, WorkDoneProgress::End(end));
        }
        let response = match outcome {
            Ok(message) => {
                let params = ShowMessageParams {
                    typ: MessageType::INFO,
                    message,
                };
                let notification = Notification::new(ShowMessage::METHOD.into(), params);
                let _ = connection.sender.send(notification.into());
                Response::new_ok(running.request, serde_json::Value::Null)
            }
            // Clients show why a command failed.
            Err(message) => {
                Response::new_err(running.request, ErrorCode::RequestFailed as i32, message)
            }
        };
        let _ = connection.sender.send(response.into());
    }
}

fn show(connection: &Connection, token: &ProgressToken, progress: WorkDoneProgress) {
    let params = ProgressParams {
        token: token.clone(),
        value: ProgressParamsValue::WorkDone(progress),
    };
    let notification = Notification::new(Progress::METHOD.into(), params);
    let _ = connection.sender.send(notification.into());
}

/// Returns the messages of a failure, with what to do.
fn message(failure: &Failure) -> String {
    let lines = failure.diagnostics().iter().flat_map(|diagnostic| {
        let help = diagnostic.help.iter().map(|help| format!("help: {help}"));
        std::iter::once(diagnostic.message.clone()).chain(help)
    });
    lines.collect::<Vec<_>>().join("\n")
}
