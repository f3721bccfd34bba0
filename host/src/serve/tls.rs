//! Who the server is to its clients, and whom it trusts itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// The server's certificate and its key, which can be read again while connections are made.
#[derive(Debug)]
pub struct Identity {
    certificates: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Identity {
    /// Reads both.
    ///
    /// # Errors
    ///
    /// What is wrong with a file, or that they don't go together, as text.
    pub fn read(certificates: &Path, key: &Path) -> Result<Self, String> {
        Ok(Identity {
            current: RwLock::new(Arc::new(certified(certificates, key)?)),
            certificates: certificates.to_owned(),
            key: key.to_owned(),
        })
    }

    /// Reads both again: connections that are made from now on get them. Where they can't be used, nothing changes.
    ///
    /// # Errors
    ///
    /// As for [`Identity::read`].
    pub fn read_again(&self) -> Result<(), String> {
        let read = Arc::new(certified(&self.certificates, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    pub fn files(&self) -> [&Path; 2] {
        [&self.certificates, &self.key]
    }

    /// What a server of this identity speaks TLS with.
    ///
    /// # Errors
    ///
    /// What rustls doesn't do on this machine, as text.
    pub fn config(self: Arc<Self>) -> Result<ServerConfig, String> {
        let config = ServerConfig::builder_with_provider(provider());
        let config = config.with_safe_default_protocol_versions();
        let config = config.map_err(|error| format!("error: {error}"))?;
        Ok(config.with_no_client_auth().with_cert_resolver(self))
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(current.clone())
    }
}

fn certified(certificates: &Path, key: &Path) -> Result<CertifiedKey, String> {
    let chain = chain(certificates)?;
    let text = read(key)?;
    let private = PrivateKeyDer::from_pem_slice(&text);
    let private = private.map_err(|_| no_key(key, &text))?;
    let certified = CertifiedKey::from_der(chain, private, &provider());
    certified.map_err(|error| {
        let (certificates, key) = (certificates.display(), key.display());
        format!("error: `{certificates}` and `{key}` don't go together: {error}")
    })
}

/// Trusts whom the web trusts (Mozilla's list), and the authorities of these files.
///
/// # Errors
///
/// What is wrong with a file, as text.
pub fn trusting(files: &[PathBuf]) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for file in files {
        for authority in chain(file)? {
            let added = roots.add(authority);
            added.map_err(|error| invalid(file, &error.to_string()))?;
        }
    }
    let config = ClientConfig::builder_with_provider(provider());
    let config = config.with_safe_default_protocol_versions();
    let config = config.map_err(|error| format!("error: {error}"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// The certificates of a file.
fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = read(file)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| invalid(file, &error.to_string()))?;
    match found.is_empty() {
        true => Err(invalid(file, "there is no certificate in it")),
        false => Ok(found),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    let read = fs::read(file);
    read.map_err(|error| format!("error: cannot read `{}`: {error}", file.display()))
}

fn invalid(file: &Path, why: &str) -> String {
    let what = "help: it has to be PEM, as `-----BEGIN CERTIFICATE-----` begins it";
    format!("error: `{}`: {why}\n{what}", file.display())
}

fn no_key(file: &Path, text: &[u8]) -> String {
    let is_encrypted = String::from_utf8_lossy(text).contains("ENCRYPTED");
    let file = file.display();
    match is_encrypted {
        true => format!(
            "error: `{file}`: the key is encrypted\nhelp: `openssl pkey -in {file} -out FILE` writes it as it is"
        ),
        false => format!(
            "error: `{file}`: there is no key in it\nhelp: it has to be PEM, as `-----BEGIN PRIVATE KEY-----` begins it"
        ),
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
