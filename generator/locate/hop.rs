//! The next hops of a chain, by their arguments: `MEMBER.NAME=FILE`, `MEMBER.NAME=MEMBER`, `MEMBER.NAME=deny`.

use std::path::PathBuf;
use std::str::FromStr;

use super::member::{ReadFile, member_argument, member_name, member_with, members_with};
use crate::compose::{Chain, Member, Target};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::names::suggest;
use crate::registry::Registries;

/// The target that rejects all requests.
pub(super) const DENY: &str = "deny";
/// The target that the composition imports.
const HOST: &str = "host";

/// Where a next hop leads, as on a command line: `router.primary=hello.wasm`; `gate=hello.wasm` for a member with
/// only one; `primary=hello.wasm` if only one member has a next hop with that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopArgument {
    /// The member; without a name, it may also be the next hop.
    pub member: String,
    /// The member's name for the next hop.
    pub name: Option<String>,
    /// Where it leads: `deny`, `host`, a URL, a member's name, or a component, `[NAME=]FILE` or a reference.
    pub target: String,
}

impl FromStr for HopArgument {
    type Err = ();

    fn from_str(argument: &str) -> std::result::Result<Self, ()> {
        let (hop, target) = argument.split_once('=').ok_or(())?;
        let (member, name) = match hop.split_once('.') {
            Some((member, name)) => (member, Some(name)),
            None => (hop, None),
        };
        let is_written = !member.is_empty() && !target.is_empty() && name != Some("");
        is_written
            .then(|| HopArgument {
                member: member.to_owned(),
                name: name.map(str::to_owned),
                target: target.to_owned(),
            })
            .ok_or(())
    }
}

impl HopArgument {
    /// The file that it leads to, if it may be one.
    pub fn file(&self) -> Option<PathBuf> {
        let is_file = self.target != DENY && self.target != HOST && self.url().is_none();
        is_file.then(|| member_argument(&self.target).1)
    }

    /// The URL that it leads to, of a server.
    pub fn url(&self) -> Option<&str> {
        let target = self.target.as_str();
        target.contains("://").then_some(target)
    }

    /// The whole option, for messages.
    pub fn place(&self) -> Place {
        let HopArgument {
            member,
            name,
            target,
        } = self;
        let name = name.as_ref().map_or_else(String::new, |name| format!(".{name}"));
        Place::argument(format!("--hop {member}{name}={target}"))
    }

    /// Whether it leads to a component that isn't a member by another argument.
    fn is_component(&self, names: &[String]) -> bool {
        let Some(file) = self.file() else {
            return false;
        };
        let is_name = !self.target.contains(['.', '/', '\\', ':', '=']);
        let is_file = file.exists() && !file.is_dir();
        !names.contains(&self.target) && (!is_name || is_file)
    }

    /// Returns the names of the member and of the next hop; `added` is the member that this argument adds.
    fn caller<'a>(&'a self, chain: &'a Chain, added: Option<&str>) -> (&'a str, Option<&'a str>) {
        // In `primary=primary.wasm`, the name is that of a next hop, and the component only has the same one.
        if self.name.is_none() && added == Some(self.member.as_str()) {
            let callers = chain.members().iter().filter(|caller| caller.name() != self.member);
            let mut callers =
                callers.filter(|caller| caller.next_hops().any(|hop| hop.name() == self.member));
            if let (Some(caller), None) = (callers.next(), callers.next()) {
                return (caller.name(), Some(&self.member));
            }
        }
        (&self.member, self.name.as_deref())
    }
}

/// Reads the members of a line and those that next hops lead to, and makes a chain of them. A next hop to a URL is left to
/// the host.
///
/// # Errors
///
/// As [`members_with`] and [`Chain`], and next hops that lead to no member.
pub(super) fn chain_with(
    line: &[String],
    hops: &[HopArgument],
    registries: &Registries,
    read: &ReadFile<'_>,
) -> Result<Chain> {
    let line = members_with(line, registries, read)?;
    let mut names: Vec<String> = line.iter().map(|member| member.name().to_owned()).collect();
    // A hop may lead to a member that a later argument names.
    let given: Vec<String> = hops
        .iter()
        .filter_map(|hop| member_argument(&hop.target).0.map(str::to_owned))
        .collect();
    let added: Vec<Option<String>> = hops
        .iter()
        .map(|hop| {
            let is_given = given.contains(&hop.target);
            (!is_given && hop.is_component(&names)).then(|| {
                let name = member_name(&hop.target, &names);
                names.push(name.clone());
                name
            })
        })
        .collect();
    let member = |(hop, name): (&HopArgument, &Option<String>)| -> Option<Result<Member>> {
        let (file, name) = (hop.file()?, name.as_ref()?);
        Some(member_with(name, &file, registries, read))
    };
    let members: Vec<Member> = Failure::collect(hops.iter().zip(&added).filter_map(member))?;
    let mut chain = Chain::new(line)?;
    for member in members {
        chain = chain.with_member(member)?;
    }
    let targets = hops.iter().zip(added).map(|(hop, added)| {
        let target = match hop.target.as_str() {
            DENY => Target::Denied,
            HOST => Target::Host,
            _ if hop.url().is_some() => Target::Host,
            written => Target::Member(added.clone().unwrap_or_else(|| written.to_owned())),
        };
        if let Target::Member(name) = &target
            && !names.contains(name)
        {
            return Err(unknown_target(hop, &names).into());
        }
        let (member, name) = hop.caller(&chain, added.as_deref());
        let found = chain.find_hop(member, name).map_err(|error| error.at(hop.place()))?;
        Ok((
            hop,
            (found.0.name().to_owned(), found.1.name().to_owned()),
            target,
        ))
    });
    let targets: Vec<_> = Failure::collect(targets)?;
    for (hop, (member, name), target) in targets {
        let added = chain.hop(&member, Some(&name), target);
        chain = added.map_err(|error| error.at(hop.place()))?;
    }
    Ok(chain)
}

fn unknown_target(hop: &HopArgument, names: &[String]) -> Diagnostic {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let message = format!("`{}` is neither a member nor a file", hop.target);
    Diagnostic::error(codes::UNKNOWN_MEMBER, message).at(hop.place()).help(suggest(
        &hop.target,
        "members",
        &names,
    ))
}
