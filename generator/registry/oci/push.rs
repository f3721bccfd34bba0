//! Into a repository: blobs first, and the tag last, so that nothing is under it until all is there.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use super::manifest::{CONFIG, EMPTY, INDEX, LAYER, PAGE, PAGES};
use super::*;
use crate::diagnostic::{Diagnostic, codes};
use crate::registry::artifact::Artifact;

/// The contents of an empty configuration (image specification, "Guidance for an empty descriptor").
const NOTHING: &[u8] = b"{}";

impl Repository {
    /// Uploads an artifact and puts a version's tag on it, which nobody else has put on anything.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from arriving, and other contents that somebody else has published meanwhile.
    /// The tag is on the whole artifact or on nothing of it then.
    pub fn push(&self, artifact: &Artifact) -> Result<Release> {
        let tag = tag::of(artifact.version())?;
        let doing = format!("cannot publish {}", artifact.version());
        let failed = |fault| self.failed(&doing, fault, Some(&tag));
        let config = artifact.config();
        let manifest = artifact_manifest(artifact, &config);
        let bytes = manifest.bytes();

        self.upload(artifact.contents()).map_err(failed)?;
        self.upload(&config).map_err(failed)?;
        // Registries know no "put unless it is there": this keeps the time short in which somebody else's
        // would be replaced, and reading it again afterwards says who was last.
        if let Some((there, _)) = self.manifest(&tag).map_err(failed)? {
            let there = there.wasm().map_err(failed)?.digest.clone();
            if there != manifest.layers[0].digest {
                return Err(self.taken(artifact.version(), &tag, &there).into());
            }
        }
        let put = self.put_manifest(&tag, &bytes);
        let now = match (put, self.manifest(&tag)) {
            // It may have arrived, and only the answer didn't: what is there decides.
            (Err(fault), Ok(None) | Err(_)) => return Err(failed(fault).into()),
            (_, now) => now.map_err(failed)?,
        };
        let Some((there, own)) = now else {
            let message = format!("{doing}: `{}` has taken it, and doesn't have it", self.host);
            return Err(Diagnostic::error(codes::NOT_PUBLISHED, message)
                .at(self.place(&tag))
                .help("run the command again; if it stays like this, the registry is broken")
                .into());
        };
        // The same contents in a manifest of somebody else's are the same version.
        let there = there.wasm().map_err(failed)?.digest.clone();
        if there != manifest.layers[0].digest {
            return Err(self.taken(artifact.version(), &tag, &there).into());
        }
        let release = Release {
            version: artifact.version().clone(),
            digest: manifest.layers[0].digest.clone(),
            size: manifest.layers[0].size,
            manifest: Some(own),
        };
        self.contents(&release)?;
        Ok(release)
    }

    /// Attaches files to a release, as an artifact that refers to it (distribution specification,
    /// "Pushing Manifests with Subject"): the digest of its manifest.
    ///
    /// # Errors
    ///
    /// Whatever keeps them from arriving.
    pub fn attach(
        &self,
        release: &Release,
        artifact: &Artifact,
        files: &[(&str, &str)],
    ) -> Result<String> {
        let tag = tag::of(&release.version)?;
        let failed = |fault| self.failed("cannot attach the pages", fault, Some(&tag));
        let digest = release.manifest.as_deref().unwrap_or(&tag);
        let subject = self.under(digest).map_err(failed)?.unwrap_or_default();
        let layers = files
            .iter()
            .map(|(path, text)| Descriptor::of(text.as_bytes(), PAGE).titled(*path));
        let manifest = Manifest {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            artifact_type: Some(PAGES.to_owned()),
            config: Descriptor::of(NOTHING, EMPTY),
            layers: layers.collect(),
            subject: Some(Descriptor::of(&subject, MANIFEST)),
            annotations: artifact.annotations().clone(),
        };
        let bytes = manifest.bytes();
        let own = digest::of(&bytes);
        self.upload(NOTHING).map_err(failed)?;
        for (_, text) in files {
            self.upload(text.as_bytes()).map_err(failed)?;
        }
        let answer = self.put_manifest(&own, &bytes).map_err(failed)?;
        if answer.field("oci-subject").is_none() {
            self.list_referrer(&digest::of(&subject), &manifest, &bytes)
                .map_err(failed)?;
        }
        Ok(own)
    }

    /// For registries without a list of referrers: the index that clients keep under a tag
    /// (distribution specification, "Referrers Tag Schema").
    fn list_referrer(
        &self,
        subject: &str,
        manifest: &Manifest,
        bytes: &[u8],
    ) -> std::result::Result<(), Fault> {
        let tag = subject.replace(':', "-");
        let unexpected =
            || Fault::Invalid(format!("no index under the tag `{tag}`, where one belongs"));
        // What others have put there stays as it is, with what only they understand.
        let mut index: Value = match self.under(&tag)? {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| unexpected())?,
            None => json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] }),
        };
        let list = index.get_mut("manifests").and_then(Value::as_array_mut);
        let list = list.ok_or_else(unexpected)?;
        let mut own = Descriptor::of(bytes, MANIFEST);
        own.artifact_type = manifest.artifact_type.clone();
        own.annotations = manifest.annotations.clone();
        if list.iter().any(|other| other["digest"] == own.digest) {
            return Ok(());
        }
        list.push(serde_json::to_value(own).expect("plain data always serialises"));
        let bytes = serde_json::to_vec(&index).expect("plain data always serialises");
        self.put(&tag, &bytes, INDEX).map(drop)
    }

    /// Uploads a blob unless it is there. What is uploaded twice is there once: the whole may be tried
    /// again.
    fn upload(&self, contents: &[u8]) -> std::result::Result<(), Fault> {
        let digest = digest::of(contents);
        let url = self.url(&format!("blobs/{digest}"));
        let mut head = Call::get(&url, 0);
        head.method = Method::HEAD;
        match self.call(head) {
            Ok(_) => return Ok(()),
            Err(fault) if fault.is_not_found() => {}
            Err(fault) => return Err(fault),
        }
        let mut pauses = [200, 400].into_iter().map(Duration::from_millis);
        loop {
            match (self.upload_once(contents, &digest), pauses.next()) {
                (Err(fault), Some(pause)) if fault.is_passing() => sleep(pause),
                (uploaded, _) => return uploaded,
            }
        }
    }

    fn upload_once(&self, contents: &[u8], digest: &str) -> std::result::Result<(), Fault> {
        let begin = self.url("blobs/uploads/");
        let answer = self.call(Call::write(Method::POST, &begin, b""))?;
        let location = answer
            .field(header::LOCATION)
            .ok_or_else(|| Fault::Invalid("no address for an upload (`Location`)".to_owned()))?;
        let location = self.absolute(&begin, location)?;
        let joint = if location.contains('?') { '&' } else { '?' };
        let url = format!("{location}{joint}digest={digest}");
        let put = Call::write(Method::PUT, &url, contents)
            .with(header::CONTENT_TYPE, "application/octet-stream");
        self.call(put).map(drop)
    }

    fn put_manifest(&self, reference: &str, bytes: &[u8]) -> std::result::Result<Answer, Fault> {
        self.put(reference, bytes, MANIFEST)
    }

    fn put(
        &self,
        reference: &str,
        bytes: &[u8],
        media_type: &str,
    ) -> std::result::Result<Answer, Fault> {
        let url = self.url(&format!("manifests/{reference}"));
        self.call(Call::write(Method::PUT, &url, bytes).with(header::CONTENT_TYPE, media_type))
    }

    fn place(&self, tag: &str) -> Place {
        Place::argument(format!("{}/{}:{tag}", self.host, self.name))
    }

    fn taken(&self, version: &Version, tag: &str, there: &str) -> Diagnostic {
        let message = format!(
            "somebody else has published other contents as {version} meanwhile: {there} is there now"
        );
        Diagnostic::error(codes::ALREADY_PUBLISHED, message)
            .at(self.place(tag))
            .help("find out who it was; then publish this under a version of its own")
    }
}

fn artifact_manifest(artifact: &Artifact, config: &[u8]) -> Manifest {
    Manifest {
        schema_version: 2,
        media_type: Some(MANIFEST.to_owned()),
        artifact_type: None,
        config: Descriptor::of(config, CONFIG),
        layers: vec![
            Descriptor::of(artifact.contents(), LAYER)
                .titled(format!("{}.wasm", artifact.reference().name())),
        ],
        subject: None,
        annotations: artifact.annotations().clone(),
    }
}
