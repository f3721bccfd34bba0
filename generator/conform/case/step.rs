//! Steps of the scripted guest, as cases describe them and as the guest reads them.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::hex;

/// A call of the scripted guest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct StepEntry {
    /// The function: `fields.append`. The suite's README.md lists all.
    pub call: Option<String>,
    /// The value that it is a method of.
    pub of: Option<String>,
    /// Its arguments: texts, names of values, numbers, and lists of them.
    pub args: Vec<Argument>,
    /// The names that the results get.
    #[serde(rename = "let")]
    pub names: Names,
    /// The result, or several that are right. Without it, any result but an error is right.
    pub is: Option<Results>,
    /// The result that is wrong; any other one is right.
    pub is_not: Option<String>,
    /// Steps that run beside those that follow.
    pub spawn: Vec<StepEntry>,
    /// Steps that run several times.
    pub repeat: Vec<StepEntry>,
    /// How often.
    pub times: u32,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Argument {
    /// A text, or the name of a value.
    Text(String),
    /// A number.
    Number(i64),
    /// A list.
    List(Vec<Argument>),
    /// Bytes that are no text.
    Bytes {
        /// Their hexadecimal digits.
        hex: String,
    },
}

/// Names for the results of a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// One for each result.
    Several(Vec<String>),
}

impl Default for Names {
    fn default() -> Self {
        Names::Several(Vec::new())
    }
}

/// Results that are right.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Results {
    /// One; `*` is any text.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl StepEntry {
    /// Whether it has to have a certain result.
    pub fn has_expectation(&self) -> bool {
        self.is.is_some() || self.is_not.is_some()
    }
}

impl Results {
    /// Returns all of them.
    pub fn all(&self) -> &[String] {
        match self {
            Results::One(one) => std::slice::from_ref(one),
            Results::Several(several) => several,
        }
    }
}

/// A step in the order in which the guest counts them.
#[derive(Clone, Debug)]
pub struct FlatStep<'a> {
    /// The call as people read it: `fields.append sent b 2`.
    pub shown: String,
    /// The accepted results.
    pub is: Option<&'a Results>,
    /// The result that is wrong.
    pub is_not: Option<&'a str>,
    /// Whether it leaves a line in the report: branches and loops don't.
    pub is_reported: bool,
}

/// Returns the steps in the order in which the guest counts them.
pub fn flatten(steps: &[StepEntry]) -> Vec<FlatStep<'_>> {
    let mut flat = Vec::new();
    push_flat(steps, true, &mut flat);
    flat
}

fn push_flat<'a>(steps: &'a [StepEntry], is_reported: bool, flat: &mut Vec<FlatStep<'a>>) {
    for step in steps {
        flat.push(FlatStep {
            shown: shown(step),
            is: step.is.as_ref(),
            is_not: step.is_not.as_deref(),
            is_reported: is_reported && step.call.is_some(),
        });
        push_flat(&step.spawn, is_reported, flat);
        // A loop has the results of its last turn.
        push_flat(&step.repeat, is_reported, flat);
    }
}

fn shown(step: &StepEntry) -> String {
    let call = step.call.as_deref().unwrap_or(if step.spawn.is_empty() {
        "repeat"
    } else {
        "spawn"
    });
    let mut shown = call.to_owned();
    for word in step.of.iter().cloned().chain(step.args.iter().map(shown_argument)) {
        let _ = write!(shown, " {word}");
    }
    shown
}

fn shown_argument(argument: &Argument) -> String {
    match argument {
        Argument::Text(text) => format!("{text:?}"),
        Argument::Number(number) => number.to_string(),
        Argument::List(list) => {
            let list: Vec<_> = list.iter().map(shown_argument).collect();
            format!("[{}]", list.join(", "))
        }
        Argument::Bytes { hex } => format!("0x{hex}"),
    }
}

/// Returns the script of these steps, as the guest reads it. `fill` replaces placeholders in arguments.
pub fn script(id: &str, steps: &[StepEntry], fill: &dyn Fn(&str) -> String) -> String {
    let mut script = id.to_owned();
    push_script(steps, fill, &mut script);
    script
}

fn push_script(steps: &[StepEntry], fill: &dyn Fn(&str) -> String, script: &mut String) {
    for step in steps {
        script.push(';');
        let names = match &step.names {
            Names::One(one) => std::slice::from_ref(one),
            Names::Several(several) => several,
        };
        if !names.is_empty() {
            let names: Vec<_> = names.iter().map(|name| encoded(name.as_bytes())).collect();
            let _ = write!(script, "{}:", names.join(","));
        }
        if let Some(call) = &step.call {
            script.push_str(call);
            let of = step.of.iter().map(|of| encoded(of.as_bytes()));
            for word in of.chain(step.args.iter().map(|it| word(it, fill))) {
                let _ = write!(script, " {word}");
            }
        } else if step.spawn.is_empty() {
            let _ = write!(script, "repeat {} {}", step.times, count(&step.repeat));
        } else {
            let _ = write!(script, "spawn {}", count(&step.spawn));
        }
        push_script(&step.spawn, fill, script);
        push_script(&step.repeat, fill, script);
    }
}

/// Returns how many steps these are for the guest.
fn count(steps: &[StepEntry]) -> usize {
    let inner = |step: &StepEntry| 1 + count(&step.spawn) + count(&step.repeat);
    steps.iter().map(inner).sum()
}

fn word(argument: &Argument, fill: &dyn Fn(&str) -> String) -> String {
    match argument {
        Argument::Text(text) if text == "-" => text.clone(),
        Argument::Text(text) => encoded(fill(text).as_bytes()),
        Argument::Number(number) => number.to_string(),
        Argument::List(list) => {
            let list: Vec<_> = list.iter().map(|it| word(it, fill)).collect();
            format!("[{}]", list.join("|"))
        }
        Argument::Bytes { hex } => encoded(&hex::decode(hex).unwrap_or_default()),
    }
}

/// Encodes an atom of a script: `%XX` is a byte, and `%-` nothing at all.
fn encoded(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "%-".to_owned();
    }
    bytes.iter().fold(String::new(), |mut text, &byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/?=&+*!'()@<>{}$^`#\"\\".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02x}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Vec<StepEntry> {
        #[derive(Deserialize)]
        struct Steps {
            steps: Vec<StepEntry>,
        }
        toml::from_str::<Steps>(text).unwrap().steps
    }

    #[test]
    fn a_script_counts_the_steps_of_branches_and_loops() {
        let steps = steps(
            r#"steps = [
                { let = "branch", spawn = [{ call = "wait", args = [5] }, { call = "drop", of = "request" }] },
                { repeat = [{ call = "fields.append", of = "f", args = ["a b", ["1", ""]] }], times = 3 },
                { let = ["request", "sent"], call = "request.new", of = "f", args = ["-", "{origin}"] },
            ]"#,
        );
        let fill = |text: &str| text.replace("{origin}", "127.0.0.1:80");
        assert_eq!(
            script("x", &steps, &fill),
            "x;branch:spawn 2;wait 5;drop request;repeat 3 1;fields.append f a%20b [1|%-];request,sent:request.new f - 127.0.0.1%3a80"
        );
        let flat = flatten(&steps);
        assert_eq!(flat.len(), 6);
        assert_eq!(flat[2].shown, "drop request");
        assert!(!flat[0].is_reported && flat[1].is_reported);
    }
}
