//! For which files problems are shown, and until when.

use pretty_assertions::assert_eq;
use serde_json::json;

use crate::client::Client;

const WRONG: &str = "package a:b;\ninterface i { f: func(x: nothing); }\n";
const RIGHT: &str = "/// P.\npackage a:b;\n\n/// I.\ninterface i {\n  /// F.\n  f: func();\n}\n";

#[test]
fn packages_of_one_folder_keep_their_own_problems() {
    let other = "package c:d;\ninterface j { g: func(x: nowhere); }\n";
    let mut client = Client::new(&[("a.wit", WRONG), ("b.wit", other)], &[]);
    client.open("a.wit", WRONG);
    assert!(client.diagnostics("a.wit")[0].contains("nothing"));
    client.open("b.wit", other);
    assert!(client.diagnostics("b.wit")[0].contains("nowhere"));
    assert!(client.shown("a.wit")[0].contains("nothing"));
}

#[test]
fn problems_of_other_files_go_when_they_are_mended_or_nobody_looks() {
    let main = "package a:b;\ninterface i { use x:y/z.{t}; }\n";
    let dependency = "package x:y;\ninterface z { type t = nothing; }\n";
    let files = [("wit/a.wit", main), ("wit/deps/x/x.wit", dependency)];
    let mut client = Client::new(&files, &[]);
    client.open("wit/a.wit", main);
    assert!(client.diagnostics("wit/deps/x/x.wit")[0].contains("nothing"));
    let path = client.folder().join("wit/deps/x/x.wit");
    std::fs::write(path, dependency.replace("nothing", "u8")).unwrap();
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    assert_eq!(client.diagnostics("wit/deps/x/x.wit"), [""; 0]);

    let path = client.folder().join("wit/deps/x/x.wit");
    std::fs::write(path, dependency).unwrap();
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    assert!(!client.diagnostics("wit/deps/x/x.wit").is_empty());
    let document = json!({ "textDocument": { "uri": client.uri("wit/a.wit") } });
    client.tell("textDocument/didClose", document);
    assert_eq!(client.diagnostics("wit/deps/x/x.wit"), [""; 0]);
}

#[test]
fn closing_a_document_without_saving_checks_what_is_on_the_disk() {
    let user = "/// J.\ninterface j {\n  use i.{t};\n}\n";
    let right = RIGHT.replace("  /// F.", "  /// T.\n  type t = u8;\n\n  /// F.");
    let mut client = Client::new(&[("a.wit", &right), ("b.wit", user)], &[]);
    client.open("b.wit", user);
    assert!(client.diagnostics("b.wit").iter().all(|it| !it.contains("`t`")));
    client.open("a.wit", RIGHT);
    assert!(client.diagnostics("b.wit")[0].contains("`t`"));
    let document = json!({ "textDocument": { "uri": client.uri("a.wit") } });
    client.tell("textDocument/didClose", document);
    assert!(client.diagnostics("b.wit").iter().all(|it| !it.contains("`t`")));
}

#[test]
fn an_error_without_a_place_is_shown_at_the_top() {
    let text = "interface i {}\n";
    let mut client = Client::new(&[("wit/a.wit", text)], &[]);
    client.open("wit/a.wit", text);
    let found = client.diagnostics("wit/a.wit");
    assert!(
        found[0].starts_with("0:0 ") && found[0].contains("package"),
        "{found:?}"
    );
}
