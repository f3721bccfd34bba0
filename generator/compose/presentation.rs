//! Renames what a composition imports and exports, to the form that another tool wants.

use semver::Version;
use wit_component::DecodedWasm;
use wit_parser::{InterfaceId, Resolve, Stability, WorldItem};

use super::externs::{ExternNames, Import, is_label};
use super::flows::flows;
use super::form::{Form, Presentation};
use super::hop::{self, Hop};
use super::link::Linked;
use super::name::{HANDLER, InterfaceName, ORIGIN, at_version};
use super::plan::{Composed, Plan};
use super::renamed;
use super::tree::{Link, Tree};
use crate::decode::decode;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::names::is_semver_compatible;
use crate::source::{EMBEDDED, embedded_package};

/// The names of a composition's imports and exports, before and after.
pub(super) struct Names {
    imports: Vec<(Import, Import)>,
    exports: Vec<(String, String)>,
}

/// Returns the names of a linked composition. `newest` is the version of `wasi:http` that its members have.
///
/// # Errors
///
/// A form that the composition's open next hops don't have, a version outside of the 0.3 line, and items that
/// are newer than the version.
pub(super) fn names(
    presentation: &Presentation,
    tree: &Tree<'_>,
    linked: &Linked,
    newest: Option<&Version>,
) -> Result<Names> {
    let ExternNames { imports, exports } = ExternNames::of(&linked.component)?;
    let mut names = Names {
        imports: imports.into_iter().map(|import| (import.clone(), import)).collect(),
        exports: exports.into_iter().map(|export| (export.clone(), export)).collect(),
    };
    if let Some(form) = presentation.form {
        names.present_next_hop(form, tree, linked, newest)?;
    }
    if let Some(version) = &presentation.version {
        names.present_version(version)?;
        let component = names.apply_to(&linked.component)?;
        reject_newer_items(&component, version)?;
    }
    Ok(names)
}

impl Names {
    /// Returns the composition with these names.
    pub fn apply_to(&self, component: &[u8]) -> Result<Vec<u8>> {
        renamed::externs(component, &self.imports, &self.exports).map_err(|error| {
            let message = format!("the composition can't be renamed: {error}");
            Diagnostic::error(codes::INTERNAL_ERROR, message)
                .help("this is a bug in witgen; please report it with the components")
                .into()
        })
    }

    /// Returns next hops of the composition with these names.
    pub fn apply_to_hops(&self, hops: &[Hop]) -> Vec<Hop> {
        let is_hop = |before: &Import| hops.iter().any(|hop| hop.import() == before.name);
        let renamed = self.imports.iter().filter(|(before, _)| is_hop(before));
        hop::named(renamed.map(|(_, after)| (after, false)))
    }

    /// Gives the imports and exports in a plan these names.
    ///
    /// # Errors
    ///
    /// None that users can cause.
    pub fn apply_to_plan(&self, plan: &mut Plan) -> Result<()> {
        for call in &mut plan.calls {
            let import = call.import.as_ref();
            let renamed = self.imports.iter().find(|(before, _)| import == Some(&before.name));
            if let Some((_, after)) = renamed {
                call.import = Some(after.name.clone());
            }
            let export = self.exports.iter().find(|(before, _)| *before == call.through);
            if let (None, Some((_, after))) = (&call.from, export) {
                call.through.clone_from(after);
            }
        }
        for import in &mut plan.imports {
            let renamed = self.imports.iter().find(|(before, _)| before.to_string() == import.name);
            if let Some((_, after)) = renamed {
                import.name = after.to_string();
            }
        }
        plan.flows = flows(plan.imports.iter().map(|import| import.name.as_str()))?;
        Ok(())
    }

    /// Gives the only open next hop the name that it has in a world.
    fn present_next_hop(
        &mut self,
        form: Form,
        tree: &Tree<'_>,
        linked: &Linked,
        newest: Option<&Version>,
    ) -> Result<()> {
        let path = match form {
            Form::Middleware => HANDLER,
            Form::Proxy => ORIGIN,
            Form::Service => return tree.open().next().map_or(Ok(()), |open| Err(is_open(open))),
        };
        let composed = Composed {
            imports: self.imports.iter().map(|(before, _)| before.clone()).collect(),
            apart: &linked.apart,
        };
        let open: Vec<&Link<'_>> = tree.open().collect();
        let mut positions: Vec<usize> = open
            .iter()
            .filter_map(|link| composed.import_of(link.member, link.hop))
            .collect();
        positions.sort_unstable();
        positions.dedup();
        match positions.as_slice() {
            [] => Err(has_no_next_hop(form, tree)),
            [only] => {
                let (before, after) = &mut self.imports[*only];
                let interface = before.interface();
                let is_of_wasi = interface.path.starts_with("wasi:http/");
                let version = interface.version.filter(|_| is_of_wasi);
                // `origin` is newer than handlers.
                let first =
                    (form == Form::Proxy).then(|| InterfaceName::parse(EMBEDDED).version).flatten();
                let name = InterfaceName {
                    path: path.to_owned(),
                    version: version.or_else(|| newest.cloned()).max(first),
                };
                after.name = name.to_string();
                after.implements = None;
                Ok(())
            }
            _ => Err(has_several_next_hops(form, &open)),
        }
    }

    /// Gives all interfaces of WASI 0.3 one version.
    fn present_version(&mut self, version: &Version) -> Result<()> {
        if !is_semver_compatible(version, &Version::new(0, 3, 0)) {
            let message = format!("{version} is not a version of WASI 0.3");
            return Err(Diagnostic::error(codes::UNSUPPORTED_VERSION, message)
                .at(Place::argument(format!("--wasi-version {version}")))
                .help("write a version from 0.3.0 to below 0.4.0")
                .into());
        }
        for (_, after) in &mut self.imports {
            match &mut after.implements {
                Some(interface) => *interface = at_version(interface, version),
                None if is_label(&after.name) => {}
                None => after.name = at_version(&after.name, version),
            }
        }
        for (_, after) in &mut self.exports {
            *after = at_version(after, version);
        }
        Ok(())
    }
}

/// Rejects interfaces, types and functions of a component that WASI has had only since a later version.
fn reject_newer_items(component: &[u8], version: &Version) -> Result<()> {
    let package = embedded_package()?;
    let known = package.resolve();
    let Ok(DecodedWasm::Component(resolve, world)) = decode(component) else {
        // One that WIT can't express is linked nevertheless.
        return Ok(());
    };
    let world = &resolve.worlds[world];
    let items = world.imports.values().chain(world.exports.values());
    let interfaces = items.filter_map(|item| match item {
        WorldItem::Interface { id, .. } => Some(*id),
        _ => None,
    });
    let newer = interfaces.flat_map(|id| newer_items(&resolve, id, known, version));
    let newer = newer.map(|(item, since)| {
        let message = format!("`{item}` was added in {since}, and {version} doesn't have it");
        Diagnostic::error(codes::NEWER_ITEM, message)
            .at(Place::argument(format!("--wasi-version {version}")))
            .help(if item == ORIGIN {
                "present the next hop as a handler, with `--as middleware`".to_owned()
            } else {
                format!("write --wasi-version {since}, or build the component without it")
            })
    });
    Failure::of(newer.collect()).map_or(Ok(()), Err)
}

/// Returns what an interface has that was added after a version, and when.
fn newer_items(
    resolve: &Resolve,
    id: InterfaceId,
    known: &Resolve,
    version: &Version,
) -> Vec<(String, Version)> {
    let path =
        |resolve: &Resolve, id| resolve.id_of(id).map(|name| InterfaceName::parse(&name).path);
    let Some(name) = path(resolve, id) else {
        return Vec::new();
    };
    let mut interfaces = known.interfaces.iter();
    let Some((_, own)) = interfaces.find(|(own, _)| path(known, *own).as_ref() == Some(&name))
    else {
        return Vec::new();
    };
    let is_newer = |stability: &Stability| match stability {
        Stability::Stable { since, .. } if since > version => Some(since.clone()),
        _ => None,
    };
    if let Some(since) = is_newer(&own.stability) {
        return vec![(name, since)];
    }
    let used = &resolve.interfaces[id];
    let functions = used.functions.keys().filter_map(|function| {
        let since = is_newer(&own.functions.get(function)?.stability)?;
        let item = function.rsplit(']').next().unwrap_or(function);
        Some((format!("{name}.{item}"), since))
    });
    let types = used.types.keys().filter_map(|ty| {
        let since = is_newer(&known.types[*own.types.get(ty)?].stability)?;
        Some((format!("{name}.{ty}"), since))
    });
    types.chain(functions).collect()
}

fn is_open(link: &Link<'_>) -> Failure {
    let member = link.member.name();
    let message = format!(
        "the next hop `{}` of `{member}` is open, but a service has no open next hop",
        link.hop.name()
    );
    link.member
        .error(codes::OPEN_HOP, message)
        .help(format!(
            "link it, as in `--hop {member}.{}=FILE`, or write `--as proxy` or `--as middleware`",
            link.hop.name()
        ))
        .into()
}

fn has_no_next_hop(form: Form, tree: &Tree<'_>) -> Failure {
    let message = format!(
        "a {} has one open next hop, but the chain has none",
        form.name()
    );
    let error = match tree.members.last() {
        Some(last) => last.error(codes::NO_NEXT_HOP, message),
        None => Diagnostic::error(codes::NO_NEXT_HOP, message),
    };
    error
        .help("leave out `--as`, or leave out the service at the end of the chain")
        .into()
}

fn has_several_next_hops(form: Form, open: &[&Link<'_>]) -> Failure {
    let hops = open.iter().map(|link| format!("`{}.{}`", link.member.name(), link.hop.name()));
    let hops = hops.collect::<Vec<_>>().join(", ");
    let message = format!(
        "a {} has one open next hop, but the chain has several: {hops}",
        form.name()
    );
    let error = open[0].member.error(codes::AMBIGUOUS_HOP, message);
    error.help("link all but one of them with `--hop`").into()
}
