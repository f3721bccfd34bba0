//! Builds a chain from the file.

use super::contents::{Chain as ChainEntry, Member as MemberEntry};
use super::file::ChainFile;
use super::setting::Setting;
use super::target::{DENY, HopTarget, OriginTarget};
use crate::compose::{Chain, Client, Identity, Member, Server, Target};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::locate::{ReadFile, component_bytes, of_reference};
use crate::registry::Registries;

/// Options that messages about chains name, and what they are in the file.
const OPTIONS: [(&str, &str); 5] = [
    (
        "--hop",
        "in the file, `--hop MEMBER.NAME=TARGET` is `hops.NAME` of `[members.MEMBER]`",
    ),
    (
        "--client",
        "in the file, `--client MEMBER=TARGET` is `clients` of `[members.MEMBER]`",
    ),
    (
        "--origin",
        "in the file, `--origin` is `origin` of the chain",
    ),
    (
        "--max-memory",
        "in the file, `--max-memory` is `max-memory` of `[limits]`",
    ),
    ("NAME=", "in the file, the key of a member is its name"),
];

impl ChainFile {
    /// Reads the components of a chain, and links its hops and side calls. Next hops to origins are left to the host:
    /// [`ChainFile::origin_hops`] lists them.
    ///
    /// # Errors
    ///
    /// Every component that can't be read, fetched or used as a member, or that hasn't the stated digest; and everything that
    /// [`Chain`] rejects.
    pub fn load(&self, chain: &str, registries: &Registries, read: &ReadFile<'_>) -> Result<Chain> {
        self.linked(chain, registries, read)
            .map_err(|failure| self.explain(chain, failure))
    }

    /// Returns the next hops of a chain's members that lead to origins: the member, the hop's name, and the origin.
    pub fn origin_hops(&self, chain: &str) -> Vec<(&str, &str, OriginTarget<'_>)> {
        let contents = self.contents();
        let members = contents.members_of(chain).into_iter();
        let hops = members.flat_map(|name| {
            let hops = contents.members.get(name).map(|member| member.hops.iter());
            hops.into_iter()
                .flatten()
                .map(move |(hop, target)| (name, hop.as_str(), target))
        });
        let to_origins =
            hops.filter_map(|(name, hop, target)| match contents.hop_target(target)? {
                HopTarget::Origin(origin) => Some((name, hop, origin)),
                _ => None,
            });
        to_origins.collect()
    }

    /// Leads the hops of a chain to origins by members that forward requests, as [`Chain::hop_to_server`] and [`Chain::origin`]
    /// do. `origin` replaces that of the file.
    ///
    /// # Errors
    ///
    /// An origin of several servers, and everything that these functions reject.
    pub fn lead_to_servers(
        &self,
        chain: &str,
        mut composed: Chain,
        origin: Option<&Server>,
    ) -> Result<Chain> {
        for (member, hop, target) in self.origin_hops(chain) {
            let server = self.only_server(chain, target)?;
            composed = composed.hop_to_server(member, Some(hop), &server)?;
        }
        if let Some(server) = origin {
            return composed.origin(server);
        }
        let entry = self.entry(chain);
        match entry.and_then(|entry| self.contents().origin_target(entry.origin.as_ref()?)) {
            Some(target) => {
                let server = self.only_server(chain, target)?;
                composed.origin(&server).map_err(|failure| self.explain(chain, failure))
            }
            None => Ok(composed),
        }
    }

    /// Adds to a failure where the chain is, and what the options that it names are in the file.
    #[must_use]
    pub fn explain(&self, chain: &str, failure: Failure) -> Failure {
        let key = self.contents().chains.get_key_value(chain).map(|(name, _)| self.place(name));
        failure.map(|diagnostic| {
            let is_in_file = |place: &Place| matches!(place, Place::Source(_));
            let is_placed = diagnostic.places.iter().any(is_in_file);
            let text = format!("{} {}", diagnostic.message, diagnostic.help.join(" "));
            let helps = OPTIONS.iter().filter(|(option, _)| text.contains(option));
            let helps: Vec<&str> = helps.map(|(_, help)| *help).collect();
            let diagnostic = match &key {
                Some(place) if !is_placed => diagnostic.at(place.clone()),
                _ => diagnostic,
            };
            helps.into_iter().fold(diagnostic, Diagnostic::help)
        })
    }

    fn entry(&self, chain: &str) -> Option<&ChainEntry> {
        self.contents().chains.get(chain)
    }

    fn linked(&self, name: &str, registries: &Registries, read: &ReadFile<'_>) -> Result<Chain> {
        let contents = self.contents();
        let line: Vec<&str> = self.entry(name).map_or_else(Vec::new, |chain| {
            chain.members.iter().map(|member| member.as_str()).collect()
        });
        let services = self.services(name);
        let others: Vec<&str> = contents
            .members_of(name)
            .into_iter()
            .filter(|member| !line.contains(member) && !services.contains(member))
            .collect();
        let names = line.iter().chain(&others).chain(&services);
        let read = |member: &&str| self.member(member, registries, read);
        let mut members: Vec<Member> = Failure::collect(names.map(read))?;
        let services = members.split_off(line.len() + others.len());
        let others = members.split_off(line.len());
        let mut chain = Chain::new(members)?;
        for member in others {
            chain = chain.with_member(member)?;
        }
        for member in contents.members_of(name) {
            let Some(entry) = contents.members.get(member) else {
                continue;
            };
            for (hop, target) in &entry.hops {
                let led = match contents.hop_target(target) {
                    Some(HopTarget::Denied) => Target::Denied,
                    Some(HopTarget::Member(name)) => Target::Member(name.to_owned()),
                    _ => Target::Host,
                };
                let linked = chain.hop(member, Some(hop), led);
                chain = linked.map_err(|error| self.placed(error, target))?;
            }
            if let Some(clients) = &entry.clients {
                for (call, target) in clients.targets() {
                    let client = match services.iter().find(|service| service.name() == target) {
                        Some(service) if target != DENY => Client::linked(service.clone())?,
                        _ => Client::Denied,
                    };
                    let linked = match call {
                        Some(call) => chain.named_client(member, call, client),
                        None => chain.client(member, client),
                    };
                    chain = linked.map_err(|error| self.placed(error, clients))?;
                }
            }
        }
        Ok(chain)
    }

    /// Returns the names of the members that are targets of side calls.
    fn services(&self, chain: &str) -> Vec<&str> {
        let contents = self.contents();
        let members = contents.members_of(chain).into_iter();
        let clients = members.filter_map(|name| contents.members.get(name)?.clients.as_ref());
        let targets = clients.flat_map(|clients| clients.targets());
        let mut services: Vec<&str> =
            targets.map(|(_, target)| target).filter(|target| *target != DENY).collect();
        let mut seen = std::collections::BTreeSet::new();
        services.retain(|name| seen.insert(*name));
        services
    }

    /// Reads the component of a member, and compares it with the stated digest.
    ///
    /// # Errors
    ///
    /// A name that no member has, a component that can't be read or fetched, and one with another digest.
    pub fn read_component(
        &self,
        name: &str,
        registries: &Registries,
        read: &ReadFile<'_>,
    ) -> Result<Vec<u8>> {
        let Some(entry) = self.contents().members.get(name) else {
            let message = format!("no member is called `{name}`");
            return Err(Diagnostic::error(codes::UNKNOWN_MEMBER, message).into());
        };
        let file = self.component(&entry.component);
        let place = self.place(&entry.component);
        let bytes = component_bytes(&file, registries, read)
            .map_err(|failure| failure.map(|error| error.instead_at(place.clone())))?;
        self.check_digest(entry, &bytes)?;
        Ok(bytes)
    }

    /// Reads a member.
    fn member(&self, name: &str, registries: &Registries, read: &ReadFile<'_>) -> Result<Member> {
        let bytes = self.read_component(name, registries, read)?;
        let component = &self.contents().members[name].component;
        let (file, place) = (self.component(component), self.place(component));
        let member = Member::new(name, &bytes).map_err(|error| error.at(place.clone()))?;
        Ok(of_reference(member, &file).from_place(place))
    }

    fn check_digest(&self, entry: &MemberEntry, bytes: &[u8]) -> Result<()> {
        let Some(stated) = &entry.digest else {
            return Ok(());
        };
        let found = Identity::digest_of(bytes);
        if **stated == found {
            return Ok(());
        }
        let message = format!("`{}` has the digest {found}", *entry.component);
        Err(Diagnostic::error(codes::COMPONENT_DIGEST, message)
            .at(self.place(stated))
            .at(self.place(&entry.component))
            .help("find out who changed the component; write this digest to accept it")
            .into())
    }

    /// Returns the only server of an origin.
    fn only_server(&self, chain: &str, origin: OriginTarget<'_>) -> Result<Server> {
        let servers = self.contents().servers(origin);
        if let [server] = servers.as_slice()
            && let Ok(server) = server.parse()
        {
            return Ok(server);
        }
        let (OriginTarget::Named(name) | OriginTarget::Url(name)) = origin;
        let message = format!(
            "the origin `{name}` has {} servers, but a component can send requests to only one",
            servers.len()
        );
        let error = Diagnostic::error(codes::UNKNOWN_ORIGIN, message)
            .help("serve the chain with `witgen serve`, or pass `--origin URL`");
        let key = self.contents().origins.get_key_value(name);
        let error = key.into_iter().fold(error, |error, (key, _)| error.at(self.place(key)));
        Err(self.explain(chain, error.into()))
    }

    fn placed<T>(&self, failure: Failure, setting: &Setting<T>) -> Failure {
        failure.map(|error| error.instead_at(self.place(setting)))
    }
}
