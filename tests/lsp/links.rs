//! Links in documents, and lenses above worlds.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::client::Client;

/// Returns the links of a document as their texts and targets.
fn links(client: &mut Client, text: &str, uri: &str) -> Vec<(String, String)> {
    let params = json!({ "textDocument": { "uri": uri } });
    let links = client.ask("textDocument/documentLink", params);
    let links = links.as_array().unwrap().iter();
    links
        .map(|link| {
            let (start, end) = (&link["range"]["start"], &link["range"]["end"]);
            let line = text.lines().nth(start["line"].as_u64().unwrap() as usize).unwrap();
            let column = |position: &Value| position["character"].as_u64().unwrap() as usize;
            let text = line[column(start)..column(end)].to_owned();
            (text, link["target"].as_str().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn rfcs_and_packages_are_links() {
    let text = "package a:b;
// RFC 1, which isn't documentation.
/// Hop-by-hop fields (RFC 9110, 7.6.1) and RFC 9112.
world w {
  include wasi:clocks/imports@0.3.2;
  import x:y/z@1.0.0;
  import absent:package/i@1.0.0;
}
";
    let dependency = "package x:y@1.0.0;\ninterface z {}\n";
    let files = [("wit/a.wit", text), ("wit/deps/x/x.wit", dependency)];
    let mut client = Client::new(&files, &[]);
    let at = client.open("wit/a.wit", text);
    let found = links(&mut client, text, &at.uri);
    let expected = |text: &str, target: &str| (text.to_owned(), target.to_owned());
    assert_eq!(
        found[0],
        expected(
            "RFC 9110, 7.6.1",
            "https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1"
        )
    );
    assert_eq!(
        found[1],
        expected("RFC 9112", "https://www.rfc-editor.org/rfc/rfc9112")
    );
    assert_eq!(found[2].0, "wasi:clocks");
    let file = url::Url::parse(&found[2].1).unwrap().to_file_path().unwrap();
    assert!(std::fs::read_to_string(file).unwrap().starts_with("package wasi:clocks@0.3.2;"));
    assert_eq!(found[3], expected("x:y", &client.uri("wit/deps/x/x.wit")));
    assert_eq!(found.len(), 4);
}

const WORLDS: &str = "package a:b@1.0.0;

world service {
  export wasi:http/handler@0.3.1002;
}

world proxy {
  include service;
  import primary: wasi:http/handler@0.3.1002;
  import wasi:http/client@0.3.1002;
}
";

const MANIFEST: &str = "[[rust]]
world = \"proxy\"
out = \"glue\"

[[relation]]
world = \"proxy\"
extends = \"service\"
";

/// Returns the lenses of a document as their lines and titles.
fn lenses(client: &mut Client, uri: &str) -> Vec<(u64, String)> {
    let params = json!({ "textDocument": { "uri": uri } });
    let lenses = client.ask("textDocument/codeLens", params);
    let lenses = lenses.as_array().unwrap().iter();
    lenses
        .map(|lens| {
            let line = lens["range"]["start"]["line"].as_u64().unwrap();
            (line, lens["command"]["title"].as_str().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn worlds_have_lenses_with_hops_relations_and_outputs() {
    let http = format!("{}/wit", env!("CARGO_MANIFEST_DIR"));
    let files = [("witgen.toml", MANIFEST), ("wit/a.wit", WORLDS)];
    let mut client = Client::new(&files, &[]);
    // The package of this repository has the interfaces.
    let deps = client.folder().join("wit/deps/http");
    std::fs::create_dir_all(&deps).unwrap();
    for entry in std::fs::read_dir(&http).unwrap().filter_map(Result::ok) {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), deps.join(entry.file_name())).unwrap();
        }
    }
    let at = client.open("wit/a.wit", WORLDS);
    let found = lenses(&mut client, &at.uri);
    let expected = [
        "next hop: primary: wasi:http/handler@0.3.1002",
        "side calls: wasi:http/client@0.3.1002",
        "extends service",
        "generate the outputs of witgen.toml",
    ];
    assert_eq!(found, expected.map(|title| (6, title.to_owned())));
    // While the text is broken, the lenses are those of the last text that wasn't.
    client.open("wit/a.wit", &WORLDS.replace("include service;", "include"));
    assert_eq!(lenses(&mut client, &at.uri).len(), 4);
    let params = json!({ "textDocument": { "uri": at.uri } });
    let lens = client.ask("textDocument/codeLens", params)[3]["command"].clone();
    let expected = json!({
        "title": "generate the outputs of witgen.toml",
        "command": "witgen.generate",
        "arguments": [at.uri],
    });
    assert_eq!(lens, expected);
}
