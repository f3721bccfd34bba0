//! A chain becomes one component.

use super::{Chain, Client, Plan, fit, link};
use crate::diagnostic::{Result, codes};

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
    /// A service of side calls that is called like a member, an import and an export that don't go
    /// together, imports that can't be merged, and a result that doesn't fit.
    pub fn compose(&self) -> Result<Composition> {
        self.check_services()?;
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
