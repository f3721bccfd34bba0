//! What is said of a name.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use witgen::registry::Registries;

use crate::client::{Client, mark};

const TEXT: &str = "package a:b@1.0.0;

/// Has **types**.
interface types {
  type t = u8;
  resource r {
    constructor();
    get: func(at: string) -> t;
  }
  send: async func(x: t) -> string;
}

interface user {
  use types.{t};
  f: func(x: t);
}

world w {
  import types;
  import f: func(x: string) -> u32;
}
";

fn hover(client: &mut Client, text: &str) -> String {
    let at = client.open("a.wit", text);
    let hover = client.ask_at("textDocument/hover", &at, Value::Null);
    hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn functions_have_core_signatures() {
    let mut client = Client::new(&[], &[]);
    for (word, expected) in [
        // A string is a pointer and a length.
        (
            "f: func(x: string)",
            "(sync): imported as `(i32, i32) -> i32`, exported as `(i32, i32) -> i32`",
        ),
        // The handle of the resource comes first.
        (
            "get:",
            "(sync): imported as `(i32, i32, i32) -> i32`, exported as `(i32, i32, i32) -> i32`",
        ),
        // The result is written to a pointer, and the call returns its state.
        (
            "send:",
            "(async): imported as `(i32, i32) -> i32`, exported as `(i32) -> i32` with `task.return` `(i32, i32)`",
        ),
    ] {
        let text = hover(&mut client, &mark(TEXT, word, 0));
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    // One that doesn't resolve has none, and the rest of the hover stays.
    let text = hover(
        &mut client,
        &mark(
            &TEXT.replace("(x: string)", "(x: absent)"),
            "f: func(x: a",
            0,
        ),
    );
    assert!(
        text.contains("x: absent") && !text.contains("core"),
        "{text}"
    );
}

#[test]
fn users_of_an_item_are_named() {
    let mut client = Client::new(&[], &[]);
    let text = hover(&mut client, &mark(TEXT, "t = u8", 0));
    let expected = "used 4 times, by `types.r.get`, `types.send`, `user.f`, `user`";
    assert!(text.contains(expected), "{text}");
    let text = hover(&mut client, &mark(TEXT, "send", 0));
    assert!(text.ends_with("not used\n"), "{text}");
    let many: String = (0..20).map(|n| format!("  f{n}: func(x: t);\n")).collect();
    let text = TEXT.replace("  send:", &format!("{many}  send:"));
    let text = hover(&mut client, &mark(&text, "t = u8", 0));
    assert!(
        text.contains("used 24 times, by `types.f0`") && text.contains(" and 16 more"),
        "{text}"
    );
}

#[test]
fn a_client_without_markdown_gets_plain_text() {
    let mut client = Client::with(&[], json!({}), |_| Registries::default());
    let at = client.open("a.wit", &mark(TEXT, "types {", 0));
    let hover = client.ask_at("textDocument/hover", &at, Value::Null);
    assert_eq!(hover["contents"]["kind"], "plaintext");
    let expected =
        "interface types\n\nin `a:b@1.0.0`\n\nHas **types**.\n\nused 2 times, by `user`, `w`";
    assert_eq!(
        hover["contents"]["value"].as_str().unwrap().trim(),
        expected
    );
    let at = client.open(
        "a.wit",
        &TEXT.replace("  import types;", "  import |types;"),
    );
    let items = client.ask_at("textDocument/completion", &at, Value::Null);
    let types = items.as_array().unwrap().iter().find(|item| item["label"] == "types");
    assert_eq!(types.unwrap()["documentation"], "Has **types**.");
    // Those that announce it get Markdown.
    let mut client = Client::new(&[], &[]);
    let at = client.open("a.wit", &mark(TEXT, "types {", 0));
    let hover = client.ask_at("textDocument/hover", &at, Value::Null);
    assert_eq!(hover["contents"]["kind"], "markdown");
}
