//! For which files problems are shown, and until when.

use pretty_assertions::assert_eq;
use serde_json::json;

use crate::client::{Client, SlowRegistry};

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

/// Replaces the text of an open file.
fn edit(client: &mut Client, path: &str, version: i32, text: &str) {
    let uri = client.uri(path);
    let params = json!({
        "textDocument": { "uri": uri, "version": version },
        "contentChanges": [{ "text": text }],
    });
    client.tell("textDocument/didChange", params);
}

fn close(client: &mut Client, path: &str) {
    let document = json!({ "textDocument": { "uri": client.uri(path) } });
    client.tell("textDocument/didClose", document);
}

#[test]
fn problems_follow_a_file_that_changes_its_package() {
    let user = "/// P.\npackage a:b;\n\n/// J.\ninterface j {\n  use i.{t};\n}\n";
    let types = "package a:b;\n\n/// I.\ninterface i {\n  type t = nothing;\n}\n";
    let mut client = Client::new(&[("a.wit", user), ("b.wit", types)], &[]);
    client.open("a.wit", user);
    client.diagnostics("a.wit");
    client.open("b.wit", types);
    assert!(client.diagnostics("b.wit")[0].contains("nothing"));
    // Now each file is a package of its own: one lacks the interface, the other has its own mistake.
    edit(&mut client, "b.wit", 2, &types.replace("a:b", "c:d"));
    assert!(client.diagnostics("b.wit")[0].contains("nothing"));
    assert!(
        client.shown("a.wit")[0].contains("`i`"),
        "{:?}",
        client.shown("a.wit")
    );
    edit(
        &mut client,
        "b.wit",
        3,
        &types.replace("a:b", "c:d").replace("nothing", "u8"),
    );
    assert!(client.diagnostics("b.wit").iter().all(|it| !it.contains("nothing")));
    // What is on the disk has both in one package again, and its mistake.
    close(&mut client, "b.wit");
    assert!(client.diagnostics("b.wit")[0].contains("nothing"));
    assert!(client.shown("a.wit").iter().all(|it| !it.contains("`i`")));
    close(&mut client, "a.wit");
    assert_eq!(client.diagnostics("b.wit"), [""; 0]);
}

#[test]
fn a_file_that_two_reporters_report_on_has_the_problems_of_both() {
    let manifest =
        "[lint.rules]\nnothing = \"off\"\n\n[[relation]]\nworld = \"w\"\nextends = \"absent\"\n";
    let text = "/// P.\npackage a:b;\n\n/// W.\nworld w {}\n";
    let mut client = Client::new(&[("witgen.toml", manifest), ("wit/a.wit", text)], &[]);
    client.open("wit/a.wit", text);
    let found = client.diagnostics("witgen.toml");
    assert!(
        found.iter().all(|it| it.contains("unknown-rule")),
        "{found:?}"
    );
    let document = json!({ "textDocument": { "uri": client.uri("wit/a.wit") } });
    client.tell("textDocument/didSave", document);
    let found = client.diagnostics_that("witgen.toml", |found| found.len() == 2);
    assert!(found[0].starts_with("1:0 unknown-rule"), "{found:?}");
    assert!(
        found[1].starts_with("3:0 ") && found[1].contains("absent"),
        "{found:?}"
    );
    // The relations are those of the last save, which an edit outdates.
    edit(&mut client, "wit/a.wit", 2, "/// P.\npackage a:b;\n");
    assert_eq!(client.diagnostics("witgen.toml").len(), 1);
    close(&mut client, "wit/a.wit");
    assert_eq!(client.diagnostics("witgen.toml"), [""; 0]);
}

#[test]
fn an_error_about_another_file_names_it_at_the_first_file_of_the_package() {
    let (a, b) = ("package a:b;\ninterface i {}\n", "interface j {}\n");
    let files = [
        ("wit/a.wit", a),
        ("wit/b.wit", b),
        ("wit/deps/x.wasm", "nothing"),
    ];
    let mut client = Client::new(&files, &[]);
    client.open("wit/a.wit", a);
    client.diagnostics("wit/a.wit");
    client.open("wit/b.wit", b);
    assert_eq!(client.diagnostics("wit/b.wit"), [""; 0]);
    let found = client.shown("wit/a.wit");
    assert!(
        found[0].starts_with("0:0 ") && found[0].contains("x.wasm"),
        "{found:?}"
    );
}

/// `--wit FILE` reads a file without the `deps/` next to it, and so does the server where files are packages of their own.
#[test]
fn a_file_that_is_a_package_of_its_own_has_the_problems_that_lint_finds() {
    let text = "package a:b;\ninterface i {\n  use x:y/z@1.0.0.{t};\n}\n";
    let dependency = "package x:y@1.0.0;\ninterface z {\n  type t = u8;\n}\n";
    let files = [
        ("wit/a.wit", text),
        ("wit/b.wit", "package c:d;\n"),
        ("wit/deps/x/x.wit", dependency),
    ];
    let mut client = Client::new(&files, &[]);
    client.open("wit/a.wit", text);
    let found = client.diagnostics("wit/a.wit");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_witgen"))
        .args(["lint", "--wit", "wit/a.wit"])
        .current_dir(client.folder())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    let first = printed.lines().next().unwrap();
    assert!(
        first.contains("`x:y@1.0.0` is not among the dependencies"),
        "{printed}"
    );
    assert!(
        found[0].starts_with("2:6 missing-package: package `x:y@1.0.0`"),
        "{found:?}"
    );
    assert_eq!(found.len(), 1, "{found:?}");
    // The dependency is a package of its own too.
    client.open("wit/deps/x/x.wit", dependency);
    let found = client.diagnostics("wit/deps/x/x.wit");
    assert!(
        found.iter().all(|it| it.contains("docs-missing")),
        "{found:?}"
    );
}

#[test]
fn requests_are_answered_while_a_baseline_is_fetched() {
    let registry = SlowRegistry::start();
    let manifest = "[baseline]\npackage = \"a:b@1.0.0\"\n";
    let files = [("witgen.toml", manifest), ("wit/a.wit", RIGHT)];
    let mut client = Client::with(&files, json!({}), |_| registry.registries());
    let at = client.open("wit/a.wit", RIGHT);
    client.diagnostics("wit/a.wit");
    let document = json!({ "textDocument": { "uri": at.uri } });
    client.tell("textDocument/didSave", document);
    client.diagnostics("wit/a.wit");
    client.ask_at("textDocument/hover", &at, json!({}));
    // Its failure is shown where the baseline is named.
    registry.respond();
    let found = client.diagnostics_that("witgen.toml", |found| !found.is_empty());
    assert!(found[0].starts_with("0:0 "), "{found:?}");
}

#[test]
fn a_finding_links_to_the_page_of_its_rule() {
    let mut client = Client::new(&[("a.wit", "package a:b;\ninterface i {}\n")], &[]);
    client.open("a.wit", "package a:b;\ninterface i {}\n");
    let found = client.raw_diagnostics("a.wit");
    let mut problems = found.as_array().unwrap().iter();
    let empty = problems.find(|it| it["code"] == "empty-interface").expect("a finding");
    let href = empty["codeDescription"]["href"].as_str().expect("a link");
    let page = std::fs::read_to_string(href.strip_prefix("file://").unwrap()).unwrap();
    assert!(page.contains("# empty-interface"), "{page}");
    assert!(page.contains("by default"), "{page}");
}
