//! The meaning of a next hop's target.

use super::contents::Contents;
use super::origin::ServerUrl;
use super::setting::Setting;

/// The target that rejects all requests.
pub(super) const DENY: &str = "deny";
/// A target of `witgen compose` alone.
pub(super) const HOST: &str = "host";

/// Where a next hop leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HopTarget<'a> {
    /// Nowhere: each request ends with `HTTP-request-denied`.
    Denied,
    /// To a member, by its name.
    Member(&'a str),
    /// To servers.
    Origin(OriginTarget<'a>),
}

/// Servers that next hops lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginTarget<'a> {
    /// One of `[origins]`, by its name.
    Named(&'a str),
    /// A single server, by its URL.
    Url(&'a str),
}

impl Contents {
    /// Returns what the target of a next hop stands for; `None` if nothing has this name.
    pub fn hop_target<'a>(&self, target: &'a str) -> Option<HopTarget<'a>> {
        match target {
            DENY => Some(HopTarget::Denied),
            name if self.members.contains_key(name) => Some(HopTarget::Member(name)),
            other => self.origin_target(other).map(HopTarget::Origin),
        }
    }

    /// Returns what an `origin` stands for; `None` if no origin has this name.
    pub fn origin_target<'a>(&self, target: &'a str) -> Option<OriginTarget<'a>> {
        if target.contains("://") {
            return Some(OriginTarget::Url(target));
        }
        self.origins.contains_key(target).then_some(OriginTarget::Named(target))
    }

    /// Returns the servers of an origin.
    pub fn servers<'a>(&'a self, origin: OriginTarget<'a>) -> Vec<&'a str> {
        match origin {
            OriginTarget::Url(url) => vec![url],
            OriginTarget::Named(name) => {
                let servers = self.origins.get(name).map(|origin| origin.servers.iter());
                let url = |server: &'a Setting<ServerUrl>| server.0.as_str();
                servers.into_iter().flatten().map(url).collect()
            }
        }
    }

    /// Returns the names of the members of a chain: of its line, and of those that next hops and side calls lead to, in the
    /// order in which they are found.
    pub fn members_of(&self, chain: &str) -> Vec<&str> {
        let line = self.chains.get(chain).map(|chain| chain.members.iter());
        let mut found: Vec<&str> = Vec::new();
        let mut pending: Vec<&str> =
            line.into_iter().flatten().map(|name| name.as_str()).rev().collect();
        while let Some(name) = pending.pop() {
            let Some(member) = self.members.get(name).filter(|_| !found.contains(&name)) else {
                continue;
            };
            found.push(name);
            let hops = member.hops.values().map(|target| target.as_str());
            let clients = member.clients.iter().flat_map(|clients| clients.targets());
            let targets: Vec<&str> = hops.chain(clients.map(|(_, target)| target)).collect();
            pending.extend(targets.into_iter().rev());
        }
        found
    }
}
