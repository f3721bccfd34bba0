//! A chain: members in their order, and where their side calls go.

use std::collections::BTreeMap;

use semver::Version;

use super::name::CLIENT;
use super::{InterfaceName, Member, modules};
use crate::diagnostic::{Diagnostic, Failure, Result, codes};
use crate::names::{are_semver_compatible, suggest};

/// Members in their order, and where their side calls go.
#[derive(Clone, Debug)]
pub struct Chain {
    pub(super) members: Vec<Member>,
    pub(super) clients: BTreeMap<String, Client>,
    pub(super) others: Client,
    pub(super) split_imports: bool,
}

/// Where a member's side calls go.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Client {
    /// To the host, as without a chain.
    Host,
    /// Nowhere: each ends with `HTTP-request-denied`.
    Denied,
    /// To the handler of a service, an instance of which is the member's alone.
    Linked(Box<Member>),
}

impl Client {
    /// Side calls to a service.
    ///
    /// # Errors
    ///
    /// A member that has a next hop itself: a side call would have to go on from there.
    pub fn linked(service: Member) -> Result<Self> {
        match service.next_hop() {
            None => Ok(Client::Linked(Box::new(service))),
            Some(next_hop) => Err(service
                .error(
                    codes::NOT_A_SERVICE,
                    format!(
                        "side calls go to a service, and `{}` imports a next hop: `{next_hop}`",
                        service.name()
                    ),
                )
                .help("compose it with a service first, and name the result")
                .into()),
        }
    }
}

impl Chain {
    /// A chain of these members, the first of which the host calls.
    ///
    /// # Errors
    ///
    /// No members; or every one that has the name of an earlier one, that has no next hop and is not the
    /// last, or whose next hop has another version than the handler that it is linked to, and not a
    /// semver-compatible one.
    pub fn new(members: Vec<Member>) -> Result<Self> {
        if members.is_empty() {
            return Err(
                Diagnostic::error(codes::NO_MEMBERS, "a chain has at least one member")
                    .help("name components, the outermost first")
                    .into(),
            );
        }
        let names = members.iter().enumerate().map(|(at, member)| {
            let mut earlier = members[..at].iter();
            if earlier.any(|other| other.name() == member.name()) {
                let message = format!("two members are called `{}`", member.name());
                return Err(member
                    .error(codes::MEMBER_NAME, message)
                    .help("give them names: `first=stamp.wasm second=stamp.wasm`")
                    .into());
            }
            Ok(())
        });
        let pairs = members.windows(2);
        let links = pairs.map(|pair| check(&pair[0], &pair[1]));
        Failure::collect::<(), ()>(names.chain(links))?;
        Ok(Chain {
            members,
            clients: BTreeMap::new(),
            others: Client::Host,
            split_imports: false,
        })
    }

    /// Where a member's side calls go.
    ///
    /// # Errors
    ///
    /// A name that no member has, and a service for one that makes no side calls.
    pub fn client(mut self, member: &str, client: Client) -> Result<Self> {
        let Some(found) = self.members.iter().find(|m| m.name() == member) else {
            let names: Vec<_> = self.members.iter().map(Member::name).collect();
            let message = format!("no member of the chain is called `{member}`");
            return Err(Diagnostic::error(codes::UNKNOWN_MEMBER, message)
                .help(suggest(member, "members", &names))
                .into());
        };
        if let (Client::Linked(_), None) = (&client, found.client()) {
            let error = found.error(
                codes::NO_CLIENT,
                format!(
                    "`{member}` makes no side calls: it doesn't import `{}`",
                    CLIENT
                ),
            );
            return Err(error.help("leave that --client out").into());
        }
        self.clients.insert(member.to_owned(), client);
        Ok(self)
    }

    /// Default target for the side calls of members without a target of their own; the host if there is none.
    #[must_use]
    pub fn other_clients(mut self, client: Client) -> Self {
        self.others = client;
        self
    }

    /// Whether each member's imports from the host stay apart, under its name:
    /// `gate:wasi-http/client@0.3.3`. Those that define resources can't, and are merged always.
    #[must_use]
    pub fn split_imports(mut self, split: bool) -> Self {
        self.split_imports = split;
        self
    }

    /// Gives the core modules of each member its name, which traps then show. Members of the same bytes are one to a
    /// runtime, and have all their names: `first or second`.
    #[must_use]
    pub fn name_modules(mut self) -> Self {
        let names: Vec<_> = self
            .members
            .iter()
            .map(|member| {
                let same = self.members.iter().filter(|other| other.component == member.component);
                let names: Vec<_> = same.map(Member::name).collect();
                names.join(" or ")
            })
            .collect();
        for (member, name) in self.members.iter_mut().zip(names) {
            member.component = modules::named(&member.component, &name);
        }
        self
    }

    /// The members, the outermost first.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The next hop that the last member imports, if the chain is open.
    pub fn next_hop(&self) -> Option<&InterfaceName> {
        self.members.last()?.next_hop()
    }

    /// Where a member's side calls go.
    pub(crate) fn client_of(&self, member: &str) -> &Client {
        self.clients.get(member).unwrap_or(&self.others)
    }

    /// The newest version of `wasi:http` that a member has.
    pub(super) fn version(&self) -> Option<Version> {
        let names = self.members.iter().flat_map(|member| {
            let others = member.next_hop.iter().chain(&member.client);
            std::iter::once(&member.handler).chain(others)
        });
        names.filter_map(|name| name.version.clone()).max()
    }
}

/// Checks whether a member can stand before another one, by the names of what they import and export.
///
/// # Errors
///
/// A member without a next hop, and one whose next hop is of another line of versions.
fn check(member: &Member, following: &Member) -> Result<()> {
    let Some(next_hop) = &member.next_hop else {
        let message = format!(
            "`{}` is a service and imports no next hop, so it would never ask `{}`, which follows it",
            member.name(),
            following.name()
        );
        return Err(member
            .error(codes::SERVICE_IN_THE_MIDDLE, message)
            .help("a service ends a chain: put it last")
            .into());
    };
    compatible(member, next_hop, following)
}

/// Rejects an import and the handler that it is linked to if their versions are incompatible.
pub(super) fn compatible(member: &Member, import: &InterfaceName, other: &Member) -> Result<()> {
    let export = &other.handler;
    if are_semver_compatible(import.version.as_ref(), export.version.as_ref()) {
        return Ok(());
    }
    let message = format!(
        "`{}` imports `{import}`, and `{}` exports `{export}`: these versions are not semver-compatible",
        member.name(),
        other.name()
    );
    Err(member
        .error(codes::INCOMPATIBLE_VERSIONS, message)
        .help("build both against semver-compatible versions, such as 0.3.2 and 0.3.3")
        .into())
}
