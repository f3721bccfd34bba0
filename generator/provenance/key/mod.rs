//! Keys: public ones verify attestations, private ones sign them.

mod private;
mod public;
mod secret;

pub use private::SigningKey;
pub use public::PublicKey;
