//! A chain becomes one component.

use super::{Chain, Client, Member, Plan, fit, link};
use crate::built_for::other_versions;
use crate::diagnostic::{Failure, Result, codes};
use crate::source::{Features, Source, load};

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
    /// Links the members, and proves that the result fits its world. The same members give the same
    /// bytes. With [split imports](Chain::split_imports) the proof is made before they are split: a
    /// world has no names for them.
    ///
    /// # Errors
    ///
    /// A service of side calls that is called like a member, a member of a pre-release of `wasi:http`, an import
    /// and an export that don't go together, imports that can't be merged, and a result that doesn't fit.
    pub fn compose(&self) -> Result<Composition> {
        self.check_services()?;
        self.check_versions()?;
        let merged = link::link(self, false)?;
        let fit = fit::check(self, &merged)?;
        let component = if self.split_imports {
            link::link(self, true)?
        } else {
            merged
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

    /// Rejects members that were built for a pre-release: what they import and export has another shape, or the
    /// same one under a name that no host knows.
    fn check_versions(&self) -> Result<()> {
        let services =
            self.clients.values().chain([&self.others]).filter_map(|client| match client {
                Client::Linked(service) => Some(&**service),
                Client::Host | Client::Denied => None,
            });
        let is_prerelease = |member: &&Member| {
            let version = member.handler.version.as_ref();
            version.is_some_and(|version| !version.pre.is_empty())
        };
        let mut members = self.members.iter().chain(services).filter(is_prerelease).peekable();
        if members.peek().is_none() {
            return Ok(());
        }
        let supported = load(&Source::Embedded, &Features::default())?;
        Failure::collect::<(), ()>(members.map(|member| {
            let others = other_versions(&supported, member.component())?;
            let Some(other) = others.iter().find(|other| other.package == "wasi:http") else {
                return Ok(());
            };
            let message = format!("`{}` is built for {other}", member.name());
            let error = member.error(codes::UNSUPPORTED_VERSION, message);
            Err(error.help(other.advice()).into())
        }))
    }

    /// Rejects a service of side calls with the name of a member: their names have to differ.
    fn check_services(&self) -> Result<()> {
        for client in self.clients.values().chain([&self.others]) {
            if let Client::Linked(service) = client
                && self.members.iter().any(|m| m.name() == service.name())
            {
                let name = service.name();
                let message = format!("a member and a service of side calls are called `{name}`");
                let error = service.error(codes::MEMBER_NAME, message);
                return Err(error.help("give one of them another name").into());
            }
        }
        Ok(())
    }
}
