//! The action as data.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use testkit::root;

#[derive(Debug, Deserialize)]
pub struct Action {
    pub inputs: BTreeMap<String, Input>,
    pub outputs: BTreeMap<String, Output>,
    pub runs: Runs,
}

#[derive(Debug, Deserialize)]
pub struct Input {
    #[serde(default)]
    pub default: String,
}

#[derive(Debug, Deserialize)]
pub struct Output {
    pub value: String,
}

#[derive(Debug, Deserialize)]
pub struct Runs {
    pub steps: Vec<Step>,
}

/// A step: a script, or an action of others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub name: String,
    pub id: Option<String>,
    #[serde(rename = "if")]
    pub condition: Option<String>,
    pub shell: Option<String>,
    pub run: Option<String>,
    pub uses: Option<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub with: BTreeMap<String, String>,
}

pub fn read() -> Action {
    serde_saphyr::from_str(&fs::read_to_string(root().join("action.yml")).unwrap()).unwrap()
}

#[test]
fn scripts_contain_no_text_of_others() {
    let common = fs::read_to_string(root().join("scripts/action/common.sh")).unwrap();
    let action = read();
    let mut used = Vec::new();
    for step in &action.runs.steps {
        let Some(run) = &step.run else { continue };
        assert!(!run.contains("${{"), "{}: {run}", step.name);
        assert_eq!(step.shell.as_deref(), Some("bash"), "{}", step.name);
        let script = run.trim_matches('"').strip_prefix("$GITHUB_ACTION_PATH/").unwrap();
        let text = fs::read_to_string(root().join(script)).unwrap();
        let text = text + &common;
        assert!(!text.contains("${{") && !text.contains("eval "), "{script}");
        // `gh` itself reads the token.
        for name in step.env.keys().filter(|name| *name != "GH_TOKEN") {
            assert!(
                text.contains(&format!("${name}")) || text.contains(&format!("${{{name}")),
                "{script}: {name}"
            );
        }
        used.push(script.to_owned());
    }
    for file in fs::read_dir(root().join("scripts/action")).unwrap() {
        let name = format!("scripts/action/{}", file.unwrap().file_name().display());
        let is_sourced = name.ends_with("/common.sh");
        assert!(is_sourced || used.contains(&name), "no step runs {name}");
    }
}

#[test]
fn actions_of_others_are_named_by_their_commit() {
    for step in read().runs.steps {
        let Some(uses) = step.uses else { continue };
        let (_, commit) = uses.split_once('@').unwrap();
        let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(is_commit, "{uses}");
    }
}
