//! What the hints of an `include` name.

use pretty_assertions::assert_eq;
use serde_json::json;

use crate::client::Client;

/// Returns the labels of the hints of a text.
fn hints(text: &str) -> Vec<String> {
    let mut client = Client::new(&[], &[]);
    let at = client.open("a.wit", text);
    let end = json!({ "line": 100_000, "character": 0 });
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": end });
    let params = json!({ "textDocument": { "uri": at.uri }, "range": range });
    let hints = client.ask("textDocument/inlayHint", params);
    let hints = hints.as_array().unwrap().iter();
    hints.map(|hint| hint["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn renames_apply_to_what_an_included_world_includes() {
    let text = "package a:b;
world inner { import x: func(); import y: func(); export z: func(); }
world middle { include inner with { x as u }; import x: func(a: u8); }
world outer { include middle with { u as v, z as w }; }
";
    assert_eq!(
        hints(text),
        [
            "import u, import y, export z",
            "import v, import y, export w, import x"
        ]
    );
}

#[test]
fn one_world_over_two_paths_has_the_names_of_both() {
    let text = "package a:b;
world a { import x: func(); }
world b { include a with { x as y }; }
world c { include d; }
world d { include b; include a; }
";
    assert_eq!(hints(text)[1], "import y, import x");
}

#[test]
fn a_world_that_includes_itself_brings_nothing_in_that_it_has() {
    let text = "package a:b;
world a { include b; import f: func(); }
world b { include a with { g as h }; import g: func(); }
";
    assert_eq!(hints(text), ["import g", "import f"]);
}

#[test]
fn hints_say_if_there_is_more() {
    let mut text = "package a:b;\nworld w0 {}\n".to_owned();
    for number in 1..1000 {
        text.push_str(&format!(
            "world w{number} {{ include w{}; import f{number}: func(); }}\n",
            number - 1
        ));
    }
    let found = hints(&text);
    assert_eq!(found[1], "import f1, import f2");
    assert!(found[20].ends_with(" and 17 more"), "{}", found[20]);
    // The worlds of one request are limited.
    assert!(
        found.last().unwrap().ends_with("and more"),
        "{:?}",
        found.last()
    );
}
