//! Artifacts that refer to a manifest (distribution specification, "Listing Referrers").
//!
//! The list is the registry's word, and nothing in it is trusted: it has bounds, what it lists is verified by its digest, and has to
//! name the manifest itself.

use std::panic::resume_unwind;
use std::thread;

use super::*;
use crate::registry::attestations::{self, Referrer};

/// The most artifacts of one kind in a list. Only the first of them are looked at.
const MAX_REFERRERS: usize = 10_000;
/// The most requests at the same time.
const MAX_AT_ONCE: usize = 32;
/// The most pages of a list of referrers.
const MAX_PAGES: usize = 16;
/// The most layers of an artifact that are looked at.
const MAX_LAYERS: usize = 4;
/// The most bytes of a layer.
const MAX_LAYER: u64 = 2 << 20;

impl Repository {
    /// Returns the layers of all artifacts of a type that refer to a manifest. An artifact that can't be read doesn't hide the
    /// others. If a limit is exceeded, the last entry reports this.
    ///
    /// # Errors
    ///
    /// A list that can't be read or has no end.
    pub fn referrers(
        &self,
        version: &Version,
        manifest: &str,
        kind: &str,
    ) -> Result<Vec<Referrer>> {
        let failure = format!("cannot list what is attached to {version}");
        let tag = tag::from_version(version)?;
        let listed = self.list_referrers(manifest, kind);
        let listed = listed.map_err(|fault| self.diagnostic(&failure, fault, Some(&tag)))?;
        let listed_count = listed.len();
        let looked_at = &listed[..listed_count.min(attestations::MAX_COUNT)];
        let start = Instant::now();
        let read = at_the_same_time(looked_at, |descriptor| {
            self.require_time(start)?;
            self.layers(descriptor, manifest, kind)
        });
        let mut found = Vec::new();
        let mut unreadable = Vec::new();
        for (descriptor, read) in looked_at.iter().zip(read) {
            match read {
                Ok(read) => found.extend(read),
                Err(fault) => unreadable.push(self.unreadable(&descriptor.digest, fault)),
            }
        }
        let sizes: Vec<u64> = found.iter().map(|layer| layer.size).collect();
        let within = attestations::within_bounds(&sizes);
        let mut layers = at_the_same_time(&within, |index| {
            let layer = &found[*index];
            let read = layer.embedded().and_then(|embedded| match embedded {
                Some(contents) => Ok(contents),
                None => {
                    self.require_time(start)?;
                    self.download_blob(&layer.digest, layer.size)
                }
            });
            read.map_err(|fault| self.unreadable(&layer.digest, fault))
        });
        layers.extend(unreadable.into_iter().map(Err));
        let cut = (listed_count - looked_at.len()) + (found.len() - within.len());
        if cut > 0 {
            layers.push(Err(attestations::not_read(cut)));
        }
        Ok(layers)
    }

    /// Explains why an artifact or its layer can't be read.
    fn unreadable(&self, digest: &str, fault: Fault) -> String {
        let failure = format!("{} is unreadable", redact(digest));
        let place = Place::argument(&self.host);
        fault.diagnostic(&failure, &self.host, place).message.clone()
    }

    /// Fails if reading takes too long: the registry decides how many artifacts there are.
    fn require_time(&self, start: Instant) -> std::result::Result<(), Fault> {
        let limit = self.client.total_timeout();
        if start.elapsed() > limit {
            return Err(Fault::TotalTimeout(limit));
        }
        Ok(())
    }

    /// Lists artifacts of a type, from the registry's own list or from the index that clients maintain.
    fn list_referrers(
        &self,
        manifest: &str,
        kind: &str,
    ) -> std::result::Result<Vec<Descriptor>, Fault> {
        let encoded =
            percent_encoding::utf8_percent_encode(kind, percent_encoding::NON_ALPHANUMERIC);
        let url = self.url(&format!("referrers/{manifest}?artifactType={encoded}"));
        let is_listed = |descriptor: &Descriptor| match &descriptor.artifact_type {
            Some(artifact_type) => artifact_type == kind,
            None => descriptor.media_type == MANIFEST_TYPE,
        };
        let read = |body: &[u8]| {
            let index: Index = serde_json::from_slice(body)?;
            let listed = index.manifests.into_iter().filter(is_listed);
            Ok(listed.collect::<Vec<_>>())
        };
        let bounds = ListBounds {
            pages: MAX_PAGES,
            entries: MAX_REFERRERS,
        };
        let tag = manifest.replace(':', "-");
        // The index is read at the same time, because registries without the list need both requests.
        let (listed, index) = thread::scope(|scope| {
            let index = scope.spawn(|| self.manifest_bytes(&tag));
            let listed = self.list_within(url, "referrers", &bounds, read);
            (
                listed,
                index.join().unwrap_or_else(|panic| resume_unwind(panic)),
            )
        });
        let listed = match listed {
            // Registries without the list respond in several ways.
            Err(Fault::Status(status)) if matches!(status.code, 400 | 404 | 405 | 501) => {
                Vec::new()
            }
            listed => listed?,
        };
        if !listed.is_empty() {
            return Ok(listed);
        }
        let Some(index) = index? else {
            return Ok(Vec::new());
        };
        let listed = read(&index)
            .map_err(|error| Fault::Invalid(format!("no index under the tag `{tag}`: {error}")))?;
        if listed.len() > MAX_REFERRERS {
            return Err(too_many());
        }
        Ok(listed)
    }

    /// Returns the layers that an artifact names, which has to be of this type and refer to this manifest.
    fn layers(
        &self,
        descriptor: &Descriptor,
        subject: &str,
        kind: &str,
    ) -> std::result::Result<Vec<Descriptor>, Fault> {
        if digest::digits(&descriptor.digest).is_none() {
            return Err(Fault::Invalid(
                "the list has no SHA-256 digest for it".to_owned(),
            ));
        }
        let missing = || Fault::Invalid("the registry lists it, and doesn't have it".to_owned());
        let bytes = self.manifest_bytes(&descriptor.digest)?.ok_or_else(missing)?;
        digest::verify(&bytes, &descriptor.digest)?;
        let artifact = Manifest::parse(&bytes)?;
        let artifact_type = artifact.artifact_type.as_ref().unwrap_or(&artifact.config.media_type);
        if artifact_type != kind {
            return match descriptor.artifact_type {
                // The list didn't say what it is.
                None => Ok(Vec::new()),
                Some(_) => Err(Fault::Invalid(format!("it is a `{artifact_type}`"))),
            };
        }
        if artifact.subject.as_ref().is_none_or(|it| it.digest != subject) {
            return Err(Fault::Invalid("it refers to another manifest".to_owned()));
        }
        if artifact.layers.len() > MAX_LAYERS {
            let count = artifact.layers.len();
            return Err(Fault::Invalid(format!(
                "{count} layers, and at most {MAX_LAYERS} are allowed"
            )));
        }
        let layers = artifact.layers.into_iter().map(|layer| {
            if digest::digits(&layer.digest).is_none() {
                return Err(Fault::Invalid(
                    "a layer without a digest of SHA-256".to_owned(),
                ));
            }
            if layer.size > MAX_LAYER {
                return Err(Fault::TooLarge(MAX_LAYER));
            }
            Ok(layer)
        });
        layers.collect()
    }
}

/// Calls a function for all items, for several at the same time, and returns the results in the order of the items.
fn at_the_same_time<T: Sync, R: Send>(items: &[T], call: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let call = &call;
    let mut results = Vec::with_capacity(items.len());
    for chunk in items.chunks(MAX_AT_ONCE) {
        thread::scope(|scope| {
            let start = |item| scope.spawn(move || call(item));
            let threads: Vec<_> = chunk.iter().map(start).collect();
            let threads = threads.into_iter();
            results
                .extend(threads.map(|it| it.join().unwrap_or_else(|panic| resume_unwind(panic))));
        });
    }
    results
}

/// A list of manifests.
#[derive(serde::Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

fn too_many() -> Fault {
    Fault::Invalid(format!("more than {MAX_REFERRERS} referrers of one kind"))
}
