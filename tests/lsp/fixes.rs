//! Fixes of problems.

use serde_json::{Value, json};

use crate::client::{Client, edited};

/// Returns the actions for the problems of a file with this text.
fn actions(client: &mut Client, text: &str) -> Vec<Value> {
    client.open("wit/a.wit", text);
    let diagnostics = client.raw_diagnostics("wit/a.wit");
    let params = json!({
        "textDocument": { "uri": client.uri("wit/a.wit") },
        "range": diagnostics[0]["range"],
        "context": { "diagnostics": diagnostics },
    });
    client.ask("textDocument/codeAction", params).as_array().unwrap().clone()
}

/// Returns the text after the fix with this title.
fn fixed(text: &str, title: &str) -> String {
    let mut client = Client::new(&[("wit/a.wit", text)], &[]);
    let actions = actions(&mut client, text);
    let action = actions.iter().find(|action| action["title"] == title);
    let action = action.unwrap_or_else(|| panic!("{title}\n{actions:#?}"));
    edited(text, &action["edit"]["changes"][client.uri("wit/a.wit")])
}

#[test]
fn names_are_corrected() {
    let text = "package a:b;\n\ninterface i {\n  type price = u8;\n  option: func(a: prise);\n}\n";
    let fixed_once = fixed(text, "Write it as a name: `%option`");
    assert!(fixed_once.contains("  %option: func"), "{fixed_once}");
    let fixed_twice = fixed(&fixed_once, "Replace by `price`");
    assert!(fixed_twice.contains("func(a: price)"), "{fixed_twice}");
}

#[test]
fn a_finding_is_allowed_above_its_line() {
    let text = "package a:b;\r\n\r\ninterface i {\r\n  f: func();\r\n}\r\n";
    let mut client = Client::new(&[("wit/a.wit", text)], &[]);
    let actions = actions(&mut client, text);
    let allow = actions.iter().filter(|it| it["title"] == "Allow `docs-missing` here").nth(2);
    let text = edited(
        text,
        &allow.unwrap()["edit"]["changes"][client.uri("wit/a.wit")],
    );
    assert!(
        text.contains("{\r\n  // witgen-allow docs-missing\r\n  f: func"),
        "{text:?}"
    );
}

#[test]
fn a_missing_gate_gets_the_version_of_the_package() {
    let text = "/// P.
package a:b@1.1.0;

/// I.
@since(version = 1.0.0)
interface door {
  /// O.
  @since(version = 1.0.0)
  open: func();

  /// C.
  @external-id(\"c\")
  close: func();
}
";
    let fixed = fixed(text, "Insert `@since(version = 1.1.0)`");
    let expected = "  /// C.\n  @since(version = 1.1.0)\n  @external-id(\"c\")\n  close";
    assert!(fixed.contains(expected), "{fixed}");
}

#[test]
fn a_gate_older_than_what_the_item_is_in_gets_its_version() {
    let text = "package a:b@1.1.0;
@since(version = 1.1.0)
interface door {
  @since( version = 1.0.0 )
  open: func();
}
";
    let fixed = fixed(text, "Write `@since(version = 1.1.0)`");
    assert!(fixed.contains("@since( version = 1.1.0 )"), "{fixed}");
}

const UNDOCUMENTED: &str = "package a:b@1.0.0;

/// Orders.
interface orders {
  /// The error.
  enum error-code { late, lost }
  /// An order.
  resource order {
    /// Makes one.
    constructor();
    @since(version = 1.0.0)
    place: async func(amount: u32, note: string) -> result<_, error-code>;
  }
}
";

#[test]
fn documentation_that_is_missing_gets_parameters_and_the_error() {
    let title = "Insert documentation to be completed";
    let text = fixed(
        &UNDOCUMENTED.replace("package a", "/// P.\npackage a"),
        title,
    );
    let expected = "    constructor();
    /// TODO: describe the function `place`.
    ///
    /// - `amount`: TODO
    /// - `note`: TODO
    ///
    /// Fails with `error-code` if TODO
    @since(version = 1.0.0)
    place:";
    assert!(text.contains(expected), "{text}");
    let text = fixed(UNDOCUMENTED, title);
    let expected = "/// TODO: describe the package `a:b`.\npackage a:b@1.0.0;";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn documentation_is_continued_with_what_it_lacks() {
    let documented = UNDOCUMENTED
        .replace("package a", "/// P.\npackage a")
        .replace("    @since", "    /// Does it.\n    @since");
    let with_params = fixed(&documented, "Insert the parameters into the documentation");
    let expected = "    /// Does it.
    ///
    /// - `amount`: TODO
    /// - `note`: TODO
    @since";
    assert!(with_params.contains(expected), "{with_params}");
    let title = "Insert when the function fails into the documentation";
    let with_errors = fixed(&with_params, title);
    let expected = "TODO\n    ///\n    /// Fails with `error-code` if TODO\n    @since";
    assert!(with_errors.contains(expected), "{with_errors}");
}
