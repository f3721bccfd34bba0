//! Manifests for engines that run a `chain.toml` on other machines.
//!
//! witgen itself is not a distributed system: an existing engine places, starts and replaces copies of the chain. Each engine
//! is one file. If an engine can't provide or express a part of the file, that is an error at its place in `chain.toml`; all
//! problems are reported at once.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use witgen::chain_file::ChainFile;
//! use witgen::deploy::{Engine, Options, deploy};
//! use witgen::registry::Registries;
//!
//! let engine = Engine::Kubernetes;
//! let file = ChainFile::read(Path::new("chain.toml"), engine.scope())?;
//! let options = Options {
//!     image: Some("registry.example/witgen-serve:0.1.0".parse().unwrap()),
//!     ..Options::default()
//! };
//! let deployment = deploy(engine, &file, &Registries::default(), &options)?;
//! assert!(deployment.files.get("kustomization.yaml").is_some());
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

mod allowed;
mod chain;
pub(crate) mod command;
mod docker_compose;
mod egress;
mod http_route;
mod image;
mod imports;
mod kubernetes;
mod network_policy;
mod options;
mod pod;
mod pod_file;
mod policy;
mod port;
mod problems;
mod spin;
mod spinkube;
mod toml;
mod wasmcloud;
mod yaml;

use crate::chain_file::ChainFile;
use crate::diagnostic::Result;
use crate::registry::Registries;

pub use image::Image;
pub use options::{Deployment, Engine, Options};

/// Makes the manifests of a file for an engine.
///
/// # Errors
///
/// Components that can't be read or linked, imports that the engine doesn't provide, settings that it can't express, and options
/// that it needs.
pub fn deploy(
    engine: Engine,
    file: &ChainFile,
    registries: &Registries,
    options: &Options,
) -> Result<Deployment> {
    let make = match engine {
        Engine::Kubernetes => kubernetes::deploy,
        Engine::Compose => docker_compose::deploy,
        Engine::Wasmcloud => wasmcloud::deploy,
        Engine::Spin => spin::deploy,
        Engine::Spinkube => spinkube::deploy,
    };
    make(file, registries, options)
}
