//! The shape of `witgen.toml`.

use std::collections::BTreeMap;
use std::fmt::Display;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::dependencies::DependencyEntry;
use super::registries::RegistriesTable;
use super::trust::TrustEntry;
use crate::diagnostic::Place;
use crate::registry::Metadata;

/// The outputs and the checks of a WIT package. Paths are relative to this file's directory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "witgen.toml")]
pub(super) struct File {
    /// The WIT package: a directory, a `.wit` file, a `.wasm` file, or a package of a registry (default: the directory `wit`, if
    /// it exists). Without both, glue comes from the built-in package.
    pub wit: Option<String>,
    /// The features whose items outputs contain. Without it, the specification shows the items of all features.
    #[serde(default)]
    pub features: Vec<String>,
    /// Whether outputs contain the items of all features.
    #[serde(default)]
    pub all_features: bool,
    /// The specification: Markdown pages.
    pub docs: Option<Docs>,
    /// Golden files and the test that compares them.
    pub golden: Option<Golden>,
    /// Glue in Rust.
    #[serde(default)]
    #[schemars(with = "Vec<Rust>")]
    pub rust: Vec<Spanned<Rust>>,
    /// The relations between items of the package.
    #[serde(default)]
    #[schemars(with = "Vec<RelationEntry>")]
    pub relation: Vec<Spanned<RelationEntry>>,
    /// The levels of the rules of `witgen lint`, and accepted findings.
    pub lint: Option<Lint>,
    /// The layout of `witgen fmt`.
    #[schemars(with = "Option<Fmt>")]
    pub fmt: Option<Spanned<Fmt>>,
    /// The older version that `check` compares the package with, for breaking changes.
    #[schemars(with = "Option<Baseline>")]
    pub baseline: Option<Spanned<Baseline>>,
    /// The metadata of the published package.
    pub publish: Option<Metadata>,
    /// The settings of `witgen release`.
    #[serde(default)]
    pub release: Release,
    /// The packages that the WIT uses: a requirement for versions, or a directory. `witgen fetch` keeps them in `deps/`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, DependencyEntry>")]
    pub dependencies: BTreeMap<Spanned<String>, Spanned<DependencyEntry>>,
    /// The registries of packages. Entries replace those of wkg's configuration.
    #[serde(default)]
    pub registries: RegistriesTable,
    /// The accepted signers of fetched packages. Without it, witgen accepts all packages of a registry.
    #[serde(default, deserialize_with = "super::trust::entries")]
    #[schemars(with = "Vec<TrustEntry>")]
    pub trust: Vec<Spanned<TrustEntry>>,
    /// The packages of one repository.
    pub workspace: Option<Workspace>,
}

/// The packages of one repository, which `check`, `generate`, `fetch`, `bump`, `release` and `publish --workspace` treat
/// together. A package that one member needs and another defines comes from that member.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Workspace {
    /// The members' directories: each has a `witgen.toml`, a directory `wit`, or `.wit` files.
    #[schemars(with = "Vec<String>")]
    pub members: Vec<Spanned<String>>,
}

/// The specification, as `witgen docs` writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Docs {
    /// The directory of the pages.
    pub out: String,
    /// Whether to write pages of dependencies too, to `deps/`.
    #[serde(default)]
    pub deps: bool,
    /// The address of dependencies' pages, if they aren't written: with `{namespace}`, `{name}`,
    /// `{version}`, `{page}` and `{anchor}`; empty for no links.
    pub deps_url: Option<String>,
    /// The address of lines of the source: with `{file}` and `{line}`; empty for no links (default: the
    /// files, by a relative path).
    pub source_url: Option<String>,
    /// Whether to add the files that mdBook needs.
    #[serde(default)]
    pub book: bool,
    /// Where the book takes Mermaid from: an address, or a path from the book's root.
    pub mermaid: Option<String>,
    /// Whether the index lists the changes since the baseline.
    #[serde(default)]
    pub changes: bool,
    /// The directory of Rust files with examples: regions between `// ANCHOR: NAME` and `// ANCHOR_END: NAME`, where the name is
    /// the anchor of an item, such as `types.request.get-method`.
    pub examples: Option<String>,
}

impl Docs {
    /// Pages in a directory, with the default of every other key.
    pub fn at(out: impl Into<String>) -> Self {
        Docs {
            out: out.into(),
            deps: false,
            deps_url: None,
            source_url: None,
            book: false,
            mermaid: None,
            changes: false,
            examples: None,
        }
    }
}

/// Golden files, as `witgen golden` writes them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Golden {
    /// The directory of the files.
    pub out: String,
    /// Whether to write the Rust test that compares them (default: `true`).
    #[serde(default = "yes")]
    pub test: bool,
}

fn yes() -> bool {
    true
}

impl Golden {
    /// Files in a directory, with the default of every other key.
    pub fn at(out: impl Into<String>) -> Self {
        Golden {
            out: out.into(),
            test: true,
        }
    }
}

/// Glue for one world, as `witgen rust` writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Rust {
    /// The world: `proxy`, `wasi:http/proxy` or `wasi:http/proxy@0.3.1002`; optional if the package has
    /// only one.
    pub world: Option<String>,
    /// The side (default: both, in directories with their names).
    pub side: Option<Side>,
    /// The directory of the module.
    pub out: String,
    /// Whether glue of worlds with `wasi:http` uses types of the crate `http` (default: `true`).
    #[serde(default = "yes")]
    pub http: bool,
    /// The path of the guest's module in its crate, for `export!` (default: `crate::` and the world's name).
    pub module: Option<String>,
    /// The path in Rust of a runtime that the glue shares with other glue: `crate::proxy::runtime` (default: its own
    /// runtime).
    pub runtime: Option<String>,
    /// Traits that records, variants and enums derive if their parts have them: `["serde::Serialize"]`.
    #[serde(default)]
    pub derives: Vec<String>,
    /// Attributes of single types, fields and cases, in guest glue:
    /// `"types.order" = ["#[serde(deny_unknown_fields)]"]`.
    #[serde(default)]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Imported interfaces whose types are in other glue, with the paths of their modules:
    /// `"shop:api/types" = "crate::first::bindings::shop::api::types"`.
    #[serde(default)]
    pub with: BTreeMap<String, String>,
    /// The place in the file.
    #[serde(skip)]
    pub place: Option<Place>,
}

impl Rust {
    /// Glue in a directory, with the default of every other key.
    pub fn at(out: impl Into<String>) -> Self {
        Rust {
            world: None,
            side: None,
            out: out.into(),
            http: true,
            module: None,
            runtime: None,
            derives: Vec::new(),
            attributes: BTreeMap::new(),
            with: BTreeMap::new(),
            place: None,
        }
    }
}

/// A side of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Glue for components.
    Guest,
    /// Glue for hosts.
    Host,
}

/// A property that `check` verifies. It is of one kind: `world`, `extends` and `adds`; or `same-shape`; or
/// `compose` and either `is` or `is-not`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RelationEntry {
    /// The world that extends another.
    pub world: Option<String>,
    /// The extended world: `world` has all of its imports and exports.
    pub extends: Option<String>,
    /// The exact additions of `world`, such as `import origin` (default: any additions).
    pub adds: Option<Vec<String>>,
    /// Interfaces, or functions, that differ only in their names: `handler.handle`.
    pub same_shape: Option<Vec<String>>,
    /// Worlds of the members of a chain, the outermost first.
    pub compose: Option<Vec<String>>,
    /// The targets of next hops, by member and hop, as in `--hop` of `witgen compose`:
    /// `"router.primary" = "service"`. A target is a world, `"host"`, or `"deny"` to reject requests.
    pub hops: Option<BTreeMap<String, String>>,
    /// The world that the chain fits.
    pub is: Option<String>,
    /// The world that the chain doesn't fit. A chain that can't be linked fits no world.
    pub is_not: Option<String>,
}

/// The settings of `witgen release`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct Release {
    /// The changelog, which has an entry for each release.
    pub changelog: String,
    /// The tag of a release, in which `{version}`, `{name}` and `{namespace}` are the package's.
    pub tag: String,
}

impl Default for Release {
    fn default() -> Self {
        Release {
            changelog: "CHANGELOG.md".to_owned(),
            tag: "v{version}".to_owned(),
        }
    }
}

impl Release {
    /// Returns the tag of a version of a package; with `*` as the version, a pattern of all.
    pub fn tag_of(&self, namespace: &str, name: &str, version: impl Display) -> String {
        self.tag
            .replace("{namespace}", namespace)
            .replace("{name}", name)
            .replace("{version}", &version.to_string())
    }
}

/// The layout of `witgen fmt`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Fmt {
    /// The maximum columns of a line with a list, from 40 to 400 (default: 100).
    #[serde(default = "default_width")]
    #[schemars(range(min = 40, max = 400))]
    pub width: usize,
}

fn default_width() -> usize {
    100
}

/// The levels of the rules of `witgen lint`, and accepted findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Lint {
    /// The level of a rule by its id: `"off"`, `"warning"` or `"error"`.
    #[serde(default)]
    pub rules: BTreeMap<String, Level>,
    /// Accepted findings: a rule and an item, `"boolean-pair=types.request.new"`.
    #[serde(default)]
    pub allow: Vec<String>,
    /// The file of accepted findings, as `witgen lint --write-baseline` writes it.
    pub baseline: Option<String>,
    /// Whether warnings fail, too.
    #[serde(default)]
    pub deny_warnings: bool,
}

/// The level of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The rule isn't checked.
    Off,
    /// The findings are warnings, and nothing fails.
    Warning,
    /// The findings are errors.
    Error,
}

/// The older version of the package.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Baseline {
    /// The earlier package: a path, `git:REV:PATH`, or a package of a registry.
    pub package: String,
    /// Changes that fail `check` with every version of the package: `guest`, `host`, `source`, `any`.
    #[serde(default)]
    pub fail_on: Vec<FailOn>,
    /// The place in the file.
    #[serde(skip)]
    pub place: Option<Place>,
}

/// The sides that a change breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Components that were built before the change.
    Guest,
    /// Hosts that were built before the change.
    Host,
    /// Source code that uses the names of generated code.
    Source,
    /// Any of these sides.
    Any,
}
