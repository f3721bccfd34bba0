//! How a session goes and ends over standard input and output.

use std::io::{BufReader, Write};
use std::process::{Child, Command, Stdio};

use lsp_server::{Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

/// Sends messages at once, as an editor does that doesn't wait, and returns the answers and the status.
fn session(messages: Vec<Message>) -> (Vec<Response>, Option<i32>) {
    let mut child: Child = Command::new(env!("CARGO_BIN_EXE_witgen"))
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut bytes = Vec::new();
    for message in messages {
        message.write(&mut bytes).unwrap();
    }
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut responses = Vec::new();
    while let Some(message) = Message::read(&mut stdout).unwrap() {
        if let Message::Response(response) = message {
            responses.push(response);
        }
    }
    writer.join().unwrap().unwrap();
    (responses, child.wait().unwrap().code())
}

fn request(id: i32, method: &str, params: Value) -> Message {
    Request::new(RequestId::from(id), method.into(), params).into()
}

fn notification(method: &str, params: Value) -> Message {
    Notification::new(method.into(), params).into()
}

fn begin() -> Vec<Message> {
    vec![
        request(1, "initialize", json!({ "capabilities": {} })),
        notification("initialized", json!({})),
    ]
}

/// Returns the code of an error response.
fn code(responses: &[Response], id: i32) -> Option<i32> {
    let response = responses.iter().find(|response| response.id == RequestId::from(id)).unwrap();
    response.response_result.as_ref().err().map(|error| error.code)
}

#[test]
fn a_session_that_is_shut_down_ends_with_0_and_another_with_1() {
    for _ in 0..10 {
        let mut messages = begin();
        messages.push(request(2, "shutdown", Value::Null));
        messages.push(request(3, "textDocument/hover", Value::Null));
        messages.push(notification("exit", Value::Null));
        let (responses, status) = session(messages);
        assert_eq!(code(&responses, 2), None);
        assert_eq!(code(&responses, 3), Some(-32600));
        assert_eq!(status, Some(0));
    }
    let mut messages = begin();
    messages.push(notification("exit", Value::Null));
    assert_eq!(session(messages).1, Some(1));
}

#[test]
fn a_request_whose_cancellation_waits_is_not_computed() {
    let many: String = (0..3000).map(|n| format!("interface i{n} {{ f: func(); }}\n")).collect();
    let uri = "file:///nowhere/a.wit";
    let document = json!({
        "uri": uri, "languageId": "wit", "version": 1, "text": format!("package a:b;\n{many}"),
    });
    let references = json!({
        "textDocument": { "uri": uri },
        "position": { "line": 1, "character": 10 },
        "context": { "includeDeclaration": true },
    });
    let mut messages = begin();
    messages.push(notification(
        "textDocument/didOpen",
        json!({ "textDocument": document }),
    ));
    messages.push(request(2, "textDocument/references", references.clone()));
    messages.push(request(3, "textDocument/references", references));
    messages.push(notification("$/cancelRequest", json!({ "id": 3 })));
    messages.push(request(4, "shutdown", Value::Null));
    messages.push(notification("exit", Value::Null));
    let (responses, _) = session(messages);
    assert_eq!(code(&responses, 2), None);
    assert_eq!(code(&responses, 3), Some(-32800));
}

#[test]
fn without_a_client_the_server_ends_quietly() {
    let output = Command::new(env!("CARGO_BIN_EXE_witgen"))
        .arg("lsp")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!((output.status.code(), output.stdout), (Some(0), Vec::new()));
}
