//! By what operators recognize a component.

use sha2::{Digest as _, Sha256};
use wasm_metadata::Payload;

use crate::panics::call;

/// The maximum length of a version, because every author of a component can write one.
const MAX_VERSION_BYTES: usize = 128;

/// By what operators recognize a component.
///
/// ```
/// use witgen::compose::Identity;
///
/// assert!(Identity::digest_of(b"").starts_with("sha256:e3b0c44298fc1c14"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The digest of its bytes, as they were read: `sha256:…`.
    pub digest: String,
    /// The version that its metadata has, or that its package was fetched in.
    pub version: Option<String>,
    /// The package of a registry that it is: `acme:gate`.
    pub package: Option<String>,
}

impl Identity {
    /// Returns that of a component; `wasm` is what was read.
    pub(super) fn of(wasm: &[u8], component: &[u8]) -> Self {
        Identity {
            digest: Identity::digest_of(wasm),
            version: version(component),
            package: None,
        }
    }

    /// Returns the digest of bytes: `sha256:` and 64 hexadecimal digits.
    pub fn digest_of(bytes: &[u8]) -> String {
        let digits: String =
            Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{digits}")
    }
}

/// Returns the version that a component's metadata has.
fn version(component: &[u8]) -> Option<String> {
    let payload = call(|| Payload::from_binary(component)).ok()?;
    let version = payload.metadata().version.as_ref()?.to_string();
    (version.len() <= MAX_VERSION_BYTES).then_some(version)
}
