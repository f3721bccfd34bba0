//! From an edit to its diagnostics, in the language server: `cargo bench --bench lsp`. The goals are 50 ms for `wasi:http` and 200 ms
//! for a package with 1,000 interfaces. The server waits for 10 ms of silence before it checks, which is part of the time.
//!
//! Then, on Linux, the memory of the process over 10,000 edits, which may not grow.

use std::fmt::Write as _;
use std::path::Path;

use divan::Bencher;
use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use url::Url;
use witgen::registry::Registries;

fn main() {
    divan::main();
    // `cargo bench --bench lsp -- NAME` measures that alone.
    if std::env::args().all(|argument| argument.starts_with('-') || argument.contains('/')) {
        memory_over_edits();
    }
}

/// An editor with an open file.
struct Editor {
    connection: Connection,
    uri: String,
    text: String,
    version: i32,
}

impl Editor {
    fn open(file: &Path) -> Self {
        let (connection, server) = Connection::memory();
        std::thread::spawn(move || witgen::lsp::run(&server, &Registries::default()));
        let editor = Editor {
            connection,
            uri: Url::from_file_path(file).unwrap().to_string(),
            text: std::fs::read_to_string(file).unwrap(),
            version: 1,
        };
        let params = json!({ "processId": null, "rootUri": null, "capabilities": {} });
        editor.send(Request::new(
            RequestId::from(1),
            "initialize".into(),
            params,
        ));
        editor.connection.receiver.recv().unwrap();
        editor.send(Notification::new("initialized".into(), json!({})));
        let document =
            json!({ "uri": editor.uri, "languageId": "wit", "version": 1, "text": editor.text });
        editor.send(Notification::new(
            "textDocument/didOpen".into(),
            json!({ "textDocument": document }),
        ));
        editor.wait();
        editor
    }

    fn send(&self, message: impl Into<Message>) {
        self.connection.sender.send(message.into()).unwrap();
    }

    /// Waits for the diagnostics of the file.
    fn wait(&self) -> Value {
        loop {
            if let Message::Notification(notification) = self.connection.receiver.recv().unwrap()
                && notification.params["uri"] == self.uri
            {
                return notification.params;
            }
        }
    }

    /// Replaces the text, and waits for a hover, which needs the names and the types of the new text.
    fn replace(&mut self, text: &str) {
        self.version += 1;
        let params = json!({
            "textDocument": { "uri": self.uri, "version": self.version },
            "contentChanges": [{ "text": text }],
        });
        self.send(Notification::new("textDocument/didChange".into(), params));
        let line = text.lines().position(|line| line.contains("edited")).unwrap();
        let params = json!({
            "textDocument": { "uri": self.uri },
            "position": { "line": line, "character": 2 },
        });
        let id = RequestId::from(self.version);
        self.send(Request::new(
            id.clone(),
            "textDocument/hover".into(),
            params,
        ));
        loop {
            if let Message::Response(response) = self.connection.receiver.recv().unwrap()
                && response.id == id
            {
                let hover = response.response_result.unwrap();
                assert!(hover["contents"]["value"].as_str().unwrap().contains("edited"));
                return;
            }
        }
    }

    /// Types a letter at the end of the file, takes it back, and waits for the diagnostics of both.
    fn edit(&mut self) {
        let line = self.text.matches('\n').count();
        let at = |character| json!({ "line": line, "character": character });
        for (start, end, text) in [(0, 0, "/"), (0, 1, "")] {
            self.version += 1;
            let change = json!({ "range": { "start": at(start), "end": at(end) }, "text": text });
            let params = json!({
                "textDocument": { "uri": self.uri, "version": self.version },
                "contentChanges": [change],
            });
            self.send(Notification::new("textDocument/didChange".into(), params));
            self.wait();
        }
    }
}

#[divan::bench(sample_count = 30, sample_size = 1)]
fn two_edits_of_wasi_http(bencher: Bencher) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit/types.wit");
    let mut editor = Editor::open(&file);
    bencher.bench_local(|| editor.edit());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn two_edits_of_1000_interfaces(bencher: Bencher) {
    let mut text = String::from("package witgen:synthetic@1.0.0;\n");
    for number in 0..1_000 {
        let record = "record r { a: u32, b: string, c: list<u8>, d: option<u64> }";
        writeln!(
            text,
            "/// I.\ninterface i{number} {{\n  /// R.\n  {record}\n  /// F.\n  f: func(a: r) -> result<r, string>;\n}}"
        )
        .unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.wit");
    std::fs::write(&file, text).unwrap();
    let mut editor = Editor::open(&file);
    bencher.bench_local(|| editor.edit());
}

/// The edits after which memory is compared with that at the end.
const WARM_UP: usize = 2_000;

/// Prints the resident memory over 10,000 edits, each of which has other names.
///
/// # Panics
///
/// If memory grows by more than a tenth after the first edits.
fn memory_over_edits() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.wit");
    let text = |edit: usize| {
        format!(
            "package a:b;\n\n/// I{edit}.\ninterface i{edit} {{\n  record r{edit} {{ a: u32 }}\n  edited{edit}: func(a: r{edit});\n}}\n"
        )
    };
    std::fs::write(&file, text(0)).unwrap();
    let mut editor = Editor::open(&file);
    let mut before = None;
    for edit in 1..=10_000 {
        editor.replace(&text(edit));
        if edit % 100 == 0 {
            editor.wait();
        }
        if edit % WARM_UP == 0 {
            let Some(bytes) = resident_bytes() else {
                return;
            };
            println!("{edit:>6} edits: {:.1} MB resident", bytes as f64 / 1e6);
            let before = *before.get_or_insert(bytes);
            assert!(bytes < before + before / 10, "memory grows");
        }
    }
}

/// Returns the resident memory of this process, where `/proc` has it.
fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}
