//! The rules by which changes are told apart.

use crate::diagnostic::Code;

/// What kind of change it is, and what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// In kebab case, stable across releases: `case-added`.
    pub id: &'static str,
    /// What has happened, in a sentence.
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
    change("package-renamed", "The package has another name."),
    change(
        "dependency-updated",
        "A package that is used has another version of the same line.",
    ),
    addition("world-added", "There is a new world."),
    change("world-removed", "A world is gone."),
    change(
        "world-renamed",
        "A world has another name, and the same imports and exports.",
    ),
    addition("import-added", "A world imports more."),
    change("import-removed", "A world imports less."),
    addition("export-added", "A world exports more."),
    change("export-removed", "A world exports less."),
    change(
        "item-replaced",
        "A world imports or exports something else under the same name.",
    ),
    addition("interface-added", "There is a new interface."),
    change("interface-removed", "An interface is gone."),
    change(
        "interface-renamed",
        "An interface has another name, and the same items.",
    ),
    addition("function-added", "There is a new function."),
    change("function-removed", "A function is gone."),
    change(
        "function-renamed",
        "A function has another name, and the same type.",
    ),
    addition("method-added", "A resource has a new method."),
    change("method-removed", "A method of a resource is gone."),
    addition(
        "static-function-added",
        "A resource has a new static function.",
    ),
    change(
        "static-function-removed",
        "A static function of a resource is gone.",
    ),
    addition(
        "constructor-added",
        "A resource has a constructor that had none.",
    ),
    change(
        "constructor-removed",
        "A resource has no constructor any more.",
    ),
    change(
        "function-kind-changed",
        "A function has become a method, a static function, or neither.",
    ),
    change("parameter-added", "A function takes more."),
    change("parameter-removed", "A function takes less."),
    change("parameter-renamed", "A parameter has another name."),
    change("parameter-type-changed", "A parameter has another type."),
    change(
        "parameters-reordered",
        "A function takes its parameters in another order.",
    ),
    change("result-changed", "A function returns something else."),
    change("async-added", "A function has become async."),
    change("async-removed", "A function is async no more."),
    addition("type-added", "There is a new type."),
    change("type-removed", "A type is gone."),
    change(
        "type-renamed",
        "A type has another name, and the same definition.",
    ),
    change(
        "type-moved",
        "A type is defined elsewhere, and taken from there.",
    ),
    change("type-kind-changed", "A type is of another kind."),
    change("alias-changed", "A name stands for another type."),
    change("field-added", "A record has more fields."),
    change("field-removed", "A record has fewer fields."),
    change("field-renamed", "A field has another name."),
    change("field-type-changed", "A field has another type."),
    change(
        "fields-reordered",
        "A record has its fields in another order.",
    ),
    change("case-added", "A variant or an enum has more cases."),
    change("case-removed", "A variant or an enum has fewer cases."),
    change("case-renamed", "A case has another name."),
    change("case-payload-changed", "A case has another payload."),
    change(
        "cases-reordered",
        "A variant or an enum has its cases in another order.",
    ),
    change("flag-added", "There are more flags."),
    change("flag-removed", "There are fewer flags."),
    change("flag-renamed", "A flag has another name."),
    change("flags-reordered", "Flags are in another order."),
    addition("gate-opened", "An item is there without its feature."),
    change("gate-closed", "An item is there with a feature only."),
    change("gate-changed", "An item is gated by another feature."),
    change(
        "since-changed",
        "An item says that it came with another version.",
    ),
    change("deprecated", "An item is deprecated, or is no more."),
    change("external-id-changed", "An item has another external id."),
    change("docs-changed", "The documentation of an item has changed."),
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

/// The rule of an id that stands in this crate.
pub(super) fn known(id: &'static str) -> &'static Rule {
    rule(id).unwrap_or_else(|| unreachable!("`{id}` stands in the list of rules"))
}
