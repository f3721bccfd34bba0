//! What is wrong with a `witgen.toml`, and what it sets while it is.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::client::Client;

const TEXT: &str = "package a:b;\n\n/// I.\ninterface i {\n  /// F.\n  f: func();\n}\n";

/// Replaces the text of an open `witgen.toml`, and returns what is shown of it.
fn edited(client: &mut Client, version: i32, text: &str) -> Vec<String> {
    let params = json!({
        "textDocument": { "uri": client.uri("witgen.toml"), "version": version },
        "contentChanges": [{ "text": text }],
    });
    client.tell("textDocument/didChange", params);
    client.diagnostics("witgen.toml")
}

#[test]
fn mistakes_are_shown_while_typing_and_go_when_they_are_mended() {
    let right = "[docs]\nout = \"spec\"\n";
    let mut client = Client::new(&[("witgen.toml", right), ("wit/a.wit", TEXT)], &[]);
    client.open("witgen.toml", "[docs\nout = \"spec\"\n");
    let found = client.diagnostics("witgen.toml");
    assert!(found[0].starts_with("0:5 invalid-config: "), "{found:?}");
    for (version, text, expected) in [
        (
            2,
            "[docs]\nuot = \"spec\"\n",
            "1:0 invalid-config: unknown field `uot`",
        ),
        (
            3,
            "[docs]\nout = 5\n",
            "1:6 invalid-config: invalid type: integer `5`",
        ),
        (4, "[fmt]\nwidth = 1\n", "0:0 invalid-config: `width` is 1"),
        (
            5,
            "[docs]\nout = \"\"\n",
            "1:0 invalid-config: `out` of docs is empty",
        ),
        (6, "wit = \"absent\"\n", "0:0 unreadable: cannot read"),
        (
            7,
            "[lint.rules]\ndocs-mising = \"off\"\n",
            "1:0 unknown-rule: no rule `docs-mising`",
        ),
        (
            8,
            "[lint]\nallow = [\"x\"]\n",
            "1:0 invalid-allow: `x` names no item",
        ),
    ] {
        let found = edited(&mut client, version, text);
        assert!(found[0].starts_with(expected), "{expected}\n{found:?}");
    }
    let found = edited(&mut client, 9, "[docs]\nuot = \"spec\"\n");
    assert!(found[0].contains("help: did you mean `out`?"), "{found:?}");
    assert_eq!(edited(&mut client, 10, right), [""; 0]);
}

#[test]
fn a_package_keeps_its_last_valid_settings() {
    let off = "[lint.rules]\ndocs-missing = \"off\"\n";
    let mut client = Client::new(&[("witgen.toml", off), ("wit/a.wit", TEXT)], &[]);
    client.open("wit/a.wit", TEXT);
    assert_eq!(client.diagnostics("wit/a.wit"), [""; 0]);
    client.open("witgen.toml", off);
    assert_eq!(client.diagnostics("witgen.toml"), [""; 0]);
    assert_eq!(
        edited(&mut client, 2, "[lint.rules]\ndocs-missing = \"of\n").len(),
        1
    );
    assert_eq!(client.shown("wit/a.wit"), [""; 0]);
    // What isn't saved counts.
    edited(&mut client, 3, "[lint.rules]\ndocs-missing = \"error\"\n");
    let found = client.shown("wit/a.wit");
    assert!(found[0].contains("docs-missing"), "{found:?}");
    // Closed, it is as it is on the disk.
    let document = json!({ "textDocument": { "uri": client.uri("witgen.toml") } });
    client.tell("textDocument/didClose", document);
    assert_eq!(client.diagnostics("wit/a.wit"), [""; 0]);
}

#[test]
fn a_broken_file_that_is_not_open_is_reported_too() {
    let mut client = Client::new(&[("witgen.toml", "wit =\n"), ("wit/a.wit", TEXT)], &[]);
    client.open("wit/a.wit", TEXT);
    let found = client.diagnostics("witgen.toml");
    assert!(found[0].starts_with("0:5 invalid-config"), "{found:?}");
    std::fs::write(client.folder().join("witgen.toml"), "wit = \"wit\"\n").unwrap();
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    assert_eq!(client.diagnostics("witgen.toml"), [""; 0]);
}

#[test]
fn requests_about_settings_have_no_answer() {
    let text = "wit = \"wit\"\n";
    let mut client = Client::new(&[("witgen.toml", text)], &[]);
    let at = client.open("witgen.toml", text);
    for method in [
        "textDocument/hover",
        "textDocument/completion",
        "textDocument/formatting",
        "textDocument/documentSymbol",
        "textDocument/semanticTokens/full",
        "textDocument/foldingRange",
    ] {
        let more = json!({ "options": { "tabSize": 2, "insertSpaces": true } });
        assert_eq!(client.ask_at(method, &at, more), Value::Null, "{method}");
    }
    assert_eq!(
        client.ask("workspace/symbol", json!({ "query": "" })),
        json!([])
    );
}
