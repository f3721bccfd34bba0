//! Payloads of futures and streams. wit-bindgen treats payloads of equal structure as the same type, although their records,
//! variants, enums and flags are different types in Rust, and generates futures and streams for the first one only.

use std::collections::{HashMap, HashSet};

use heck::{ToShoutySnakeCase, ToUpperCamelCase};
use wit_parser::{Handle, LiveTypes, Resolve, Type, TypeDefKind, TypeId, WorldId};

use super::placeholder::Placeholders;
use crate::emit::rust_names::ident;
use crate::emit::world::World;
use crate::names::unaliased;
use crate::parts::parts;

/// Makes types of equal structure differ in the name of their first member, which stays the same in Rust.
pub(super) fn make_distinct(
    resolve: &mut Resolve,
    world: WorldId,
    placeholders: &mut Placeholders,
) {
    let pending = World { resolve, id: world }.pending();
    if !pending.futures && !pending.streams {
        return;
    }
    let mut live = LiveTypes::default();
    live.add_world(resolve, world);
    let mut structures = Structures::default();
    let mut seen = HashSet::new();
    let equal: Vec<TypeId> = live
        .iter()
        .filter(|id| is_own_type(&resolve.types[*id].kind))
        .filter(|id| !seen.insert(structures.of(resolve, *id)))
        .collect();
    for id in equal {
        let (name, rust_name) = match &mut resolve.types[id].kind {
            TypeDefKind::Record(of) => (
                of.fields.first_mut().map(|field| &mut field.name),
                ident as fn(&str) -> String,
            ),
            TypeDefKind::Variant(of) => {
                (of.cases.first_mut().map(|case| &mut case.name), camel as _)
            }
            TypeDefKind::Enum(of) => (of.cases.first_mut().map(|case| &mut case.name), camel as _),
            TypeDefKind::Flags(of) => {
                (of.flags.first_mut().map(|flag| &mut flag.name), shouty as _)
            }
            _ => continue,
        };
        if let Some(name) = name {
            *name = placeholders.add(name, rust_name(name));
        }
    }
}

/// Numbers of structures: types that have the same number have the same parts and names of members.
#[derive(Default)]
struct Structures {
    numbers: HashMap<String, usize>,
    known: HashMap<TypeId, usize>,
}

impl Structures {
    fn of(&mut self, resolve: &Resolve, id: TypeId) -> usize {
        let id = unaliased(resolve, id);
        if let Some(number) = self.known.get(&id) {
            return *number;
        }
        let kind = &resolve.types[id].kind;
        let parts = match kind {
            TypeDefKind::Handle(Handle::Own(resource) | Handle::Borrow(resource)) => {
                vec![Type::Id(*resource)]
            }
            kind => parts(kind),
        };
        let parts: Vec<String> = parts.into_iter().map(|ty| self.part(resolve, ty)).collect();
        let structure = format!("{} {}", outline(id, kind), parts.join(" "));
        let next = self.numbers.len();
        let number = *self.numbers.entry(structure).or_insert(next);
        self.known.insert(id, number);
        number
    }

    /// An alias of a built-in type is that type.
    fn part(&mut self, resolve: &Resolve, ty: Type) -> String {
        let Type::Id(id) = ty else {
            return format!("{ty:?}");
        };
        match resolve.types[unaliased(resolve, id)].kind {
            TypeDefKind::Type(ty) => format!("{ty:?}"),
            _ => self.of(resolve, id).to_string(),
        }
    }
}

/// Returns what a type is, and the names of its members, without their types.
fn outline(id: TypeId, kind: &TypeDefKind) -> String {
    fn names<'a>(kind: &str, names: impl Iterator<Item = &'a String>) -> String {
        names.fold(kind.to_owned(), |outline, name| format!("{outline} {name}"))
    }
    match kind {
        TypeDefKind::Record(of) => names("record", of.fields.iter().map(|field| &field.name)),
        TypeDefKind::Enum(of) => names("enum", of.cases.iter().map(|case| &case.name)),
        TypeDefKind::Flags(of) => names("flags", of.flags.iter().map(|flag| &flag.name)),
        TypeDefKind::Variant(of) => of.cases.iter().fold("variant".to_owned(), |outline, case| {
            let payload = if case.ty.is_some() { "(_)" } else { "" };
            format!("{outline} {}{payload}", case.name)
        }),
        TypeDefKind::Result(of) => {
            format!("result {} {}", of.ok.is_some(), of.err.is_some())
        }
        TypeDefKind::FixedLengthList(_, length) => format!("list {length}"),
        TypeDefKind::Tuple(_) => "tuple".to_owned(),
        TypeDefKind::Option(_) => "option".to_owned(),
        TypeDefKind::List(_) => "list".to_owned(),
        TypeDefKind::Map(..) => "map".to_owned(),
        TypeDefKind::Future(_) => "future".to_owned(),
        TypeDefKind::Stream(_) => "stream".to_owned(),
        TypeDefKind::Type(_) => "alias".to_owned(),
        // A resource is equal to itself alone.
        TypeDefKind::Resource | TypeDefKind::Unknown => format!("resource {id:?}"),
        TypeDefKind::Handle(Handle::Own(_)) => "own".to_owned(),
        TypeDefKind::Handle(Handle::Borrow(_)) => "borrow".to_owned(),
    }
}

/// Whether a type is one of its own in Rust.
fn is_own_type(kind: &TypeDefKind) -> bool {
    matches!(
        kind,
        TypeDefKind::Record(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Flags(_)
    )
}

fn camel(name: &str) -> String {
    name.to_upper_camel_case()
}

fn shouty(name: &str) -> String {
    name.to_shouty_snake_case()
}
