//! Flattening, by the Canonical ABI: what a type is to a core module that gets it as parameters or results.

use std::collections::HashMap;
use std::rc::Rc;

use serde::Serialize;
use wit_parser::{Int, Resolve, Type, TypeDefKind, TypeId};

/// A core type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the cases are WebAssembly's own names")]
#[non_exhaustive]
pub enum CoreType {
    I32,
    I64,
    F32,
    F64,
}

impl CoreType {
    /// WebAssembly's name of the type.
    pub fn name(&self) -> &'static str {
        match self {
            CoreType::I32 => "i32",
            CoreType::I64 => "i64",
            CoreType::F32 => "f32",
            CoreType::F64 => "f64",
        }
    }
}

/// The core types of a type; none if there are more than [`MAX_FLAT`].
pub(crate) type Flat = Option<Rc<[CoreType]>>;

/// The most core types that any function passes directly.
pub(crate) const MAX_FLAT: usize = Resolve::MAX_FLAT_PARAMS;

/// Flattens each type once. A type that is reached in many ways, as in a record with two fields of a record with two fields of
/// another one, would otherwise take a step for each way.
pub(crate) struct Flattening<'a> {
    resolve: &'a Resolve,
    known: HashMap<TypeId, Flat>,
}

impl<'a> Flattening<'a> {
    pub fn new(resolve: &'a Resolve) -> Self {
        Flattening {
            resolve,
            known: HashMap::new(),
        }
    }

    /// Returns the core types of several types, one after the other.
    pub fn types<'t>(&mut self, types: impl IntoIterator<Item = &'t Type>) -> Flat {
        let types: Vec<_> = types.into_iter().map(|ty| self.ty(ty)).collect();
        concatenated(types)
    }

    /// Returns the core types of a type.
    pub fn ty(&mut self, ty: &Type) -> Flat {
        let core: &[CoreType] = match ty {
            Type::Bool
            | Type::S8
            | Type::U8
            | Type::S16
            | Type::U16
            | Type::S32
            | Type::U32
            | Type::Char
            | Type::ErrorContext => &[CoreType::I32],
            Type::U64 | Type::S64 => &[CoreType::I64],
            Type::F32 => &[CoreType::F32],
            Type::F64 => &[CoreType::F64],
            Type::String => &POINTER_AND_LENGTH,
            Type::Id(id) => {
                if let Some(known) = self.known.get(id) {
                    return known.clone();
                }
                let flat = self.definition(*id);
                self.known.insert(*id, flat.clone());
                return flat;
            }
        };
        Some(core.into())
    }

    fn definition(&mut self, id: TypeId) -> Flat {
        match &self.resolve.types[id].kind {
            TypeDefKind::Type(ty) => self.ty(ty),
            TypeDefKind::Handle(_)
            | TypeDefKind::Resource
            | TypeDefKind::Future(_)
            | TypeDefKind::Stream(_) => Some([CoreType::I32].into()),
            TypeDefKind::List(_) | TypeDefKind::Map(..) => Some(POINTER_AND_LENGTH.into()),
            TypeDefKind::Record(record) => self.types(record.fields.iter().map(|field| &field.ty)),
            TypeDefKind::Tuple(tuple) => self.types(&tuple.types),
            TypeDefKind::FixedLengthList(ty, length) => {
                let element = self.ty(ty);
                // One more than fits is as good as all of them.
                let length = (*length as usize).min(MAX_FLAT + 1);
                concatenated(vec![element; length])
            }
            TypeDefKind::Flags(flags) => {
                concatenated(vec![Some([CoreType::I32].into()); flags.repr().count()])
            }
            TypeDefKind::Enum(of) => Some([tag(of.tag())].into()),
            TypeDefKind::Variant(variant) => {
                let payloads: Vec<_> =
                    variant.cases.iter().flat_map(|case| &case.ty).map(|ty| self.ty(ty)).collect();
                joined(tag(variant.tag()), payloads)
            }
            TypeDefKind::Option(ty) => {
                let payload = self.ty(ty);
                joined(CoreType::I32, vec![payload])
            }
            TypeDefKind::Result(result) => {
                let payloads = [result.ok, result.err].into_iter().flatten();
                let payloads: Vec<_> = payloads.map(|ty| self.ty(&ty)).collect();
                joined(CoreType::I32, payloads)
            }
            TypeDefKind::Unknown => unreachable!("a resolved package has no unknown types"),
        }
    }
}

/// The core types of a list or a string.
const POINTER_AND_LENGTH: [CoreType; 2] = [CoreType::I32, CoreType::I32];

fn tag(size: Int) -> CoreType {
    match size {
        Int::U8 | Int::U16 | Int::U32 => CoreType::I32,
        Int::U64 => CoreType::I64,
    }
}

/// The core types of several types, one after the other.
fn concatenated(parts: Vec<Flat>) -> Flat {
    let mut all = Vec::new();
    for part in parts {
        all.extend_from_slice(&part?);
        if all.len() > MAX_FLAT {
            return None;
        }
    }
    Some(all.into())
}

/// The core types of a choice: a tag, and values that hold the payload of any case.
fn joined(tag: CoreType, payloads: Vec<Flat>) -> Flat {
    let mut all = vec![tag];
    for payload in payloads {
        for (at, ty) in payload?.iter().enumerate() {
            match all.get_mut(at + 1) {
                Some(known) => *known = join(*known, *ty),
                None => all.push(*ty),
            }
        }
        if all.len() > MAX_FLAT {
            return None;
        }
    }
    Some(all.into())
}

/// A core type that holds a value of either type (Canonical ABI, "Flattening").
fn join(a: CoreType, b: CoreType) -> CoreType {
    match (a, b) {
        (a, b) if a == b => a,
        (CoreType::I32, CoreType::F32) | (CoreType::F32, CoreType::I32) => CoreType::I32,
        _ => CoreType::I64,
    }
}
