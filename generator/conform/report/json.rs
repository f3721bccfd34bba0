//! Results as JSON.

use serde::Serialize;

use super::super::outcome::{CaseResult, Outcome, Report};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Document<'a> {
    subject: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    passed: usize,
    failed: usize,
    known: usize,
    not_applicable: usize,
    notes: &'a [String],
    cases: Vec<Case<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Case<'a> {
    suite: &'static str,
    name: &'a str,
    level: &'static str,
    summary: &'a str,
    quote: &'a str,
    item: &'a str,
    rfc: &'a [String],
    outcome: &'static str,
    variants: Vec<Variant<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Variant<'a> {
    component: &'static str,
    version: &'static str,
    protocol: &'static str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Renders results as JSON.
pub fn json(report: &Report) -> String {
    let document = Document {
        subject: &report.subject,
        version: report.version.as_deref(),
        passed: report.count("pass"),
        failed: report.count("fail"),
        known: report.count("known"),
        not_applicable: report.count("n/a"),
        notes: &report.notes,
        cases: report.cases.iter().map(case).collect(),
    };
    let text = serde_json::to_string_pretty(&document).expect("plain data always serialises");
    format!("{text}\n")
}

fn case(case: &CaseResult) -> Case<'_> {
    let variants = case.variants.iter().map(|(variant, outcome)| Variant {
        component: variant.kind.as_str(),
        version: variant.version.as_str(),
        protocol: variant.protocol.as_str(),
        outcome: outcome.as_str(),
        reason: match outcome {
            Outcome::Pass => None,
            Outcome::Fail(reason) | Outcome::NotApplicable(reason) => Some(reason),
            Outcome::Known { because, .. } => Some(because),
        },
    });
    Case {
        suite: case.suite.as_str(),
        name: &case.name,
        level: case.level.as_str(),
        summary: &case.summary,
        quote: &case.quote.0,
        item: &case.quote.1,
        rfc: &case.rfc,
        outcome: case.outcome().as_str(),
        variants: variants.collect(),
    }
}
