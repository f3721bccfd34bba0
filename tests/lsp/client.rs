//! A client of the language server, in the same process.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use url::Url;
use witgen::registry::Registries;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// An editor with its files in a temporary folder. `|` marks a position in a text.
pub struct Client {
    connection: Option<Connection>,
    server: Option<JoinHandle<()>>,
    folder: tempfile::TempDir,
    next_id: i32,
    /// The last published diagnostics of each file.
    published: BTreeMap<String, Value>,
    /// Other notifications and requests of the server: their methods and parameters.
    pub received: Vec<(String, Value)>,
    pub capabilities: Value,
}

/// A position that a text marks.
pub struct Marked {
    pub uri: String,
    pub line: usize,
    pub character: usize,
}

impl Client {
    /// Starts a server for files, whose positions count UTF-16 units or, if offered, bytes.
    pub fn new(files: &[(&str, &str)], encodings: &[&str]) -> Self {
        let markdown = json!(["markdown", "plaintext"]);
        let capabilities = json!({
            "general": { "positionEncodings": encodings },
            "textDocument": {
                "hover": { "contentFormat": markdown },
                "completion": { "completionItem": { "documentationFormat": markdown } },
            },
        });
        Self::with(files, capabilities, |_| Registries::default())
    }

    /// Starts a server for files and a client with these capabilities. The registries may be in the folder.
    pub fn with(
        files: &[(&str, &str)],
        capabilities: Value,
        registries: impl FnOnce(&Path) -> Registries,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text.replace('|', "")).unwrap();
        }
        let (ours, theirs) = Connection::memory();
        let registries = registries(folder.path());
        let server = std::thread::spawn(move || {
            assert!(witgen::lsp::run(&theirs, &registries).unwrap());
        });
        let mut client = Client {
            connection: Some(ours),
            server: Some(server),
            folder,
            next_id: 0,
            published: BTreeMap::new(),
            received: Vec::new(),
            capabilities: Value::Null,
        };
        let params = json!({
            "processId": null,
            "rootUri": null,
            "capabilities": capabilities,
        });
        client.capabilities = client.ask("initialize", params)["capabilities"].clone();
        client.tell("initialized", json!({}));
        client
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn uri(&self, path: &str) -> String {
        Url::from_file_path(self.folder.path().join(path)).unwrap().to_string()
    }

    /// Opens a file with a text, and returns the marked position.
    pub fn open(&mut self, path: &str, text: &str) -> Marked {
        let uri = self.uri(path);
        let at = text.find('|').unwrap_or(0);
        let before = &text[..at];
        let marked = Marked {
            line: before.matches('\n').count(),
            character: before.len() - before.rfind('\n').map_or(0, |newline| newline + 1),
            uri: uri.clone(),
        };
        let document = json!({
            "uri": uri, "languageId": "wit", "version": 1, "text": text.replace('|', ""),
        });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        marked
    }

    pub fn tell(&self, method: &str, params: Value) {
        self.send(Notification::new(method.into(), params));
    }

    fn send(&self, message: impl Into<Message>) {
        self.connection.as_ref().unwrap().sender.send(message.into()).unwrap();
    }

    /// Sends a request without waiting for the answer, and returns its id.
    pub fn send_request(&mut self, method: &str, params: Value) -> i32 {
        self.next_id += 1;
        self.send(Request::new(
            RequestId::from(self.next_id),
            method.into(),
            params,
        ));
        self.next_id
    }

    /// Returns the result of a request, or its error.
    pub fn answer(&mut self, id: i32) -> Result<Value, String> {
        loop {
            if let Message::Response(response) = self.receive()
                && response.id == RequestId::from(id)
            {
                return response.response_result.map_err(|error| error.message);
            }
        }
    }

    pub fn try_ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        let id = self.send_request(method, params);
        self.answer(id)
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.try_ask(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Asks about a marked position.
    pub fn ask_at(&mut self, method: &str, at: &Marked, more: Value) -> Value {
        let params = at.params(more);
        self.ask(method, params)
    }

    fn receive(&mut self) -> Message {
        let receiver = &self.connection.as_ref().unwrap().receiver;
        let message = receiver.recv_timeout(PATIENCE).expect("the server answers");
        match &message {
            Message::Notification(notification)
                if notification.method == "textDocument/publishDiagnostics" =>
            {
                let uri = notification.params["uri"].as_str().unwrap().to_owned();
                self.published.insert(uri, notification.params["diagnostics"].clone());
            }
            Message::Notification(Notification { method, params })
            | Message::Request(Request { method, params, .. }) => {
                self.received.push((method.clone(), params.clone()));
            }
            Message::Response(_) => {}
        }
        message
    }

    /// Returns the next diagnostics of a file, as `line:character code: message`.
    pub fn diagnostics(&mut self, path: &str) -> Vec<String> {
        self.raw_diagnostics(path);
        self.shown(path)
    }

    /// Returns the first diagnostics of a file that are as expected, in the same form.
    pub fn diagnostics_that(
        &mut self,
        path: &str,
        are_expected: impl Fn(&[String]) -> bool,
    ) -> Vec<String> {
        loop {
            let found = self.diagnostics(path);
            if are_expected(&found) {
                return found;
            }
        }
    }

    /// Returns the last diagnostics of a file, in the same form.
    pub fn shown(&self, path: &str) -> Vec<String> {
        let found = &self.published[&self.uri(path)];
        found
            .as_array()
            .unwrap()
            .iter()
            .map(|diagnostic| {
                let start = &diagnostic["range"]["start"];
                let (code, message) = (&diagnostic["code"], &diagnostic["message"]);
                format!(
                    "{}:{} {}: {}",
                    start["line"],
                    start["character"],
                    code.as_str().unwrap(),
                    message.as_str().unwrap()
                )
            })
            .collect()
    }

    pub fn raw_diagnostics(&mut self, path: &str) -> Value {
        let uri = self.uri(path);
        self.published.remove(&uri);
        while !self.published.contains_key(&uri) {
            self.receive();
        }
        self.published[&uri].clone()
    }

    /// Returns a location as `path:line:character`.
    pub fn place(&self, location: &Value) -> String {
        let uri = location["uri"].as_str().unwrap();
        let start = &location["range"]["start"];
        let folder = format!("{}/", Url::from_file_path(self.folder.path()).unwrap());
        let path = uri.strip_prefix(&folder).unwrap_or(uri);
        format!("{path}:{}:{}", start["line"], start["character"])
    }

    pub fn places(&self, locations: &Value) -> Vec<String> {
        let locations = locations.as_array().unwrap().iter();
        let mut places: Vec<String> = locations.map(|location| self.place(location)).collect();
        places.sort();
        places
    }
}

impl Marked {
    pub fn params(&self, more: Value) -> Value {
        let mut params = json!({
            "textDocument": { "uri": self.uri },
            "position": { "line": self.line, "character": self.character },
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            params[name] = value.clone();
        }
        params
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.connection = None;
        self.server.take().unwrap().join().expect("the server ends without a panic");
    }
}

/// Returns a text with a mark before the `number`th place of a word.
pub fn mark(text: &str, word: &str, number: usize) -> String {
    let (at, _) = text.match_indices(word).nth(number).unwrap();
    format!("{}|{}", &text[..at], &text[at..])
}

/// Applies the edits of a file.
pub fn edited(text: &str, edits: &Value) -> String {
    let mut edits: Vec<_> = edits.as_array().unwrap().iter().collect();
    let at = |position: &Value| {
        let line = position["line"].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        start + position["character"].as_u64().unwrap() as usize
    };
    edits.sort_by_key(|edit| std::cmp::Reverse(at(&edit["range"]["start"])));
    let mut edited = text.to_owned();
    for edit in edits {
        let range = at(&edit["range"]["start"])..at(&edit["range"]["end"]);
        edited.replace_range(range, edit["newText"].as_str().unwrap());
    }
    edited
}

/// A registry that doesn't respond until it is told to, and then has nothing.
pub struct SlowRegistry {
    address: String,
    release: std::sync::mpsc::Sender<()>,
}

impl SlowRegistry {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (release, released) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let _ = released.recv();
            for stream in listener.incoming() {
                let response = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
                let _ = stream.unwrap().write_all(response);
            }
        });
        SlowRegistry { address, release }
    }

    pub fn registries(&self) -> Registries {
        Registries::new(witgen::registry::Options {
            registry: Some(self.address.clone()),
            ..witgen::registry::Options::default()
        })
    }

    /// Lets it respond.
    pub fn respond(&self) {
        self.release.send(()).unwrap();
    }
}
