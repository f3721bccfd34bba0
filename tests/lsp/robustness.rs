//! What a server survives.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::client::Client;

const TEXT: &str = include_str!("../format/every_construct/input.wit");

const METHODS: [&str; 16] = [
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/typeDefinition",
    "textDocument/implementation",
    "textDocument/completion",
    "textDocument/prepareRename",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/semanticTokens/full",
    "textDocument/formatting",
    "textDocument/references",
    "textDocument/rename",
    "textDocument/documentLink",
    "textDocument/codeLens",
    "textDocument/inlayHint",
    "textDocument/codeAction",
];

/// The codes of problems that have fixes.
const FIXED: [&str; 7] = [
    "invalid-wit",
    "docs-missing",
    "param-undocumented",
    "errors-undocumented",
    "since-missing",
    "since-older-than-container",
    "missing-package",
];

/// Returns parameters that all methods accept.
fn params(uri: &str, line: u32, character: u32) -> Value {
    let position = json!({ "line": line, "character": character });
    let range = json!({ "start": position, "end": position });
    let diagnostics = FIXED.map(
        |code| json!({ "range": range, "code": code, "message": "`a` and `b`, found keyword `c`" }),
    );
    json!({
        "textDocument": { "uri": uri },
        "position": position,
        "range": { "start": { "line": 0, "character": 0 }, "end": position },
        "context": { "includeDeclaration": true, "diagnostics": diagnostics },
        "options": { "tabSize": 2, "insertSpaces": true },
        "newName": "renamed",
    })
}

#[test]
fn random_edits_and_requests_are_answered() {
    let mut client = Client::new(&[], &[]);
    let uri = client.uri("a.wit");
    client.open("a.wit", TEXT);
    let config = Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let position = || (0..40_u32, prop_oneof![0..90_u32, Just(u32::MAX)]);
    let text = "[a-z {}();:,.<>@%/*\"=\n𝄞é-]{0,12}";
    let cases = (position(), position(), text, 0..METHODS.len(), position());
    let client = std::cell::RefCell::new(&mut client);
    let version = std::cell::Cell::new(1);
    runner
        .run(&cases, |(start, end, text, method, at)| {
            let mut client = client.borrow_mut();
            version.set(version.get() + 1);
            let place = |(line, character)| json!({ "line": line, "character": character });
            let change =
                json!({ "range": { "start": place(start), "end": place(end) }, "text": text });
            // From time to time, the file is whole again.
            let change = if version.get() % 20 == 0 {
                json!({ "text": TEXT })
            } else {
                change
            };
            let params_of_change = json!({
                "textDocument": { "uri": uri, "version": version.get() },
                "contentChanges": [change],
            });
            client.tell("textDocument/didChange", params_of_change);
            let answer = client.try_ask(METHODS[method], params(&uri, at.0, at.1));
            if let Err(error) = answer {
                prop_assert!(!error.contains("panicked"), "{error}");
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn messages_of_another_form_are_refused_and_the_server_goes_on() {
    let mut client = Client::new(&[], &[]);
    let uri = client.uri("a.wit");
    assert!(client.try_ask("textDocument/unknown", json!({})).is_err());
    assert!(client.try_ask("textDocument/hover", json!({ "position": 7 })).is_err());
    client.tell("textDocument/didChange", json!({ "textDocument": 1 }));
    client.tell("unknown", json!([]));
    // A document that isn't open, that isn't a file, and a position that doesn't exist.
    for uri in [uri.as_str(), "untitled:1", "file:///", "not an address"] {
        let answer = client.try_ask("textDocument/hover", params(uri, 5, 5));
        assert!(answer.is_err() || answer == Ok(Value::Null), "{answer:?}");
    }
    client.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": uri } }),
    );
    client.open("a.wit", "package a:b;\ninterface i { f: func(); }\n");
    let answer = client.ask("textDocument/hover", params(&uri, 1, 10));
    assert!(
        answer["contents"]["value"].as_str().unwrap().contains("interface i"),
        "{answer}"
    );
}

#[test]
fn folders_without_a_valid_package_are_no_problem() {
    let mut client = Client::new(
        &[
            ("two/a.wit", "package a:b;\ninterface i {}\n"),
            ("two/b.wit", "package c:d;\ninterface i {}\n"),
            ("none/a.wit", "interface i {}\n"),
            ("deps/deps/x.wit", "package x:y;\n"),
            ("binary/a.wit", "\u{0}\u{1}\u{2}"),
        ],
        &[],
    );
    // Files that name different packages are packages of their own.
    client.open(
        "two/a.wit",
        "/// P.\npackage a:b;\n\n/// I.\ninterface i {\n  g: func(a: t);\n}\n",
    );
    let found = client.diagnostics("two/a.wit");
    assert!(found.iter().any(|it| it.contains("`t`")), "{found:?}");
    client.open("none/a.wit", "interface i {}\n");
    client.diagnostics("none/a.wit");
    client.open("binary/a.wit", "\u{0}\u{1}");
    assert!(!client.diagnostics("binary/a.wit").is_empty());
    // A new file that isn't saved yet is all that its folder has.
    std::fs::create_dir(client.folder().join("new")).unwrap();
    client.open("new/a.wit", "package a:b;\n");
    let found = client.diagnostics("new/a.wit");
    assert!(found.iter().all(|it| !it.contains("no-wit")), "{found:?}");
    // A folder that disappears.
    client.open(
        "gone/wit/a.wit",
        "package a:b;\ninterface i { use x:y/z.{t}; }\n",
    );
    assert!(!client.diagnostics("gone/wit/a.wit").is_empty());
    std::fs::remove_dir_all(client.folder().join("deps")).unwrap();
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    client.diagnostics("two/a.wit");
}
