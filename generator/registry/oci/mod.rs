//! A repository of an OCI registry (OCI distribution specification 1.1): a package, its versions as tags.

use ureq::http::{Method, Uri, header};

use super::fault::Fault;
use super::http::{Answer, Call, Http};
use super::settings;
use super::{Reference, Release, digest, tag};
use crate::diagnostic::{Place, Result};

mod auth;
pub(super) mod manifest;
mod push;

pub(super) use auth::Scope;
use manifest::{Descriptor, MANIFEST, Manifest};

/// A manifest is shorter than this ("Pushing Manifests": registries take 4 MiB at least).
const MAX_MANIFEST: u64 = 4 << 20;
/// A list of tags may run over this many pages.
const MAX_PAGES: usize = 1000;

/// One repository.
pub(super) struct Repository {
    http: Http,
    gate: auth::Gate,
    scheme: &'static str,
    host: String,
    /// `wasi/http`, with the registry's prefix.
    name: String,
}

impl Repository {
    /// The repository of a package; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// A configuration with certificates that are none.
    pub fn new(oci: &settings::Oci, package: &Reference, scope: Scope) -> Result<Self> {
        let name = format!("{}{}/{}", oci.prefix, package.namespace(), package.name());
        let http = Http::new(&oci.manner).map_err(|fault| {
            fault.diagnostic(
                "cannot talk to the registry",
                &oci.host,
                Place::argument(&oci.host),
            )
        })?;
        Ok(Repository {
            http,
            gate: auth::Gate::new(oci, &name, scope),
            scheme: if oci.manner.plain { "http" } else { "https" },
            host: oci.host.clone(),
            name,
        })
    }

    /// What other tools pull: `HOST/wasi/http:0.3.3`.
    pub fn address(&self, version: &semver::Version) -> Result<String> {
        Ok(format!("{}/{}:{}", self.host, self.name, tag::of(version)?))
    }

    /// The versions that are there, in no order; none where there is no repository.
    ///
    /// # Errors
    ///
    /// Whatever keeps the registry from saying so.
    pub fn versions(&self) -> Result<Vec<semver::Version>> {
        let tags = self
            .tags()
            .map_err(|fault| self.failed("cannot list versions", fault, None))?;
        Ok(tags.iter().filter_map(|tag| tag::version(tag)).collect())
    }

    /// A version, if it is there.
    ///
    /// # Errors
    ///
    /// Whatever keeps the registry from saying so, and a manifest that isn't a package's.
    pub fn release(&self, version: &semver::Version) -> Result<Option<Release>> {
        let tag = tag::of(version)?;
        let release = || -> std::result::Result<_, Fault> {
            let Some((manifest, digest)) = self.manifest(&tag)? else {
                return Ok(None);
            };
            let layer = manifest.wasm()?;
            Ok(Some(Release {
                version: version.clone(),
                digest: layer.digest.clone(),
                size: layer.size,
                manifest: Some(digest),
            }))
        };
        let doing = format!("cannot look up {version}");
        release().map_err(|fault| self.failed(&doing, fault, Some(&tag)))
    }

    /// The contents of a release.
    ///
    /// # Errors
    ///
    /// Whatever keeps them from coming, and contents that aren't what the digest says.
    pub fn contents(&self, release: &Release) -> Result<Vec<u8>> {
        let doing = format!("cannot download {}", release.version);
        let tag = tag::of(&release.version)?;
        self.blob(&release.digest, release.size)
            .map_err(|fault| self.failed(&doing, fault, Some(&tag)))
    }

    /// The manifest under a tag, and its digest.
    fn manifest(&self, tag: &str) -> std::result::Result<Option<(Manifest, String)>, Fault> {
        match self.manifest_bytes(tag, MANIFEST)? {
            Some(bytes) => Ok(Some((Manifest::parse(&bytes)?, digest::of(&bytes)))),
            None => Ok(None),
        }
    }

    fn manifest_bytes(
        &self,
        reference: &str,
        media_type: &str,
    ) -> std::result::Result<Option<Vec<u8>>, Fault> {
        let url = self.url(&format!("manifests/{reference}"));
        let call = Call::get(&url, MAX_MANIFEST).with(header::ACCEPT, media_type);
        let answer = match self.call(call) {
            Err(fault) if fault.is_not_found() => return Ok(None),
            answer => answer?,
        };
        if let Some(expected) = answer.field("docker-content-digest")
            && digest::digits(expected).is_some()
        {
            verify(&answer.body, expected)?;
        }
        Ok(Some(answer.body))
    }

    fn blob(&self, digest: &str, size: u64) -> std::result::Result<Vec<u8>, Fault> {
        let url = self.url(&format!("blobs/{digest}"));
        let body = self.call(Call::get(&url, size))?.body;
        verify(&body, digest)?;
        Ok(body)
    }

    fn tags(&self) -> std::result::Result<Vec<String>, Fault> {
        #[derive(serde::Deserialize)]
        struct Page {
            // Some say `null` for none.
            tags: Option<Vec<String>>,
        }
        let mut tags = Vec::new();
        let mut url = self.url("tags/list?n=1000");
        for _ in 0..MAX_PAGES {
            let answer = match self.call(Call::get(&url, MAX_MANIFEST)) {
                Err(fault) if fault.is_not_found() => return Ok(tags),
                answer => answer?,
            };
            let page: Page = serde_json::from_slice(&answer.body)
                .map_err(|error| Fault::Invalid(format!("no list of tags: {error}")))?;
            tags.extend(page.tags.unwrap_or_default());
            match next_page(&answer) {
                Some(next) => url = self.absolute(&next)?,
                None => return Ok(tags),
            }
        }
        Err(Fault::Invalid("a list of tags without end".to_owned()))
    }

    fn call(&self, call: Call<'_>) -> std::result::Result<Answer, Fault> {
        self.gate.accepted(self.gate.send(&self.http, call)?)
    }

    fn url(&self, rest: &str) -> String {
        format!("{}://{}/v2/{}/{rest}", self.scheme, self.host, self.name)
    }

    /// An address that the registry gave, which must lead to itself: it gets our credentials.
    fn absolute(&self, given: &str) -> std::result::Result<String, Fault> {
        let own = format!("{}://{}", self.scheme, self.host);
        if given.starts_with('/') && !given.starts_with("//") {
            return Ok(format!("{own}{given}"));
        }
        let uri: Option<Uri> = given.parse().ok();
        let leads_here = uri.as_ref().is_some_and(|uri| {
            uri.scheme_str() == Some(self.scheme)
                && uri
                    .authority()
                    .is_some_and(|host| host.as_str().eq_ignore_ascii_case(&self.host))
        });
        match leads_here {
            true => Ok(given.to_owned()),
            false => Err(Fault::Redirect(
                "requests that carry credentials to another host".to_owned(),
            )),
        }
    }

    fn failed(
        &self,
        doing: &str,
        fault: Fault,
        tag: Option<&str>,
    ) -> crate::diagnostic::Diagnostic {
        let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        let place = Place::argument(format!("{}/{}{tag}", self.host, self.name));
        fault.diagnostic(doing, &self.host, place)
    }
}

fn verify(contents: &[u8], expected: &str) -> std::result::Result<(), Fault> {
    let found = digest::of(contents);
    match found == expected {
        true => Ok(()),
        false => Err(Fault::WrongDigest {
            expected: expected.to_owned(),
            found,
        }),
    }
}

/// RFC 8288: `Link: </v2/…>; rel="next"`
fn next_page(answer: &Answer) -> Option<String> {
    let link = answer.field(header::LINK)?;
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    parameters.contains("next").then(|| target.to_owned())
}
