//! Only `///` and `/** */` document: in the model, on pages, in Rust and in what is published.

use std::fs;

use pretty_assertions::assert_eq;
use proptest::prelude::*;
use testkit::command::witgen;
use testkit::tree::texts;
use witgen::lint::{self, Options};
use witgen::model::{Model, TypeKind, describe};
use witgen::registry::{Artifact, Metadata};
use witgen::source::{Features, Source, load, load_released};

/// Every word of documentation is `yes`, and every word of another comment `no`.
const WIT: &str = "\
// no: a licence
/*no*/
/// yes
package a:b@1.0.0; // no

//// no
/*** no ***/
/**/
interface i { // no
  /** yes */
  record span { // no
    begin: u64, // no: in milliseconds
    /// yes
    // no
    to: u64, /* no */
    /* no /* no */ no */ step: u64,
  } // no

  // f: func(no: string);
  // witgen-allow boolean-pair: no
  // @stabilize-next
  f: func(a: bool, /* no */ b: bool) -> string; // no

  /// yes: \"http://example.com\" // yes
  @external-id(\"//yes\") // no
  enum e { a, /* no */ b }

  flags g {
    /// yes
    read, // no
    write, // no
  }
}

// no
world w {
  // no
  import i; // no
  /// yes
  export run: func(); // no
}
// no
";

/// Returns the package and what it is written as, in a directory with one file for each text.
fn written(texts: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (at, text) in texts.iter().enumerate() {
        fs::write(dir.path().join(format!("{at}.wit")), text).unwrap();
    }
    dir
}

fn model(texts: &[&str]) -> Model {
    let dir = written(texts);
    let source = Source::Directory(dir.path().to_owned());
    describe(&load(&source, &Features::All).unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn only_documentation_comments_document() {
    let model = model(&[WIT]);
    let package = model.package();
    let documented = |docs: &Option<String>| docs.as_deref().map(str::to_owned);
    assert_eq!(documented(&package.docs), Some("yes".to_owned()));
    let interface = &package.interfaces[0];
    assert_eq!(interface.docs, None);
    let TypeKind::Record(fields) = &interface.types[0].kind else {
        panic!("{:?}", interface.types[0]);
    };
    let fields: Vec<_> = fields.iter().map(|field| field.docs.as_deref()).collect();
    assert_eq!(fields, [None, Some("yes"), None]);
    assert_eq!(interface.functions[0].docs, None);
    let docs = interface.types[1].docs.as_deref();
    assert_eq!(docs, Some("yes: \"http://example.com\" // yes"));
    assert_eq!(interface.types[1].external_id.as_deref(), Some("//yes"));
    let text = serde_json::to_string(&model).unwrap();
    for word in text.split(|c: char| !c.is_alphabetic()) {
        assert_ne!(word, "no", "{text}");
    }
}

#[test]
fn neither_pages_nor_glue_show_other_comments() {
    let dir = written(&[WIT]);
    let run = |args: &[&str]| {
        let args = [args, &["--wit", "0.wit"]].concat();
        let (status, stderr) = witgen(dir.path(), &args);
        assert_eq!(status, 0, "{stderr}");
    };
    run(&["docs", "--out", "pages"]);
    run(&["rust", "--guest", "--out", "guest"]);
    let mut shown = texts(&dir.path().join("pages"));
    shown.extend(texts(&dir.path().join("guest")));
    for (path, text) in &shown {
        let is_comment = |line: &&str| line.contains("milliseconds") || line.contains("licence");
        assert_eq!(text.lines().find(is_comment), None, "{path}");
    }
}

#[test]
fn what_is_published_has_no_other_comments() {
    let dir = written(&[WIT]);
    let package = load_released(&Source::Directory(dir.path().to_owned())).unwrap();
    let artifact = Artifact::of_package(&package, &Metadata::default()).unwrap();
    let contents = String::from_utf8_lossy(artifact.contents());
    assert!(contents.contains("http://example.com"));
    assert!(!contents.contains("milliseconds") && !contents.contains("licence"));
}

#[test]
fn each_file_may_have_a_comment_above_its_package_line() {
    let model = model(&[
        "// licence\npackage a:b;\ninterface i {}\n",
        "// licence\n/// Docs.\npackage a:b;\ninterface j {}\n",
    ]);
    assert_eq!(model.package().docs.as_deref(), Some("Docs."));
}

#[test]
fn lint_and_the_model_agree_on_what_is_documented() {
    let text = "\
/// P.
package a:b;
/// I.
interface i {
  //// F.
  f: func();
  /*** G. */
  g: func();
  // H.
  h: func();
  /** J. */
  j: func();
}
";
    let model = model(&[text]);
    let report = lint::run(&model, &Options::default()).unwrap();
    let found: Vec<_> = report
        .diagnostics
        .iter()
        .filter(|found| found.code == "docs-missing")
        .map(|found| {
            (
                found.message.as_str(),
                found.help[0].contains("the comment here"),
            )
        })
        .collect();
    let expected = [
        ("function `i.f` has no documentation", true),
        ("function `i.g` has no documentation", true),
        ("function `i.h` has no documentation", true),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_comment_without_an_end_and_forbidden_characters_are_reported_where_they_are() {
    for (text, message) in [
        ("package a:b;\n/* no", "unterminated block comment"),
        ("package a:b;\n// \u{202e}\n", "bidirectional"),
        ("package a:b;\n/* \u{7} */\n", "Control code"),
    ] {
        let dir = written(&[text]);
        let source = Source::Directory(dir.path().to_owned());
        let error = load(&source, &Features::All).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        assert!(error.contains("0.wit:2:"), "{error}");
    }
}

/// Everything about a package, its positions too.
fn described(text: &str) -> String {
    let dir = written(&[text]);
    let source = Source::Directory(dir.path().to_owned());
    let model = describe(&load(&source, &Features::All).unwrap_or_else(|error| panic!("{error}")));
    serde_json::to_string(&model).unwrap().replace(dir.path().to_str().unwrap(), "")
}

proptest! {
    /// Comments between any two tokens change neither the meaning nor a position.
    #[test]
    fn plain_comments_change_nothing(
        comments in proptest::collection::vec("/\\*[a-z\u{e4} \n]{0,8}\\*/|//[a-z\" ]{0,8}\n", 24)
    ) {
        let tokens = [
            "package a:b;", "interface i {", "record r {", "a: u8,", "b: string,", "}",
            "f:", "func(", "p: r", ")", "->", "list<r>", ";", "}", "world w {", "import i;", "}",
        ];
        let mut commented = String::new();
        let mut blank = String::new();
        for (token, comment) in tokens.iter().zip(comments.iter().cycle()) {
            commented += token;
            commented += comment;
            blank += token;
            for c in comment.chars() {
                blank += &if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) };
            }
        }
        prop_assert_eq!(described(&commented), described(&blank));
    }
}
