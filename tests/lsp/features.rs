//! What the server answers.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::client::{Client, edited, mark};

const SHOP: &str = "package shop:api@1.0.0;

/// Orders, made of `price`s.
interface orders {
  use types.{price, currency as unit};

  /// An order.
  ///
  /// See `types.price`.
  @since(version = 1.0.0)
  record order {
    total: price,
    unit: unit,
  }

  place: async func(order: order) -> result<u32, string>;
}
";

const TYPES: &str = "package shop:api@1.0.0;

interface types {
  enum currency { euro, dollar }
  /// An amount.
  record price { amount: u32, currency: currency }
}

world shop {
  include wasi:clocks/imports@0.3.2;
  import types;
  export orders;
}
";

fn shop() -> Client {
    Client::new(&[("wit/orders.wit", SHOP), ("wit/types.wit", TYPES)], &[])
}

#[test]
fn hover_shows_signature_documentation_and_uses() {
    let mut client = shop();
    let at = client.open("wit/orders.wit", &mark(SHOP, "price,", 1));
    let hover = client.ask_at("textDocument/hover", &at, Value::Null);
    let text = hover["contents"]["value"].as_str().unwrap();
    for part in [
        "```wit\nrecord price { amount: u32, currency: currency }\n```",
        "in `shop:api@1.0.0/types`",
        "An amount.",
        "used 2 times",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let at = client.open("wit/orders.wit", &mark(SHOP, "order {", 0));
    let hover = client.ask_at("textDocument/hover", &at, Value::Null);
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("`@since(version = 1.0.0)`"), "{text}");
    let at = client.open("wit/orders.wit", &mark(SHOP, "async", 0));
    assert_eq!(
        client.ask_at("textDocument/hover", &at, Value::Null),
        Value::Null
    );
}

#[test]
fn definitions_are_found_across_files_and_packages() {
    let mut client = shop();
    for (word, number, expected) in [
        ("price,", 0, "wit/types.wit:5:9"),
        ("price,", 1, "wit/types.wit:5:9"),
        // The name after `as` stands for the type.
        ("unit,", 0, "wit/types.wit:3:7"),
        ("types", 0, "wit/types.wit:2:10"),
        ("order)", 0, "wit/orders.wit:10:9"),
    ] {
        let at = client.open("wit/orders.wit", &mark(SHOP, word, number));
        let place = client.ask_at("textDocument/definition", &at, Value::Null);
        assert_eq!(client.place(&place), expected, "{word} {number}");
    }
    let at = client.open("wit/orders.wit", &mark(SHOP, "total", 0));
    let place = client.ask_at("textDocument/typeDefinition", &at, Value::Null);
    assert_eq!(client.place(&place), "wit/types.wit:5:9");
    // A package that witgen contains is a file that can be read.
    let at = client.open("wit/types.wit", &mark(TYPES, "imports@", 0));
    let place = client.ask_at("textDocument/definition", &at, Value::Null);
    let file = url::Url::parse(place["uri"].as_str().unwrap()).unwrap().to_file_path().unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("package wasi:clocks@0.3.2;"), "{text}");
    assert!(std::fs::metadata(&file).unwrap().permissions().readonly());
}

#[test]
fn uses_and_implementations_are_found() {
    let mut client = shop();
    let at = client.open("wit/types.wit", &mark(TYPES, "price", 0));
    let without = json!({ "context": { "includeDeclaration": false } });
    let places = client.ask_at("textDocument/references", &at, without);
    assert_eq!(
        client.places(&places),
        ["wit/orders.wit:11:11", "wit/orders.wit:4:13"]
    );
    let at = client.open("wit/orders.wit", &mark(SHOP, "orders", 0));
    let places = client.ask_at("textDocument/implementation", &at, Value::Null);
    assert_eq!(client.places(&places), ["wit/types.wit:11:9"]);
}

#[test]
fn renaming_changes_every_use_and_the_documentation() {
    let mut client = shop();
    let at = client.open("wit/types.wit", &mark(TYPES, "price", 0));
    let prepared = client.ask_at("textDocument/prepareRename", &at, Value::Null);
    assert_eq!(prepared["placeholder"], "price");
    let edit = client.ask_at("textDocument/rename", &at, json!({ "newName": "type" }));
    let changes = &edit["changes"];
    let orders = edited(SHOP, &changes[client.uri("wit/orders.wit")]);
    let types = edited(TYPES, &changes[client.uri("wit/types.wit")]);
    // A keyword is escaped where it is a name, and not where it is written about.
    assert!(orders.contains("made of `type`s"), "{orders}");
    assert!(orders.contains("See `types.type`"), "{orders}");
    assert!(
        orders.contains("use types.{%type, currency as unit};"),
        "{orders}"
    );
    assert!(orders.contains("total: %type,"), "{orders}");
    assert!(types.contains("record %type { amount: u32"), "{types}");
    for (name, why) in [("Bad_name", "Bad_name"), ("currency", "exists already")] {
        let params = at.params(json!({ "newName": name }));
        let error = client.try_ask("textDocument/rename", params).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
    let at = client.open("wit/types.wit", &mark(TYPES, "imports@", 0));
    let error = client.try_ask("textDocument/rename", at.params(json!({ "newName": "a" })));
    assert!(error.unwrap_err().contains("belongs to a dependency"));
}

#[test]
fn a_local_name_is_renamed_where_it_is_local() {
    let mut client = shop();
    let at = client.open("wit/orders.wit", &mark(SHOP, "unit}", 0));
    let edit = client.ask_at("textDocument/rename", &at, json!({ "newName": "coin" }));
    let orders = edited(SHOP, &edit["changes"][client.uri("wit/orders.wit")]);
    assert!(orders.contains("currency as coin}"), "{orders}");
    assert!(orders.contains("unit: coin,"), "{orders}");
    assert_eq!(edit["changes"].as_object().unwrap().len(), 1);
}

#[test]
fn mistakes_are_found_while_typing_and_lint_when_there_are_none() {
    let mut client = shop();
    client.open("wit/orders.wit", SHOP);
    let found = client.diagnostics("wit/orders.wit");
    assert!(
        found[0].starts_with("0:8 docs-missing: package `shop:api` has no documentation"),
        "{found:?}"
    );
    let change = |version: i32, text: &str| {
        let uri = "URI";
        json!({
            "textDocument": { "uri": uri, "version": version },
            "contentChanges": [{ "text": text }],
        })
    };
    let edit = |client: &mut Client, version: i32, text: &str| {
        let mut params = change(version, text);
        params["textDocument"]["uri"] = client.uri("wit/orders.wit").into();
        client.tell("textDocument/didChange", params);
        client.diagnostics("wit/orders.wit")
    };
    let broken = SHOP.replace("total: price", "total: ").replace("async func", "func async");
    let found = edit(&mut client, 2, &broken);
    assert_eq!(
        found,
        [
            "11:11 invalid-wit: expected a type, found `,`",
            "15:14 invalid-wit: expected `(`, found keyword `async`",
        ]
    );
    let misspelled = SHOP.replace("total: price", "total: prise");
    let found = edit(&mut client, 3, &misspelled);
    assert!(
        found.iter().any(|it| it.starts_with("11:11 ") && it.contains("prise")),
        "{found:?}"
    );
    // The file on the disk isn't what counts, and neither is the other file's.
    let found = edit(&mut client, 4, SHOP);
    assert!(
        found.iter().all(|it| !it.contains("invalid-wit")),
        "{found:?}"
    );
}

#[test]
fn saving_checks_relations() {
    let manifest = "[[relation]]\nworld = \"w\"\nextends = \"v\"\n";
    let text =
        "/// P.\npackage a:b;\n\n/// W.\nworld w {}\n\n/// V.\nworld v {\n  import f: func();\n}\n";
    let mut client = Client::new(&[("witgen.toml", manifest), ("wit/a.wit", text)], &[]);
    client.open("wit/a.wit", text);
    let before = client.diagnostics("wit/a.wit");
    assert!(
        before.iter().all(|it| !it.contains("relation")),
        "{before:?}"
    );
    let document = json!({ "textDocument": { "uri": client.uri("wit/a.wit") } });
    client.tell("textDocument/didSave", document);
    // At the world that lacks something.
    let is_found = |it: &String| it.starts_with("4:6 relation-extends");
    client.diagnostics_that("wit/a.wit", |found| found.iter().any(is_found));
}

#[test]
fn completion_knows_types_interfaces_and_gates() {
    let mut client = shop();
    let labels = |client: &mut Client, text: &str| -> Vec<String> {
        let at = client.open("wit/orders.wit", text);
        let items = client.ask_at("textDocument/completion", &at, Value::Null);
        let items = items.as_array().unwrap().iter();
        items.map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    };
    let clock = "wasi:clocks/monotonic-clock@0.3.2";
    let found = labels(&mut client, &SHOP.replace("{price,", "{|price,"));
    assert_eq!(found, ["currency", "price"]);
    let found = labels(&mut client, &SHOP.replace("total: price", "total: p|"));
    assert_eq!(found[..3], ["order", "price", "unit"]);
    assert!(found.contains(&"list".to_owned()), "{found:?}");
    let found = labels(&mut client, &SHOP.replace("use types", "use |types"));
    assert!(found.contains(&"types".to_owned()), "{found:?}");
    assert!(found.contains(&clock.to_owned()), "{found:?}");
    // Editors take only the last word for what is being written, so the whole path is replaced.
    for written in ["", "wasi:", "wasi:cl", "wasi:clocks/", "wasi:clocks/mo"] {
        let text = SHOP.replace("use types.", &format!("use {written}|;\n  use types."));
        let at = client.open("wit/orders.wit", &text);
        let items = client.ask_at("textDocument/completion", &at, Value::Null);
        let item = items.as_array().unwrap().iter().find(|it| it["label"] == clock);
        let edit = &item.unwrap_or_else(|| panic!("{written}: {items}"))["textEdit"];
        assert_eq!(edit["newText"], clock);
        assert_eq!(edit["range"]["start"]["character"], "  use ".len());
    }
    let found = labels(&mut client, &SHOP.replace("@since(version = 1.0.0)", "@|"));
    assert!(found[0].starts_with("since"), "{found:?}");
    let found = labels(
        &mut client,
        &SHOP.replace("interface orders {", "interface orders {\n  |"),
    );
    assert!(
        found.contains(&"record".to_owned()) && !found.contains(&"import".to_owned()),
        "{found:?}"
    );
    let at = client.open(
        "wit/orders.wit",
        &SHOP.replace("total: price", "total: |price"),
    );
    let items = client.ask_at("textDocument/completion", &at, Value::Null);
    let price = items.as_array().unwrap().iter().find(|item| item["label"] == "price").unwrap();
    assert_eq!(price["documentation"]["value"], "An amount.");
}

#[test]
fn symbols_hints_tokens_folds_and_selections_cover_the_file() {
    let mut client = shop();
    let at = client.open("wit/types.wit", &mark(TYPES, "amount", 0));
    let document = json!({ "textDocument": { "uri": at.uri } });
    let symbols = client.ask("textDocument/documentSymbol", document.clone());
    let names = |symbols: &Value| -> Vec<String> {
        let symbols = symbols.as_array().unwrap().iter();
        symbols.map(|symbol| symbol["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&symbols), ["types", "shop"]);
    assert_eq!(names(&symbols[0]["children"]), ["currency", "price"]);
    assert_eq!(names(&symbols[1]["children"]), ["types", "orders"]);
    let found = client.ask("workspace/symbol", json!({ "query": "pri" }));
    assert_eq!(names(&found), ["price"]);
    let range =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": at.uri }, "range": range });
    let hints = client.ask("textDocument/inlayHint", params);
    let label = hints[0]["label"].as_str().unwrap();
    assert!(
        label.starts_with("import types, import monotonic-clock"),
        "{label}"
    );
    let tokens = client.ask("textDocument/semanticTokens/full", document.clone());
    let data = tokens["data"].as_array().unwrap();
    assert_eq!(data.len() % 5, 0);
    // `package`, a keyword, then `shop`, a namespace.
    let legend = &client.capabilities["semanticTokensProvider"]["legend"]["tokenTypes"];
    let kind = |index: usize| legend[data[index * 5 + 3].as_u64().unwrap() as usize].clone();
    assert_eq!((kind(0), kind(1)), ("keyword".into(), "namespace".into()));
    let folds = client.ask("textDocument/foldingRange", document);
    let lines: Vec<_> =
        folds.as_array().unwrap().iter().map(|it| it["startLine"].clone()).collect();
    assert_eq!(lines, [json!(2), json!(8)]);
    let params = json!({
        "textDocument": { "uri": at.uri },
        "positions": [{ "line": at.line, "character": at.character }],
    });
    let selections = client.ask("textDocument/selectionRange", params);
    let mut widths = Vec::new();
    let mut selection = &selections[0];
    while !selection.is_null() {
        let (start, end) = (&selection["range"]["start"], &selection["range"]["end"]);
        widths.push((
            end["line"].as_u64().unwrap() - start["line"].as_u64().unwrap(),
            0,
        ));
        selection = &selection["parent"];
    }
    assert!(widths.len() > 4 && widths.is_sorted(), "{widths:?}");
}

#[test]
fn a_file_and_a_part_of_it_can_be_formatted() {
    let mut client = Client::new(&[], &[]);
    let text = "package a:b;\ninterface i {\n f:func();\n}\ninterface j {\n g:func();\n}\n";
    let at = client.open("a.wit", text);
    let options = json!({ "options": { "tabSize": 8, "insertSpaces": false } });
    let edits = client.ask_at("textDocument/formatting", &at, options.clone());
    let formatted = edited(text, &edits);
    assert!(
        formatted.contains("\n  f: func();\n") && formatted.contains("\n  g: func();\n"),
        "{formatted}"
    );
    let mut params = at.params(options.clone());
    params["range"] =
        json!({ "start": { "line": 5, "character": 0 }, "end": { "line": 5, "character": 3 } });
    let edits = client.ask("textDocument/rangeFormatting", params);
    let formatted = edited(text, &edits);
    assert!(
        formatted.contains("\n f:func();\n") && formatted.contains("\n  g: func();\n"),
        "{formatted}"
    );
    // One with mistakes stays as it is.
    let at = client.open("a.wit", "package a:b;\ninterface {\n");
    assert_eq!(
        client.ask_at("textDocument/formatting", &at, options),
        Value::Null
    );
}

#[test]
fn positions_are_counted_as_the_client_wants() {
    let text = "package a:b;\n// 𝄞 é\ninterface i { /* 𝄞é */ f: func(a: t|); type t = u8; }\n";
    for (encodings, expected, kind) in [
        (&["utf-8", "utf-16"][..], 47, "utf-8"),
        (&["utf-16"], 44, "utf-16"),
        (&[], 44, "utf-16"),
    ] {
        let mut client = Client::new(&[], encodings);
        assert_eq!(client.capabilities["positionEncoding"], kind);
        let mut at = client.open("a.wit", text);
        // The mark counts bytes.
        at.character -= if kind == "utf-8" { 0 } else { 3 };
        let place = client.ask_at("textDocument/definition", &at, Value::Null);
        assert_eq!(place["range"]["start"]["character"], expected, "{kind}");
    }
}
