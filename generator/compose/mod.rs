//! Chains by linking alone: each member's next hop is the following member's handler.
//!
//! A member is a component that exports `wasi:http/handler`. What it imports says what it is: a proxy
//! imports `wasi:http/origin`, a middleware `wasi:http/handler`, and a service neither. A chain that
//! ends in a service fits the world `service`; one whose last member still imports a next hop is open,
//! fits that member's world, and composes further.
//!
//! ```no_run
//! use witgen::compose::{Chain, Client, Member};
//!
//! # let read = |path| std::fs::read(path).unwrap();
//! let gate = Member::new("gate", &read("gate.wasm"))?;
//! let hello = Member::new("hello", &read("hello.wasm"))?;
//! let auth = Member::new("auth", &read("auth.wasm"))?;
//! let composition = Chain::new(vec![gate, hello])?
//!     .client("gate", Client::linked(auth)?)?
//!     .other_clients(Client::Denied)
//!     .compose()?;
//! assert_eq!(composition.world, "wasi:http/service@0.3.3");
//! # Ok::<(), witgen::diagnostic::Diagnostic>(())
//! ```

use std::collections::BTreeMap;

use semver::Version;

pub mod arguments;
mod difference;
mod fit;
mod link;
mod member;
mod modules;
mod name;
mod plan;
mod side_call;
mod wac;

pub use member::Member;
pub use name::InterfaceName;
pub use plan::{Call, Callee, Import, Plan};

use crate::diagnostic::{Diagnostic, Result};
use crate::names::suggest;

/// Members in their order, and where their side calls go.
#[derive(Clone, Debug)]
pub struct Chain {
    members: Vec<Member>,
    clients: BTreeMap<String, Client>,
    others: Client,
    split_imports: bool,
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
                    "not-a-service",
                    format!(
                        "side calls go to a service, and `{}` imports a next hop: `{next_hop}`",
                        service.name()
                    ),
                )
                .help("compose it with a service first, and name the result")),
        }
    }
}

/// A chain that has been linked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Composition {
    /// The component, in binary form.
    pub component: Vec<u8>,
    /// The world that it fits: `wasi:http/service@0.3.3`.
    pub world: String,
    /// What it imports beyond that world, if its members do.
    pub extra_imports: Vec<String>,
    /// Who calls whom, and what is left to the host.
    pub plan: Plan,
}

impl Chain {
    /// A chain of these members, the first of which the host calls.
    ///
    /// # Errors
    ///
    /// No members, two of one name, one that has no next hop and is not the last, and next hops whose
    /// version is of another line than the handler that they are linked to.
    pub fn new(members: Vec<Member>) -> Result<Self> {
        if members.is_empty() {
            return Err(
                Diagnostic::error("no-members", "a chain has at least one member")
                    .help("name components, the outermost first"),
            );
        }
        for (at, member) in members.iter().enumerate() {
            if members[..at].iter().any(|m| m.name() == member.name()) {
                return Err(member
                    .error(
                        "member-name",
                        format!("two members are called `{}`", member.name()),
                    )
                    .help("give them names: `first=stamp.wasm second=stamp.wasm`"));
            }
        }
        for pair in members.windows(2) {
            link::check(&pair[0], &pair[1])?;
        }
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
            return Err(Diagnostic::error("unknown-member", message)
                .help(suggest(member, "members", &names)));
        };
        if let (Client::Linked(_), None) = (&client, found.client()) {
            let error = found.error(
                "no-client",
                format!(
                    "`{member}` makes no side calls: it doesn't import `{}`",
                    name::CLIENT
                ),
            );
            return Err(error.help("leave that --client out"));
        }
        self.clients.insert(member.to_owned(), client);
        Ok(self)
    }

    /// Where the side calls of all members go for whom nothing else is said; to the host otherwise.
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
                let same = self.members.iter();
                let same = same.filter(|other| other.component == member.component);
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

    /// Links the members, and proves that the result fits its world. The same members give the same
    /// bytes. With [split imports](Chain::split_imports) the proof is made before they are split: a
    /// world has no names for them.
    ///
    /// # Errors
    ///
    /// A service of side calls that is called like a member, an import and an export that don't go
    /// together, imports that can't be merged, and a result that doesn't fit.
    pub fn compose(&self) -> Result<Composition> {
        self.check_services()?;
        let merged = link::link(self, false)?;
        let fit = fit::prove(self, &merged)?;
        let component = match self.split_imports {
            true => link::link(self, true)?,
            false => merged,
        };
        let component = crate::component::signed(component);
        let plan = Plan::of(self, &component, &fit.world)?;
        Ok(Composition {
            component,
            world: fit.world,
            extra_imports: fit.extra_imports,
            plan,
        })
    }

    /// Links the members, and proves nothing about the result.
    ///
    /// # Errors
    ///
    /// As [`Chain::compose`], but for a result that doesn't fit.
    pub(crate) fn link(&self) -> Result<Vec<u8>> {
        link::link(self, false)
    }

    /// The chain in WAC, the language of `wac compose`: it takes the members as `member:NAME`.
    ///
    /// # Errors
    ///
    /// What WAC has no words for: side calls that are linked or denied, and split imports.
    pub fn wac(&self) -> Result<String> {
        wac::source(self)
    }

    /// Fails if a service of side calls is called like a member: nobody could tell them apart.
    fn check_services(&self) -> Result<()> {
        for client in self.clients.values().chain([&self.others]) {
            if let Client::Linked(service) = client
                && self.members.iter().any(|m| m.name() == service.name())
            {
                let name = service.name();
                let message = format!("a member and a service of side calls are called `{name}`");
                let error = service.error("member-name", message);
                return Err(error.help("give one of them another name"));
            }
        }
        Ok(())
    }

    /// Where a member's side calls go.
    pub(crate) fn client_of(&self, member: &str) -> &Client {
        self.clients.get(member).unwrap_or(&self.others)
    }

    /// The newest version of `wasi:http` that a member has.
    fn version(&self) -> Option<Version> {
        let names = self.members.iter().flat_map(|member| {
            let others = member.next_hop.iter().chain(&member.client);
            std::iter::once(&member.handler).chain(others)
        });
        names.filter_map(|name| name.version.clone()).max()
    }
}
