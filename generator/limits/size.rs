//! How large types are if they are written out, where a part counts wherever it is used.
//!
//! The validator of components counts in this way, and accepts no interface and no world with more than 1,000,000
//! parts (wasmparser 0.262, `MAX_WASM_TYPE_SIZE`). wit-bindgen writes code for each part of a parameter or a result.

use wit_parser::{Function, InterfaceId, Resolve, Span, Type, TypeId, WorldId, WorldItem};

use crate::parts::parts;

/// The most parts of an interface or a world of a component.
const MAX_COMPONENT_PARTS: u64 = 1_000_000;

/// The number of parts of each type.
pub(crate) struct Sizes<'a> {
    resolve: &'a Resolve,
    /// By the index of the type.
    known: Vec<Option<u64>>,
}

/// A type that exceeds the limit.
pub(crate) struct TooLarge {
    /// One sentence, with the name of the item.
    pub text: String,
    pub span: Span,
}

impl<'a> Sizes<'a> {
    pub fn of(resolve: &'a Resolve) -> Self {
        let mut sizes = Sizes {
            resolve,
            known: vec![None; resolve.types.len()],
        };
        for (id, _) in resolve.types.iter() {
            sizes.measure(id);
        }
        sizes
    }

    /// Measures a type after its parts.
    fn measure(&mut self, id: TypeId) {
        let mut pending = vec![id];
        while let Some(id) = pending.last().copied() {
            if self.known[id.index()].is_some() {
                pending.pop();
                continue;
            }
            let parts = parts(&self.resolve.types[id].kind);
            let unknown = parts.iter().filter_map(|part| match part {
                Type::Id(part) if self.known[part.index()].is_none() => Some(*part),
                _ => None,
            });
            let count = pending.len();
            pending.extend(unknown);
            if pending.len() == count {
                let size =
                    parts.iter().fold(1, |size: u64, part| size.saturating_add(self.ty(part)));
                self.known[id.index()] = Some(size);
            }
        }
    }

    /// Returns the number of parts of a type, the type among them.
    pub fn ty(&self, ty: &Type) -> u64 {
        match ty {
            Type::Id(id) => self.known[id.index()].unwrap_or(1),
            _ => 1,
        }
    }

    /// Returns the number of parts of a function's parameters and its result, and one for the function.
    pub fn function(&self, function: &Function) -> u64 {
        let params = function.params.iter().map(|param| &param.ty);
        let types = params.chain(&function.result);
        types.fold(1, |size: u64, ty| size.saturating_add(self.ty(ty)))
    }

    /// Returns what of an interface has more parts than a component may have.
    pub fn large_interface(&self, id: InterfaceId) -> Option<TooLarge> {
        let mut total = 0;
        self.add_interface(id, &mut total)
    }

    /// Returns what of a world has more parts than a component may have.
    pub fn large_world(&self, id: WorldId) -> Option<TooLarge> {
        let world = &self.resolve.worlds[id];
        let mut total = 0;
        let mut items = world.imports.values().chain(world.exports.values());
        items.find_map(|item| match item {
            WorldItem::Interface { id, .. } => self.add_interface(*id, &mut total),
            WorldItem::Function(function) => self.add_function(function, &mut total),
            WorldItem::Type { id, .. } => self.add_type(*id, &mut total),
        })
    }

    fn add_interface(&self, id: InterfaceId, total: &mut u64) -> Option<TooLarge> {
        let interface = &self.resolve.interfaces[id];
        let mut types = interface.types.values();
        let mut functions = interface.functions.values();
        types
            .find_map(|id| self.add_type(*id, total))
            .or_else(|| functions.find_map(|function| self.add_function(function, total)))
    }

    fn add_type(&self, id: TypeId, total: &mut u64) -> Option<TooLarge> {
        *total = total.saturating_add(self.ty(&Type::Id(id)));
        (*total > MAX_COMPONENT_PARTS).then(|| {
            let name = self.resolve.types[id].name.as_deref().unwrap_or_default();
            self.reason(
                &[Type::Id(id)],
                &format!("type `{name}`"),
                self.resolve.types[id].span,
            )
        })
    }

    fn add_function(&self, function: &Function, total: &mut u64) -> Option<TooLarge> {
        *total = total.saturating_add(self.function(function));
        (*total > MAX_COMPONENT_PARTS).then(|| {
            let params = function.params.iter().map(|param| param.ty);
            let types: Vec<Type> = params.chain(function.result).collect();
            self.reason(
                &types,
                &format!("function `{}`", function.name),
                function.span,
            )
        })
    }

    /// The type that is too large by itself, or the item with which all are too large together.
    fn reason(&self, types: &[Type], item: &str, span: Span) -> TooLarge {
        match types.iter().find_map(|ty| self.large_type(*ty, MAX_COMPONENT_PARTS)) {
            Some(id) => {
                let def = &self.resolve.types[id];
                let name = def.name.as_deref().unwrap_or_default();
                TooLarge {
                    text: format!("type `{name}` has {}", more_parts(MAX_COMPONENT_PARTS)),
                    span: def.span,
                }
            }
            None => TooLarge {
                text: format!("with {item}, there are {}", more_parts(MAX_COMPONENT_PARTS)),
                span,
            },
        }
    }

    /// Returns the innermost type with a name in a type that has more parts than `max`, and has more itself.
    pub fn large_type(&self, ty: Type, max: u64) -> Option<TypeId> {
        let mut ty = ty;
        let mut found = None;
        loop {
            let Type::Id(id) = ty else { return found };
            if self.ty(&ty) <= max {
                return found;
            }
            let def = &self.resolve.types[id];
            if def.name.is_some() {
                found = Some(id);
            }
            match parts(&def.kind).into_iter().find(|part| self.ty(part) > max) {
                Some(part) => ty = part,
                None => return found,
            }
        }
    }
}

/// `more than 1000 parts, …`
pub(crate) fn more_parts(max: u64) -> String {
    format!("more than {max} parts, and each counts as often as it is used")
}
