//! Text of others on a terminal: what a package or a component says never moves the cursor, sets the title or changes the
//! direction of the text around it.

use std::fs;

use testkit::home::{self, Home};
use wit_parser::{Docs, Resolve};
use witgen::source::{Features, Source, load};

/// Escape sequences of one byte and of two, a bell, a direction, and separators that a terminal may act on.
const HOSTILE: &str = "Red \u{1b}[31m, \u{9b}2J, \u{7}\u{202e}\u{2028}, \u{61c}end. More `i.nothing` \u{1b}]0;title\u{7}.";

/// What a terminal may act on.
fn acts(c: char) -> bool {
    let is_end_of_line = matches!(c, '\n' | '\t');
    (c.is_control() && !is_end_of_line)
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An encoded package whose documentation is hostile wherever it can be.
fn encoded(version: &str, more: &str) -> Vec<u8> {
    let text = format!(
        "package a:b@{version};\ninterface i {{ enum e {{ x{more} }} f: func(of: e); }}\nworld w {{ import i; }}\n"
    );
    let mut resolve = Resolve::default();
    let package = resolve.push_source("a.wit", &text).unwrap();
    let hostile = || Docs {
        contents: Some(HOSTILE.to_owned()),
    };
    resolve.packages[package].docs = hostile();
    for (_, interface) in resolve.interfaces.iter_mut() {
        interface.docs = hostile();
        interface.functions.values_mut().for_each(|function| function.docs = hostile());
    }
    resolve.types.iter_mut().for_each(|(_, ty)| ty.docs = hostile());
    resolve.worlds.iter_mut().for_each(|(_, world)| world.docs = hostile());
    wit_component::encode(&resolve, package, false).unwrap()
}

#[test]
fn no_command_prints_what_a_terminal_acts_on() {
    let home = Home::new();
    home.write("a.wasm", encoded("1.0.0", ""));
    home.write("b.wasm", encoded("1.0.1", ", y"));
    // What a file is called may be somebody else's choice, too.
    home.write("\u{1b}[31m\u{9b}.wit", "package a:b; interface {");
    let file = "\u{1b}[31m\u{9b}.wit";
    for args in [
        &["inspect", "--wit", "a.wasm"][..],
        &["inspect", "i.f", "--wit", "a.wasm"],
        &["lint", "--wit", "a.wasm"],
        &["docs", "--wit", "a.wasm", "--out", "pages"],
        &["docs", "--wit", "a.wasm", "--out", "pages", "--check"],
        &["docs", "--wit", "b.wasm", "--out", "pages", "--check"],
        &["diff", "a.wasm", "b.wasm"],
        &["publish", "a.wasm", "--dry-run", "--registry", "./registry"],
        &["inspect", "--wit", file],
    ] {
        for format in ["human", "json", "github", "sarif"] {
            let args = [args, &["--format", format, "--color", "never"]].concat();
            let run = home::run(home.command(&home.path(".")).args(&args));
            let said = format!("{}{}", run.stdout, run.stderr);
            let found = said.lines().find(|line| line.contains(acts));
            assert!(found.is_none(), "{args:?}: {found:?}");
        }
    }
    let tree = home.run(&home.path("."), &["inspect", "--wit", "a.wasm"]).printed();
    assert!(tree.contains("Red \\u{1b}[31m, \\u{9b}2J"), "{tree}");
}

#[test]
fn json_has_the_documentation_as_it_is() {
    let home = Home::new();
    let path = home.write("a.wasm", encoded("1.0.0", ""));
    let args = ["inspect", "--wit", "a.wasm", "--format", "json"];
    let text = home.run(&home.path("."), &args).printed();
    let model: serde_json::Value = serde_json::from_str(&text).unwrap();
    let package = load(&Source::Wasm(path), &Features::default()).unwrap();
    let docs = &package.resolve().packages[package.id()].docs.contents;
    assert!(docs.as_deref().unwrap().contains("\u{9b}2J"));
    let has_docs = |value: &serde_json::Value| value["docs"] == docs.as_deref().unwrap();
    assert!(
        model["packages"].as_array().unwrap().iter().any(has_docs),
        "{model:#}"
    );
}

#[test]
fn a_snippet_of_source_shows_no_control_characters() {
    let home = Home::new();
    home.write(
        "a.wit",
        "package a:b;\ninterface i { /* \u{9b}2J */ f: func( }\n",
    );
    let run = home.run(&home.path("."), &["inspect", "--wit", "a.wit"]);
    assert_eq!(run.status, 2);
    assert!(!run.stderr.contains(acts), "{:?}", run.stderr);
    fs::remove_file(home.path("a.wit")).unwrap();
}
