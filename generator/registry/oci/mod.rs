//! A repository of an OCI registry (OCI distribution specification 1.1): a package, its versions as tags.

use std::time::Instant;

use semver::Version;
use ureq::http::{Method, header};
use url::Url;

use super::fault::Fault;
use super::http::{Answer, Call, Http};
use super::settings;
use super::{Reference, Release, digest, tag};
use crate::diagnostic::{Place, Result};

mod auth;
pub(super) mod manifest;
mod push;

pub(super) use auth::Scope;
use manifest::{ACCEPTED, Descriptor, MANIFEST, Manifest};

/// A manifest is shorter than this ("Pushing Manifests": registries take 4 MiB at least).
const MAX_MANIFEST: u64 = 4 << 20;
/// A list of tags may run over this many pages, and have so many versions in it.
const MAX_PAGES: usize = 1000;
const MAX_VERSIONS: usize = 100_000;

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
    pub fn address(&self, version: &Version) -> Result<String> {
        Ok(format!("{}/{}:{}", self.host, self.name, tag::of(version)?))
    }

    /// The versions that are there, in no order; none where there is no repository.
    ///
    /// # Errors
    ///
    /// Whatever keeps the registry from saying so.
    pub fn versions(&self) -> Result<Vec<Version>> {
        self.listed()
            .map_err(|fault| self.failed("cannot list versions", fault, None).into())
    }

    /// A version, if it is there.
    ///
    /// # Errors
    ///
    /// Whatever keeps the registry from saying so, and a manifest that isn't a package's.
    pub fn release(&self, version: &Version) -> Result<Option<Release>> {
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
        release().map_err(|fault| self.failed(&doing, fault, Some(&tag)).into())
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
            .map_err(|fault| self.failed(&doing, fault, Some(&tag)).into())
    }

    /// The manifest under a tag, and its digest.
    fn manifest(&self, tag: &str) -> std::result::Result<Option<(Manifest, String)>, Fault> {
        match self.under(tag)? {
            Some(bytes) => Ok(Some((Manifest::parse(&bytes)?, digest::of(&bytes)))),
            None => Ok(None),
        }
    }

    /// Whatever is under a tag or a digest. All kinds are asked for: to some registries, what is of
    /// another kind isn't there.
    fn under(&self, reference: &str) -> std::result::Result<Option<Vec<u8>>, Fault> {
        let url = self.url(&format!("manifests/{reference}"));
        let call = Call::get(&url, MAX_MANIFEST).with(header::ACCEPT, ACCEPTED);
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

    fn listed(&self) -> std::result::Result<Vec<Version>, Fault> {
        #[derive(serde::Deserialize)]
        struct Page {
            // Some say `null` for none.
            tags: Option<Vec<String>>,
        }
        let begin = Instant::now();
        let mut versions = Vec::new();
        let mut url = self.url("tags/list?n=1000");
        for _ in 0..MAX_PAGES {
            let answer = match self.call(Call::get(&url, MAX_MANIFEST)) {
                Err(fault) if fault.is_not_found() => return Ok(versions),
                answer => answer?,
            };
            let page: Page = serde_json::from_slice(&answer.body)
                .map_err(|error| Fault::Invalid(format!("no list of tags: {error}")))?;
            let tags = page.tags.unwrap_or_default();
            versions.extend(tags.iter().filter_map(|tag| tag::version(tag)));
            let Some(next) = next_page(&answer.fields(header::LINK)) else {
                return Ok(versions);
            };
            let next = self.absolute(&url, &next)?;
            if begin.elapsed() > self.http.longest() {
                return Err(Fault::TooSlow(self.http.longest()));
            }
            if next == url || versions.len() > MAX_VERSIONS {
                break;
            }
            url = next;
        }
        Err(Fault::Invalid("a list of tags without end".to_owned()))
    }

    fn call(&self, call: Call<'_>) -> std::result::Result<Answer, Fault> {
        self.gate.accepted(self.gate.send(&self.http, call)?)
    }

    fn url(&self, rest: &str) -> String {
        format!("{}://{}/v2/{}/{rest}", self.scheme, self.host, self.name)
    }

    /// An address that the registry gave at another, which must lead to itself: it gets our credentials.
    fn absolute(&self, at: &str, given: &str) -> std::result::Result<String, Fault> {
        let leads = || -> std::result::Result<(Url, bool), url::ParseError> {
            let at = Url::parse(at)?;
            let place = at.join(given)?;
            let is_own = place.origin() == at.origin();
            Ok((place, is_own))
        };
        match leads() {
            Ok((place, true)) => Ok(place.into()),
            Ok(_) => Err(Fault::Redirect(
                "requests that carry credentials to another host".to_owned(),
            )),
            Err(error) => Err(Fault::Invalid(format!("no address: {error}"))),
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
fn next_page(links: &str) -> Option<String> {
    let mut links = links.split('<').filter_map(|link| link.split_once('>'));
    let is_next = |parameter: &str| {
        let Some((name, value)) = parameter.split_once('=') else {
            return false;
        };
        name.trim().eq_ignore_ascii_case("rel") && value.trim_matches([' ', '"', ',']) == "next"
    };
    let (target, _) = links.find(|(_, parameters)| parameters.split(';').any(is_next))?;
    Some(target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::next_page;

    #[test]
    fn the_next_page_is_the_one_that_says_so() {
        for (links, next) in [
            (
                "</v2/a/tags/list?n=1&last=b>; rel=\"next\"",
                Some("/v2/a/tags/list?n=1&last=b"),
            ),
            ("</p>; rel=\"prev\", </n>; rel=\"next\"", Some("/n")),
            ("<n?x=1>;rel=next", Some("n?x=1")),
            ("</next>; rel=\"prev\"", None),
            ("", None),
        ] {
            assert_eq!(next_page(links).as_deref(), next, "{links}");
        }
    }
}
