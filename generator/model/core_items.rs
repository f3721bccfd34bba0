//! Core imports and exports: what a core module imports and exports for a world, by the names that
//! `wit-component` reads.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::abi::CoreSignature;
use super::flat::CoreType;
use super::{Function, Index, Model, TypeDef, TypeKind, World, WorldItem, WorldItemKind};

/// A core import of a component: a function that a module may import.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoreImport<'a> {
    /// The module: the interface's full name, or `$root` for what is the world's own; after
    /// `[export]` where it belongs to an export.
    pub module: Cow<'a, str>,
    /// The field in it: `[async-lower]handle`.
    pub name: String,
    /// Its signature.
    pub signature: &'a CoreSignature,
}

/// A core export of a component: a function that a module exports to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoreExport<'a> {
    /// The full name of the interface, if it is one's.
    pub interface: Option<&'a str>,
    /// The name: `[async-lift]wasi:http/handler@0.3.1002#handle`.
    pub name: String,
    /// Its signature.
    pub signature: &'a CoreSignature,
}

/// From a handle or a representation, to nothing.
static DROP: LazyLock<CoreSignature> = LazyLock::new(|| CoreSignature {
    params: vec![CoreType::I32],
    results: Vec::new(),
});

/// From a handle to its representation, and back.
static CONVERT: LazyLock<CoreSignature> = LazyLock::new(|| CoreSignature {
    params: vec![CoreType::I32],
    results: vec![CoreType::I32],
});

impl Function {
    /// The two forms in which a core module imports the function: lowered synchronously, and lowered
    /// with `async`. `interface` is the name that its interface is imported under.
    pub fn core_imports<'a>(&'a self, interface: Option<&'a str>) -> [CoreImport<'a>; 2] {
        let name = &self.component_name;
        let module = Cow::Borrowed(interface.unwrap_or(ROOT));
        let async_name = format!("[async-lower]{name}");
        [
            import(module.clone(), name.clone(), &self.abi.import),
            import(module, async_name, &self.abi.import_async),
        ]
    }

    /// The two forms in which a core module exports the function: lifted synchronously, and lifted
    /// with `async` and a callback.
    pub fn core_exports<'a>(&'a self, interface: Option<&'a str>) -> [CoreExport<'a>; 2] {
        let name = match interface {
            Some(interface) => format!("{interface}#{}", self.component_name),
            None => self.component_name.clone(),
        };
        let async_name = format!("[async-lift]{name}");
        [
            export(interface, name, &self.abi.export),
            export(interface, async_name, &self.abi.export_async),
        ]
    }
}

impl Model {
    /// Returns the possible imports of a core module for a world: every imported function in both of its forms, the drop of
    /// every imported resource, and the imports for exports: `task.return` in the form of each function, and the handles of
    /// exported resources.
    ///
    /// Left out are the built-in functions of streams and futures, which are imported by the function
    /// that they occur in, and those of tasks, which are the same for every world.
    pub fn core_imports<'a>(&'a self, world: &'a World) -> Vec<CoreImport<'a>> {
        core_imports(&Index::of(self), world)
    }

    /// Returns the possible exports of a core module for a world: every exported function, and the destructor of every exported
    /// resource, in both of their forms.
    ///
    /// Left out are the functions that belong to one of these: `cabi_post_` and `[callback]`.
    pub fn core_exports<'a>(&'a self, world: &'a World) -> Vec<CoreExport<'a>> {
        core_exports(&Index::of(self), world)
    }
}

/// As [`Model::core_imports`], for many worlds.
pub(crate) fn core_imports<'a>(index: &Index<'a>, world: &'a World) -> Vec<CoreImport<'a>> {
    let mut imports = Vec::new();
    for item in &world.imports {
        let (interface, functions, resources) = contents(index, item);
        let module = || Cow::Borrowed(interface.unwrap_or(ROOT));
        for function in functions {
            imports.extend(function.core_imports(interface));
        }
        for name in resources {
            imports.push(import(module(), format!("[resource-drop]{name}"), &DROP));
        }
    }
    for item in &world.exports {
        let (interface, functions, resources) = contents(index, item);
        let module = Cow::from(format!("[export]{}", interface.unwrap_or(ROOT)));
        for function in functions {
            let name = format!("[task-return]{}", function.component_name);
            imports.push(import(module.clone(), name, &function.abi.task_return));
        }
        for name in resources {
            for (what, signature) in [("drop", &DROP), ("new", &CONVERT), ("rep", &CONVERT)] {
                let name = format!("[resource-{what}]{name}");
                imports.push(import(module.clone(), name, signature));
            }
        }
    }
    imports
}

/// As [`Model::core_exports`], for many worlds.
pub(crate) fn core_exports<'a>(index: &Index<'a>, world: &'a World) -> Vec<CoreExport<'a>> {
    let mut exports = Vec::new();
    for item in &world.exports {
        let (interface, functions, resources) = contents(index, item);
        for function in functions {
            exports.extend(function.core_exports(interface));
        }
        for name in resources {
            let name = format!("{}#[dtor]{name}", interface.unwrap_or(ROOT));
            let async_name = format!("[async-lift]{name}");
            exports.push(export(interface, name, &DROP));
            exports.push(export(interface, async_name, &DROP));
        }
    }
    exports
}

/// The full name of an import's or export's interface, its functions, and its resources' names.
fn contents<'a>(
    index: &Index<'a>,
    item: &'a WorldItem,
) -> (Option<&'a str>, Vec<&'a Function>, Vec<&'a str>) {
    let interface = match &item.kind {
        WorldItemKind::Interface(id) => index.interface(id),
        WorldItemKind::Inline(interface) => Some(&**interface),
        WorldItemKind::Function(function) => return (None, vec![function], Vec::new()),
        WorldItemKind::Type(def) => return (None, Vec::new(), resource(def).collect()),
    };
    let functions = interface.into_iter().flat_map(|i| &i.functions);
    let types = interface.into_iter().flat_map(|i| &i.types);
    (
        Some(&item.name),
        functions.collect(),
        types.flat_map(resource).collect(),
    )
}

/// The module of what is the world's own.
const ROOT: &str = "$root";

/// The name of a type that is a resource, where it is defined.
fn resource(def: &TypeDef) -> impl Iterator<Item = &str> {
    let is_resource = matches!(def.kind, TypeKind::Resource);
    is_resource.then_some(def.name.as_str()).into_iter()
}

fn import<'a>(module: Cow<'a, str>, name: String, signature: &'a CoreSignature) -> CoreImport<'a> {
    CoreImport {
        module,
        name,
        signature,
    }
}

fn export<'a>(
    interface: Option<&'a str>,
    name: String,
    signature: &'a CoreSignature,
) -> CoreExport<'a> {
    CoreExport {
        interface,
        name,
        signature,
    }
}
