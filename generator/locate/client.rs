//! Where side calls go, by their arguments: `MEMBER=FILE`, `MEMBER.NAME=FILE`, `MEMBER=deny`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::hop::DENY;
use super::member::{ReadFile, free_name, member_with};
use crate::compose::{Chain, Client};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::registry::Registries;

/// Stands for each member without an argument of its own.
const ANY_MEMBER: &str = "*";

/// Where the side calls of a member go, as on a command line: `gate=auth.wasm`, `gate.audit=deny`, `*=deny`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientArgument {
    /// The member; `*` stands for each one without an argument of its own.
    pub member: String,
    /// The label of one of the member's imports; none for all of them.
    pub name: Option<String>,
    /// Where they go: `deny`, or a component, which is a file or a reference.
    pub target: String,
}

impl FromStr for ClientArgument {
    type Err = ();

    fn from_str(argument: &str) -> std::result::Result<Self, ()> {
        let (caller, target) = argument.split_once('=').ok_or(())?;
        let (member, name) = match caller.split_once('.') {
            Some((member, name)) => (member, Some(name)),
            None => (caller, None),
        };
        let is_written = !member.is_empty() && !target.is_empty() && name != Some("");
        is_written
            .then(|| ClientArgument {
                member: member.to_owned(),
                name: name.map(str::to_owned),
                target: target.to_owned(),
            })
            .ok_or(())
    }
}

impl ClientArgument {
    /// The file that the side calls go to, if it may be one.
    pub fn file(&self) -> Option<PathBuf> {
        (self.target != DENY).then(|| PathBuf::from(&self.target))
    }

    /// Returns the caller in the form of the option.
    fn caller(&self) -> String {
        match &self.name {
            Some(name) => format!("{}.{name}", self.member),
            None => self.member.clone(),
        }
    }

    fn place(&self) -> Place {
        Place::argument(format!("--client {}={}", self.caller(), self.target))
    }
}

/// Adds the targets of side calls to a chain.
///
/// # Errors
///
/// Two arguments for the same side calls, a service that can't be read, and everything that [`Chain::client`] and
/// [`Chain::named_client`] reject.
pub(super) fn add_clients(
    mut chain: Chain,
    clients: &[ClientArgument],
    registries: &Registries,
    read: &ReadFile<'_>,
) -> Result<Chain> {
    let mut taken: Vec<String> =
        chain.members().iter().map(|member| member.name().to_owned()).collect();
    // All side calls to one file go to one service.
    let mut services = BTreeMap::<&str, String>::new();
    for (at, argument) in clients.iter().enumerate() {
        let caller = argument.caller();
        if clients[..at].iter().any(|earlier| earlier.caller() == caller) {
            let message = format!("the side calls of `{caller}` have two targets");
            let error = Diagnostic::error(codes::TWO_CLIENTS, message).at(argument.place());
            return Err(error.help("leave out one of the `--client` options").into());
        }
        let client = match argument.target.as_str() {
            DENY => Client::Denied,
            file => {
                let name = services.entry(file).or_insert_with(|| {
                    let name = free_name(Path::new(file), &taken);
                    taken.push(name.clone());
                    name
                });
                Client::linked(member_with(name, Path::new(file), registries, read)?)?
            }
        };
        let added = match (argument.member.as_str(), argument.name.as_deref()) {
            (ANY_MEMBER, None) => Ok(chain.other_clients(client)),
            (member, Some(name)) => chain.named_client(member, name, client),
            (member, None) => chain.client(member, client),
        };
        chain = added.map_err(|error| error.at(argument.place()))?;
    }
    Ok(chain)
}
