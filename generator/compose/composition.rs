//! A chain becomes one component.

use std::collections::BTreeSet;

use super::externs::ExternNames;
use super::hop::{self, Hop};
use super::link::Linked;
use super::plan::Composed;
use super::tree::Tree;
use super::{Chain, Client, Member, Plan, fit, link, presentation};
use crate::built_for::other_versions;
use crate::diagnostic::{Failure, Result, codes};
use crate::source::{Features, Source, load};

/// A chain that has been linked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Composition {
    /// The component, in binary form.
    pub component: Vec<u8>,
    /// The world that it fits: `wasi:http/service@0.3.1002`. If next hops are open, and they are no world's, it fits that
    /// of services with these as additional imports.
    pub world: String,
    /// The next hops that it imports: those of its members that are left to the host. None if the chain is closed.
    pub open_hops: Vec<Hop>,
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
    /// Next hops that don't lead where they should: to no member though the chain is closed, to the one that follows
    /// though several could, in a cycle. A service of side calls that is called like a member, a member of a pre-release
    /// of `wasi:http`, an import and an export that don't go together, imports that can't be merged, a result that
    /// doesn't fit, and one that can't be presented as [`Chain::present_as`] and [`Chain::wasi_version`] say.
    pub fn compose(&self) -> Result<Composition> {
        self.check_services()?;
        self.check_versions()?;
        let tree = Tree::of(self)?;
        let merged = link::link(self, &tree, false)?;
        let newest = self.version();
        let names = presentation::names(&self.presentation, &tree, &merged, newest.as_ref())?;
        let merged_hops = names.apply_to_hops(&open_hops(&tree, &merged)?);
        let fit = fit::check(&merged_hops, &names.apply_to(&merged.component)?)?;
        let (linked, names) = if self.split_imports {
            let split = link::link(self, &tree, true)?;
            let names = presentation::names(&self.presentation, &tree, &split, newest.as_ref())?;
            (split, names)
        } else {
            (merged, names)
        };
        let open_hops = names.apply_to_hops(&open_hops(&tree, &linked)?);
        let mut plan = Plan::of(self, &tree, &linked, &fit.world, &open_hops)?;
        names.apply_to_plan(&mut plan)?;
        let component = crate::component::signed(names.apply_to(&linked.component)?);
        Ok(Composition {
            component,
            world: fit.world,
            open_hops,
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
        Ok(link::link(self, &Tree::of(self)?, false)?.component)
    }

    /// The next hops that are left to the host, each with its member. A chain is open if there are any.
    ///
    /// # Errors
    ///
    /// As [`Chain::compose`], for next hops that don't lead where they should.
    pub fn open_hops(&self) -> Result<Vec<(&Member, &Hop)>> {
        let tree = Tree::of(self)?;
        Ok(tree.open().map(|link| (link.member, link.hop)).collect())
    }

    /// Rejects members that were built for a pre-release: what they import and export has another shape, or the
    /// same one under a name that no host knows.
    fn check_versions(&self) -> Result<()> {
        let services = self.chosen_clients().filter_map(|client| match client {
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
        for client in self.chosen_clients() {
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

/// The next hops that a composition imports: what the imports of its members have become.
fn open_hops(tree: &Tree<'_>, linked: &Linked) -> Result<Vec<Hop>> {
    let composed = Composed {
        imports: ExternNames::of(&linked.component)?.imports,
        apart: &linked.apart,
    };
    let open = tree.open().filter_map(|link| composed.import_of(link.member, link.hop));
    let open: BTreeSet<usize> = open.collect();
    Ok(hop::named(
        open.into_iter().map(|at| (&composed.imports[at], false)),
    ))
}
