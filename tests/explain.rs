//! Codes: each is described, and `witgen explain` knows it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use serde_json::Value;
use witgen::diagnostic::{Class, codes};
use witgen::{compat, explain, lint};

fn witgen(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(assert_cmd::cargo::cargo_bin("witgen"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn every_code_is_in_kebab_case_unique_and_described_in_sentences() {
    let mut ids = BTreeSet::new();
    for code in explain::all() {
        let id = code.id();
        assert!(ids.insert(id), "{id} is registered twice");
        let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        assert!(id.chars().all(is_kebab), "{id}");
        let (summary, description) = (code.summary(), code.description());
        assert!(
            summary.ends_with('.') && !summary.contains('\n'),
            "{id}: {summary}"
        );
        assert!(
            description.starts_with(&summary) && description.len() > summary.len() + 10,
            "{id} says what it means, and not what to do: {description}"
        );
        assert!(code.page().starts_with(&format!("# {id}\n\n")), "{id}");
    }
    assert!(ids.len() > 180, "{}", ids.len());
}

/// Constants of the registry, by name, with the text that registers them.
fn registered() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("generator/diagnostic/codes");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files
        .flat_map(|file| {
            let text = fs::read_to_string(file).unwrap();
            let names = text.lines().filter_map(|line| {
                let line = line.trim_start();
                let constant = || line.strip_prefix("pub const ")?.split_once(": Code =");
                let (name, _) = line.split_once(" = \"").or_else(constant)?;
                let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
                name.chars().all(is_part).then(|| name.to_owned())
            });
            names.collect::<Vec<_>>()
        })
        .collect()
}

/// The source of all crates that report errors, without the registry itself.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let texts = entries.map(|entry| {
        let path = entry.unwrap().path();
        match path.extension().and_then(|it| it.to_str()) {
            _ if path.ends_with("diagnostic/codes") => String::new(),
            None if path.is_dir() => sources(&path),
            Some("rs") => fs::read_to_string(path).unwrap(),
            _ => String::new(),
        }
    });
    texts.collect()
}

#[test]
fn a_code_that_nothing_uses_is_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = sources(&root.join("generator")) + &sources(&root.join("host/src"));
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let used: BTreeSet<_> = text
        .split("codes::")
        .skip(1)
        .map(|after| after.split(|c| !is_word(c)).next().unwrap_or_default())
        .collect();
    let registered = registered();
    assert_eq!(registered.len(), codes::all().count());
    let unused: Vec<_> = registered.iter().filter(|name| !used.contains(name.as_str())).collect();
    assert_eq!(unused, [""; 0], "registered, and used nowhere");
}

#[test]
fn rules_of_lint_and_of_diff_are_among_the_codes() {
    let all: Vec<_> = explain::all().collect();
    let lint: BTreeSet<_> = lint::RULES.iter().map(|rule| rule.id).collect();
    let diff: BTreeSet<_> = compat::RULES.iter().map(|rule| rule.id).collect();
    let of_class = |class| {
        let codes = all.iter().filter(move |code| code.class() == class);
        codes.map(|code| code.id()).collect::<BTreeSet<_>>()
    };
    assert_eq!(of_class(Class::Lint), lint);
    assert_eq!(of_class(Class::Change), diff);
    for rule in lint::RULES {
        assert!(all.contains(&rule.code()), "{}", rule.id);
    }
}

#[test]
fn explain_shows_the_page_of_an_error_of_a_rule_and_of_a_change() {
    let (status, page, stderr) = witgen(&["explain", "unknown-world"]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    assert_eq!(
        page,
        "\
# unknown-world

The package has no world with this name.

Use one of the worlds that the message lists.

input: the command line, WIT or a component is wrong
"
    );
    let (_, page, _) = witgen(&["explain", "internal-error"]);
    assert!(
        page.ends_with("internal: witgen itself is at fault; please report it\n"),
        "{page}"
    );
    let (_, page, _) = witgen(&["explain", "boolean-pair"]);
    assert!(page.ends_with("design; by default: warning\n"), "{page}");
    let (_, page, _) = witgen(&["explain", "case-added"]);
    assert!(page.starts_with("# case-added\n"), "{page}");
}

#[test]
fn an_unknown_code_is_answered_with_the_nearest_one() {
    let (status, _, stderr) = witgen(&["explain", "unknown-wold"]);
    assert_eq!(status, Some(2));
    assert_eq!(
        stderr,
        "\
error[unknown-code]: no code or rule `unknown-wold`
--> explain unknown-wold
 = help: did you mean `unknown-world`?
"
    );
    let (_, _, stderr) = witgen(&["explain", "nonsense"]);
    assert!(
        stderr.contains("`witgen explain --all` lists all codes"),
        "{stderr}"
    );
}

#[test]
fn explain_lists_every_code_under_its_class() {
    let (status, list, _) = witgen(&["explain", "--all"]);
    assert_eq!(status, Some(0));
    let (_, json, _) = witgen(&["explain", "--all", "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), explain::all().count());
    let mut titles = list.lines().filter(|line| line.starts_with(|c: char| c.is_alphabetic()));
    assert_eq!(
        titles.next(),
        Some("input: the command line, WIT or a component is wrong")
    );
    for code in json.as_array().unwrap() {
        let (id, summary) = (
            code["id"].as_str().unwrap(),
            code["summary"].as_str().unwrap(),
        );
        let is_its_line =
            |line: &str| line.starts_with(&format!("  {id} ")) && line.ends_with(summary);
        assert!(list.lines().any(is_its_line), "{id}");
    }
    let (_, _, stderr) = witgen(&["explain"]);
    assert!(stderr.contains("witgen explain --all"), "{stderr}");
}
