//! A chain becomes one component.

use std::collections::BTreeSet;

use super::externs::ExternNames;
use super::hop::{self, Hop};
use super::link::Linked;
use super::plan::Composed;
use super::tree::Tree;
use super::{Chain, Client, Member, Plan, fit, link, presentation, returned_bodies};
use crate::built_for::other_versions;
use crate::diagnostic::{Diagnostic, Failure, Result, codes};
use crate::source::embedded_package;

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
    /// Its imports beyond that world, if its members have any.
    pub extra_imports: Vec<String>,
    /// The calls between members, and the calls to the host.
    pub plan: Plan,
    /// Possible problems at run time: members that return bodies which a member before them may have written.
    pub warnings: Vec<Diagnostic>,
}

impl Chain {
    /// Links the members, and proves that the result fits its world. The same members give the same
    /// bytes. With [split imports](Chain::split_imports) the proof is made before they are split: a
    /// world has no names for them.
    ///
    /// # Errors
    ///
    /// Next hops without a valid target: an open one in a closed chain, an ambiguous one, or a cycle. A service of side calls
    /// with the name of a member, and a member of a pre-release of `wasi:http`. An import and an export that don't match, and
    /// imports that can't be merged. A result that doesn't fit, and one that can't be presented as [`Chain::present_as`] and
    /// [`Chain::wasi_version`] require.
    pub fn compose(&self) -> Result<Composition> {
        self.check_services()?;
        self.check_versions()?;
        let tree = Tree::of(self)?;
        reject_next_hops_of_wasi_0_2(&tree)?;
        if !self.links_by_host {
            self.reject_wasi_0_2(&tree)?;
        }
        if let [only] = tree.members.as_slice()
            && only.is_wasi_0_2()
        {
            return self.unlinked(&tree, only);
        }
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
            warnings: returned_bodies::warnings(&tree),
        })
    }

    /// Rejects what only a host can link.
    fn reject_wasi_0_2(&self, tree: &Tree<'_>) -> Result<()> {
        let members = tree.members.iter().filter(|member| member.is_wasi_0_2());
        let services = self.services().filter(|service| service.is_wasi_0_2());
        let members = members.copied().chain(services).map(|member| {
            let message = format!(
                "`{}` is a service of WASI 0.2 (it exports `{}`), and no component can contain it together with components of \
                 WASI 0.3",
                member.name(),
                member.handler
            );
            let error = member.error(codes::WASI_0_2, message);
            error.help("run it with `witgen serve`, as the last member of the chain or behind --client; or build it for WASI 0.3")
        });
        let calls = tree.members.iter().flat_map(|member| {
            let calls = member.side_calls().filter(|call| {
                call.is_wasi_0_2() && !matches!(self.client_of(member, call), Client::Host)
            });
            calls.map(|call| {
                let name = member.name();
                let message = format!(
                    "`{name}` makes side calls through `{call}`, which only a host can link or deny"
                );
                let error = member.error(codes::WASI_0_2, message);
                error.help("leave out its `--client`, or run the chain with `witgen serve`")
            })
        });
        Failure::of(members.chain(calls).collect()).map_or(Ok(()), Err)
    }

    /// Returns a service of WASI 0.2 as it is.
    fn unlinked(&self, tree: &Tree<'_>, only: &Member) -> Result<Composition> {
        let linked = Linked {
            component: only.component().to_owned(),
            apart: Vec::new(),
            observed: Vec::new(),
        };
        let version = only.handler.version.as_ref().map_or_else(String::new, |v| format!("@{v}"));
        let world = format!("wasi:http/proxy{version}");
        Ok(Composition {
            plan: Plan::of(self, tree, &linked, &world, &[])?,
            component: linked.component,
            world,
            open_hops: Vec::new(),
            extra_imports: Vec::new(),
            warnings: Vec::new(),
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
        let supported = embedded_package()?;
        Failure::collect::<(), ()>(members.map(|member| {
            let others = other_versions(supported, member.component())?;
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

/// Rejects services of WASI 0.2 that import a next hop of WASI 0.3.
fn reject_next_hops_of_wasi_0_2(tree: &Tree<'_>) -> Result<()> {
    let links = tree.links.iter().filter(|link| link.member.is_wasi_0_2());
    let errors = links.map(|link| {
        let (name, member) = (link.hop.name(), link.member.name());
        let message =
            format!("`{member}` exports a handler of WASI 0.2 and imports a next hop, `{name}`");
        let error = link.member.error(codes::WASI_0_2, message);
        error.help("build it for WASI 0.3, whose handlers can wait for a next hop")
    });
    Failure::of(errors.collect()).map_or(Ok(()), Err)
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
