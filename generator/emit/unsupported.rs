//! Valid WIT that a generator of Rust cannot turn into Rust: how it is looked for, and how refused.
//!
//! Guest and host glue stand on different generators, each with cases of its own. A case looks at
//! what a world imports and exports, and returns what it finds.

use wit_parser::{
    Function, Handle, Resolve, Span, Type, TypeDef, TypeDefKind, TypeId, WorldId, WorldItem,
    WorldKey,
};

use crate::diagnostic::{Diagnostic, Place, Result};
use crate::source::Package;

/// Looks for one kind of thing that isn't supported.
pub(super) type Case = fn(&World<'_>) -> Vec<Finding>;

/// Something that the generator doesn't support.
pub(super) struct Finding {
    /// One sentence: which item, and what about it.
    pub text: String,
    pub span: Span,
}

/// A world as the cases look at it.
pub(super) struct World<'a> {
    pub resolve: &'a Resolve,
    pub id: WorldId,
}

/// Which way an item goes through the world.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Import,
    Export,
}

/// Fails with `failure` if a case finds anything in the world, and says all of it.
///
/// The world's items may be a copy of the package's, with fewer of them, as long as they stand in
/// the same source.
pub(super) fn refuse(
    package: &Package,
    world: &World<'_>,
    cases: &[Case],
    mut failure: Diagnostic,
) -> Result<()> {
    let findings: Vec<_> = cases.iter().flat_map(|find| find(world)).collect();
    if findings.is_empty() {
        return Ok(());
    }
    let of_world = world.resolve.worlds[world.id].span;
    for finding in findings {
        // What a world includes has no place of its own in it.
        let span = if finding.span.is_known() {
            finding.span
        } else {
            of_world
        };
        if let Some((path, range)) = package.locate(span)
            && let Some(text) = package.text(path)
        {
            let place = Place::source(path, text.clone(), range);
            if !failure.places.contains(&place) {
                failure = failure.at(place);
            }
        }
        if !failure.help.contains(&finding.text) {
            failure = failure.help(finding.text);
        }
    }
    Err(failure)
}

impl<'a> World<'a> {
    pub fn items(&self) -> impl Iterator<Item = (Direction, &'a WorldKey, &'a WorldItem)> {
        let world = &self.resolve.worlds[self.id];
        let imports = world.imports.iter();
        let imports = imports.map(|(key, item)| (Direction::Import, key, item));
        let exports = world.exports.iter();
        imports.chain(exports.map(|(key, item)| (Direction::Export, key, item)))
    }

    /// Every function that is imported or exported, those of interfaces among them.
    pub fn functions(&self) -> impl Iterator<Item = (Direction, &'a Function)> {
        let resolve = self.resolve;
        self.items().flat_map(move |(direction, _, item)| {
            let functions: Vec<&'a Function> = match item {
                WorldItem::Interface { id, .. } => {
                    resolve.interfaces[*id].functions.values().collect()
                }
                WorldItem::Function(function) => vec![function],
                WorldItem::Type { .. } => Vec::new(),
            };
            functions.into_iter().map(move |f| (direction, f))
        })
    }

    /// Every type that has a name in the world or in one of its interfaces.
    pub fn named_types(&self) -> impl Iterator<Item = (Direction, &'a str, &'a TypeDef)> {
        let resolve = self.resolve;
        self.items().flat_map(move |(direction, key, item)| {
            let types: Vec<(&'a str, TypeId)> = match (key, item) {
                (_, WorldItem::Interface { id, .. }) => {
                    let types = resolve.interfaces[*id].types.iter();
                    types.map(|(name, id)| (name.as_str(), *id)).collect()
                }
                (WorldKey::Name(name), WorldItem::Type { id, .. }) => vec![(name, *id)],
                _ => Vec::new(),
            };
            let types = types.into_iter();
            types.map(move |(name, id)| (direction, name, &resolve.types[id]))
        })
    }

    pub fn kind(&self, id: TypeId) -> &'a TypeDefKind {
        &self.resolve.types[id].kind
    }

    /// Whether `found` holds for the type or one in it. `in_memory` says whether to look into what
    /// the Canonical ABI keeps in memory: the elements of lists and maps. Payloads of streams and
    /// futures are not looked into.
    pub fn contains(&self, ty: Type, in_memory: bool, found: &dyn Fn(Type) -> bool) -> bool {
        if found(ty) {
            return true;
        }
        let Type::Id(id) = ty else { return false };
        let inside = |ty: &Type| self.contains(*ty, in_memory, found);
        match self.kind(id) {
            TypeDefKind::Type(ty) | TypeDefKind::Option(ty) => inside(ty),
            TypeDefKind::FixedLengthList(ty, _) => inside(ty),
            TypeDefKind::List(ty) => in_memory && inside(ty),
            TypeDefKind::Map(key, value) => in_memory && (inside(key) || inside(value)),
            TypeDefKind::Record(record) => record.fields.iter().any(|field| inside(&field.ty)),
            TypeDefKind::Tuple(tuple) => tuple.types.iter().any(inside),
            TypeDefKind::Variant(variant) => {
                let mut payloads = variant.cases.iter().filter_map(|case| case.ty.as_ref());
                payloads.any(inside)
            }
            TypeDefKind::Result(result) => {
                let mut payloads = [&result.ok, &result.err].into_iter().flatten();
                payloads.any(inside)
            }
            TypeDefKind::Resource
            | TypeDefKind::Handle(_)
            | TypeDefKind::Flags(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Future(_)
            | TypeDefKind::Stream(_)
            | TypeDefKind::Unknown => false,
        }
    }

    /// The resource that a type borrows, if it is a `borrow`.
    pub fn borrowed(&self, ty: Type) -> Option<TypeId> {
        match ty {
            Type::Id(id) => match self.kind(id) {
                TypeDefKind::Handle(Handle::Borrow(resource)) => Some(*resource),
                _ => None,
            },
            _ => None,
        }
    }

    /// The element of a type, if it is a fixed-length list.
    pub fn fixed_length_element(&self, ty: Type) -> Option<Type> {
        match ty {
            Type::Id(id) => match self.kind(id) {
                TypeDefKind::FixedLengthList(element, _) => Some(*element),
                _ => None,
            },
            _ => None,
        }
    }
}
