//! Results as JUnit's XML.

use askama::Template;

use super::super::outcome::{Outcome, Report, Variant};
use crate::template;

#[derive(Template)]
#[template(path = "conform/junit.xml", escape = "none")]
struct Junit {
    subject: String,
    tests: usize,
    failures: usize,
    skipped: usize,
    cases: Vec<Case>,
}

struct Case {
    group: String,
    name: String,
    failure: Option<String>,
    skipped: Option<String>,
}

/// Renders results as JUnit's XML: a test for each variant of a case.
pub fn junit(report: &Report) -> String {
    let cases: Vec<_> = report
        .cases
        .iter()
        .flat_map(|case| {
            case.variants.iter().map(|(variant, outcome)| {
                let may_fail = !case.is_finding();
                test(&case.name, variant, outcome, may_fail)
            })
        })
        .collect();
    template::text(&Junit {
        subject: escaped(&report.subject),
        tests: cases.len(),
        failures: cases.iter().filter(|case| case.failure.is_some()).count(),
        skipped: cases.iter().filter(|case| case.skipped.is_some()).count(),
        cases,
    })
}

fn test(case: &str, variant: &Variant, outcome: &Outcome, may_fail: bool) -> Case {
    let (group, name) = case.split_once('/').unwrap_or(("", case));
    let (failure, skipped) = match outcome {
        Outcome::Pass => (None, None),
        Outcome::Fail(reason) if may_fail => (None, Some(reason)),
        Outcome::Fail(reason) => (Some(reason), None),
        Outcome::NotApplicable(reason) => (None, Some(reason)),
        Outcome::Known { because, .. } => (None, Some(because)),
    };
    Case {
        group: escaped(group),
        name: escaped(&format!("{name} ({variant})")),
        failure: failure.map(|reason| escaped(reason)),
        skipped: skipped.map(|reason| escaped(reason)),
    }
}

/// Escapes text for XML, which has no way to write most control characters.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|char| match char {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\n' | '\t' => char.to_string(),
            char if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') => {
                format!("\\u{{{:x}}}", u32::from(char))
            }
            char => char.to_string(),
        })
        .collect()
}
