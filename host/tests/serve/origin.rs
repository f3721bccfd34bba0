//! An origin that answers with the bytes that a test sets.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

/// A server on loopback.
pub struct Origin {
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    response: String,
    /// The head of the last request.
    received: Option<String>,
}

impl Origin {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    match stream.read(&mut byte) {
                        Ok(1) => head.push(byte[0]),
                        _ => break,
                    }
                }
                let mut state = shared.lock().unwrap();
                state.received = Some(String::from_utf8(head).unwrap());
                let _ = stream.write_all(state.response.as_bytes());
            }
        });
        Origin { url, state }
    }

    /// Sets the head and the content of the response: a status line and fields, a line each.
    pub fn answer_with(&self, head: &str, content: &str) {
        let mut state = self.state.lock().unwrap();
        let lines: String = head.lines().map(|line| format!("{}\r\n", line.trim())).collect();
        state.response = format!("HTTP/1.1 {lines}Connection: close\r\n\r\n{content}");
    }

    /// Returns the head of the request that was received since the last call.
    pub fn received(&self) -> Option<String> {
        self.state.lock().unwrap().received.take()
    }
}
