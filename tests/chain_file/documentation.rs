//! The schema, and the page about the file.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::command::findings;
use testkit::golden::assert_golden;
use testkit::root;
use witgen::chain_file::{ChainFile, Scope, schema};

use super::FILE;

#[test]
fn the_schema_is_that_of_the_documentation_and_describes_every_key() {
    assert_golden(&root().join("docs/chain.schema.json"), &schema());
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let documented = fs::read_to_string(root().join("docs/chain-file.md")).unwrap();
    let definitions = schema["$defs"].as_object().unwrap().values();
    for table in definitions.chain([&schema]) {
        for (key, value) in table["properties"].as_object().into_iter().flatten() {
            assert!(
                value["description"].is_string() || value["$ref"].is_string(),
                "{key} has no description"
            );
            let is_documented =
                documented.contains(&format!("`{key}`")) || documented.contains(&format!("[{key}"));
            assert!(is_documented, "docs/chain-file.md has no `{key}`");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let (status, printed) = findings(dir.path(), &["schema", "chain.toml"]);
    assert_eq!(status, 0);
    assert_eq!(printed, witgen::chain_file::schema());
}

/// The schema of editors accepts what the program accepts.
#[test]
fn the_examples_of_the_documentation_fit_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("chain.json", schema).unwrap();
    let compiled = compiler.compile("chain.json", &mut schemas).unwrap();
    let documented = fs::read_to_string(root().join("docs/chain-file.md")).unwrap();
    let examples: Vec<&str> = documented
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(!examples.is_empty());
    for example in examples.iter().copied().chain([FILE]) {
        let value: serde_json::Value = toml::from_str(example).unwrap();
        if let Err(error) = schemas.validate(&value, compiled) {
            panic!("{error}\n{example}");
        }
        if example.contains("[chains.") {
            let text = example.replace("{ file = \"/run/secrets/token\" }", "\"\"");
            ChainFile::parse("chain.toml", &text, &|_| None, Scope::Everything)
                .unwrap_or_else(|error| panic!("{error}"));
        }
    }
}
