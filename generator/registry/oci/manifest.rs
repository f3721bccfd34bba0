//! Manifests and configurations, as far as packages of WebAssembly need them.
//!
//! OCI image specification 1.1, and the CNCF's "Wasm OCI Artifact layout", which wkg follows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::digest;
use super::super::fault::Fault;

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// What may be under a tag.
pub const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub const CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub const LAYER: &str = "application/wasm";
/// What the specification pages are, attached to a package.
pub const PAGES: &str = "application/vnd.witgen.docs.v1+json";
pub const PAGE: &str = "text/markdown";

pub const TITLE: &str = "org.opencontainers.image.title";

/// A component or a package may be this long, in bytes.
pub const MAX_CONTENTS: u64 = 512 << 20;

/// What a manifest says of one blob, or an index of one manifest.
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
}

impl Descriptor {
    pub fn of(contents: &[u8], media_type: &str) -> Self {
        Descriptor {
            media_type: media_type.to_owned(),
            digest: digest::of(contents),
            size: contents.len() as u64,
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }

    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.annotations.insert(TITLE.to_owned(), title.into());
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

    /// The one layer that is WebAssembly.
    pub fn wasm(&self) -> Result<&Descriptor, Fault> {
        let [layer] = self.layers.as_slice() else {
            let count = self.layers.len();
            return Err(Fault::Invalid(format!(
                "a manifest with {count} layers, where a package has one"
            )));
        };
        if layer.media_type != LAYER {
            let found: String = layer.media_type.chars().take(100).collect();
            return Err(Fault::Invalid(format!(
                "a layer that is `{found}`, not `{LAYER}`"
            )));
        }
        if digest::digits(&layer.digest).is_none() {
            return Err(Fault::Invalid(
                "a layer without a digest of SHA-256".to_owned(),
            ));
        }
        if layer.size > MAX_CONTENTS {
            return Err(Fault::TooLarge(MAX_CONTENTS));
        }
        Ok(layer)
    }

    pub fn bytes(&self) -> Vec<u8> {
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

/// The imports and exports of a component, or what a package has.
#[derive(Serialize)]
pub struct Interface<'a> {
    pub exports: &'a [String],
    pub imports: &'a [String],
}
