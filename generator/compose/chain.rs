//! A chain: a line of members, those that branch off from it, and where their side calls go.

use std::collections::BTreeMap;

use semver::Version;

use super::form::{Form, Presentation};
use super::forwarder::Server;
use super::hop::Hop;
use super::requirements::{check_name, check_next_hop, next_hop, no_client, several_callers};
use super::{Member, renamed};
use crate::diagnostic::{Diagnostic, Failure, Result, codes};
use crate::names::suggest;

/// A line of members, those that branch off from it, and where their side calls go.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Those of the line, the outermost first, and after them those that were added.
    pub(super) members: Vec<Member>,
    /// How many of the members are the line.
    pub(super) line: usize,
    /// Where single next hops lead, by the names of the member and of the hop.
    pub(super) hops: BTreeMap<(String, String), Target>,
    clients: BTreeMap<String, Client>,
    /// Where single side calls go, by the names of the member and of the import.
    named_clients: BTreeMap<(String, String), Client>,
    others: Client,
    /// The servers that members of ours forward to, by the members' names.
    pub(super) servers: BTreeMap<String, Server>,
    pub(super) split_imports: bool,
    pub(super) leaves_open: bool,
    pub(super) links_by_host: bool,
    pub(super) observes_calls: bool,
    pub(super) presentation: Presentation,
}

/// Where a next hop leads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// To the host: the composition imports it.
    Host,
    /// Nowhere: each request ends with `HTTP-request-denied`.
    Denied,
    /// To the handler of a member, by the member's name. Several next hops may lead to one member.
    Member(String),
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
        let Some(next_hop) = service.next_hops().next() else {
            return Ok(Client::Linked(Box::new(service)));
        };
        let message = format!(
            "side calls go to a service, and `{}` imports a next hop: `{next_hop}`",
            service.name()
        );
        Err(service
            .error(codes::NOT_A_SERVICE, message)
            .help("compose it with a service first, and name the result")
            .into())
    }
}

impl Chain {
    /// Creates a line of members; the host calls the first. The next hop of each member is the handler of the member after it:
    /// the next hop called `origin`, else the unlabelled `handler`, else the only one.
    ///
    /// # Errors
    ///
    /// No members; or every one that has the name of an earlier one, or that has no next hop and is not the last.
    pub fn new(members: Vec<Member>) -> Result<Self> {
        if members.is_empty() {
            return Err(
                Diagnostic::error(codes::NO_MEMBERS, "a chain has at least one member")
                    .help("name components, the outermost first")
                    .into(),
            );
        }
        let names = members
            .iter()
            .enumerate()
            .map(|(at, member)| check_name(member, &members[..at]));
        let services = members.windows(2).map(|pair| check_next_hop(&pair[0], &pair[1]));
        Failure::collect::<(), ()>(names.chain(services))?;
        Ok(Chain {
            line: members.len(),
            members,
            hops: BTreeMap::new(),
            clients: BTreeMap::new(),
            named_clients: BTreeMap::new(),
            others: Client::Host,
            servers: BTreeMap::new(),
            split_imports: false,
            leaves_open: false,
            links_by_host: false,
            observes_calls: false,
            presentation: Presentation::default(),
        })
    }

    /// Adds a member that isn't in the line, for a next hop to lead to.
    ///
    /// # Errors
    ///
    /// One with the name of another member.
    pub fn with_member(mut self, member: Member) -> Result<Self> {
        check_name(&member, &self.members)?;
        self.members.push(member);
        Ok(self)
    }

    /// Where a next hop leads. Its name may be left out if it is the member's only one, and the member's if no other member
    /// has a next hop with that name.
    ///
    /// ```
    /// # use witgen::compose::{Chain, Member, Target};
    /// # fn example(router: Member, primary: Member, fallback: Member) -> witgen::diagnostic::Result<()> {
    /// let chain = Chain::new(vec![router])?
    ///     .with_member(primary)?
    ///     .with_member(fallback)?
    ///     .hop("router", Some("primary"), Target::Member("primary".to_owned()))?
    ///     .hop("router", Some("fallback"), Target::Member("fallback".to_owned()))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// An unknown member or next hop, one of several hops without its name, and a hop that already has a target.
    pub fn hop(mut self, member: &str, name: Option<&str>, target: Target) -> Result<Self> {
        let (caller, hop) = self.find_hop(member, name)?;
        if let Target::Member(callee) = &target {
            self.known(callee)?;
        }
        let key = (caller.name().to_owned(), hop.name().to_owned());
        if self.hops.contains_key(&key) {
            let message = format!("the next hop `{}` of `{}` has two targets", key.1, key.0);
            let error = caller.error(codes::TWO_TARGETS, message);
            return Err(error.help("leave out one of the `--hop` options").into());
        }
        self.hops.insert(key, target);
        Ok(self)
    }

    /// Returns the next hop that these names mean, and its member, as [`Chain::hop`] finds them.
    ///
    /// # Errors
    ///
    /// An unknown member or next hop, and one of several hops without its name.
    pub fn find_hop(&self, member: &str, name: Option<&str>) -> Result<(&Member, &Hop)> {
        if name.is_none() && self.member(member).is_none() {
            let hops = || {
                let callers = self.members.iter();
                callers.flat_map(|caller| caller.next_hops().map(move |hop| (caller, hop)))
            };
            let mut named = hops().filter(|(_, hop)| hop.name() == member);
            return match (named.next(), named.next()) {
                (Some(only), None) => Ok(only),
                (Some((first, _)), Some(_)) => Err(several_callers(first, member).into()),
                (None, _) => {
                    let mut names: Vec<_> = self.members.iter().map(Member::name).collect();
                    names.extend(hops().map(|(_, hop)| hop.name()));
                    names.dedup();
                    let message = format!("no member and no next hop is called `{member}`");
                    let error = Diagnostic::error(codes::UNKNOWN_MEMBER, message);
                    Err(error.help(suggest(member, "members and next hops", &names)).into())
                }
            };
        }
        let caller = self.known(member)?;
        Ok((caller, next_hop(caller, name)?))
    }

    /// Where a member's side calls go, by all its imports that have no target of their own.
    ///
    /// # Errors
    ///
    /// A name that no member has, and a service for one that makes no side calls.
    pub fn client(mut self, member: &str, client: Client) -> Result<Self> {
        let found = self.known(member)?;
        if let (Client::Linked(_), None) = (&client, found.side_calls().next()) {
            return Err(no_client(found).into());
        }
        self.clients.insert(member.to_owned(), client);
        Ok(self)
    }

    /// Where the side calls go that a member makes by one import, whose label is the name: `auth` for
    /// `import auth: wasi:http/client`.
    ///
    /// # Errors
    ///
    /// A name that no member has, and one that none of its side calls has.
    pub fn named_client(mut self, member: &str, name: &str, client: Client) -> Result<Self> {
        let found = self.known(member)?;
        if found.side_calls().next().is_none() {
            return Err(no_client(found).into());
        }
        if !found.side_calls().any(|call| call.name() == name) {
            let message = format!("`{member}` makes no side calls by the name `{name}`");
            let names: Vec<_> = found.side_calls().map(Hop::name).collect();
            let error = found.error(codes::UNKNOWN_HOP, message);
            return Err(error.help(suggest(name, "its side calls", &names)).into());
        }
        self.named_clients.insert((member.to_owned(), name.to_owned()), client);
        Ok(self)
    }

    /// Default target for the side calls of members without a target of their own; the host if there is none.
    #[must_use]
    pub fn other_clients(mut self, client: Client) -> Self {
        self.others = client;
        self
    }

    /// Whether each member's imports from the host stay apart, under labels that begin with its name:
    /// `gate-client` for `wasi:http/client`, and `router-primary` for the label `primary`. Those that define resources
    /// can't, and are merged always.
    #[must_use]
    pub fn split_imports(mut self, split: bool) -> Self {
        self.split_imports = split;
        self
    }

    /// Leaves all next hops that lead nowhere to the host. Otherwise, those of a chain that is closed are errors.
    #[must_use]
    pub fn leave_open(mut self) -> Self {
        self.leaves_open = true;
        self
    }

    /// Leaves to the host what no component can contain: calls of services of WASI 0.2, and side calls of components of WASI 0.2
    /// that lead elsewhere than to the host. In the plan, these calls have an import of the composition. Otherwise, they are
    /// errors.
    #[must_use]
    pub fn link_by_host(mut self) -> Self {
        self.links_by_host = true;
        self
    }

    /// Leaves the calls between members to the host, which can then observe them, and splits imports. In the plan, these calls have
    /// an import of the composition, and an export: the handler to call.
    #[must_use]
    pub fn observe_calls(mut self) -> Self {
        self.split_imports = true;
        self.observes_calls = true;
        self
    }

    /// The world whose next hop the composition has: its only open next hop gets the name that it has there.
    #[must_use]
    pub fn present_as(mut self, form: Form) -> Self {
        self.presentation.form = Some(form);
        self
    }

    /// The version of all interfaces of WASI 0.3 that the composition imports and exports, for hosts that look them up by
    /// their exact names.
    #[must_use]
    pub fn wasi_version(mut self, version: Version) -> Self {
        self.presentation.version = Some(version);
        self
    }

    /// Gives the core modules of each member and of each service of side calls its name, which traps then show. Those of
    /// the same bytes are one to a runtime, and have all their names: `first or second`.
    #[must_use]
    pub fn name_modules(mut self) -> Self {
        let all: Vec<(String, Vec<u8>)> = self
            .members
            .iter()
            .chain(self.services())
            .map(|member| (member.name().to_owned(), member.component.clone()))
            .collect();
        let named = |member: &mut Member| {
            let same = all.iter().filter(|(_, component)| *component == member.component);
            let names: Vec<_> = same.map(|(name, _)| name.as_str()).collect();
            member.component = renamed::modules(&member.component, &names.join(" or "));
        };
        self.members.iter_mut().for_each(named);
        let clients = self.clients.values_mut().chain(self.named_clients.values_mut());
        for client in clients.chain([&mut self.others]) {
            if let Client::Linked(service) = client {
                named(service);
            }
        }
        self
    }

    /// The members: those of the line, the outermost first, and then those that were added.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The services that side calls go to, by their names.
    pub fn services(&self) -> impl Iterator<Item = &Member> {
        let linked = self.chosen_clients().filter_map(|client| match client {
            Client::Linked(service) => Some((service.name(), &**service)),
            Client::Host | Client::Denied => None,
        });
        linked.collect::<BTreeMap<_, _>>().into_values()
    }

    /// The number of next hops and side calls that are denied. In a composition, each has a component that rejects its requests.
    pub fn denials(&self) -> usize {
        let next_hops = self.hops.values().filter(|target| **target == Target::Denied).count();
        let calls = self.members.iter().flat_map(|member| {
            member
                .side_calls()
                .filter(|call| matches!(self.client_of(member, call), Client::Denied))
        });
        next_hops + calls.count()
    }

    /// The member of this name.
    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name() == name)
    }

    /// The member of this name.
    ///
    /// # Errors
    ///
    /// A name that no member has.
    fn known(&self, name: &str) -> Result<&Member> {
        self.member(name).ok_or_else(|| {
            let names: Vec<_> = self.members.iter().map(Member::name).collect();
            let message = format!("no member of the chain is called `{name}`");
            let error = Diagnostic::error(codes::UNKNOWN_MEMBER, message);
            error.help(suggest(name, "members", &names)).into()
        })
    }

    /// Where a member's side calls go, by one of its imports.
    pub(super) fn client_of(&self, member: &Member, call: &Hop) -> &Client {
        if self.servers.contains_key(member.name()) {
            return &Client::Host;
        }
        let key = (member.name().to_owned(), call.name().to_owned());
        let own = self.named_clients.get(&key).or_else(|| self.clients.get(member.name()));
        own.unwrap_or(&self.others)
    }

    /// Whether only a host can link a side call to its target.
    pub(super) fn is_linked_by_host(&self, member: &Member, call: &Hop) -> bool {
        match self.client_of(member, call) {
            Client::Host => false,
            Client::Denied => call.is_wasi_0_2(),
            Client::Linked(service) => call.is_wasi_0_2() || service.is_wasi_0_2(),
        }
    }

    /// Whether side calls to a service are linked in the composition.
    pub(super) fn links_inside(&self, service: &Member) -> bool {
        self.calls_service(service, false)
    }

    /// Whether a host links side calls to a service, which then runs beside the composition.
    pub(super) fn links_beside(&self, service: &Member) -> bool {
        self.calls_service(service, true)
    }

    fn calls_service(&self, service: &Member, by_host: bool) -> bool {
        self.members.iter().any(|member| {
            let mut calls = member.side_calls();
            calls.any(|call| {
                let client = self.client_of(member, call);
                let is_linked =
                    matches!(client, Client::Linked(linked) if linked.name() == service.name());
                is_linked && self.is_linked_by_host(member, call) == by_host
            })
        })
    }

    /// All targets of side calls that were chosen.
    pub(super) fn chosen_clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values().chain(self.named_clients.values()).chain([&self.others])
    }

    /// The newest version of `wasi:http` that a member has.
    pub(super) fn version(&self) -> Option<Version> {
        let names = self.members.iter().flat_map(|member| {
            let hops = member.next_hops().chain(member.side_calls()).map(Hop::interface);
            let of_wasi = hops.filter(|interface| interface.path.starts_with("wasi:http/"));
            std::iter::once(&member.handler).chain(of_wasi)
        });
        names.filter_map(|name| name.version.clone()).max()
    }
}
