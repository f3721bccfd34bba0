//! The author's options for the types of glue: derives, attributes, and types of other glue.

use std::collections::{BTreeSet, HashMap};

use wit_parser::{Handle, Resolve, Type, TypeDefKind, TypeId, TypeOwner};

use super::rust_names::is_identifier;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::model::{Item, describe};
use crate::source::Package;

/// Derives and attributes of the types in glue, and interfaces whose types other glue has.
///
/// Items have the names that `witgen inspect` prints: `types.order`, `shop:api/types.order.total@1.0.0`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypeOptions {
    /// Traits that records, variants and enums derive: `serde::Serialize`. Types that contain resources, streams or futures
    /// don't, because no trait can be derived for them; nor do types that contain flags, if the trait isn't one that
    /// flags implement.
    pub derives: Vec<String>,
    /// Attributes of single records, variants and enums, of their fields and cases, in the guest's glue.
    pub attributes: Vec<(String, String)>,
    /// Imported interfaces whose bindings are elsewhere, with the paths of their modules.
    pub with: Vec<(String, String)>,
}

/// Traits that generated types always have.
const ALWAYS_DERIVED: [&str; 3] = ["Clone", "Copy", "Debug"];

/// Traits that flags implement in both generators.
const TRAITS_OF_FLAGS: [&str; 5] = ["Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];

/// Traits that floating-point numbers don't implement.
const NOT_OF_FLOATS: [&str; 3] = ["Eq", "Hash", "Ord"];

/// Checked options, in terms of the package's items.
#[derive(Default)]
pub(super) struct CheckedTypes {
    pub derives: BTreeSet<String>,
    /// Attributes of items.
    pub attributes: Vec<CheckedOption>,
    /// Paths of the modules of interfaces.
    pub with: Vec<CheckedOption>,
}

/// An option about an item.
pub(super) struct CheckedOption {
    /// The item's full name: `shop:api/types.order@1.0.0`.
    pub item: String,
    /// The attribute or the path.
    pub value: String,
    /// The option as it was given.
    pub argument: String,
}

impl CheckedTypes {
    /// Whether an interface with this full name has its types elsewhere.
    pub fn maps(&self, interface: &str) -> bool {
        self.with.iter().any(|option| option.item == interface)
    }

    /// Returns the derives as they were given, for messages.
    pub fn derive_arguments(&self) -> String {
        let derives = self.derives.iter().map(|derive| format!("--derive {derive}"));
        derives.collect::<Vec<_>>().join(" ")
    }

    /// Returns a list of the derives for messages: `` `Eq` and `Hash` ``.
    pub fn list_of_derives(&self) -> String {
        let derives = self.derives.iter().map(|derive| format!("`{derive}`"));
        derives.collect::<Vec<_>>().join(" and ")
    }
}

impl TypeOptions {
    /// Checks the options, and finds the items that they name.
    ///
    /// # Errors
    ///
    /// A trait or a path that isn't a path in Rust, an attribute in another form, an unknown item, and an item that doesn't
    /// support the option.
    pub(super) fn check(&self, package: &Package) -> Result<CheckedTypes> {
        if *self == Self::default() {
            return Ok(CheckedTypes::default());
        }
        let model = describe(package);
        for derive in &self.derives {
            check_derive(derive)?;
        }
        let attributes = self.attributes.iter().map(|(name, attribute)| {
            let argument = format!("--attribute {name}={attribute}");
            if !(attribute.starts_with("#[") && attribute.ends_with(']')) {
                let message = format!("`{attribute}` is not an attribute");
                let help = "write it as in Rust: `#[serde(rename_all = \"camelCase\")]`";
                return Err(invalid(message, argument, help));
            }
            let (full_name, found) = model.find_named(name)?;
            if !matches!(
                found,
                Item::Type(_) | Item::WorldItem(_) | Item::Field(_) | Item::Case(_)
            ) {
                return Err(not_a_type(name, argument));
            }
            Ok(CheckedOption {
                item: full_name,
                value: attribute.clone(),
                argument,
            })
        });
        let attributes = attributes.collect::<Result<_>>()?;
        let with = self.with.iter().map(|(name, path)| {
            let argument = format!("--with {name}={path}");
            let is_path = path.contains("::") && path.split("::").all(|part| part == "crate" || is_identifier(part));
            if !is_path {
                let message = format!("`{path}` is not the path of a module");
                let help = "name the module of the interface's bindings from the root of its crate, as in \
                            `crate::first::bindings::shop::api::types`";
                return Err(invalid(message, argument, help));
            }
            let (full_name, found) = model.find_named(name)?;
            if !matches!(found, Item::Interface(_)) {
                let message = format!("`{name}` is not an interface");
                return Err(invalid(message, argument, "`--with` maps whole interfaces; name the interface of the type"));
            }
            Ok(CheckedOption {
                item: full_name,
                value: path.clone(),
                argument,
            })
        });
        Ok(CheckedTypes {
            derives: self.derives.iter().map(|derive| standard_name(derive).to_owned()).collect(),
            attributes,
            with: with.collect::<Result<_>>()?,
        })
    }
}

/// Returns the name of a trait of the standard library: `Clone` for `std::clone::Clone`. Other paths stay as they are.
fn standard_name(derive: &str) -> &str {
    let is_standard = derive.starts_with("std::") || derive.starts_with("core::");
    match derive.rsplit_once("::") {
        Some((_, name)) if is_standard => name,
        _ => derive,
    }
}

fn check_derive(derive: &str) -> Result<()> {
    let argument = format!("--derive {derive}");
    if !derive.split("::").all(|part| part == "crate" || is_identifier(part)) {
        let message = format!("`{derive}` is not the path of a trait");
        return Err(invalid(
            message,
            argument,
            "name one trait per option, as in `serde::Serialize`",
        ));
    }
    if ALWAYS_DERIVED.contains(&standard_name(derive)) {
        let message = format!("`{derive}` can't be derived again");
        let help = "generated types implement `Debug`, and `Clone` and `Copy` if their parts do; leave out the option";
        return Err(invalid(message, argument, help));
    }
    Ok(())
}

pub(super) fn not_a_type(name: &str, argument: String) -> Failure {
    let message = format!("`{name}` can't have attributes in this glue");
    let help = "attributes are for the records, variants and enums that the world uses, their fields and their cases";
    invalid(message, argument, help)
}

pub(super) fn invalid(message: String, argument: String, help: &str) -> Failure {
    Diagnostic::error(codes::INVALID_TYPE_OPTION, message)
        .at(Place::argument(argument))
        .help(help)
        .into()
}

/// Returns the full name of a type: `shop:api/types.order@1.0.0`.
pub(super) fn full_name(resolve: &Resolve, id: TypeId) -> Option<String> {
    let ty = &resolve.types[id];
    let name = ty.name.as_ref()?;
    let (owner, package) = match ty.owner {
        TypeOwner::Interface(id) => {
            let interface = &resolve.interfaces[id];
            (interface.name.as_ref()?, interface.package?)
        }
        TypeOwner::World(id) => {
            let world = &resolve.worlds[id];
            (&world.name, world.package?)
        }
        TypeOwner::None => return None,
    };
    let package = &resolve.packages[package].name;
    let version = package.version.as_ref().map_or(String::new(), |version| format!("@{version}"));
    Some(format!(
        "{}:{}/{owner}.{name}{version}",
        package.namespace, package.name
    ))
}

/// Decides which types can derive some traits.
pub(super) struct Derivable<'a> {
    resolve: &'a Resolve,
    allows_flags: bool,
    allows_floats: bool,
    allows_maps: bool,
    decided: HashMap<TypeId, bool>,
}

impl<'a> Derivable<'a> {
    /// Decides for types whose maps are sorted, as in guest glue, or hashed, as in host glue.
    pub fn new(resolve: &'a Resolve, derives: &BTreeSet<String>, hashes_maps: bool) -> Self {
        let names: Vec<&str> = derives.iter().map(|derive| standard_name(derive)).collect();
        let of_hash_maps = ["Eq", "PartialEq"];
        Derivable {
            resolve,
            allows_flags: names.iter().all(|name| TRAITS_OF_FLAGS.contains(name)),
            allows_floats: !names.iter().any(|name| NOT_OF_FLOATS.contains(name)),
            allows_maps: !hashes_maps
                || names
                    .iter()
                    .all(|name| of_hash_maps.contains(name) || !TRAITS_OF_FLAGS.contains(name)),
            decided: HashMap::new(),
        }
    }

    /// Decides that types can't.
    pub fn exclude(&mut self, types: impl Iterator<Item = TypeId>) {
        self.decided.extend(types.map(|id| (id, false)));
    }

    /// Whether a type can derive all of the traits.
    pub fn has(&mut self, id: TypeId) -> bool {
        if let Some(decided) = self.decided.get(&id) {
            return *decided;
        }
        let resolve = self.resolve;
        let decided = match &resolve.types[id].kind {
            TypeDefKind::Record(record) => {
                record.fields.iter().all(|field| self.has_type(&field.ty))
            }
            TypeDefKind::Variant(variant) => {
                let mut payloads = variant.cases.iter().filter_map(|case| case.ty.as_ref());
                payloads.all(|ty| self.has_type(ty))
            }
            TypeDefKind::Enum(_) => true,
            TypeDefKind::Tuple(tuple) => tuple.types.iter().all(|ty| self.has_type(ty)),
            TypeDefKind::Option(ty)
            | TypeDefKind::List(ty)
            | TypeDefKind::FixedLengthList(ty, _)
            | TypeDefKind::Type(ty) => self.has_type(ty),
            TypeDefKind::Map(key, value) => {
                self.allows_maps && self.has_type(key) && self.has_type(value)
            }
            TypeDefKind::Result(result) => {
                let mut types = result.ok.iter().chain(&result.err);
                types.all(|ty| self.has_type(ty))
            }
            TypeDefKind::Flags(_) => self.allows_flags,
            TypeDefKind::Handle(Handle::Own(_) | Handle::Borrow(_))
            | TypeDefKind::Resource
            | TypeDefKind::Future(_)
            | TypeDefKind::Stream(_)
            | TypeDefKind::Unknown => false,
        };
        self.decided.insert(id, decided);
        decided
    }

    fn has_type(&mut self, ty: &Type) -> bool {
        match ty {
            Type::Id(id) => self.has(*id),
            Type::F32 | Type::F64 => self.allows_floats,
            Type::ErrorContext => false,
            _ => true,
        }
    }
}
