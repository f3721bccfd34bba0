//! Manifests and configurations of WebAssembly packages.
//!
//! OCI image specification 1.1, and the CNCF's "Wasm OCI Artifact layout", which wkg follows.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::super::digest;
use super::super::fault::Fault;
use super::super::secrets;

pub const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
/// The media types that a tag may refer to.
pub const ACCEPTED_TYPES: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";
pub const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";
pub const CONFIG_TYPE: &str = "application/vnd.wasm.config.v0+json";
pub const LAYER_TYPE: &str = "application/wasm";
/// The type of the artifact with a package's specification pages.
pub const PAGES_TYPE: &str = "application/vnd.witgen.docs.v1+json";
pub const PAGE_TYPE: &str = "text/markdown";

pub const TITLE_ANNOTATION: &str = "org.opencontainers.image.title";

/// The most bytes that a component or a package may have.
pub const MAX_CONTENTS: u64 = 512 << 20;

/// A reference to a blob in a manifest, or to a manifest in an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    pub media_type: String,
    pub digest: String,
    pub size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// The contents in base64 (image specification, "Descriptors"), which saves a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

impl Descriptor {
    /// Describes contents.
    pub fn new(contents: &[u8], media_type: &str) -> Self {
        Descriptor {
            media_type: media_type.to_owned(),
            digest: digest::sha256(contents),
            size: contents.len() as u64,
            artifact_type: None,
            annotations: BTreeMap::new(),
            data: None,
        }
    }

    /// Embeds the contents, which are those that it describes.
    pub fn with_data(mut self, contents: &[u8]) -> Self {
        self.data = Some(STANDARD.encode(contents));
        self
    }

    /// Returns the embedded contents; none if there aren't any.
    ///
    /// # Errors
    ///
    /// Data that isn't base64, or doesn't match the digest and the size.
    pub fn embedded(&self) -> Result<Option<Vec<u8>>, Fault> {
        let Some(data) = &self.data else {
            return Ok(None);
        };
        let contents = STANDARD
            .decode(data)
            .map_err(|error| Fault::Invalid(format!("embedded data that isn't base64: {error}")))?;
        if contents.len() as u64 != self.size {
            let found = contents.len();
            let message = format!("{found} embedded bytes, where the size is {}", self.size);
            return Err(Fault::Invalid(message));
        }
        digest::verify(&contents, &self.digest)?;
        Ok(Some(contents))
    }

    /// Adds a title annotation.
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.annotations.insert(TITLE_ANNOTATION.to_owned(), title.into());
        self
    }
}

/// An image manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    pub schema_version: u32,
    #[serde(default)]
    pub media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads a manifest.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let manifest: Manifest = serde_json::from_slice(bytes)
            .map_err(|error| Fault::Invalid(format!("no manifest of a package: {error}")))?;
        if manifest.schema_version != 2 {
            let version = manifest.schema_version;
            return Err(Fault::Invalid(format!("a manifest of version {version}")));
        }
        Ok(manifest)
    }

    /// Returns the only layer, which must be WebAssembly.
    pub fn wasm_layer(&self) -> Result<&Descriptor, Fault> {
        let [layer] = self.layers.as_slice() else {
            let count = self.layers.len();
            return Err(Fault::Invalid(format!(
                "a manifest with {count} layers, where a package has one"
            )));
        };
        if layer.media_type != LAYER_TYPE {
            let found = &layer.media_type;
            return Err(Fault::Invalid(format!(
                "a layer that is `{found}`, not `{LAYER_TYPE}`"
            )));
        }
        // A digest becomes part of messages and of lock files.
        if digest::digits(&layer.digest).is_none() || secrets::is_in_name(&layer.digest) {
            return Err(Fault::Invalid(
                "a layer without a digest of SHA-256".to_owned(),
            ));
        }
        if layer.size > MAX_CONTENTS {
            return Err(Fault::TooLarge(MAX_CONTENTS));
        }
        Ok(layer)
    }

    /// Returns the JSON that is uploaded.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data always serialises")
    }
}

/// The configuration of a WebAssembly artifact.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WasmConfig<'a> {
    pub created: String,
    pub architecture: &'a str,
    pub os: &'a str,
    pub layer_digests: [&'a str; 1],
    pub component: Interface<'a>,
}

/// The imports and exports of a component, or the worlds and interfaces of a package.
#[derive(Serialize)]
pub struct Interface<'a> {
    pub exports: &'a [String],
    pub imports: &'a [String],
}
