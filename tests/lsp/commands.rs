//! Commands that a client runs.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use testkit::app::{APP, home};

use crate::client::{Client, SlowRegistry};

fn command(name: &str, uri: &str) -> Value {
    json!({ "command": name, "arguments": [uri] })
}

/// Returns the messages that the client was to show.
fn messages(client: &Client) -> Vec<&str> {
    let shown = client.received.iter().filter(|(method, _)| method == "window/showMessage");
    shown.map(|(_, params)| params["message"].as_str().unwrap()).collect()
}

#[test]
fn a_missing_package_is_fetched_by_its_fix() {
    let home = home();
    let progress = json!({ "window": { "workDoneProgress": true } });
    let files = [("wit/app.wit", APP)];
    let mut client = Client::with(&files, progress, |_| home.registries());
    client.open("wit/app.wit", APP);
    let diagnostics = client.raw_diagnostics("wit/app.wit");
    assert_eq!(diagnostics[0]["code"], "missing-package");
    let uri = client.uri("wit/app.wit");
    let params = json!({
        "textDocument": { "uri": uri },
        "range": diagnostics[0]["range"],
        "context": { "diagnostics": diagnostics },
    });
    let actions = client.ask("textDocument/codeAction", params);
    assert_eq!(actions[0]["title"], "Fetch `acme:shop@1.0.0` into deps/");
    let action = &actions[0]["command"];
    let params = json!({ "command": action["command"], "arguments": action["arguments"] });
    assert_eq!(client.ask("workspace/executeCommand", params), Value::Null);
    // The package resolves now, which nobody had to ask for.
    let found = client.diagnostics("wit/app.wit");
    assert!(
        found.iter().all(|it| !it.contains("missing-package")),
        "{found:?}"
    );
    assert!(client.folder().join("wit/deps/acme-shop-1.0.0/package.wit").is_file());
    assert!(client.folder().join("wkg.lock").is_file());
    let shown = messages(&client);
    assert!(
        shown[0].starts_with("2 packages needed: 1 from registries"),
        "{shown:?}"
    );
    let methods: Vec<&str> = client.received.iter().map(|(method, _)| &**method).collect();
    let expected = [
        "window/workDoneProgress/create",
        "$/progress",
        "$/progress",
        "window/showMessage",
    ];
    assert_eq!(methods, expected);
}

#[test]
fn requests_are_answered_while_a_package_is_fetched() {
    let registry = SlowRegistry::start();
    let text = "package a:b;\n\ninterface i {\n  use x:y/z@1.0.0.{t};\n}\n";
    let mut client = Client::with(&[("wit/a.wit", text)], json!({}), |_| registry.registries());
    let at = client.open("wit/a.wit", text);
    let fetch = client.send_request("workspace/executeCommand", command("witgen.fetch", &at.uri));
    client.ask_at("textDocument/hover", &at, Value::Null);
    // A second one could write the same files.
    let second = client.try_ask("workspace/executeCommand", command("witgen.fetch", &at.uri));
    assert!(second.unwrap_err().contains("another command is running"));
    registry.respond();
    assert!(client.answer(fetch).is_err());
}

#[test]
fn outputs_are_generated() {
    let manifest = "[docs]\nout = \"spec\"\n";
    let text = "package a:b;\n\ninterface i {\n  f: func();\n}\n";
    let mut client = Client::new(&[("witgen.toml", manifest), ("wit/a.wit", text)], &[]);
    let at = client.open("wit/a.wit", text);
    let run = |client: &mut Client| {
        client.try_ask(
            "workspace/executeCommand",
            command("witgen.generate", &at.uri),
        )
    };
    assert_eq!(run(&mut client), Ok(Value::Null));
    assert!(client.folder().join("spec/README.md").is_file());
    assert!(
        messages(&client)[0].contains("created"),
        "{:?}",
        messages(&client)
    );
    // What isn't saved would not be in the outputs.
    client.open("wit/a.wit", "package a:b;\n");
    assert!(run(&mut client).unwrap_err().contains("save it"));
}

#[test]
fn commands_that_cannot_run_say_why() {
    let mut client = Client::new(&[("wit/a.wit", "package a:b;\n")], &[]);
    let at = client.open("wit/a.wit", "package a:b;\n");
    for (params, why) in [
        (command("witgen.generate", &at.uri), "has no outputs"),
        (
            command("witgen.unknown", &at.uri),
            "no command `witgen.unknown`",
        ),
        (
            command("witgen.fetch", "untitled:1"),
            "not the address of a file",
        ),
        (json!({ "command": 7 }), "invalid type"),
    ] {
        let error = client.try_ask("workspace/executeCommand", params).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
    // Without an argument, it is the package that is open.
    let done = client.ask(
        "workspace/executeCommand",
        json!({ "command": "witgen.fetch" }),
    );
    assert_eq!(done, Value::Null);
    assert!(messages(&client)[0].starts_with("no packages are needed"));
}
