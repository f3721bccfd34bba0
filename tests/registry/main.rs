//! Packages and registries: references to packages, publishing, fetching, and everything that can go wrong with a
//! registry over the network.

mod access;
mod built_in;
mod dependencies;
mod faults;
mod fetch;
mod fetch_refused;
mod oci;
mod overrides;
mod publish;
mod publish_versions;
mod references;
mod search;
mod wkg;
mod workspace;
