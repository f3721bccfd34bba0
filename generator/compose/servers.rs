//! Next hops that lead to servers, by a member of ours that forwards requests.

use super::chain::{Chain, Target};
use super::forwarder::{self, Server};
use super::tree::Tree;
use crate::diagnostic::{Diagnostic, Result, codes};

impl Chain {
    /// Leads a next hop to a server. The composition then contains a small member of ours, which sends the requests as side
    /// calls; no [`Client`](super::Client) applies to it.
    ///
    /// # Errors
    ///
    /// As [`Chain::hop`], but for a target that is the host.
    pub fn hop_to_server(
        mut self,
        member: &str,
        name: Option<&str>,
        server: &Server,
    ) -> Result<Self> {
        let (caller, hop) = self.find_hop(member, name)?;
        let key = (caller.name().to_owned(), hop.name().to_owned());
        if self.hops.get(&key) == Some(&Target::Host) {
            self.hops.remove(&key);
        }
        let forwarder = self.forwarder(server)?;
        self.hop(&key.0, Some(&key.1), Target::Member(forwarder))
    }

    /// Leads all open next hops to a server, as [`Chain::hop_to_server`] does. Those that were left to the host by
    /// [`Chain::hop`] stay open.
    ///
    /// # Errors
    ///
    /// A chain without such a next hop. Also if the following member could be the target of several next hops.
    pub fn origin(mut self, server: &Server) -> Result<Self> {
        let open = self.clone().leave_open();
        let tree = Tree::of(&open)?;
        let keys: Vec<_> = tree.unchosen().map(|link| link.key()).collect();
        if keys.is_empty() {
            let last = tree.members.last().copied();
            let message = "`--origin` has no effect: the chain has no open next hop";
            let error = match last {
                Some(last) => last.error(codes::NO_NEXT_HOP, message.to_owned()),
                None => Diagnostic::error(codes::NO_NEXT_HOP, message),
            };
            let help =
                "leave out `--origin`, or the service at the end of the chain, or `--hop …=host`";
            return Err(error.help(help).into());
        }
        for (member, name) in keys {
            self = self.hop_to_server(&member, Some(&name), server)?;
        }
        Ok(self)
    }

    /// Returns the name of the member that forwards to a server, which is added if there is none yet: `origin`, or
    /// `origin2` if that is taken.
    fn forwarder(&mut self, server: &Server) -> Result<String> {
        if let Some((name, _)) = self.servers.iter().find(|(_, known)| *known == server) {
            return Ok(name.clone());
        }
        let names = std::iter::once("origin".to_owned());
        let mut names = names.chain((2..).map(|number| format!("origin{number}")));
        let is_taken = |name: &str| {
            self.member(name).is_some() || self.services().any(|service| service.name() == name)
        };
        let name = names.find(|name| !is_taken(name)).unwrap_or_default();
        self.members.push(forwarder::member(&name, server, self.version().as_ref())?);
        self.servers.insert(name.clone(), server.clone());
        Ok(name)
    }
}
