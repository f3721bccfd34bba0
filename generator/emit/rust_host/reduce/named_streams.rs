//! Named streams and futures, which `bindgen!` of wasmtime 48 has no Rust for: `type body =
//! stream<u8>` is removed, and its uses become `stream<u8>`.

use std::collections::HashMap;

use wit_parser::{
    Docs, Resolve, Span, Stability, Type, TypeDef, TypeDefKind, TypeId, TypeOwner, WorldItem,
    WorldKey,
};

use super::names::is_taken;
use crate::emit::owned_types::remove_types;
use crate::names::unaliased;

/// Replaces every use of a named stream or future with its definition, and removes the names.
pub(super) fn inline(resolve: &mut Resolve) {
    let named: Vec<TypeId> = resolve
        .types
        .iter()
        .filter(|(id, ty)| ty.name.is_some() && is_stream(resolve, *id))
        .map(|(id, _)| id)
        .collect();
    if named.is_empty() {
        return;
    }
    // Resolve aliases in other interfaces first, while the streams still have their names.
    let kinds: Vec<_> = named
        .iter()
        .map(|id| resolve.types[unaliased(resolve, *id)].kind.clone())
        .collect();
    let mut names = Names::of(resolve);
    for (id, kind) in named.iter().zip(kinds) {
        let owner = names.resolve.types[*id].owner;
        let kind = names.local_kind(owner, kind);
        names.resolve.types[*id].kind = kind;
    }
    remove_types(resolve, &named.into_iter().collect());
}

fn is_stream(resolve: &Resolve, id: TypeId) -> bool {
    let kind = &resolve.types[unaliased(resolve, id)].kind;
    matches!(kind, TypeDefKind::Stream(_) | TypeDefKind::Future(_))
}

/// The names that types have in interfaces and worlds.
struct Names<'a> {
    resolve: &'a mut Resolve,
    /// By what they lead to.
    names: HashMap<(TypeOwner, TypeId), TypeId>,
    /// Types without a name as they are written in an interface or a world.
    copies: HashMap<(TypeOwner, TypeId), Type>,
}

impl<'a> Names<'a> {
    fn of(resolve: &'a mut Resolve) -> Self {
        let mut names = HashMap::new();
        for (id, ty) in resolve.types.iter().filter(|(_, ty)| ty.name.is_some()) {
            names.entry((ty.owner, unaliased(resolve, id))).or_insert(id);
        }
        Names {
            resolve,
            names,
            copies: HashMap::new(),
        }
    }

    /// Returns a type as it is written in `owner`, which may have to `use` the names in it.
    fn local(&mut self, owner: TypeOwner, ty: Type) -> Type {
        let Type::Id(id) = ty else { return ty };
        // Streams and futures are about to lose their names.
        if self.resolve.types[id].name.is_some() && !is_stream(self.resolve, id) {
            return Type::Id(self.local_name(owner, id));
        }
        if let Some(copy) = self.copies.get(&(owner, id)) {
            return *copy;
        }
        let kind = self.resolve.types[unaliased(self.resolve, id)].kind.clone();
        let kind = self.local_kind(owner, kind);
        let copy = TypeDef {
            name: None,
            owner: TypeOwner::None,
            kind,
            ..self.resolve.types[id].clone()
        };
        let copy = Type::Id(self.resolve.types.alloc(copy));
        self.copies.insert((owner, id), copy);
        copy
    }

    fn local_kind(&mut self, owner: TypeOwner, mut kind: TypeDefKind) -> TypeDefKind {
        let mut localize = |ty: &mut Type| *ty = self.local(owner, *ty);
        match &mut kind {
            TypeDefKind::Stream(ty) | TypeDefKind::Future(ty) => ty.iter_mut().for_each(localize),
            TypeDefKind::Option(ty)
            | TypeDefKind::List(ty)
            | TypeDefKind::FixedLengthList(ty, _)
            | TypeDefKind::Type(ty) => localize(ty),
            TypeDefKind::Map(key, value) => {
                localize(key);
                localize(value);
            }
            TypeDefKind::Tuple(tuple) => tuple.types.iter_mut().for_each(localize),
            TypeDefKind::Result(result) => {
                let payloads = [&mut result.ok, &mut result.err];
                payloads.into_iter().flatten().for_each(localize);
            }
            TypeDefKind::Handle(handle) => {
                let (wit_parser::Handle::Own(id) | wit_parser::Handle::Borrow(id)) = handle;
                *id = self.local_name(owner, *id);
            }
            TypeDefKind::Record(_)
            | TypeDefKind::Resource
            | TypeDefKind::Flags(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Unknown => {}
        }
        kind
    }

    /// Returns the type under the name that it has in `owner`. Adds a `use` if it has none there.
    fn local_name(&mut self, owner: TypeOwner, id: TypeId) -> TypeId {
        let resolve = &mut *self.resolve;
        if resolve.types[id].owner == owner {
            return id;
        }
        let target = unaliased(resolve, id);
        if let Some(known) = self.names.get(&(owner, target)) {
            return *known;
        }
        let mut name = resolve.types[id].name.clone().unwrap_or_default();
        while is_taken(resolve, owner, &name) {
            name = format!("used-{name}");
        }
        let alias = resolve.types.alloc(TypeDef {
            name: Some(name.clone()),
            kind: TypeDefKind::Type(Type::Id(id)),
            owner,
            docs: Docs::default(),
            stability: Stability::Unknown,
            external_id: None,
            span: Span::default(),
        });
        self.names.insert((owner, target), alias);
        match owner {
            TypeOwner::Interface(interface) => {
                resolve.interfaces[interface].types.insert(name, alias);
            }
            TypeOwner::World(world) => {
                let span = Span::default();
                let item = WorldItem::Type { id: alias, span };
                let imports = &mut resolve.worlds[world].imports;
                imports.insert(WorldKey::Name(name), item);
            }
            TypeOwner::None => {}
        }
        alias
    }
}
