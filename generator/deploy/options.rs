//! The options of a deployment, and its parts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Image;
use crate::chain_file::Scope;
use crate::diagnostic::Diagnostic;
use crate::fileset::FileSet;
use crate::registry::{Artifact, Reference};

/// A program that runs chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Engine {
    /// Kubernetes, with pods that run `witgen-serve`.
    Kubernetes,
    /// Docker Compose, with a container that runs `witgen-serve`.
    Compose,
    /// wasmCloud 2.
    Wasmcloud,
    /// Spin 4.
    Spin,
    /// Spin on Kubernetes.
    Spinkube,
}

impl Engine {
    /// Returns what a `chain.toml` has to be read for. Engines that run `witgen-serve` read its variables where it runs.
    pub fn scope(self) -> Scope {
        match self {
            Engine::Kubernetes | Engine::Compose => Scope::Composition,
            Engine::Wasmcloud | Engine::Spin | Engine::Spinkube => Scope::Values,
        }
    }

    /// Returns the engine's name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Kubernetes => "Kubernetes",
            Engine::Compose => "Docker Compose",
            Engine::Wasmcloud => "wasmCloud",
            Engine::Spin => "Spin",
            Engine::Spinkube => "SpinKube",
        }
    }
}

/// Options for a deployment.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name of the deployment's resources; by default that of the only chain, or of the file.
    pub name: Option<String>,
    /// The chain, for an engine that runs a single component.
    pub chain: Option<String>,
    /// The container image: of `witgen-serve`, or for SpinKube of the application.
    pub image: Option<Image>,
    /// The name and version that the composed chain is published under.
    pub package: Option<Reference>,
    /// The directory that the manifests are written into, for paths in them.
    pub directory: PathBuf,
}

/// The manifests of a chain, and what goes with them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Deployment {
    /// The manifests.
    pub files: FileSet,
    /// The components beside them, by file name.
    pub components: BTreeMap<String, Vec<u8>>,
    /// The component that the manifests name by its digest, if it has to be published.
    pub artifact: Option<Artifact>,
    /// The remaining steps for the user.
    pub notes: Vec<String>,
    /// Settings that the engine replaces with its own.
    pub warnings: Vec<Diagnostic>,
}
