//! The codes of all diagnostics, one file per class: what each means, and what to do.
//!
//! A new code is an entry in the file of its class. `witgen explain` shows it, and SARIF describes it.
//! The rules of [`lint`](crate::lint) and [`compat`](crate::compat) have codes of their own, except those
//! that are reported without these too.

use super::Code;

/// Makes a constant of each code, and a list of all in the file.
macro_rules! codes {
    ($class:ident; $($name:ident = $id:literal: $meaning:literal $advice:literal;)*) => {
        use crate::diagnostic::{Class, Code};

        $(
            #[doc = $meaning]
            pub const $name: Code = Code::new($id, Class::$class, $meaning, $advice);
        )*

        pub(super) const CODES: &[Code] = &[$($name,)*];
    };
}

mod configuration;
mod finding;
mod input;
mod internal;
mod registry;
mod system;
mod unsupported;

pub use configuration::*;
pub use finding::*;
pub use input::*;
pub use internal::*;
pub use registry::*;
pub use system::*;
pub use unsupported::*;

/// Returns every code that isn't a rule's alone, by class.
pub fn all() -> impl Iterator<Item = Code> {
    let classes = [
        input::CODES,
        configuration::CODES,
        registry::CODES,
        system::CODES,
        unsupported::CODES,
        finding::CODES,
        internal::CODES,
        &[
            DEAD_LINK,
            MIXED_DEPENDENCY_VERSIONS,
            UNKNOWN_NAME_IN_DOCS,
            UNKNOWN_RULE,
        ],
    ];
    classes.into_iter().flatten().copied()
}

/// A rule of `witgen lint` that `witgen docs` reports too: a link in the documentation leads nowhere.
pub const DEAD_LINK: Code =
    Code::lint("dead-link", include_str!("../../../docs/lint/dead-link.md"));

/// A rule of `witgen lint` that `witgen update` keeps too: a package is there in several versions.
pub const MIXED_DEPENDENCY_VERSIONS: Code = Code::lint(
    "mixed-dependency-versions",
    include_str!("../../../docs/lint/mixed-dependency-versions.md"),
);

/// A rule of `witgen lint` that `witgen docs` reports too: the documentation names an item that doesn't exist.
pub const UNKNOWN_NAME_IN_DOCS: Code = Code::lint(
    "unknown-name-in-docs",
    include_str!("../../../docs/lint/unknown-name-in-docs.md"),
);

/// A rule of `witgen lint` that options are held to too: no rule has this name.
pub const UNKNOWN_RULE: Code = Code::lint(
    "unknown-rule",
    include_str!("../../../docs/lint/unknown-rule.md"),
);
