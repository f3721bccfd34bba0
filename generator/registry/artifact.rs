//! Artifacts: packages and components as bytes, with the metadata that registries show.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use semver::Version;
use serde::Deserialize;
use wasm_metadata::{AddMetadata, AddMetadataField, Metadata as WasmMetadata, Payload, Producers};
use wasmparser::{Validator, WasmFeatures};
use wit_component::DecodedWasm;
use wit_parser::{PackageId, Resolve, WorldId};

use super::Reference;
use super::digest;
use super::oci::manifest::{Interface, WasmConfig};
use crate::compat::Release;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::extern_names::ExternNames;
use crate::limits::Sizes;
use crate::model::tree::summary;
use crate::panics::call;
use crate::source::{self, Features, Package, Source};

/// Metadata of a published package. They become annotations of the OCI image specification, and sections of
/// the encoded package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Metadata {
    /// The authors, or a contact.
    #[serde(alias = "author")]
    pub authors: Option<String>,
    /// A description in a sentence or two.
    pub description: Option<String>,
    /// The licenses: an SPDX expression.
    #[serde(alias = "license")]
    pub licenses: Option<String>,
    /// The URL of the source repository.
    #[serde(alias = "repository")]
    pub source: Option<String>,
    /// The URL of the home page.
    pub homepage: Option<String>,
    /// The revision of the source (default: the current git commit).
    pub revision: Option<String>,
}

/// A package or a component with its name and version.
#[derive(Clone, Debug)]
pub struct Artifact {
    reference: Reference,
    version: Version,
    contents: Vec<u8>,
    exports: Vec<String>,
    imports: Vec<String>,
    annotations: BTreeMap<String, String>,
    /// The programs that encoded it, with their versions.
    tools: BTreeMap<String, String>,
    /// The source of a package; none of a component.
    source: Option<Source>,
}

impl Artifact {
    /// Encodes a WIT package as WebAssembly, with its documentation and its gates. Equal packages become equal
    /// bytes: the revision is not part of them, so that the same WIT from a later commit is the same.
    ///
    /// # Errors
    ///
    /// A package without a version, one that can't be encoded, and invalid metadata.
    pub fn of_package(package: &Package, metadata: &Metadata) -> Result<Self> {
        let name = package.name();
        let place = || Place::argument(package.source().to_string());
        let Some(version) = name.version.clone() else {
            return Err(no_version(name).at(place()).into());
        };
        refuse_large(package)?;
        let resolve = package.resolve();
        let encoding_error = |why: &dyn std::fmt::Display| {
            Diagnostic::error(
                codes::CANNOT_ENCODE,
                format!("`{name}` can't be encoded: {why}"),
            )
            .at(place())
            .help("`witgen inspect` shows what was read; please report this if that is valid")
        };
        // The documentation of the package is the default description.
        let docs = &resolve.packages[package.id()].docs.contents;
        let mut metadata = metadata.clone();
        metadata.description = metadata.description.or(docs.as_deref().map(summary));
        let sections = metadata.sections(&format!("{}:{}", name.namespace, name.name), &version)?;
        let mut tools = tools();
        let contents = call(|| {
            let encoded = wit_component::encode(resolve, package.id(), false)?;
            // Other tools reject an invalid component when they fetch it.
            Validator::new_with_features(WasmFeatures::all()).validate_all(&encoded)?;
            tools.extend(producers(&encoded)?);
            sections.to_wasm(&without_producers(&encoded))
        })
        .map_err(|error| encoding_error(&format!("{error:#}")))?;
        let exports = names_of_package(resolve, package.id());
        Ok(Artifact {
            reference: name.try_into()?,
            annotations: metadata.annotations(&version),
            version,
            contents,
            exports,
            imports: Vec::new(),
            tools,
            source: Some(package.source().clone()),
        })
    }

    /// Returns the artifact of a component or an encoded package, as it is, even if no WIT can describe the component.
    /// The default of `given` is the name and the version in its own metadata.
    ///
    /// # Errors
    ///
    /// Bytes that are no component, and a component without a name or a version.
    pub fn of_wasm(contents: Vec<u8>, given: Option<Reference>) -> Result<Self> {
        let decoded = match source::decode(&contents) {
            Err(failure) if failure.code() == codes::NOT_IN_WIT => None,
            decoded => Some(decoded?),
        };
        let payload = call(|| Payload::from_binary(&contents)).ok();
        let default = WasmMetadata::default();
        let metadata = payload.as_ref().map_or(&default, Payload::metadata);
        let (own, exports, imports) = match &decoded {
            Some(DecodedWasm::WitPackage(resolve, id)) => {
                let own = Reference::try_from(&resolve.packages[*id].name)?;
                // `fetch` rejects a package under another name.
                if let Some(given) = given.as_ref().filter(|given| **given != own) {
                    let message = format!("the file is the package `{own}`, and not `{given}`");
                    return Err(Diagnostic::error(codes::WRONG_PACKAGE, message)
                        .at(Place::argument(format!("--package {given}")))
                        .help("a package's name and version are those in its `package` line")
                        .into());
                }
                (Some(own), names_of_package(resolve, *id), Vec::new())
            }
            Some(DecodedWasm::Component(resolve, world)) => {
                let (exports, imports) = names_of_world(resolve, *world);
                (reference_in(metadata), exports, imports)
            }
            None => {
                let (exports, imports) = names_of_component(&contents)?;
                (reference_in(metadata), exports, imports)
            }
        };
        let is_package = matches!(decoded, Some(DecodedWasm::WitPackage(..)));
        let no_name = || {
            let message = "the component contains no name and version";
            Diagnostic::error(codes::NO_NAME, message)
                .help("pass them: `--package namespace:name@1.0.0`")
        };
        let reference = given.or(own).ok_or_else(no_name)?;
        let version = reference.version().cloned().ok_or_else(|| {
            if is_package {
                no_version(&reference)
            } else {
                no_name()
            }
        })?;
        let annotations = Metadata::from_wasm(metadata).annotations(&version);
        let source = is_package.then(|| Source::Registry {
            name: reference.to_string(),
            contents: contents.as_slice().into(),
        });
        Ok(Artifact {
            reference,
            version,
            contents,
            exports,
            imports,
            annotations,
            tools: tools(),
            source,
        })
    }

    /// Returns its name and version.
    pub fn reference(&self) -> Reference {
        self.reference.with_version(self.version.clone())
    }

    /// Returns its version.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Returns its bytes: a component of the component model.
    pub fn contents(&self) -> &[u8] {
        &self.contents
    }

    /// Returns the digest of its bytes: `sha256:` and hexadecimal digits.
    pub fn digest(&self) -> String {
        digest::sha256(&self.contents)
    }

    /// Returns the annotations of its manifest (OCI image specification, "Pre-Defined Annotation Keys").
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        &self.annotations
    }

    /// Returns the programs that encoded it, with their versions; of a file that was encoded before, only this one.
    pub fn tools(&self) -> &BTreeMap<String, String> {
        &self.tools
    }

    /// Whether it is a WIT package, not a component.
    pub fn is_package(&self) -> bool {
        self.source.is_some()
    }

    /// Loads the package for a comparison, with positions in its source.
    pub(super) fn release(&self) -> Result<Release> {
        let source = self.source.as_ref().expect("only packages are compared");
        Release::load(source, &Features::default())
    }

    /// Returns the configuration that its manifest refers to.
    pub(super) fn config(&self) -> Vec<u8> {
        let config = WasmConfig {
            // The current time would change the bytes of an unchanged package.
            created: "1970-01-01T00:00:00Z".to_owned(),
            architecture: "wasm",
            os: "wasip2",
            layer_digests: [&self.digest()],
            component: Interface {
                exports: &self.exports,
                imports: &self.imports,
            },
        };
        serde_json::to_vec(&config).expect("plain data always serialises")
    }
}

/// Fails for a package with types that are too large for any component.
fn refuse_large(package: &Package) -> Result<()> {
    let resolve = package.resolve();
    let sizes = Sizes::of(resolve);
    let of_package = &resolve.packages[package.id()];
    let interfaces = of_package.interfaces.values().filter_map(|id| sizes.large_interface(*id));
    let worlds = of_package.worlds.values().filter_map(|id| sizes.large_world(*id));
    let Some(large) = interfaces.chain(worlds).next() else {
        return Ok(());
    };
    let place = match package.locate(large.span) {
        Some(position) => position.into(),
        None => Place::argument(package.source().to_string()),
    };
    Err(Diagnostic::error(codes::TYPE_TOO_LARGE, large.text)
        .at(place)
        .help("no component can have this many; a handle to a resource counts as one part")
        .into())
}

/// Returns this program and its version.
fn tools() -> BTreeMap<String, String> {
    BTreeMap::from([("witgen".to_owned(), env!("CARGO_PKG_VERSION").to_owned())])
}

/// Returns the libraries that encoded a package, according to its metadata.
fn producers(package: &[u8]) -> anyhow::Result<Vec<(String, String)>> {
    let producers = Producers::from_wasm(package)?;
    let processed = producers.as_ref().and_then(|producers| producers.get("processed-by"));
    let pairs = processed.iter().flat_map(|field| field.iter());
    Ok(pairs.map(|(name, version)| (name.clone(), version.clone())).collect())
}

/// Removes the section that names the encoding library, so that its next version produces the same bytes.
fn without_producers(package: &[u8]) -> Vec<u8> {
    let mut kept = wasm_encoder::Component::new();
    for payload in wasmparser::Parser::new(0).parse_all(package).flatten() {
        if let wasmparser::Payload::CustomSection(section) = &payload
            && section.name() == "producers"
        {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let data = &package[range.start as usize..range.end as usize];
            kept.section(&wasm_encoder::RawSection { id, data });
        }
    }
    kept.finish()
}

fn no_version(name: &impl std::fmt::Display) -> Diagnostic {
    let message = format!("the package `{name}` has no version to publish it under");
    Diagnostic::error(codes::NO_VERSION, message).help(format!("write `package {name}@0.1.0;`"))
}

impl Metadata {
    /// Reads the metadata of a component.
    fn from_wasm(metadata: &WasmMetadata) -> Self {
        Metadata {
            authors: metadata.authors.as_ref().map(ToString::to_string),
            description: metadata.description.as_ref().map(ToString::to_string),
            licenses: metadata.licenses.as_ref().map(ToString::to_string),
            source: metadata.source.as_ref().map(ToString::to_string),
            homepage: metadata.homepage.as_ref().map(ToString::to_string),
            revision: metadata.revision.as_ref().map(ToString::to_string),
        }
    }

    fn annotations(&self, version: &Version) -> BTreeMap<String, String> {
        let version = version.to_string();
        let pairs = [
            ("version", Some(&version)),
            ("authors", self.authors.as_ref()),
            ("description", self.description.as_ref()),
            ("licenses", self.licenses.as_ref()),
            ("revision", self.revision.as_ref()),
            ("source", self.source.as_ref()),
            ("url", self.homepage.as_ref()),
        ];
        pairs
            .into_iter()
            .filter_map(|(key, value)| {
                Some((format!("org.opencontainers.image.{key}"), value?.clone()))
            })
            .collect()
    }

    /// Returns the metadata sections of an encoded package.
    fn sections(&self, name: &str, version: &Version) -> Result<AddMetadata> {
        fn set<T: std::str::FromStr<Err: std::fmt::Display> + std::fmt::Debug + Clone>(
            key: &str,
            value: Option<&String>,
        ) -> Result<AddMetadataField<T>> {
            let Some(value) = value else {
                return Ok(AddMetadataField::Keep);
            };
            let parsed = call(|| value.parse().map_err(|error: T::Err| anyhow::anyhow!("{error}")));
            parsed.map(AddMetadataField::Set).map_err(|error| {
                let message = format!("`{key}` of the package is not valid: {error}");
                Diagnostic::error(codes::INVALID_METADATA, message)
                    .at(Place::argument(value))
                    .help("`licenses` is an SPDX expression, `source` and `homepage` are addresses")
                    .into()
            })
        }
        let mut add = AddMetadata::default();
        add.name = AddMetadataField::Set(name.to_owned());
        add.authors = set("authors", self.authors.as_ref())?;
        add.description = set("description", self.description.as_ref())?;
        add.licenses = set("licenses", self.licenses.as_ref())?;
        add.source = set("source", self.source.as_ref())?;
        add.homepage = set("homepage", self.homepage.as_ref())?;
        add.version = set("version", Some(&version.to_string()))?;
        Ok(add)
    }
}

/// Returns the name and the version in a component's metadata.
fn reference_in(metadata: &WasmMetadata) -> Option<Reference> {
    let name: Reference = metadata.name.as_ref()?.parse().ok()?;
    let version = metadata.version.as_ref()?.to_string().parse().ok()?;
    Some(name.with_version(version))
}

/// Returns the names of a package's worlds and interfaces, and of the exports of its worlds.
fn names_of_package(resolve: &Resolve, id: PackageId) -> Vec<String> {
    let package = &resolve.packages[id];
    let worlds = package.worlds.values().flat_map(|world| {
        let name = resolve.id_of_name(id, &resolve.worlds[*world].name);
        let (exports, _) = names_of_world(resolve, *world);
        exports.into_iter().chain([name])
    });
    let interfaces = package.interfaces.values().filter_map(|id| resolve.id_of(*id));
    let sorted: BTreeSet<String> = worlds.chain(interfaces).collect();
    sorted.into_iter().collect()
}

/// Returns the names of a component's exported interfaces and of its imports, sorted.
fn names_of_component(component: &[u8]) -> Result<(Vec<String>, Vec<String>)> {
    let names = ExternNames::of(component)?;
    let sorted = |names: BTreeSet<String>| names.into_iter().collect();
    let imports = names.imports.into_iter().map(|import| import.name).collect();
    Ok((sorted(names.exports.into_iter().collect()), sorted(imports)))
}

/// Returns the names of a world's exports and imports, sorted.
fn names_of_world(resolve: &Resolve, id: WorldId) -> (Vec<String>, Vec<String>) {
    let world = &resolve.worlds[id];
    let names = |items: Vec<&wit_parser::WorldKey>| {
        let mut names: Vec<String> = items.iter().map(|key| resolve.name_world_key(key)).collect();
        names.sort();
        names
    };
    (
        names(world.exports.keys().collect()),
        names(world.imports.keys().collect()),
    )
}
