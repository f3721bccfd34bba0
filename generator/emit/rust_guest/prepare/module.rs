//! A module of the bindings with items in it: an interface, or the root with the world's own items.

use wit_parser::{Function, InterfaceId, Resolve, TypeDefKind, TypeId, WorldId, WorldItem};

use crate::emit::world::{Direction, World};

/// A module, and what is in it.
pub(super) struct Module {
    /// The interface; none for the root.
    pub interface: Option<InterfaceId>,
    /// The types in their order.
    pub types: Vec<TypeId>,
    /// Whether types in it are those of an exported interface.
    pub is_exported: bool,
    pub functions: Vec<(Direction, Function)>,
}

impl Module {
    /// Returns the modules of a world.
    pub fn all(resolve: &Resolve, world: WorldId) -> Vec<Module> {
        let world = World { resolve, id: world };
        let mut root = Module {
            interface: None,
            types: Vec::new(),
            is_exported: false,
            functions: Vec::new(),
        };
        let mut modules = Vec::new();
        for (direction, _, item) in world.items() {
            match item {
                WorldItem::Interface { id, .. } => {
                    let interface = &resolve.interfaces[*id];
                    modules.push(Module {
                        interface: Some(*id),
                        types: interface.types.values().copied().collect(),
                        is_exported: direction == Direction::Export,
                        functions: interface
                            .functions
                            .values()
                            .map(|function| (direction, function.clone()))
                            .collect(),
                    });
                }
                WorldItem::Type { id, .. } => root.types.push(*id),
                WorldItem::Function(function) => root.functions.push((direction, function.clone())),
            }
        }
        modules.push(root);
        modules
    }

    /// Returns the resources that components of the world export.
    pub fn exported_resources(&self, resolve: &Resolve) -> Vec<TypeId> {
        let resources = self.types.iter().copied();
        resources
            .filter(|id| {
                self.is_exported && matches!(resolve.types[*id].kind, TypeDefKind::Resource)
            })
            .collect()
    }
}

/// Calls a function with every function that a world imports or exports, to change it.
pub(super) fn change_functions(
    resolve: &mut Resolve,
    world: WorldId,
    mut change: impl FnMut(Direction, Option<InterfaceId>, &mut Function),
) {
    let (of_world, interfaces) = (&mut resolve.worlds[world], &mut resolve.interfaces);
    let imports = of_world.imports.values_mut().map(|item| (Direction::Import, item));
    let exports = of_world.exports.values_mut().map(|item| (Direction::Export, item));
    for (direction, item) in imports.chain(exports) {
        match item {
            WorldItem::Interface { id, .. } => {
                for function in interfaces[*id].functions.values_mut() {
                    change(direction, Some(*id), function);
                }
            }
            WorldItem::Function(function) => change(direction, None, function),
            WorldItem::Type { .. } => {}
        }
    }
}
