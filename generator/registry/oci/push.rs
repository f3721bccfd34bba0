//! Uploads to a repository: blobs first and the tag last, so that a tag never refers to missing blobs.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use super::manifest::{CONFIG_TYPE, EMPTY_TYPE, INDEX_TYPE, LAYER_TYPE};
use super::*;
use crate::diagnostic::{Diagnostic, codes};
use crate::registry::artifact::Artifact;

/// The contents of an empty configuration (image specification, "Guidance for an empty descriptor").
const EMPTY_CONFIG: &[u8] = b"{}";

/// The most bytes of an embedded file: a bundle of Sigstore has about 10,000.
const MAX_EMBEDDED: usize = 64 << 10;

/// The delays before the retries of an upload.
const UPLOAD_RETRY_DELAYS: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(400)];

/// Files that are attached to a release.
pub struct Attachment<'a> {
    /// The name of the files in messages: `pages`.
    pub what: &'a str,
    pub artifact_type: &'a str,
    /// The type of each file.
    pub media_type: &'a str,
    pub annotations: BTreeMap<String, String>,
    /// The files, with their titles.
    pub files: Vec<(&'a str, &'a str)>,
    /// Whether the manifest also contains small files, so that readers need one request less.
    pub is_embedded: bool,
}

impl Repository {
    /// Uploads an artifact and adds the tag of its version, unless the tag exists.
    ///
    /// # Errors
    ///
    /// A request that fails, and other contents that were published in the meantime. The tag then refers to
    /// the complete artifact, or doesn't exist.
    pub fn push(&self, artifact: &Artifact) -> Result<Release> {
        let tag = tag::from_version(artifact.version())?;
        let failure = format!("cannot publish {}", artifact.version());
        let failed = |fault| self.diagnostic(&failure, fault, Some(&tag));
        let config = artifact.config();
        let manifest = artifact_manifest(artifact, &config);
        let bytes = manifest.to_bytes();

        self.upload(artifact.contents()).map_err(failed)?;
        self.upload(&config).map_err(failed)?;
        // Registries can't create a tag only if it is absent. This check narrows the window in which a
        // concurrent upload would be replaced; the read after the upload finds out which upload was last.
        if let Some((published, _)) = self.manifest(&tag).map_err(failed)? {
            let published = published.wasm_layer().map_err(failed)?.digest.clone();
            if published != manifest.layers[0].digest {
                let error = self.already_published(artifact.version(), &tag, &published);
                return Err(error.into());
            }
        }
        let uploaded = self.put_manifest(&tag, &bytes);
        let stored = match (uploaded, self.manifest(&tag)) {
            // The upload may succeed although its response is lost: the stored manifest decides.
            (Err(fault), Ok(None) | Err(_)) => return Err(failed(fault).into()),
            (_, stored) => stored.map_err(failed)?,
        };
        let Some((published, manifest_bytes)) = stored else {
            let message = format!(
                "{failure}: `{}` accepted the upload, but doesn't have it",
                self.host
            );
            return Err(Diagnostic::error(codes::NOT_PUBLISHED, message)
                .at(self.place(&tag))
                .help("run the command again; if the error stays, the registry is broken")
                .into());
        };
        // A different manifest with the same contents is the same version.
        let published = published.wasm_layer().map_err(failed)?.digest.clone();
        if published != manifest.layers[0].digest {
            let error = self.already_published(artifact.version(), &tag, &published);
            return Err(error.into());
        }
        let release = Release {
            version: artifact.version().clone(),
            digest: manifest.layers[0].digest.clone(),
            size: manifest.layers[0].size,
            manifest: Some(digest::sha256(&manifest_bytes)),
            manifest_bytes: Some(manifest_bytes),
        };
        self.contents(&release)?;
        Ok(release)
    }

    /// Attaches files to a release, as an artifact that refers to it (distribution specification,
    /// "Pushing Manifests with Subject"). Returns the digest of the artifact's manifest.
    ///
    /// # Errors
    ///
    /// A request that fails.
    pub fn attach(&self, release: &Release, attachment: &Attachment<'_>) -> Result<String> {
        let tag = tag::from_version(&release.version)?;
        let failure = format!("cannot attach the {}", attachment.what);
        let failed = |fault| self.diagnostic(&failure, fault, Some(&tag));
        let released = release.manifest.as_deref().unwrap_or(&tag);
        let subject = self.manifest_bytes(released).map_err(failed)?.unwrap_or_default();
        let layers = attachment.files.iter().map(|(title, text)| {
            let layer = Descriptor::new(text.as_bytes(), attachment.media_type).with_title(*title);
            if attachment.is_embedded && text.len() <= MAX_EMBEDDED {
                layer.with_data(text.as_bytes())
            } else {
                layer
            }
        });
        let manifest = Manifest {
            schema_version: 2,
            media_type: Some(MANIFEST_TYPE.to_owned()),
            artifact_type: Some(attachment.artifact_type.to_owned()),
            config: Descriptor::new(EMPTY_CONFIG, EMPTY_TYPE),
            layers: layers.collect(),
            subject: Some(Descriptor::new(&subject, MANIFEST_TYPE)),
            annotations: attachment.annotations.clone(),
        };
        let bytes = manifest.to_bytes();
        let digest = digest::sha256(&bytes);
        self.upload(EMPTY_CONFIG).map_err(failed)?;
        for (_, text) in &attachment.files {
            self.upload(text.as_bytes()).map_err(failed)?;
        }
        let response = self.put_manifest(&digest, &bytes).map_err(failed)?;
        if response.header("oci-subject").is_none() {
            self.add_to_referrers_index(&digest::sha256(&subject), &manifest, &bytes)
                .map_err(failed)?;
        }
        Ok(digest)
    }

    /// Adds a manifest to the index of referrers that clients maintain if the registry doesn't (distribution
    /// specification, "Referrers Tag Schema").
    fn add_to_referrers_index(
        &self,
        subject: &str,
        manifest: &Manifest,
        bytes: &[u8],
    ) -> std::result::Result<(), Fault> {
        let tag = subject.replace(':', "-");
        let unexpected =
            || Fault::Invalid(format!("no index under the tag `{tag}`, where one belongs"));
        // Other entries stay as they are, with fields that this program doesn't know.
        let mut index: Value = match self.manifest_bytes(&tag)? {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| unexpected())?,
            None => json!({ "schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [] }),
        };
        let entries = index
            .get_mut("manifests")
            .and_then(Value::as_array_mut)
            .ok_or_else(unexpected)?;
        let mut entry = Descriptor::new(bytes, MANIFEST_TYPE);
        entry.artifact_type = manifest.artifact_type.clone();
        entry.annotations = manifest.annotations.clone();
        if entries.iter().any(|other| other["digest"] == entry.digest) {
            return Ok(());
        }
        entries.push(serde_json::to_value(entry).expect("plain data always serialises"));
        let bytes = serde_json::to_vec(&index).expect("plain data always serialises");
        self.put(&tag, &bytes, INDEX_TYPE).map(drop)
    }

    /// Uploads a blob unless the registry has it. Blobs are stored by digest, so a retry is safe.
    fn upload(&self, contents: &[u8]) -> std::result::Result<(), Fault> {
        let digest = digest::sha256(contents);
        let url = self.url(&format!("blobs/{digest}"));
        let mut head = Request::get(&url, 0);
        head.method = Method::HEAD;
        match self.send(head) {
            Ok(_) => return Ok(()),
            Err(fault) if fault.is_not_found() => {}
            Err(fault) => return Err(fault),
        }
        let mut delays = UPLOAD_RETRY_DELAYS.into_iter();
        loop {
            match (self.upload_once(contents, &digest), delays.next()) {
                (Err(fault), Some(delay)) if fault.is_transient() => sleep(delay),
                (result, _) => return result,
            }
        }
    }

    fn upload_once(&self, contents: &[u8], digest: &str) -> std::result::Result<(), Fault> {
        let start = self.url("blobs/uploads/");
        let response = self.send(Request::write(Method::POST, &start, b""))?;
        let location = response
            .header(header::LOCATION)
            .ok_or_else(|| Fault::Invalid("no address for an upload (`Location`)".to_owned()))?;
        let upload = self.resolve_link(&start, location)?;
        let separator = if upload.contains('?') { '&' } else { '?' };
        let url = format!("{upload}{separator}digest={digest}");
        let put = Request::write(Method::PUT, &url, contents)
            .with_header(header::CONTENT_TYPE, "application/octet-stream");
        self.send(put).map(drop)
    }

    fn put_manifest(&self, reference: &str, bytes: &[u8]) -> std::result::Result<Response, Fault> {
        self.put(reference, bytes, MANIFEST_TYPE)
    }

    fn put(
        &self,
        reference: &str,
        bytes: &[u8],
        media_type: &str,
    ) -> std::result::Result<Response, Fault> {
        let url = self.url(&format!("manifests/{reference}"));
        self.send(
            Request::write(Method::PUT, &url, bytes).with_header(header::CONTENT_TYPE, media_type),
        )
    }

    fn place(&self, tag: &str) -> Place {
        Place::argument(format!("{}/{}:{tag}", self.host, self.name))
    }

    fn already_published(&self, version: &Version, tag: &str, published: &str) -> Diagnostic {
        let message = format!(
            "in the meantime, another publisher has published other contents as {version}: {published}"
        );
        Diagnostic::error(codes::ALREADY_PUBLISHED, message)
            .at(self.place(tag))
            .help("contact that publisher, then publish this with another version")
    }
}

/// Returns the digest of the manifest that an artifact is published with.
pub fn manifest_digest(artifact: &Artifact) -> String {
    digest::sha256(&artifact_manifest(artifact, &artifact.config()).to_bytes())
}

fn artifact_manifest(artifact: &Artifact, config: &[u8]) -> Manifest {
    Manifest {
        schema_version: 2,
        media_type: Some(MANIFEST_TYPE.to_owned()),
        artifact_type: None,
        config: Descriptor::new(config, CONFIG_TYPE),
        layers: vec![
            Descriptor::new(artifact.contents(), LAYER_TYPE)
                .with_title(format!("{}.wasm", artifact.reference().name())),
        ],
        subject: None,
        annotations: artifact.annotations().clone(),
    }
}
