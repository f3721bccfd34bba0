//! Who the server is to its clients, and whom it trusts itself.

use std::fs;
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

/// How many sessions can be resumed.
const SESSIONS: usize = 256;

/// The server's certificate and its key, which can be read again while connections are made.
#[derive(Debug)]
pub struct Identity {
    certificates: PathBuf,
    key: PathBuf,
    current: RwLock<Current>,
}

/// What new connections get.
#[derive(Clone, Debug)]
struct Current {
    certified: Arc<CertifiedKey>,
    /// A session that is resumed is one of the certificate that it was begun with.
    sessions: Arc<dyn StoresServerSessions>,
}

impl Current {
    fn read(certificates: &Path, key: &Path) -> Result<Self, String> {
        Ok(Current {
            certified: Arc::new(certified(certificates, key)?),
            sessions: ServerSessionMemoryCache::new(SESSIONS),
        })
    }
}

impl Identity {
    /// Reads both.
    ///
    /// # Errors
    ///
    /// What is wrong with a file, or that they don't go together, as text.
    pub fn read(certificates: &Path, key: &Path) -> Result<Self, String> {
        Ok(Identity {
            current: RwLock::new(Current::read(certificates, key)?),
            certificates: certificates.to_owned(),
            key: key.to_owned(),
        })
    }

    /// Reads both again, and says whether they are others by now: connections that are made from now on get these. Where
    /// they can't be used, nothing changes. What is no file, such as a pipe, is read once.
    ///
    /// # Errors
    ///
    /// As for [`Identity::read`].
    pub fn read_again(&self) -> Result<bool, String> {
        let is_pipe = |file: &Path| fs::metadata(file).is_ok_and(|found| !found.is_file());
        if is_pipe(&self.certificates) || is_pipe(&self.key) {
            return Ok(false);
        }
        let read = Current::read(&self.certificates, &self.key)?;
        // The sessions of one that stays are worth keeping.
        if read.certified.cert == self.current().certified.cert {
            return Ok(false);
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(true)
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
        let mut config = config
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.session_storage = self;
        Ok(config)
    }

    fn current(&self) -> Current {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
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

fn certified(certificates: &Path, key: &Path) -> Result<CertifiedKey, String> {
    let chain = chain(certificates)?;
    let text = read(key)?;
    let private = PrivateKeyDer::from_pem_slice(&text);
    let private = private.map_err(|error| no_key(key, &text, &error))?;
    let loaded = provider().key_provider.load_private_key(private);
    let loaded = loaded.map_err(|_| {
        let what = "help: it has to be of RSA with 2048 bits or more, of ECDSA with P-256 or P-384, or of Ed25519";
        format!("error: `{}`: a key of this kind can't be used\n{what}", key.display())
    })?;
    let certified = CertifiedKey::new(chain, loaded);
    match certified.keys_match() {
        // There are keys of which nobody can say.
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(error) => {
            let (certificates, key) = (certificates.display(), key.display());
            Err(format!(
                "error: `{certificates}` and `{key}` don't go together: {error}"
            ))
        }
    }
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

fn no_key(file: &Path, text: &[u8], error: &PemError) -> String {
    let is_encrypted = String::from_utf8_lossy(text).contains("ENCRYPTED");
    let file = file.display();
    match error {
        _ if is_encrypted => format!(
            "error: `{file}`: the key is encrypted\nhelp: `openssl pkey -in {file} -out FILE` writes it as it is"
        ),
        PemError::NoItemsFound => format!(
            "error: `{file}`: there is no key in it\nhelp: it has to be PEM, as `-----BEGIN PRIVATE KEY-----` begins it"
        ),
        _ => format!("error: `{file}`: the key is damaged: {error}"),
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
