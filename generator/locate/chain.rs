//! Chains, as the arguments of a command line describe them.

use std::path::PathBuf;

use super::client::{ClientArgument, add_clients};
use super::hop::{HopArgument, chain_with};
use super::member::{ReadFile, member_argument};
use crate::compose::Chain;
use crate::diagnostic::Result;
use crate::read::{self, MAX_WASM_BYTES};
use crate::registry::Registries;

/// The members of a chain, and where their next hops and side calls lead.
///
/// ```
/// use witgen::locate::ChainArguments;
/// use witgen::registry::Registries;
///
/// let arguments = ChainArguments {
///     members: &["gate.wasm".to_owned(), "hello.wasm".to_owned()],
///     hops: &[],
///     clients: &["gate=auth.wasm".parse().unwrap()],
/// };
/// let error = arguments.load(&Registries::default()).unwrap_err();
/// assert!(error.to_string().contains("cannot read `gate.wasm`"));
/// ```
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "callers make them")]
pub struct ChainArguments<'a> {
    /// The members of the line, the outermost first: `[NAME=]FILE`, or `[NAME=]acme:gate@1.0.0`.
    pub members: &'a [String],
    /// Where next hops lead.
    pub hops: &'a [HopArgument],
    /// Where side calls go.
    pub clients: &'a [ClientArgument],
}

impl ChainArguments<'_> {
    /// Reads the components, and makes a chain of them. The name of a member defaults to that of its file, with a number
    /// if that is taken.
    ///
    /// # Errors
    ///
    /// Every member of the line that can't be read, that can't be fetched, or that can't be a member of a chain. Also next hops
    /// and side calls of unknown members, or with unknown names or targets, and all errors of [`Chain`].
    pub fn load(&self, registries: &Registries) -> Result<Chain> {
        self.load_with(registries, &|file| read::any(file, MAX_WASM_BYTES))
    }

    /// Makes a chain as [`ChainArguments::load`] does, with a function that reads files.
    ///
    /// # Errors
    ///
    /// As [`ChainArguments::load`].
    pub fn load_with(&self, registries: &Registries, read: &ReadFile<'_>) -> Result<Chain> {
        let chain = chain_with(self.members, self.hops, registries, read)?;
        add_clients(chain, self.clients, registries, read)
    }

    /// Returns the files that the chain is made of. Names of members and of packages in a registry are no files.
    pub fn files(&self) -> Vec<PathBuf> {
        let members = self.members.iter().map(|argument| member_argument(argument).1);
        let hops = self.hops.iter().filter_map(HopArgument::file);
        let clients = self.clients.iter().filter_map(ClientArgument::file);
        members.chain(hops).chain(clients).filter(|file| file.exists()).collect()
    }
}
