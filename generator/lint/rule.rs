//! A rule of lint.

use std::fmt;

use super::Level;
use super::allowed::Allowed;
use super::finding::Finding;
use super::subject::Subject;
use crate::diagnostic::Code;

/// A rule.
#[non_exhaustive]
pub struct Rule {
    /// Its name, in kebab case; stable across releases.
    pub id: &'static str,
    /// The topic of the rule.
    pub family: Family,
    /// How much its findings weigh, unless [`Options`](super::Options) change it.
    pub level: Level,
    /// Its page, in Markdown: what it is for, an example of what it finds, and the same mended.
    pub page: &'static str,
    pub(super) check: Check,
}

/// The topics of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Family {
    /// Gates: `@since`, `@unstable`, `@deprecated`.
    Stability,
    /// Names.
    Naming,
    /// Documentation comments.
    Documentation,
    /// The shape of types, functions, interfaces and worlds.
    Design,
    /// Versions of the package and of what it depends on.
    Versions,
    /// Comments that suppress findings.
    Suppression,
}

/// The input of a rule.
#[derive(Clone, Copy)]
pub(super) enum Check {
    Package(fn(&Subject<'_>, &mut Vec<Finding>)),
    /// Comments and options that let findings pass, after all packages' rules.
    Allowed(fn(&Allowed<'_, '_>, &mut Vec<Finding>)),
}

impl Rule {
    /// Returns the code of the rule's findings.
    pub fn code(&self) -> Code {
        Code::lint(self.id, self.page)
    }

    /// Returns the rule's purpose in a sentence: the first paragraph of its page.
    pub fn summary(&self) -> String {
        self.code().summary()
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::Stability => "stability",
            Family::Naming => "naming",
            Family::Documentation => "documentation",
            Family::Design => "design",
            Family::Versions => "versions",
            Family::Suppression => "suppression",
        })
    }
}
