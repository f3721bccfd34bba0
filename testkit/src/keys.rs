//! Keys that sign packages.

use std::path::PathBuf;

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

use crate::home::Home;

/// A key in the files `NAME.key` and `NAME.pub` of a home.
pub struct Key {
    /// The file of the private key, which only its owner may read.
    pub private: PathBuf,
    /// The file of the public key.
    pub public: PathBuf,
    /// The private key in PEM.
    pub pem: String,
}

/// A kind of keys.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384, which witgen doesn't support.
    P384,
    /// Ed25519.
    Ed25519,
}

impl Key {
    /// Makes a key.
    pub fn new(home: &Home, name: &str, kind: Kind) -> Self {
        let algorithm = match kind {
            Kind::P256 => &PKCS_ECDSA_P256_SHA256,
            Kind::P384 => &PKCS_ECDSA_P384_SHA384,
            Kind::Ed25519 => &PKCS_ED25519,
        };
        let pair = KeyPair::generate_for(algorithm).unwrap();
        let pem = pair.serialize_pem();
        Key {
            private: write_private(home, &format!("{name}.key"), &pem),
            public: home.write(&format!("{name}.pub"), pair.public_key_pem()),
            pem,
        }
    }

    /// Returns the argument that signs with the key.
    pub fn sign(&self) -> String {
        format!("--sign={}", self.private.display())
    }
}

/// Writes a file that only its owner may read.
pub fn write_private(home: &Home, name: &str, text: &str) -> PathBuf {
    let path = home.write(name, text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    path
}
