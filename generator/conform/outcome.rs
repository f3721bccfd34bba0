//! The results of the cases.

use super::case::{Case, Kind, Level, Protocol, Suite, Version};
use crate::diagnostic::Place;

/// The result of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Everything is as expected.
    Pass,
    /// Something isn't: the expected and the actual, as a diff, or why the case could not be run.
    Fail(String),
    /// It fails, and it is known why.
    Known {
        /// Why.
        because: String,
        /// Where the cause is.
        upstream: String,
    },
    /// It doesn't apply to this host or component, with the reason.
    NotApplicable(String),
}

impl Outcome {
    /// Returns the word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail(_) => "fail",
            Outcome::Known { .. } => "known",
            Outcome::NotApplicable(_) => "n/a",
        }
    }
}

/// The combination that a case was run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Variant {
    /// The component.
    pub kind: Kind,
    /// The version in which it is presented.
    pub version: Version,
    /// The protocol of the client.
    pub protocol: Protocol,
}

impl std::fmt::Display for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, protocol) = (self.kind.as_str(), self.protocol.as_str());
        if self.kind == Kind::Wasi02 {
            return write!(f, "{kind} over {protocol}");
        }
        write!(f, "{kind}@{} over {protocol}", self.version.as_str())
    }
}

/// A case with what came of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CaseResult {
    /// Its suite.
    pub suite: Suite,
    /// Its group and its name.
    pub name: String,
    /// What holds.
    pub summary: String,
    /// How binding it is.
    pub level: Level,
    /// The sentence that it tests, and the item that this sentence documents.
    pub quote: (String, String),
    /// Sections that it rests on.
    pub rfc: Vec<String>,
    /// Its file.
    pub place: Place,
    /// Its result for each variant.
    pub variants: Vec<(Variant, Outcome)>,
}

impl CaseResult {
    pub(super) fn new(case: &Case, mut variants: Vec<(Variant, Outcome)>) -> Self {
        variants.sort_by_key(|(variant, _)| *variant);
        CaseResult {
            suite: case.suite,
            name: case.name.clone(),
            summary: case.summary.clone(),
            level: case.level,
            quote: (case.quote.clone(), case.item.clone()),
            rfc: case.rfc.clone(),
            place: case.place.clone(),
            variants,
        }
    }

    /// Returns what came of all variants: a failure if one fails, and else a pass if one passes.
    pub fn outcome(&self) -> &Outcome {
        let of = |word: &str| self.variants.iter().map(|(_, it)| it).find(|it| it.as_str() == word);
        static NOT_RUN: Outcome = Outcome::NotApplicable(String::new());
        let mut words = ["fail", "known", "pass", "n/a"].into_iter();
        words.find_map(of).unwrap_or(&NOT_RUN)
    }

    /// Whether it is a finding: a failure of what must or should be.
    pub fn is_finding(&self) -> bool {
        self.level != Level::May && matches!(self.outcome(), Outcome::Fail(_))
    }

    /// Returns the failures: on what, and why. Variants that fail in the same way are one.
    pub fn failures(&self) -> Vec<(Vec<Variant>, &str)> {
        let mut failures: Vec<(Vec<Variant>, &str)> = Vec::new();
        for (variant, outcome) in &self.variants {
            let Outcome::Fail(reason) = outcome else {
                continue;
            };
            match failures.iter_mut().find(|(_, it)| it == reason) {
                Some((variants, _)) => variants.push(*variant),
                None => failures.push((vec![*variant], reason)),
            }
        }
        failures
    }
}

/// The results of a run.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The tested subject: a host's name, or a component's file.
    pub subject: String,
    /// Its version, if known.
    pub version: Option<String>,
    /// One for each case, by name.
    pub cases: Vec<CaseResult>,
    /// Other observations: hosts that had to be killed, or that left processes behind.
    pub notes: Vec<String>,
    /// Why no case could be run, if that is so: the host doesn't start, or responds to no request.
    pub not_run: Option<String>,
}

impl Report {
    /// Returns how many cases came out so: `pass`, `fail`, `known` or `n/a`.
    pub fn count(&self, word: &str) -> usize {
        self.cases.iter().filter(|case| case.outcome().as_str() == word).count()
    }

    /// Whether anything that must or should be isn't.
    pub fn has_findings(&self) -> bool {
        !self.notes.is_empty() || self.cases.iter().any(CaseResult::is_finding)
    }
}
