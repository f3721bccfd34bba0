//! What names mean where that is hard to say: in circles, and for things with the same name.

use serde_json::{Value, json};

use crate::client::{Client, edited, mark};

/// Returns the hover text at a mark, or nothing.
fn hover(client: &mut Client, text: &str) -> String {
    let at = client.open("a.wit", text);
    let hover = client.ask_at("textDocument/hover", &at, Value::Null);
    hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn names_in_circles_are_answered() {
    let circles = [
        "interface a { use b.{t}; f: func(x: t); }\ninterface b { use a.{t}; }",
        "interface a { use a.{t}; f: func(x: t); }",
        "use b as a;\nuse a as b;\ninterface i { use a.{t}; f: func(x: t); }",
        "interface i { type t = u; type u = t; f: func(x: t); }",
        "world a { include b; }\nworld b { include a; use i.{t}; import f: func(x: t); }\ninterface i {}",
    ];
    for circle in circles {
        let text = format!("package a:b;\n{circle}\n");
        let mut client = Client::new(&[], &[]);
        let at = client.open("a.wit", &mark(&text, "t)", 0));
        for method in [
            "textDocument/hover",
            "textDocument/definition",
            "textDocument/typeDefinition",
            "textDocument/implementation",
            "textDocument/completion",
        ] {
            client.ask_at(method, &at, Value::Null);
        }
        let with = json!({ "context": { "includeDeclaration": true } });
        client.ask_at("textDocument/references", &at, with);
        let range =
            json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
        let document = json!({ "textDocument": { "uri": at.uri }, "range": range });
        client.ask("textDocument/inlayHint", document);
    }
}

/// Each world includes the two before it, so there are as many paths to the first as there are rabbits.
#[test]
fn worlds_that_include_many_worlds_have_hints_soon() {
    let mut text =
        "package a:b;\nworld w0 { import f: func(); }\nworld w1 { include w0; }\n".to_owned();
    for number in 2..60 {
        text.push_str(&format!(
            "world w{number} {{\n  include w{};\n  include w{};\n}}\n",
            number - 1,
            number - 2
        ));
    }
    let mut client = Client::new(&[], &[]);
    let at = client.open("a.wit", &text);
    let range =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 300, "character": 0 } });
    let hints = client.ask(
        "textDocument/inlayHint",
        json!({ "textDocument": { "uri": at.uri }, "range": range }),
    );
    assert!(!hints.as_array().unwrap().is_empty());
}

#[test]
fn an_import_and_an_export_of_the_same_name_are_two_things() {
    let text = "package a:b;\nworld w {\n  /// The one below.\n  import f: func(a: u8);\n  /// The one for others.\n  export f: func(b: u16);\n}\n";
    let mut client = Client::new(&[], &[]);
    let import = hover(&mut client, &mark(text, "f: func(a", 0));
    assert!(
        import.contains("The one below") && import.contains("a: u8"),
        "{import}"
    );
    let export = hover(&mut client, &mark(text, "f: func(b", 0));
    assert!(
        export.contains("The one for others") && export.contains("b: u16"),
        "{export}"
    );
}

#[test]
fn an_escaped_name_in_a_path_is_the_name() {
    let text = "package %a:b;
interface types {
  record pair { a: u8 }
}
interface i {
  use a:b/%types.{pair};
  f: func(a: pair);
}
";
    let mut client = Client::new(&[], &[]);
    let found = hover(&mut client, &mark(text, "pair)", 0));
    assert!(found.contains("record pair"), "{found}");
}

#[test]
fn renaming_leaves_other_names_and_refuses_conflicts() {
    let text = "package a:b;\n/// Has a `t`.\ninterface i {\n  type t = u8;\n}\n/// This `t` is another.\ninterface j {\n  type t = u16;\n}\ninterface k {\n  use i.{t};\n  type taken = t;\n}\n";
    let mut client = Client::new(&[], &[]);
    let at = client.open("a.wit", &mark(text, "t = u8", 0));
    let refused = client.try_ask(
        "textDocument/rename",
        at.params(json!({ "newName": "taken" })),
    );
    assert!(
        refused.as_ref().is_err_and(|why| why.contains("exists already")),
        "{refused:?}"
    );
    let edit = client.ask_at("textDocument/rename", &at, json!({ "newName": "kind" }));
    let edits = edit["changes"][client.uri("a.wit")].as_array().unwrap().clone();
    let mut lines: Vec<u64> = edits
        .iter()
        .map(|edit| edit["range"]["start"]["line"].as_u64().unwrap())
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, [1, 3, 10, 11]);
}

#[test]
fn a_field_can_have_the_name_of_a_type_and_a_type_not_that_of_an_import() {
    let text = "package a:b;
interface i {
  type price = u8;
  record order {
    total: price,
  }
  /// Not this `total`.
  f: func();
}
world w {
  type t = u8;
  import f: func();
}
";
    let mut client = Client::new(&[], &[]);
    let at = client.open("a.wit", &mark(text, "total:", 0));
    let edit = client.ask_at("textDocument/rename", &at, json!({ "newName": "price" }));
    let edits = &edit["changes"][client.uri("a.wit")];
    assert_eq!(edits.as_array().unwrap().len(), 1);
    let at = client.open("a.wit", &mark(text, "t = u8", 0));
    let refused = client.try_ask("textDocument/rename", at.params(json!({ "newName": "f" })));
    assert!(
        refused.as_ref().is_err_and(|why| why.contains("exists already")),
        "{refused:?}"
    );
}

const ALIASES: &str = "package a:b;
use inner as other;
/// Uses `other`.
interface i {
  use other.{t};
}
interface inner {
  type t = u8;
}
world w {
  import other;
  import inner;
}
";

#[test]
fn a_local_name_of_a_file_is_renamed_where_it_is_used() {
    let mut client = Client::new(&[], &[]);
    for number in [0, 2, 3] {
        let at = client.open("a.wit", &mark(ALIASES, "other", number));
        let prepared = client.ask_at("textDocument/prepareRename", &at, Value::Null);
        assert_eq!(prepared["placeholder"], "other");
        let edit = client.ask_at("textDocument/rename", &at, json!({ "newName": "types" }));
        let text = edited(ALIASES, &edit["changes"][client.uri("a.wit")]);
        assert_eq!(text, ALIASES.replace("other", "types"), "{number}");
    }
    // The interface is renamed where it has its own name.
    for number in [0, 1, 2] {
        let at = client.open("a.wit", &mark(ALIASES, "inner", number));
        let edit = client.ask_at("textDocument/rename", &at, json!({ "newName": "types" }));
        let text = edited(ALIASES, &edit["changes"][client.uri("a.wit")]);
        assert_eq!(text, ALIASES.replace("inner", "types"), "{number}");
    }
    let at = client.open("a.wit", &mark(ALIASES, "other", 0));
    let place = client.ask_at("textDocument/definition", &at, Value::Null);
    assert_eq!(client.place(&place), "a.wit:6:10");
}

#[test]
fn a_name_that_a_file_has_for_something_else_is_refused() {
    let mut client = Client::new(&[("b.wit", "interface far {}\n")], &[]);
    for (word, new_name) in [
        ("inner", "other"),
        ("other", "inner"),
        ("other", "w"),
        ("other", "far"),
        ("w {", "other"),
    ] {
        let at = client.open("a.wit", &mark(ALIASES, word, 0));
        let refused = client.try_ask(
            "textDocument/rename",
            at.params(json!({ "newName": new_name })),
        );
        assert!(
            refused.as_ref().is_err_and(|why| why.contains("exists already")),
            "{word} {new_name} {refused:?}"
        );
    }
}
