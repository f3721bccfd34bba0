//! The rules by which changes are told apart.

use crate::diagnostic::Code;

/// A kind of change, with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// In kebab case, stable across releases: `case-added`.
    pub id: &'static str,
    /// The change, in a sentence.
    pub summary: &'static str,
    /// Whether something is there that wasn't.
    pub is_addition: bool,
}

impl Rule {
    /// Returns the code of the changes.
    pub fn code(&self) -> Code {
        Code::change(self.id, self.summary)
    }
}

/// All rules; each has its row in `docs/diff.md`.
pub const RULES: &[Rule] = &[
    change("package-renamed", "The package was renamed."),
    change(
        "version-incompatible",
        "The package moved to a version that is not semver-compatible.",
    ),
    change(
        "dependency-updated",
        "A dependency moved to another, semver-compatible version.",
    ),
    change(
        "dependency-incompatible",
        "A dependency moved to a version that is not semver-compatible.",
    ),
    addition("world-added", "A world was added."),
    change("world-removed", "A world was removed."),
    change(
        "world-renamed",
        "A world was renamed, and has the same imports and exports.",
    ),
    addition("import-added", "A world has another import."),
    change("import-removed", "A world no longer has an import."),
    addition("export-added", "A world has another export."),
    change("export-removed", "A world no longer has an export."),
    change(
        "item-replaced",
        "A world imports or exports something else under the same name.",
    ),
    addition("interface-added", "An interface was added."),
    change("interface-removed", "An interface was removed."),
    change(
        "interface-renamed",
        "An interface was renamed, and has the same items.",
    ),
    addition("function-added", "A function was added."),
    change("function-removed", "A function was removed."),
    change(
        "function-renamed",
        "A function was renamed, and has the same type.",
    ),
    addition("method-added", "A method was added."),
    change("method-removed", "A method was removed."),
    addition("static-function-added", "A static function was added."),
    change("static-function-removed", "A static function was removed."),
    addition("constructor-added", "A constructor was added."),
    change("constructor-removed", "A constructor was removed."),
    change(
        "function-kind-changed",
        "A function changed to or from a method or a static function.",
    ),
    change("parameter-added", "A parameter was added."),
    change("parameter-removed", "A parameter was removed."),
    change("parameter-renamed", "A parameter was renamed."),
    change("parameter-type-changed", "The type of a parameter changed."),
    change("parameters-reordered", "Parameters were reordered."),
    change("result-changed", "The result of a function changed."),
    change("async-added", "A function is now `async`."),
    change("async-removed", "A function is no longer `async`."),
    addition("type-added", "A type was added."),
    change("type-removed", "A type was removed."),
    change(
        "type-renamed",
        "A type was renamed, and has the same definition.",
    ),
    change(
        "type-moved",
        "A type is now defined in another interface, or its resources are.",
    ),
    change("type-kind-changed", "A type is now of another kind."),
    change("alias-changed", "A type alias changed its type."),
    change("field-added", "A field was added."),
    change("field-removed", "A field was removed."),
    change("field-renamed", "A field was renamed."),
    change("field-type-changed", "The type of a field changed."),
    change("fields-reordered", "Fields were reordered."),
    change("case-added", "A case was added."),
    change("case-removed", "A case was removed."),
    change("case-renamed", "A case was renamed."),
    change("case-payload-changed", "The payload of a case changed."),
    change("cases-reordered", "Cases were reordered."),
    change("flag-added", "A flag was added."),
    change("flag-removed", "A flag was removed."),
    change("flag-renamed", "A flag was renamed."),
    change("flags-reordered", "Flags were reordered."),
    addition("gate-opened", "An item is no longer gated by a feature."),
    change("gate-closed", "An item is now gated by a feature."),
    change("gate-changed", "An item is gated by another feature."),
    change("since-changed", "`@since` of an item changed."),
    change("deprecated", "An item was deprecated, or no longer is."),
    change("external-id-changed", "The external id of an item changed."),
    change("docs-changed", "The documentation of an item changed."),
];

const fn change(id: &'static str, summary: &'static str) -> Rule {
    Rule {
        id,
        summary,
        is_addition: false,
    }
}

const fn addition(id: &'static str, summary: &'static str) -> Rule {
    Rule {
        id,
        summary,
        is_addition: true,
    }
}

/// The rule of an id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// Returns the rule with an id of this crate.
pub(super) fn known(id: &'static str) -> &'static Rule {
    rule(id).unwrap_or_else(|| unreachable!("`{id}` is in the list of rules"))
}
