//! From wit-parser's arenas to the model.

use std::collections::HashMap;
use std::sync::Arc;

use wit_parser::{
    self as wit, Handle, InterfaceId, Resolve, Span, TypeDefKind, TypeId, TypeOwner, WorldId,
    WorldKey,
};

use super::directive::without_directives;
use super::position::Positions;
use super::{
    Accessor, Case, FORMAT, Field, Flag, Function, FunctionKind, Include, Interface, Model,
    Package, Param, Position, Rename, Stability, Type, TypeDef, TypeKind, TypeName, World,
    WorldItem, WorldItemKind, abi, fingerprint,
};
use crate::{names, source};

/// Describes a package and its dependencies.
pub fn describe(package: &source::Package) -> Model {
    let mut describer = Describer {
        package,
        resolve: package.resolve(),
        positions: Positions::new(package),
        interfaces: HashMap::new(),
        worlds: HashMap::new(),
        signatures: abi::Signatures::new(package.resolve()),
    };
    describer.name_everything();
    let mut others: Vec<_> = describer
        .resolve
        .packages
        .iter()
        .filter(|(id, _)| *id != package.id())
        .collect();
    others.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
    let ids = std::iter::once(package.id()).chain(others.into_iter().map(|(id, _)| id));
    let mut packages: Vec<_> = ids.map(|id| describer.package(id)).collect();
    names::fill_users(&mut packages);
    Model {
        format: FORMAT,
        packages,
        sources: describer.positions.into_sources(),
    }
}

struct Describer<'a> {
    package: &'a source::Package,
    resolve: &'a Resolve,
    positions: Positions<'a>,
    interfaces: HashMap<InterfaceId, Arc<str>>,
    worlds: HashMap<WorldId, Arc<str>>,
    signatures: abi::Signatures<'a>,
}

impl Describer<'_> {
    /// Gives every interface and world its full name, inline interfaces too.
    fn name_everything(&mut self) {
        for (id, _) in self.resolve.interfaces.iter() {
            if let Some(name) = self.resolve.id_of(id) {
                self.interfaces.insert(id, name.into());
            }
        }
        for (id, world) in self.resolve.worlds.iter() {
            let world_id: Arc<str> = self.package.world_id(id).into();
            for (direction, items) in [("import", &world.imports), ("export", &world.exports)] {
                for (key, item) in items {
                    if let (WorldKey::Name(name), wit::WorldItem::Interface { id, .. }) =
                        (key, item)
                    {
                        // An included world's inline interface keeps the name it has there.
                        self.interfaces
                            .entry(*id)
                            .or_insert_with(|| format!("{world_id}#{direction}.{name}").into());
                    }
                }
            }
            self.worlds.insert(id, world_id);
        }
    }

    fn package(&mut self, id: wit::PackageId) -> Package {
        let package = &self.resolve.packages[id];
        Package {
            id: package.name.to_string(),
            namespace: package.name.namespace.clone(),
            name: package.name.name.clone(),
            version: package.name.version.clone(),
            docs: docs(&package.docs),
            interfaces: package
                .interfaces
                .iter()
                .map(|(name, id)| self.interface(name, *id))
                .collect(),
            worlds: package.worlds.values().map(|id| self.world(&package.name, *id)).collect(),
        }
    }

    fn interface(&mut self, name: &str, id: InterfaceId) -> Interface {
        let interface = &self.resolve.interfaces[id];
        let types: Vec<_> =
            interface.types.iter().map(|(name, id)| self.type_def(name, *id)).collect();
        let functions: Vec<_> =
            interface.functions.values().map(|function| self.function(function)).collect();
        let package = interface.package.map(|id| &self.resolve.packages[id].name);
        Interface {
            id: self.interfaces[&id].clone(),
            name: name.to_owned(),
            docs: docs(&interface.docs),
            stability: stability(&interface.stability),
            position: self.position(interface.span),
            fingerprint: fingerprint::of(package, &types, &functions),
            types,
            functions,
            used_by: Vec::new(),
        }
    }

    fn world(&mut self, package: &wit::PackageName, id: WorldId) -> World {
        let world = &self.resolve.worlds[id];
        let includes = self.package.includes(package, &world.name);
        World {
            id: self.worlds[&id].clone(),
            name: world.name.clone(),
            docs: docs(&world.docs),
            stability: stability(&world.stability),
            position: self.position(world.span),
            includes: includes.iter().map(include).collect(),
            imports: self.world_items(&world.imports, world),
            exports: self.world_items(&world.exports, world),
        }
    }

    fn world_items(
        &mut self,
        items: &wit::IndexMap<WorldKey, wit::WorldItem>,
        world: &wit::World,
    ) -> Vec<WorldItem> {
        items.iter().map(|(key, item)| self.world_item(key, item, world)).collect()
    }

    fn world_item(
        &mut self,
        key: &WorldKey,
        item: &wit::WorldItem,
        world: &wit::World,
    ) -> WorldItem {
        let name = self.resolve.name_world_key(key);
        let (kind, item_docs) = match item {
            wit::WorldItem::Interface { id, docs, .. } => {
                let kind = if self.resolve.interfaces[*id].name.is_some() {
                    WorldItemKind::Interface(self.interfaces[id].clone())
                } else {
                    WorldItemKind::Inline(Box::new(self.interface(&name, *id)))
                };
                (kind, docs)
            }
            wit::WorldItem::Function(function) => (
                WorldItemKind::Function(Box::new(self.function(function))),
                &function.docs,
            ),
            wit::WorldItem::Type { id, .. } => (
                WorldItemKind::Type(Box::new(self.type_def(&name, *id))),
                &self.resolve.types[*id].docs,
            ),
        };
        WorldItem {
            docs: docs(item_docs),
            stability: stability(item.stability(self.resolve)),
            position: self.position(item.span()).or_else(|| {
                let WorldKey::Interface(id) = key else {
                    return self.positions.of_import(world.span, &[&name]);
                };
                let interface = &self.resolve.interfaces[*id];
                // Only an interface of the world's own package goes by its plain name.
                let plain =
                    interface.name.as_deref().filter(|_| interface.package == world.package);
                let names: Vec<&str> = plain.into_iter().chain([name.as_str()]).collect();
                self.positions.of_import(world.span, &names)
            }),
            external_id: self.resolve.external_id_value(key, item),
            name,
            kind,
        }
    }

    fn function(&mut self, function: &wit::Function) -> Function {
        use wit::FunctionKind as Kind;
        let kind = match function.kind {
            Kind::Freestanding | Kind::AsyncFreestanding | Kind::Getter | Kind::Setter => {
                FunctionKind::Freestanding
            }
            Kind::Method(id)
            | Kind::AsyncMethod(id)
            | Kind::MethodGetter(id)
            | Kind::MethodSetter(id) => FunctionKind::Method(self.type_name(id)),
            Kind::Static(id)
            | Kind::AsyncStatic(id)
            | Kind::StaticGetter(id)
            | Kind::StaticSetter(id) => FunctionKind::Static(self.type_name(id)),
            Kind::Constructor(id) => FunctionKind::Constructor(self.type_name(id)),
        };
        // A method's first parameter is the handle it is called on, which WIT doesn't write.
        let implicit = usize::from(matches!(kind, FunctionKind::Method(_)));
        Function {
            name: function.item_name().to_owned(),
            component_name: function.name.clone(),
            accessor: function.kind.accessor().map(|accessor| match accessor {
                wit::AccessorKind::Getter => Accessor::Getter,
                wit::AccessorKind::Setter => Accessor::Setter,
            }),
            is_async: function.kind.is_async(),
            params: function
                .params
                .iter()
                .skip(implicit)
                .map(|param| Param {
                    name: param.name.clone(),
                    ty: self.ty(&param.ty),
                    position: self.position(param.span),
                })
                .collect(),
            result: function.result.as_ref().map(|ty| self.ty(ty)),
            docs: docs(&function.docs),
            stability: stability(&function.stability),
            position: self.position(function.span),
            abi: self.signatures.of(function),
            external_id: function.external_id.clone(),
            kind,
        }
    }

    fn type_def(&mut self, name: &str, id: TypeId) -> TypeDef {
        let def = &self.resolve.types[id];
        TypeDef {
            name: name.to_owned(),
            docs: docs(&def.docs),
            stability: stability(&def.stability),
            position: self.position(def.span),
            kind: self.type_kind(def),
            used_by: Vec::new(),
            external_id: def.external_id.clone(),
        }
    }

    fn type_kind(&mut self, def: &wit::TypeDef) -> TypeKind {
        match &def.kind {
            TypeDefKind::Record(record) => TypeKind::Record(
                record
                    .fields
                    .iter()
                    .map(|field| Field {
                        name: field.name.clone(),
                        ty: self.ty(&field.ty),
                        docs: docs(&field.docs),
                        position: self.position(field.span),
                    })
                    .collect(),
            ),
            TypeDefKind::Variant(variant) => TypeKind::Variant(
                variant
                    .cases
                    .iter()
                    .map(|case| Case {
                        name: case.name.clone(),
                        ty: case.ty.as_ref().map(|ty| self.ty(ty)),
                        docs: docs(&case.docs),
                        position: self.position(case.span),
                    })
                    .collect(),
            ),
            TypeDefKind::Enum(enumeration) => TypeKind::Enum(
                enumeration
                    .cases
                    .iter()
                    .map(|case| Case {
                        name: case.name.clone(),
                        ty: None,
                        docs: docs(&case.docs),
                        position: self.position(case.span),
                    })
                    .collect(),
            ),
            TypeDefKind::Flags(flags) => TypeKind::Flags(
                flags
                    .flags
                    .iter()
                    .map(|flag| Flag {
                        name: flag.name.clone(),
                        docs: docs(&flag.docs),
                        position: self.position(flag.span),
                    })
                    .collect(),
            ),
            TypeDefKind::Resource => TypeKind::Resource,
            TypeDefKind::Type(wit::Type::Id(id)) if self.resolve.types[*id].owner != def.owner => {
                TypeKind::Use(self.type_name(*id))
            }
            other => TypeKind::Alias(self.anonymous(other)),
        }
    }

    fn ty(&self, ty: &wit::Type) -> Type {
        match ty {
            wit::Type::Bool => Type::Bool,
            wit::Type::U8 => Type::U8,
            wit::Type::U16 => Type::U16,
            wit::Type::U32 => Type::U32,
            wit::Type::U64 => Type::U64,
            wit::Type::S8 => Type::S8,
            wit::Type::S16 => Type::S16,
            wit::Type::S32 => Type::S32,
            wit::Type::S64 => Type::S64,
            wit::Type::F32 => Type::F32,
            wit::Type::F64 => Type::F64,
            wit::Type::Char => Type::Char,
            wit::Type::String => Type::String,
            wit::Type::ErrorContext => Type::ErrorContext,
            wit::Type::Id(id) => match self.resolve.types[*id].name {
                Some(_) => Type::Named(self.type_name(*id)),
                None => self.anonymous(&self.resolve.types[*id].kind),
            },
        }
    }

    fn anonymous(&self, kind: &TypeDefKind) -> Type {
        let boxed = |ty: &wit::Type| Box::new(self.ty(ty));
        match kind {
            TypeDefKind::Type(ty) => self.ty(ty),
            TypeDefKind::Handle(Handle::Own(id)) => Type::Own(self.type_name(*id)),
            TypeDefKind::Handle(Handle::Borrow(id)) => Type::Borrow(self.type_name(*id)),
            TypeDefKind::Tuple(tuple) => {
                Type::Tuple(tuple.types.iter().map(|ty| self.ty(ty)).collect())
            }
            TypeDefKind::Option(ty) => Type::Option(boxed(ty)),
            TypeDefKind::Result(result) => Type::Result {
                ok: result.ok.as_ref().map(boxed),
                err: result.err.as_ref().map(boxed),
            },
            TypeDefKind::List(ty) => Type::List(boxed(ty)),
            TypeDefKind::Map(key, value) => Type::Map {
                key: boxed(key),
                value: boxed(value),
            },
            TypeDefKind::FixedLengthList(ty, length) => Type::FixedLengthList {
                element: boxed(ty),
                length: *length,
            },
            TypeDefKind::Future(ty) => Type::Future(ty.as_ref().map(boxed)),
            TypeDefKind::Stream(ty) => Type::Stream(ty.as_ref().map(boxed)),
            TypeDefKind::Record(_)
            | TypeDefKind::Resource
            | TypeDefKind::Flags(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Unknown => {
                unreachable!("wit-parser gives every {} a name", kind.as_str())
            }
        }
    }

    fn type_name(&self, id: TypeId) -> TypeName {
        let def = &self.resolve.types[id];
        let owner = match def.owner {
            TypeOwner::Interface(id) => self.interfaces.get(&id),
            TypeOwner::World(id) => self.worlds.get(&id),
            TypeOwner::None => None,
        };
        TypeName {
            owner: owner.cloned().unwrap_or_default(),
            name: def.name.clone().unwrap_or_default(),
        }
    }

    fn position(&mut self, span: Span) -> Option<Position> {
        self.positions.of(span)
    }
}

fn docs(docs: &wit::Docs) -> Option<String> {
    without_directives(docs.contents.as_deref()?)
}

fn stability(stability: &wit::Stability) -> Stability {
    match stability {
        wit::Stability::Unknown => Stability::Unknown,
        wit::Stability::Stable { since, deprecated } => Stability::Stable {
            since: since.clone(),
            deprecated: deprecated.clone(),
        },
        wit::Stability::Unstable {
            feature,
            deprecated,
        } => Stability::Unstable {
            feature: feature.clone(),
            deprecated: deprecated.clone(),
        },
    }
}

fn include(include: &source::Include) -> Include {
    Include {
        world: include.world.clone(),
        renames: include
            .renames
            .iter()
            .map(|(from, to)| Rename {
                from: from.clone(),
                to: to.clone(),
            })
            .collect(),
        stability: stability(&include.stability),
    }
}
