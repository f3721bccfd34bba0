//! Where a chain is described.

use std::sync::Arc;

use witgen::chain_file::ChainFile;
use witgen::compose::Chain;
use witgen::diagnostic::Failure;
use witgen::locate::ReadFile;
use witgen::registry::Registries;

use super::pools::ChainPools;
use crate::serve::args::Args;

/// A chain, with the options that apply to it.
#[derive(Clone, Debug)]
pub struct ChainSettings {
    pub source: ChainSource,
    /// The options for this chain and its members.
    pub args: Args,
    pub pools: ChainPools,
}

/// Where a chain is described.
#[derive(Clone, Debug)]
pub enum ChainSource {
    /// By the command line.
    Arguments,
    /// In a file, under a name.
    File(Arc<ChainFile>, String),
}

impl ChainSource {
    /// Returns the name of the chain, if it has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            ChainSource::Arguments => None,
            ChainSource::File(_, name) => Some(name),
        }
    }

    /// Reads the members of the chain.
    ///
    /// # Errors
    ///
    /// As [`witgen::locate::ChainArguments::load`] and [`ChainFile::load`].
    pub fn load(
        &self,
        args: &Args,
        registries: &Registries,
        read: &ReadFile<'_>,
    ) -> Result<Chain, Failure> {
        match self {
            ChainSource::Arguments => args.chain().load_with(registries, read),
            ChainSource::File(file, name) => file.load(name, registries, read),
        }
    }

    /// Adds to a failure where the chain is described.
    pub fn explain(&self, failure: Failure) -> Failure {
        match self {
            ChainSource::Arguments => failure,
            ChainSource::File(file, name) => file.explain(name, failure),
        }
    }

    /// Returns what an option is called where the chain is described.
    pub fn option<'a>(&self, flag: &'a str, key: &'a str) -> &'a str {
        match self {
            ChainSource::Arguments => flag,
            ChainSource::File(..) => key,
        }
    }
}
