//! The imports that a member sends requests through: next hops, and clients for side calls.
//!
//! A next hop is recognized by what it is, not only by its name: `wasi:http/origin`, `wasi:http/handler`, a label on
//! either (`import primary: wasi:http/handler`), and any interface whose only function is that of a handler.

use std::fmt;

use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentFuncTypeId, ComponentInstanceTypeId, ComponentItem, ComponentValType, ResourceId,
};
use wasmparser::types::Types;

use super::externs::{Import, is_label};
use super::name::{CLIENT, HANDLER, InterfaceName, ORIGIN, OUTGOING_HANDLER, TYPES};

/// The name of the next hop that stands for all others where one has to be chosen.
const DEFAULT: &str = "origin";

/// An import that a member sends requests through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    name: String,
    import: Import,
    interface: InterfaceName,
    is_side_call: bool,
}

impl Hop {
    /// Its name among the member's hops: the label, or the last part of the interface's name, such as `origin`. If
    /// another hop has that name, it is the whole name of the import.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the import, as the component has it: `wasi:http/origin@0.3.1002`, or `primary`.
    pub fn import(&self) -> &str {
        &self.import.name
    }

    /// The interface that is imported.
    pub fn interface(&self) -> &InterfaceName {
        &self.interface
    }

    /// Whether it is a client, whose requests leave the chain.
    pub fn is_side_call(&self) -> bool {
        self.is_side_call
    }

    /// Whether it is a client of WASI 0.2, which only a host can link to a service.
    pub fn is_wasi_0_2(&self) -> bool {
        self.interface.path == OUTGOING_HANDLER
    }

    /// The function that sends a request.
    pub(super) fn function(&self) -> &'static str {
        if self.is_side_call { "send" } else { "handle" }
    }

    /// Whether the import is named by a label.
    pub(super) fn is_labelled(&self) -> bool {
        is_label(&self.import.name)
    }
}

impl fmt::Display for Hop {
    /// As in WIT: `wasi:http/origin@0.3.1002`, or `primary: wasi:http/handler@0.3.1002`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let interface = self.interface.to_string();
        if self.import.name == interface {
            f.write_str(&interface)
        } else {
            write!(f, "{}: {interface}", self.import.name)
        }
    }
}

/// Returns the hops of a component with these imports and types, in the order of the imports.
pub(super) fn find(imports: &[Import], types: &Types) -> Vec<Hop> {
    let shapes = Shapes::of(imports, types);
    let hops = imports.iter().filter_map(|import| {
        let item = types.as_ref().component_item_for_import(&import.name)?;
        let interface = import.interface();
        let is_side_call = [CLIENT, OUTGOING_HANDLER].contains(&interface.path.as_str());
        let is_next_hop = [ORIGIN, HANDLER].contains(&interface.path.as_str());
        (is_side_call || is_next_hop || shapes.is_handler(item)).then_some((import, is_side_call))
    });
    named(hops)
}

/// Gives each import a name that no other one has. Where two could have the same, a label keeps it, else one of
/// `wasi:http`.
pub(super) fn named<'a>(imports: impl IntoIterator<Item = (&'a Import, bool)>) -> Vec<Hop> {
    let mut hops: Vec<Hop> = imports
        .into_iter()
        .map(|(import, is_side_call)| {
            let interface = import.interface();
            let name = match &import.implements {
                Some(_) => &import.name,
                None => interface.last_part(),
            };
            Hop {
                name: name.to_owned(),
                import: import.clone(),
                interface,
                is_side_call,
            }
        })
        .collect();
    let rank = |hop: &Hop| {
        let is_of_wasi = [CLIENT, ORIGIN, HANDLER].contains(&hop.interface.path.as_str());
        (!hop.is_labelled(), !is_of_wasi)
    };
    let mut order: Vec<usize> = (0..hops.len()).collect();
    order.sort_by_key(|at| rank(&hops[*at]));
    for (place, at) in order.iter().enumerate() {
        if order[..place].iter().any(|earlier| hops[*earlier].name == hops[*at].name) {
            hops[*at].name = hops[*at].import.name.clone();
        }
    }
    hops
}

/// Returns the next hop that leads to the member that follows in a line, if these leave no doubt: the one called
/// `origin`, else the unlabelled `handler`, else the only one.
pub(super) fn default<'a>(hops: &[&'a Hop]) -> Option<&'a Hop> {
    let mut candidates = hops.iter().copied();
    let origin = candidates.clone().find(|hop| hop.name == DEFAULT);
    let handler = || candidates.find(|hop| !hop.is_labelled() && hop.interface.path == HANDLER);
    origin.or_else(handler).or(match hops {
        [only] => Some(only),
        _ => None,
    })
}

/// The names of hops, for messages.
pub(super) fn list<'a>(hops: impl IntoIterator<Item = &'a Hop>) -> String {
    let names = hops.into_iter().map(|hop| format!("`{}`", hop.name()));
    names.collect::<Vec<_>>().join(", ")
}

/// The types of a component's `wasi:http/types`, and the interfaces that have the shape of a handler with them.
struct Shapes<'a> {
    types: &'a Types,
    requests: Vec<ResourceId>,
    responses: Vec<ResourceId>,
    errors: Vec<ComponentDefinedTypeId>,
}

impl<'a> Shapes<'a> {
    fn of(imports: &[Import], types: &'a Types) -> Self {
        let mut shapes = Shapes {
            types,
            requests: Vec::new(),
            responses: Vec::new(),
            errors: Vec::new(),
        };
        for import in imports.iter().filter(|import| import.interface().path == TYPES) {
            let item = types.as_ref().component_item_for_import(&import.name);
            let Some(instance) = item.and_then(instance) else {
                continue;
            };
            shapes.requests.extend(shapes.resource(instance, "request"));
            shapes.responses.extend(shapes.resource(instance, "response"));
            shapes.errors.extend(shapes.defined(instance, "error-code"));
        }
        shapes
    }

    /// Whether an import is an instance whose only function is a handler's.
    fn is_handler(&self, item: &ComponentItem) -> bool {
        let Some(instance) = instance(item) else {
            return false;
        };
        let mut functions =
            self.types[instance].exports.iter().filter_map(|(name, item)| match item.ty {
                ComponentEntityType::Func(function) => Some((name, function)),
                _ => None,
            });
        match (functions.next(), functions.next()) {
            (Some((name, function)), None) => name == "handle" && self.is_handle(function),
            _ => false,
        }
    }

    /// Whether a function is `async func(request) -> result<response, error-code>`.
    fn is_handle(&self, function: ComponentFuncTypeId) -> bool {
        let function = &self.types[function];
        let ([(_, request)], Some(result)) = (&*function.params, &function.result) else {
            return false;
        };
        let Some(ComponentDefinedType::Result {
            ok: Some(response),
            err: Some(ComponentValType::Type(error)),
            ..
        }) = self.definition(result)
        else {
            return false;
        };
        let is_own = |ty: &ComponentValType, resources: &[ResourceId]| matches!(self.definition(ty), Some(ComponentDefinedType::Own(id)) if resources.contains(&id.resource()));
        function.async_
            && is_own(request, &self.requests)
            && is_own(response, &self.responses)
            && self.errors.contains(&self.unaliased(*error))
    }

    fn definition(&self, ty: &ComponentValType) -> Option<&ComponentDefinedType> {
        match ty {
            ComponentValType::Type(id) => Some(&self.types[*id]),
            ComponentValType::Primitive(_) => None,
        }
    }

    /// The type that an instance exports by a name.
    fn exported(
        &self,
        instance: ComponentInstanceTypeId,
        name: &str,
    ) -> Option<ComponentAnyTypeId> {
        match self.types[instance].exports.get(name)?.ty {
            ComponentEntityType::Type { created, .. } => Some(created),
            _ => None,
        }
    }

    fn resource(&self, instance: ComponentInstanceTypeId, name: &str) -> Option<ResourceId> {
        match self.exported(instance, name)? {
            ComponentAnyTypeId::Resource(id) => Some(id.resource()),
            _ => None,
        }
    }

    fn defined(
        &self,
        instance: ComponentInstanceTypeId,
        name: &str,
    ) -> Option<ComponentDefinedTypeId> {
        match self.exported(instance, name)? {
            ComponentAnyTypeId::Defined(id) => Some(self.unaliased(id)),
            _ => None,
        }
    }

    /// The type that aliases lead to.
    fn unaliased(&self, id: ComponentDefinedTypeId) -> ComponentDefinedTypeId {
        std::iter::successors(Some(id), |id| self.types.peel_alias(*id))
            .last()
            .unwrap_or(id)
    }
}

fn instance(item: &ComponentItem) -> Option<ComponentInstanceTypeId> {
    match item.ty {
        ComponentEntityType::Instance(id) => Some(id),
        _ => None,
    }
}
