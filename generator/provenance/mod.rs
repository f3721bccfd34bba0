//! Provenance: who vouches for a published package, and for what.
//!
//! An [`Attestation`] is a Sigstore bundle. In it, a signature covers an in-toto statement, which names the published manifest by
//! its digest. [`Predicate`] is what witgen itself states. A [`TrustPolicy`] of `witgen.toml` decides which keys and identities may
//! vouch for which packages. `docs/provenance.md` describes all of it.
//!
//! Sigstore's library reads bundles, and verifies certificates and log entries; `ring` does the cryptography.

mod attestation;
mod compared;
mod composition;
mod identity;
mod key;
mod policy;
mod predicate;
mod provider;
mod rejection;
mod signer;
mod source_files;
mod target;
mod verify;

pub use attestation::{Attestation, BUNDLE_TYPE};
pub(crate) use compared::compared;
pub(crate) use composition::composition;
pub use identity::Identity;
pub use key::{PublicKey, SigningKey};
pub use policy::{Trust, TrustPolicy, TrustRule};
pub use predicate::{
    Baseline, Check, Compatibility, Composition, Dependency, Digest, Member, PREDICATE_TYPE,
    PackageIdentity, Predicate, SourceFiles,
};
pub use rejection::Rejection;
pub use signer::Signer;
pub(crate) use source_files::source_files;
pub use target::Target;
pub use verify::verify;
