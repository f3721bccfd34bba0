//! For code scanning: SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::slashes::with_slashes;
use super::terminal::printable_json;
use crate::diagnostic::code::REPOSITORY;
use crate::diagnostic::{Code, Diagnostic, Place, Severity};

/// Renders diagnostics as one SARIF log with one run, on one line.
pub fn sarif(diagnostics: &[Diagnostic]) -> String {
    let codes: BTreeMap<_, _> =
        diagnostics.iter().map(|found| (found.code.id(), found.code)).collect();
    let rules: Vec<_> = codes.into_values().map(rule).collect();
    let results: Vec<_> = diagnostics.iter().map(result).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "witgen",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": REPOSITORY,
                "rules": rules,
            } },
            // Without it, readers differ on what a column counts.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    printable_json(&log.to_string())
}

/// The description of a rule in code scanning, shown with its findings.
fn rule(code: Code) -> Value {
    let mut rule = json!({
        "id": code.id(),
        "shortDescription": { "text": code.summary() },
        "fullDescription": { "text": code.description() },
        // Beside an alert, GitHub shows this and follows no address.
        "help": { "text": code.description(), "markdown": code.page() },
    });
    if let Some(address) = code.address() {
        rule["helpUri"] = address.into();
    }
    rule
}

fn result(diagnostic: &Diagnostic) -> Value {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut lines = vec![diagnostic.message.clone()];
    lines.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
    let locations: Vec<_> = diagnostic.places.iter().map(location).collect();
    json!({
        "ruleId": diagnostic.code.id(),
        "level": level,
        "message": { "text": lines.join("\n") },
        "locations": locations,
    })
}

fn location(place: &Place) -> Value {
    match place {
        Place::Source(position) => {
            let (line, column) = position.start_for_people();
            let (end_line, end_column) = position.end_for_people();
            json!({ "physicalLocation": {
                "artifactLocation": { "uri": uri(position.path()) },
                "region": {
                    "startLine": line,
                    "startColumn": column,
                    "endLine": end_line,
                    "endColumn": end_column,
                },
            } })
        }
        Place::Path(path) => json!({ "physicalLocation": {
            "artifactLocation": { "uri": uri(path) },
        } }),
        // There is no file to point at.
        Place::Argument(argument) => json!({ "logicalLocations": [
            { "name": argument, "kind": "parameter" },
        ] }),
    }
}

/// A path as a URI reference (RFC 3986, 4.2): relative stays relative, and what isn't unreserved or
/// a slash is escaped.
fn uri(path: &str) -> String {
    with_slashes(path).bytes().fold(String::new(), |uri, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            uri + char::from(byte).encode_utf8(&mut [0])
        }
        _ => format!("{uri}%{byte:02X}"),
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn a_finding_has_its_rule_its_place_and_its_advice() {
        let finding = Diagnostic::error(codes::INVALID_WIT, "expected `:`")
            .at(Place::source("wit/ä b.wit", "ä\nb", 3..4))
            .at(Place::argument("--wit x"))
            .help("look");
        let log: Value = serde_json::from_str(&sarif(&[finding.clone(), finding])).unwrap();
        let run = &log["runs"][0];
        assert_eq!(
            run["tool"]["driver"]["rules"],
            json!([{
                "id": "invalid-wit",
                "shortDescription": { "text": "The WIT is not valid." },
                "fullDescription": {
                    "text": "The WIT is not valid. Correct it at the place that the message shows.",
                },
                "help": {
                    "text": "The WIT is not valid. Correct it at the place that the message shows.",
                    "markdown": "# invalid-wit\n\nThe WIT is not valid.\n\n\
                                 Correct it at the place that the message shows.\n",
                },
            }])
        );
        assert_eq!(
            run["results"][1],
            json!({
                "ruleId": "invalid-wit",
                "level": "error",
                "message": { "text": "expected `:`\nhelp: look" },
                "locations": [
                    { "physicalLocation": {
                        "artifactLocation": { "uri": "wit/%C3%A4%20b.wit" },
                        "region": { "startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 2 },
                    } },
                    { "logicalLocations": [{ "name": "--wit x", "kind": "parameter" }] },
                ],
            })
        );
    }

    #[test]
    fn no_findings_are_a_log_without_results() {
        let log: Value = serde_json::from_str(&sarif(&[])).unwrap();
        assert_eq!(log["version"], "2.1.0");
        assert_eq!(log["runs"][0]["results"], json!([]));
    }
}
