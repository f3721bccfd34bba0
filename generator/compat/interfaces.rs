//! Interfaces that both packages have.

use std::collections::HashSet;

use super::change::Change;
use super::compare::{Common, Compare};
use super::roles::Role;
use crate::compare::pair;
use crate::model::{Function, FunctionKind, Interface, TypeDef, TypeKind};

impl<'a> Compare<'_, 'a> {
    /// Compares an interface by its key.
    pub fn interface(&mut self, key: &str, role: &Role, old: &'a Interface, new: &'a Interface) {
        self.common(key, common(old), common(new), role.lost());
        self.contents(key, role, old, new);
    }

    /// Compares what two interfaces have.
    pub fn contents(&mut self, key: &str, role: &Role, old: &'a Interface, new: &'a Interface) {
        let gone = self.types_of(key, role, old, new);
        self.functions_of(key, role, old, new, &gone);
    }

    /// Compares the types of an interface; those that only one side has, by name.
    fn types_of(
        &mut self,
        key: &str,
        role: &Role,
        old: &'a Interface,
        new: &'a Interface,
    ) -> HashSet<&'a str> {
        let types = pair(&old.types, &new.types, |def: &'a TypeDef| def.name.as_str());
        let removed: Vec<_> = types.removed().collect();
        let added = &types.added;
        let renamed = pairs(&removed, added, |a, b| {
            // Only their names tell these apart.
            let is_name_only = matches!(a.kind, TypeKind::Use(_) | TypeKind::Resource);
            !is_name_only && self.types.definitions(a, b)
        });
        for (a, b) in &renamed {
            let message = format!(
                "{} `{key}.{}` was renamed to `{}`",
                b.noun(),
                a.name,
                b.name
            );
            let breaks = role.lost_type(&a.name).and(role.gained_type(&b.name));
            let change = Change::new("type-renamed", format!("{key}.{}", a.name), message);
            self.push(
                change.breaks(breaks),
                a.position.as_ref(),
                b.position.as_ref(),
            );
        }
        for def in &removed {
            if !renamed.iter().any(|(a, _)| a.name == def.name) {
                let item = format!("{key}.{}", def.name);
                let message = format!("{} `{item}` was removed", def.noun());
                let change =
                    Change::new("type-removed", &item, message).breaks(role.lost_type(&def.name));
                self.removed(&item, change, def.position.as_ref(), new.position.as_ref());
            }
        }
        for def in added {
            if !renamed.iter().any(|(_, b)| b.name == def.name) {
                let item = format!("{key}.{}", def.name);
                let message = format!("{} `{item}` was added", def.noun());
                let change =
                    Change::new("type-added", &item, message).breaks(role.gained_type(&def.name));
                self.added(&item, change, def.position.as_ref());
            }
        }
        for (def, other) in types.common() {
            let item = format!("{key}.{}", def.name);
            self.definition(&item, role, (&old.id, def), (&new.id, other));
        }
        removed
            .into_iter()
            .chain(added.iter().copied())
            .map(|def| def.name.as_str())
            .collect()
    }

    fn functions_of(
        &mut self,
        key: &str,
        role: &Role,
        old: &'a Interface,
        new: &'a Interface,
        gone: &HashSet<&str>,
    ) {
        let functions = pair(&old.functions, &new.functions, |function: &'a Function| {
            function.component_name.as_str()
        });
        // Functions of a resource are added and removed together with it.
        let is_own = |f: &&Function| !f.resource().is_some_and(|r| gone.contains(&*r.name));
        let removed: Vec<_> = functions.removed().filter(is_own).collect();
        let added: Vec<_> = functions.added.iter().copied().filter(is_own).collect();
        let moved = pairs(&removed, &added, |a, b| a.path() == b.path());
        let renamed = pairs(&removed, &added, |a, b| {
            is_alike(a, b) && a.path() != b.path() && self.same_function(a, b)
        });
        let both = role.lost().and(role.gained());
        let is_paired = |f: &Function| {
            let mut pairs = moved.iter().chain(&renamed);
            pairs.any(|(a, b)| std::ptr::eq(*a, f) || std::ptr::eq(*b, f))
        };
        for (a, b) in &moved {
            let what = format!("changed from a {} to a {}", a.noun(), b.noun());
            let item = format!("{key}.{}", a.path());
            let change = Change::about("function-kind-changed", item, &what).breaks(both);
            self.push(change, a.position.as_ref(), b.position.as_ref());
        }
        for (a, b) in &renamed {
            let item = format!("{key}.{}", a.path());
            let message = format!("{} `{item}` was renamed to `{}`", a.noun(), b.name);
            let change = Change::new("function-renamed", item, message).breaks(both);
            self.push(change, a.position.as_ref(), b.position.as_ref());
        }
        for function in removed.iter().filter(|f| !is_paired(f)) {
            let [_, rule] = rules(function);
            let item = format!("{key}.{}", function.path());
            let message = format!("{} `{item}` was removed", function.noun());
            let change = Change::new(rule, &item, message).breaks(role.lost());
            self.removed(
                &item,
                change,
                function.position.as_ref(),
                new.position.as_ref(),
            );
        }
        for function in added.iter().filter(|f| !is_paired(f)) {
            let [rule, _] = rules(function);
            let item = format!("{key}.{}", function.path());
            let message = format!("{} `{item}` was added", function.noun());
            let change = Change::new(rule, &item, message).breaks(role.gained());
            self.added(&item, change, function.position.as_ref());
        }
        for (function, other) in functions.common() {
            let item = format!("{key}.{}", function.path());
            self.function(&item, both, role.lost(), function, other);
        }
    }
}

/// Returns pairs of removed and added items that fit only each other.
pub(super) fn pairs<'a, T>(
    removed: &[&'a T],
    added: &[&'a T],
    fits: impl Fn(&'a T, &'a T) -> bool,
) -> Vec<(&'a T, &'a T)> {
    // With many removed and added items, the pairs would be a guess.
    if removed.len() * added.len() > 1000 {
        return Vec::new();
    }
    let only = |mut found: Vec<&'a T>| match found.len() {
        1 => found.pop(),
        _ => None,
    };
    let pairs = removed.iter().filter_map(|a| {
        let b = only(added.iter().copied().filter(|b| fits(a, b)).collect())?;
        only(removed.iter().copied().filter(|a| fits(a, b)).collect())?;
        Some((*a, b))
    });
    pairs.collect()
}

/// Whether two functions belong to the same thing in the same way.
fn is_alike(a: &Function, b: &Function) -> bool {
    let resource = |f: &Function| f.resource().map(|name| name.name.clone());
    resource(a) == resource(b) && a.noun() == b.noun() && a.accessor == b.accessor
}

/// Returns the rules for an added and for a removed function.
pub(super) fn rules(function: &Function) -> [&'static str; 2] {
    match function.kind {
        FunctionKind::Freestanding => ["function-added", "function-removed"],
        FunctionKind::Method(_) => ["method-added", "method-removed"],
        FunctionKind::Static(_) => ["static-function-added", "static-function-removed"],
        FunctionKind::Constructor(_) => ["constructor-added", "constructor-removed"],
    }
}

pub(super) fn common(interface: &Interface) -> Common<'_> {
    Common {
        docs: interface.docs.as_deref(),
        stability: Some(&interface.stability),
        external_id: None,
        position: interface.position.as_ref(),
    }
}
