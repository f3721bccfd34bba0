//! One change.

use serde::Serialize;

use super::rule::{Rule, known};
use crate::diagnostic::{Diagnostic, Place};

/// The sides that a change breaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Breaks {
    /// Components that were built for the old package: they don't fit the new one.
    pub guest: bool,
    /// Hosts that were built for the old package: components of the new one don't fit them.
    pub host: bool,
    /// Source that uses names of generated code, though components go on to fit.
    pub source: bool,
}

/// How much a change weighs, the heaviest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Weight {
    /// It breaks guests and hosts.
    Both,
    /// It breaks guests.
    Guest,
    /// It breaks hosts.
    Host,
    /// It breaks source only.
    Source,
    /// It breaks nothing.
    Compatible,
    /// It is about documentation only.
    Documentation,
}

/// A change between two packages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The kind of the change.
    pub rule: &'static Rule,
    /// The changed item: `types.error-code.loop-detected`, `proxy`.
    pub item: String,
    /// The change, with the item's name, and why it matters.
    pub message: String,
    /// The sides that the change breaks.
    pub breaks: Breaks,
    /// Where it stood.
    pub old: Option<Place>,
    /// The place of the item.
    pub new: Option<Place>,
}

impl Breaks {
    /// Breaks neither components, hosts nor source.
    pub const NOBODY: Breaks = Breaks {
        guest: false,
        host: false,
        source: false,
    };

    /// Whether anything breaks.
    pub fn any(self) -> bool {
        self.guest || self.host || self.source
    }

    pub(super) fn and(self, other: Breaks) -> Breaks {
        Breaks {
            guest: self.guest || other.guest,
            host: self.host || other.host,
            source: self.source || other.source,
        }
    }
}

impl Change {
    /// Whether something stops working, so that the next version must not be semver-compatible.
    pub fn is_breaking(&self) -> bool {
        match self.weight() {
            Weight::Both | Weight::Guest => true,
            Weight::Host => !self.rule.is_addition,
            Weight::Source | Weight::Compatible | Weight::Documentation => false,
        }
    }

    /// Returns the place of the item, or the old place of a removed one.
    pub fn place(&self) -> Option<&Place> {
        self.new.as_ref().or(self.old.as_ref())
    }

    pub(super) fn new(rule: &'static str, item: impl Into<String>, message: String) -> Self {
        Change {
            rule: known(rule),
            item: item.into(),
            message,
            breaks: Breaks::NOBODY,
            old: None,
            new: None,
        }
    }

    /// A change of an item that remains: `what` has happened to it.
    pub(super) fn about(rule: &'static str, item: impl Into<String>, what: &str) -> Self {
        let item = item.into();
        let message = format!("`{item}`: {what}");
        Change::new(rule, item, message)
    }

    pub(super) fn breaks(mut self, breaks: Breaks) -> Self {
        self.breaks = breaks;
        self
    }

    pub(super) fn at(mut self, old: Option<Place>, new: Option<Place>) -> Self {
        self.old = old;
        self.new = new;
        self
    }

    /// How much it weighs.
    pub fn weight(&self) -> Weight {
        match self.breaks {
            Breaks {
                guest: true,
                host: true,
                ..
            } => Weight::Both,
            Breaks { guest: true, .. } => Weight::Guest,
            Breaks { host: true, .. } => Weight::Host,
            Breaks { source: true, .. } => Weight::Source,
            _ if self.rule.id == "docs-changed" => Weight::Documentation,
            _ => Weight::Compatible,
        }
    }

    /// Returns what the change breaks, in words; `None` if it breaks nothing.
    pub fn effect(&self) -> Option<&'static str> {
        match self.weight() {
            Weight::Both => Some("breaks guests and hosts"),
            Weight::Guest => Some("breaks guests"),
            Weight::Host if self.rule.is_addition => Some("needs newer hosts"),
            Weight::Host => Some("breaks hosts"),
            Weight::Source => Some("breaks source only"),
            Weight::Compatible | Weight::Documentation => None,
        }
    }

    /// The change as a finding: an error if something stops working, a warning if source does, else a note.
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, message) = (self.rule.code(), self.message.clone());
        let finding = match self.weight() {
            _ if self.is_breaking() => Diagnostic::error(code, message),
            Weight::Source => Diagnostic::warning(code, message),
            _ => Diagnostic::note(code, message),
        };
        let places = [&self.new, &self.old].into_iter().flatten();
        let finding = places.cloned().fold(finding, Diagnostic::at);
        match self.weight() {
            Weight::Both => finding.help("breaks guests and hosts that were built before"),
            Weight::Guest => finding.help("breaks guests that were built before"),
            Weight::Host if self.rule.is_addition => {
                finding.help("hosts that were built before can't run components that use it")
            }
            Weight::Host => finding.help("breaks hosts that were built before"),
            Weight::Source => finding.help("breaks source code that uses names of generated code"),
            Weight::Compatible | Weight::Documentation => finding,
        }
    }
}
