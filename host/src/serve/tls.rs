//! TLS: the server's certificate, and the root certificates that it trusts as a client.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{
    ClientHello, ResolvesServerCert, ServerSessionMemoryCache, StoresServerSessions,
};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, Error, InconsistentKeys, RootCertStore, ServerConfig};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};

use super::failure::internal;
use super::files::Files;

/// The maximum size of a file of certificates or keys.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// The maximum number of sessions that can be resumed.
const MAX_SESSIONS: usize = 256;

/// The certificate and the key of a listener, which can be replaced while connections are made.
#[derive(Debug)]
pub struct Identity {
    current: RwLock<Certificate>,
}

/// The certificate and sessions that new connections use.
#[derive(Clone, Debug)]
pub struct Certificate {
    certified: Arc<CertifiedKey>,
    /// A session can only be resumed with the certificate that it started with.
    sessions: Arc<dyn StoresServerSessions>,
}

impl Certificate {
    /// Reads a certificate and its key.
    ///
    /// # Errors
    ///
    /// If a file is invalid, or the key doesn't match the certificate.
    pub fn read(files: &Files, certificates: &Path, key: &Path) -> Result<Self, Failure> {
        Ok(Certificate {
            certified: Arc::new(read_certified_key(files, certificates, key)?),
            sessions: ServerSessionMemoryCache::new(MAX_SESSIONS),
        })
    }
}

impl Identity {
    pub fn new(certificate: Certificate) -> Self {
        Identity {
            current: RwLock::new(certificate),
        }
    }

    /// Uses another certificate for new connections, and returns whether it differs from the previous one.
    pub fn replace(&self, certificate: Certificate) -> bool {
        // Keep the sessions of an unchanged certificate.
        if certificate.certified.cert == self.current().certified.cert {
            return false;
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = certificate;
        true
    }

    /// Returns the TLS configuration of a server with this certificate.
    ///
    /// # Errors
    ///
    /// If rustls doesn't support this machine.
    pub fn server_config(self: Arc<Self>) -> Result<ServerConfig, Failure> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| internal("TLS can't be set up", &error))?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.session_storage = self;
        Ok(config)
    }

    fn current(&self) -> Certificate {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current().certified)
    }
}

impl StoresServerSessions for Identity {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.current().sessions.put(key, value)
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.current().sessions.get(key)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.current().sessions.take(key)
    }

    fn can_cache(&self) -> bool {
        true
    }
}

fn read_certified_key(
    files: &Files,
    certificates: &Path,
    key: &Path,
) -> Result<CertifiedKey, Failure> {
    let chain = read_certificates(files, certificates)?;
    let text = read(files, key)?;
    let private_key =
        PrivateKeyDer::from_pem_slice(&text).map_err(|error| key_error(key, &text, &error))?;
    let signing_key = provider().key_provider.load_private_key(private_key).map_err(|_| {
        invalid_key(key, "has a key of a kind that can't be used")
            .help("use RSA with 2048 bits or more, ECDSA with P-256 or P-384, or Ed25519")
    })?;
    let certified = CertifiedKey::new(chain, signing_key);
    match certified.keys_match() {
        // Some kinds of keys can't be compared with a certificate.
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(error) => {
            let why = match error {
                Error::InconsistentKeys(_) => String::new(),
                other => format!(": {other}"),
            };
            let message = format!(
                "`{}` and `{}` don't belong together{why}",
                certificates.display(),
                key.display()
            );
            Err(Diagnostic::error(codes::CERTIFICATE_MISMATCH, message)
                .at(Place::path(certificates))
                .at(Place::path(key))
                .help("pass the key that the first certificate of the file was issued for")
                .into())
        }
    }
}

/// Returns the Mozilla root certificates and those in these files.
///
/// # Errors
///
/// If files are invalid; all of them are reported.
pub fn roots(paths: &[PathBuf], files: &Files) -> Result<RootCertStore, Failure> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let chains: Vec<_> =
        Failure::collect(paths.iter().map(|path| Ok((path, read_certificates(files, path)?))))?;
    for (file, authorities) in chains {
        for authority in authorities {
            roots.add(authority).map_err(|error| invalid(file, &error.to_string()))?;
        }
    }
    Ok(roots)
}

/// Returns a TLS configuration that trusts root certificates.
///
/// # Errors
///
/// If rustls doesn't support this machine.
pub fn client_config(roots: RootCertStore) -> Result<ClientConfig, Failure> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| internal("TLS can't be set up", &error))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Returns the certificates of these files as PEM, for libraries that have TLS of their own.
///
/// # Errors
///
/// If files are invalid; all of them are reported.
pub fn authorities(paths: &[PathBuf], files: &Files) -> Result<Vec<Vec<u8>>, Failure> {
    Failure::collect(paths.iter().map(|path| {
        read_certificates(files, path)?;
        read(files, path)
    }))
}

/// Reads the certificates of a file.
fn read_certificates(files: &Files, file: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let text = read(files, file)?;
    let certificates = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| invalid(file, &error.to_string()))?;
    if certificates.is_empty() {
        return Err(invalid(file, "it contains no certificate").into());
    }
    Ok(certificates)
}

fn read(files: &Files, file: &Path) -> Result<Vec<u8>, Failure> {
    files.read(file, MAX_FILE_BYTES).map_err(|error| {
        let message = format!("cannot read `{}`: {error}", file.display());
        Diagnostic::error(codes::UNREADABLE, message).at(Place::path(file)).into()
    })
}

fn invalid(file: &Path, why: &str) -> Diagnostic {
    let message = format!("`{}` has no usable certificates: {why}", file.display());
    Diagnostic::error(codes::INVALID_CERTIFICATE, message)
        .at(Place::path(file))
        .help("pass a file in PEM format, which starts with `-----BEGIN CERTIFICATE-----`")
}

fn invalid_key(file: &Path, what: &str) -> Diagnostic {
    let message = format!("`{}` {what}", file.display());
    Diagnostic::error(codes::INVALID_KEY, message).at(Place::path(file))
}

fn key_error(file: &Path, text: &[u8], error: &PemError) -> Diagnostic {
    let is_encrypted = String::from_utf8_lossy(text).contains("ENCRYPTED");
    match error {
        _ if is_encrypted => invalid_key(file, "has an encrypted key").help(format!(
            "`openssl pkey -in {} -out FILE` writes it without encryption",
            file.display()
        )),
        PemError::NoItemsFound => invalid_key(file, "contains no key")
            .help("pass a file in PEM format, which starts with `-----BEGIN PRIVATE KEY-----`"),
        _ => invalid_key(file, &format!("has a damaged key: {error}")),
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
