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

/// The outputs of a WIT package, and the properties that are checked. Paths start from this file's folder.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "witgen.toml")]
pub(super) struct File {
    /// The WIT package: a directory, a `.wit` file, a `.wasm` file, or a package of a registry. Without it: `wit`, if there is
    /// such a directory. Glue alone can also be made from the package that witgen ships with, without either.
    pub wit: Option<String>,
    /// Features whose items outputs have. The specification shows all, unless some are named here.
    #[serde(default)]
    pub features: Vec<String>,
    /// Whether outputs have the items of all features.
    #[serde(default)]
    pub all_features: bool,
    /// The specification: Markdown pages.
    pub docs: Option<Docs>,
    /// Golden files and the test that reads them.
    pub golden: Option<Golden>,
    /// Glue in Rust.
    #[serde(default)]
    #[schemars(with = "Vec<Rust>")]
    pub rust: Vec<Spanned<Rust>>,
    /// The relations between items of the package.
    #[serde(default)]
    #[schemars(with = "Vec<RelationEntry>")]
    pub relation: Vec<Spanned<RelationEntry>>,
    /// How the rules of `witgen lint` are applied.
    pub lint: Option<Lint>,
    /// How `witgen fmt` lays out files.
    #[schemars(with = "Option<Fmt>")]
    pub fmt: Option<Spanned<Fmt>>,
    /// The older version that the package is compared with, for breaking changes.
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
    /// Where packages are published. Entries replace those of wkg's configuration.
    #[serde(default)]
    pub registries: RegistriesTable,
    /// The signers of fetched packages that are accepted. Without it, anything that a registry sends is accepted.
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

/// The specification, as `witgen docs` makes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Docs {
    /// The directory of the pages.
    pub out: String,
    /// Whether dependencies get pages too, under `deps/`.
    #[serde(default)]
    pub deps: bool,
    /// Where the pages of dependencies are that have none here: an address with `{namespace}`,
    /// `{name}`, `{version}`, `{page}` and `{anchor}` in it; empty for no links.
    pub deps_url: Option<String>,
    /// Where the lines of the source are: an address with `{file}` and `{line}` in it; empty for no
    /// links. Without it: the files, by a relative path.
    pub source_url: Option<String>,
    /// Whether to add what mdBook needs.
    #[serde(default)]
    pub book: bool,
    /// Where the book takes Mermaid from: an address, or a path from the book's root.
    pub mermaid: Option<String>,
    /// Whether the index lists the changes since the baseline.
    #[serde(default)]
    pub changes: bool,
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
        }
    }
}

/// Golden files, as `witgen golden` makes them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Golden {
    /// The directory of the files.
    pub out: String,
    /// Whether to generate the Rust test that reads them (default: `true`).
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

/// Glue for one world, as `witgen rust` makes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Rust {
    /// The world: `proxy`, `wasi:http/proxy` or `wasi:http/proxy@0.3.1002`; may be left out if there is
    /// one only.
    pub world: Option<String>,
    /// The side; both, in folders of their own, unless one is named.
    pub side: Option<Side>,
    /// The directory of the module.
    pub out: String,
    /// Whether worlds with `wasi:http` get types of the crate `http` (default: `true`).
    #[serde(default = "yes")]
    pub http: bool,
    /// The path of the guest's module in its crate, for `export!` (default: `crate::` and the world's name).
    pub module: Option<String>,
    /// The path in Rust of a runtime that the glue shares with other glue: `crate::proxy::runtime`. Without it, the glue has
    /// its own.
    pub runtime: Option<String>,
    /// Traits that records, variants and enums derive, as far as they can: `["serde::Serialize"]`.
    #[serde(default)]
    pub derives: Vec<String>,
    /// Attributes of single types, of their fields and of their cases, in the guest's glue:
    /// `"types.order" = ["#[serde(deny_unknown_fields)]"]`.
    #[serde(default)]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Imported interfaces whose types other glue has, with the paths of their modules:
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

/// One thing that holds. It is of one kind: `world`, `extends` and `adds`; or `same-shape`; or
/// `compose` and either `is` or `is-not`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RelationEntry {
    /// The world that extends another.
    pub world: Option<String>,
    /// The world that is extended: `world` has everything that it has.
    pub extends: Option<String>,
    /// Exactly what `world` has beyond that: `import origin`. Without it, anything.
    pub adds: Option<Vec<String>>,
    /// Interfaces, or functions, that are equal but for their names: `handler.handle`.
    pub same_shape: Option<Vec<String>>,
    /// Worlds of the members of a chain, the outermost first.
    pub compose: Option<Vec<String>>,
    /// Where next hops of the members lead, by member and hop, as `--hop` of `witgen compose` names them:
    /// `"router.primary" = "service"`; to a component of a world, to the host (`"host"`), or nowhere (`"deny"`).
    pub hops: Option<BTreeMap<String, String>>,
    /// The world that the chain fits.
    pub is: Option<String>,
    /// The world that the chain doesn't fit, or that it can't even be linked to.
    pub is_not: Option<String>,
}

/// The settings of `witgen release`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct Release {
    /// The file that gets an entry for each release.
    pub changelog: String,
    /// The tag of a release: `{version}`, `{name}` and `{namespace}` stand for those of the package.
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

/// How `witgen fmt` lays out files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Fmt {
    /// The number of columns after which lists are broken: 40 to 400, and 100 unless it is given.
    #[serde(default = "default_width")]
    #[schemars(range(min = 40, max = 400))]
    pub width: usize,
}

fn default_width() -> usize {
    100
}

/// How the rules of `witgen lint` are applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Lint {
    /// How much the findings of a rule weigh: `"off"`, `"warning"` or `"error"`, by the rule's id.
    #[serde(default)]
    pub rules: BTreeMap<String, Level>,
    /// Findings that are let pass: a rule and an item, `"boolean-pair=types.request.new"`.
    #[serde(default)]
    pub allow: Vec<String>,
    /// The file of findings that are accepted, as `witgen lint --write-baseline` writes it.
    pub baseline: Option<String>,
    /// Whether warnings fail too.
    #[serde(default)]
    pub deny_warnings: bool,
}

/// How much the findings of a rule weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The rule isn't looked at.
    Off,
    /// Worth a look; nothing fails because of it.
    Warning,
    /// The package is not as it should be.
    Error,
}

/// The older version that the package is compared with.
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
    /// Components that were built before it.
    Guest,
    /// Hosts that were built before it.
    Host,
    /// Source that uses the names of generated code.
    Source,
    /// Any of these.
    Any,
}
