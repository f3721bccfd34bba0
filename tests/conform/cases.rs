use std::fs;
use std::path::{Path, PathBuf};

use testkit::golden::assert_golden;
use testkit::root;
use witgen::conform::{self, Case, Suite};

const SUITES: [Suite; 2] = [Suite::Host, Suite::Component];

fn name(suite: Suite) -> &'static str {
    match suite {
        Suite::Host => "host",
        _ => "component",
    }
}

/// The files of all cases, by their paths from the repository.
fn files() -> Vec<String> {
    let folders = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let suites = SUITES.map(|suite| root().join("conformance").join(name(suite)));
    let groups = suites.iter().flat_map(|suite| folders(suite));
    let cases = groups.flat_map(|group| folders(&group));
    let mut files: Vec<_> = cases
        .map(|case| {
            let files = folders(&case);
            assert_eq!(files, [case.join("case.toml")], "a case is one file");
            files[0].strip_prefix(root()).unwrap().display().to_string()
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_case_is_registered() {
    let list: String = files().iter().map(|file| format!("    {file:?},\n")).collect();
    let source = root().join("generator/conform/cases.rs");
    let text = fs::read_to_string(&source).unwrap();
    let (before, _) = text.split_once("files![").unwrap();
    assert_golden(&source, &format!("{before}files![\n{list}];\n"));
}

#[test]
fn every_case_can_be_loaded_and_has_a_mutant() {
    for suite in SUITES {
        for case in conform::cases(suite).unwrap() {
            assert!(!case.mutants.is_empty(), "{} has no mutant", case.name);
            assert!(
                !case.summary.ends_with('.'),
                "{}: {}",
                case.name,
                case.summary
            );
        }
    }
}

#[test]
fn the_schema_is_that_of_the_program() {
    assert_golden(
        &root().join("conformance/case.schema.json"),
        &conform::schema(),
    );
}

#[test]
fn every_case_is_valid_against_the_schema() {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    let schema = serde_json::from_str(&conform::schema()).unwrap();
    compiler.add_resource("case.json", schema).unwrap();
    let schema = compiler.compile("case.json", &mut schemas).unwrap();
    for file in files() {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let value: serde_json::Value = toml::from_str(&text).unwrap();
        if let Err(error) = schemas.validate(&value, schema) {
            panic!("{file}: {error:#}");
        }
    }
}

#[test]
fn the_pages_are_those_of_the_cases() {
    for (name, text) in conform::pages().unwrap() {
        assert_golden(&root().join("docs/conformance").join(name), &text);
    }
}

fn message(text: &str) -> String {
    let path = "conformance/host/fields/x/case.toml";
    let failure = Case::parse(Suite::Host, path, text).unwrap_err();
    failure.to_string()
}

const VALID: &str = "summary = 'x'
level = 'must'
quote = 'The status code.'
item = 'types.response.get-status-code'
[[exchange]]
steps = [{ call = 'fields.new', let = 'f' }]
";

#[test]
fn what_is_wrong_with_a_case_is_shown_at_its_line() {
    assert!(Case::parse(Suite::Host, "a/b/case.toml", VALID).is_ok());
    for (from, to, line, expected) in [
        (
            "level = 'must'",
            "level = 'musst'",
            2,
            "unknown variant `musst`",
        ),
        ("level", "levl", 2, "unknown field `levl`"),
        (
            "'The status code.'",
            "'The status number.'",
            3,
            "the documentation of `types.response.get-status-code` doesn't contain this sentence",
        ),
        (
            "get-status-code",
            "get-status-cod",
            4,
            "did you mean `types.response.get-status-code`?",
        ),
        ("fields.new", "fields.mew", 5, "did you mean `fields.new`?"),
        ("let = 'f'", "lett = 'f'", 6, "unknown field `lett`"),
        (
            "steps =",
            "request = { body = [{ until = 'response-haed' }] }\nsteps =",
            5,
            "there is no event `response-haed`",
        ),
    ] {
        let text = VALID.replacen(from, to, 1);
        assert_ne!(text, VALID);
        let message = message(&text);
        assert!(message.contains(expected), "{to}: {message}");
        let place = format!("conformance/host/fields/x/case.toml:{line}:");
        assert!(message.contains(&place), "{to}: {message}");
    }
}

#[test]
fn a_reworded_sentence_makes_its_cases_fail_to_load() {
    // A quotation that differs in a single word is none.
    let reworded = VALID.replace("The status code.", "A status code.");
    assert!(message(&reworded).contains("quote it as it is there now"));
    // Line breaks are no difference.
    let broken = VALID.replace("'The status code.'", "'''The\n  status code.'''");
    assert!(Case::parse(Suite::Host, "a/b/case.toml", &broken).is_ok());
}
