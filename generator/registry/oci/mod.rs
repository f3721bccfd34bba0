//! A repository of an OCI registry (OCI distribution specification 1.1): a package, its versions as tags.

use std::time::Instant;

use semver::Version;
use ureq::http::{Method, header};
use url::Url;

use super::fault::Fault;
use super::http::{HttpClient, Request, Response};
use super::release::Release;
use super::secrets::{self, redact};
use super::settings;
use super::{Reference, digest, tag};
use crate::diagnostic::{Place, Result};

mod auth;
pub(super) mod manifest;
mod push;
mod referrers;

pub(super) use auth::Scope;
use manifest::{ACCEPTED_TYPES, Descriptor, MANIFEST_TYPE, Manifest};
pub(super) use push::{Attachment, manifest_digest};

/// The most bytes of a manifest ("Pushing Manifests": registries accept at least 4 MiB).
const MAX_MANIFEST: u64 = 4 << 20;
/// The most pages of a list of tags or repositories.
const MAX_LIST_PAGES: usize = 1000;
/// The most versions or packages in such a list.
const MAX_LIST_ENTRIES: usize = 100_000;

/// How long a list may be.
struct ListBounds {
    pages: usize,
    entries: usize,
}

/// One repository.
pub(super) struct Repository {
    client: HttpClient,
    auth: auth::Authenticator,
    scheme: &'static str,
    host: String,
    /// The name with the registry's prefix: `wasi/http`.
    name: String,
}

impl Repository {
    /// Returns the repository of a package, without any request.
    ///
    /// # Errors
    ///
    /// A configuration with invalid certificates.
    pub fn new(oci: &settings::Oci, package: &Reference, scope: Scope) -> Result<Self> {
        let name = format!("{}{}/{}", oci.prefix, package.namespace(), package.name());
        let client = HttpClient::new(&oci.http).map_err(|fault| {
            fault.diagnostic(
                "cannot talk to the registry",
                &oci.host,
                Place::argument(&oci.host),
            )
        })?;
        Ok(Repository {
            client,
            auth: auth::Authenticator::new(oci, &name, scope),
            scheme: if oci.http.insecure_http {
                "http"
            } else {
                "https"
            },
            host: oci.host.clone(),
            name,
        })
    }

    /// Lists the packages of a registry; none if it doesn't list its repositories, as many don't.
    ///
    /// # Errors
    ///
    /// A request that fails otherwise.
    pub fn catalog(oci: &settings::Oci) -> Result<Option<Vec<Reference>>> {
        #[derive(serde::Deserialize)]
        struct Page {
            repositories: Option<Vec<String>>,
        }
        let any: Reference = "any:package".parse()?;
        let registry = Repository::new(oci, &any, Scope::Catalog)?;
        let url = format!("{}://{}/v2/_catalog?n=1000", registry.scheme, registry.host);
        let listed = registry.list(url, "repositories", |body| {
            let page: Page = serde_json::from_slice(body)?;
            let names = page.repositories.unwrap_or_default().into_iter();
            let names = names.filter(|name| !secrets::is_in_name(name));
            let packages = names.filter_map(|name| {
                let (namespace, name) = name.strip_prefix(&oci.prefix)?.split_once('/')?;
                format!("{namespace}:{name}").parse().ok()
            });
            Ok(packages.collect())
        });
        match listed {
            Ok(packages) => Ok(Some(packages)),
            // Rejected requests, and requests that the registry doesn't implement.
            Err(Fault::Status(status)) if matches!(status.code, 400..=405 | 501) => Ok(None),
            Err(fault) => {
                let place = Place::argument(format!("{}/v2/_catalog", registry.host));
                Err(fault.diagnostic("cannot list packages", &registry.host, place).into())
            }
        }
    }

    /// Returns the reference that other tools pull: `HOST/wasi/http:0.3.1002`.
    pub fn address(&self, version: &Version) -> Result<String> {
        Ok(format!(
            "{}/{}:{}",
            self.host,
            self.name,
            tag::from_version(version)?
        ))
    }

    /// Returns the published versions, in no order; none if there is no repository.
    ///
    /// # Errors
    ///
    /// A request that fails.
    pub fn versions(&self) -> Result<Vec<Version>> {
        self.list_versions()
            .map_err(|fault| self.diagnostic("cannot list versions", fault, None).into())
    }

    /// Looks up a version; none if it isn't published.
    ///
    /// # Errors
    ///
    /// A request that fails, and a manifest that isn't a package's.
    pub fn release(&self, version: &Version) -> Result<Option<Release>> {
        let tag = tag::from_version(version)?;
        let release = || -> std::result::Result<_, Fault> {
            let Some((manifest, bytes)) = self.manifest(&tag)? else {
                return Ok(None);
            };
            let layer = manifest.wasm_layer()?;
            Ok(Some(Release {
                version: version.clone(),
                digest: layer.digest.clone(),
                size: layer.size,
                manifest: Some(digest::sha256(&bytes)),
                manifest_bytes: Some(bytes),
            }))
        };
        let failure = format!("cannot look up {version}");
        release().map_err(|fault| self.diagnostic(&failure, fault, Some(&tag)).into())
    }

    /// Downloads the contents of a release.
    ///
    /// # Errors
    ///
    /// A request that fails, and contents that don't match the digest.
    pub fn contents(&self, release: &Release) -> Result<Vec<u8>> {
        let failure = format!("cannot download {}", release.version);
        let tag = tag::from_version(&release.version)?;
        self.download_blob(&release.digest, release.size)
            .map_err(|fault| self.diagnostic(&failure, fault, Some(&tag)).into())
    }

    /// Returns the bytes of the manifest of a release.
    ///
    /// # Errors
    ///
    /// A request that fails, and a manifest that the registry no longer has.
    pub fn released_manifest(&self, release: &Release) -> Result<Vec<u8>> {
        if let Some(bytes) = &release.manifest_bytes {
            return Ok(bytes.clone());
        }
        let tag = tag::from_version(&release.version)?;
        let reference = release.manifest.as_deref().unwrap_or(&tag);
        let failure = format!("cannot look up {}", release.version);
        let bytes = self.manifest_bytes(reference).and_then(|bytes| {
            bytes.ok_or_else(|| Fault::Invalid(format!("no manifest `{reference}`")))
        });
        bytes.map_err(|fault| self.diagnostic(&failure, fault, Some(&tag)).into())
    }

    /// Returns the manifest of a tag, and its bytes.
    fn manifest(&self, tag: &str) -> std::result::Result<Option<(Manifest, Vec<u8>)>, Fault> {
        match self.manifest_bytes(tag)? {
            Some(bytes) => Ok(Some((Manifest::parse(&bytes)?, bytes))),
            None => Ok(None),
        }
    }

    /// Returns the manifest or the index of a tag or a digest. The request accepts every type, because some registries respond
    /// with 404 if the type isn't accepted.
    fn manifest_bytes(&self, reference: &str) -> std::result::Result<Option<Vec<u8>>, Fault> {
        let url = self.url(&format!("manifests/{reference}"));
        let request = Request::get(&url, MAX_MANIFEST).with_header(header::ACCEPT, ACCEPTED_TYPES);
        let response = match self.send(request) {
            Err(fault) if fault.is_not_found() => return Ok(None),
            result => result?,
        };
        if let Some(expected) = response.header("docker-content-digest")
            && digest::digits(expected).is_some()
        {
            digest::verify(&response.body, expected)?;
        }
        Ok(Some(response.body))
    }

    fn download_blob(&self, digest: &str, size: u64) -> std::result::Result<Vec<u8>, Fault> {
        let url = self.url(&format!("blobs/{digest}"));
        let body = self.send(Request::get(&url, size))?.body;
        digest::verify(&body, digest)?;
        Ok(body)
    }

    fn list_versions(&self) -> std::result::Result<Vec<Version>, Fault> {
        #[derive(serde::Deserialize)]
        struct Page {
            // Some registries send `null` for an empty list.
            tags: Option<Vec<String>>,
        }
        let listed = self.list(self.url("tags/list?n=1000"), "tags", |body| {
            let page: Page = serde_json::from_slice(body)?;
            let tags = page.tags.unwrap_or_default();
            // A version becomes part of messages, of lock files and of the names of folders.
            let tags = tags.iter().filter(|tag| !secrets::is_in_name(tag));
            Ok(tags.filter_map(|tag| tag::to_version(tag)).collect())
        });
        match listed {
            Err(fault) if fault.is_not_found() => Ok(Vec::new()),
            listed => listed,
        }
    }

    /// Reads a list of the registry page by page; `read` returns the entries of a page.
    fn list<T>(
        &self,
        url: String,
        what: &str,
        read: impl Fn(&[u8]) -> serde_json::Result<Vec<T>>,
    ) -> std::result::Result<Vec<T>, Fault> {
        let bounds = ListBounds {
            pages: MAX_LIST_PAGES,
            entries: MAX_LIST_ENTRIES,
        };
        self.list_within(url, what, &bounds, read)
    }

    /// As [`Repository::list`], with bounds of its own.
    fn list_within<T>(
        &self,
        mut url: String,
        what: &str,
        bounds: &ListBounds,
        read: impl Fn(&[u8]) -> serde_json::Result<Vec<T>>,
    ) -> std::result::Result<Vec<T>, Fault> {
        let start = Instant::now();
        let mut entries = Vec::new();
        for _ in 0..bounds.pages {
            let response = self.send(Request::get(&url, MAX_MANIFEST))?;
            let page = read(&response.body)
                .map_err(|error| Fault::Invalid(format!("no list of {what}: {error}")))?;
            entries.extend(page);
            if entries.len() > bounds.entries {
                break;
            }
            let Some(next) = next_page(&response.header_list(header::LINK)) else {
                return Ok(entries);
            };
            let next = self.resolve_link(&url, &next)?;
            if start.elapsed() > self.client.total_timeout() {
                return Err(Fault::TotalTimeout(self.client.total_timeout()));
            }
            if next == url {
                break;
            }
            url = next;
        }
        Err(Fault::Invalid(format!("a list of {what} without end")))
    }

    fn send(&self, request: Request<'_>) -> std::result::Result<Response, Fault> {
        self.auth.error_for_status(self.auth.send(&self.client, request)?)
    }

    fn url(&self, rest: &str) -> String {
        format!("{}://{}/v2/{}/{rest}", self.scheme, self.host, self.name)
    }

    /// Resolves a link of a response against the URL of the request. The link must stay at the registry,
    /// because requests to it carry credentials.
    fn resolve_link(&self, base: &str, link: &str) -> std::result::Result<String, Fault> {
        let resolve = || -> std::result::Result<(Url, bool), url::ParseError> {
            let base = Url::parse(base)?;
            let target = base.join(link)?;
            let is_same_origin = target.origin() == base.origin();
            Ok((target, is_same_origin))
        };
        match resolve() {
            Ok((target, true)) => Ok(target.into()),
            Ok((_, false)) => Err(Fault::Redirect(
                "requests that carry credentials to another host".to_owned(),
            )),
            Err(error) => Err(Fault::Invalid(format!("no address: {error}"))),
        }
    }

    fn diagnostic(
        &self,
        failure: &str,
        fault: Fault,
        tag: Option<&str>,
    ) -> crate::diagnostic::Diagnostic {
        let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        let place = Place::argument(redact(&format!("{}/{}{tag}", self.host, self.name)));
        fault.diagnostic(failure, &self.host, place)
    }
}

/// Returns the target of the next page (RFC 8288): `Link: </v2/…>; rel="next"`.
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
    fn the_next_page_is_found_by_its_rel() {
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
