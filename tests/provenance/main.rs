//! Provenance: who vouches for what is published, and what happens to packages that nobody vouches for.

mod embedded;
mod fetching;
mod keyless;
mod kit;
mod publishing;
mod signing_keys;
mod stated;
mod tampering;
