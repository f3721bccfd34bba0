//! Functions.

use std::collections::HashMap;

use serde::Serialize;

use super::{FunctionAbi, Position, Stability, Type, TypeName};

/// A function of an interface, a resource or a world.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Function {
    /// The plain name: `get-method`; a constructor is called `constructor`.
    pub name: String,
    /// The Component Model's name: `[method]request.get-method`.
    pub component_name: String,
    /// Whether it belongs to a resource, and how.
    pub kind: FunctionKind,
    /// Whether it gets or sets a property.
    pub accessor: Option<Accessor>,
    /// `async func`.
    pub is_async: bool,
    /// Parameters; the resource that a method is called on is not among them.
    pub params: Vec<Param>,
    /// The result.
    pub result: Option<Type>,
    /// Documentation, in Markdown.
    pub docs: Option<String>,
    /// Its gate.
    pub stability: Stability,
    /// Its place in the source.
    pub position: Option<Position>,
    /// Its core signatures.
    pub abi: FunctionAbi,
    /// The `external-id` attribute.
    pub external_id: Option<String>,
}

/// Whether a function belongs to a resource, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FunctionKind {
    /// To none.
    Freestanding,
    /// A method, called on a borrowed handle.
    Method(TypeName),
    /// A static function.
    Static(TypeName),
    /// The constructor.
    Constructor(TypeName),
}

/// The effect of a property function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Accessor {
    /// Returns the property.
    Getter,
    /// Sets the property.
    Setter,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Where it is written; not part of the JSON.
    #[serde(skip)]
    pub position: Option<Position>,
}

/// Groups functions by the plain name of the resource that they belong to; those of none are left out.
pub(crate) fn by_resource<'a>(
    functions: impl IntoIterator<Item = &'a Function>,
) -> HashMap<&'a str, Vec<&'a Function>> {
    let mut groups: HashMap<&str, Vec<&Function>> = HashMap::new();
    for function in functions {
        if let Some(resource) = function.resource() {
            groups.entry(&resource.name).or_default().push(function);
        }
    }
    groups
}

impl Function {
    /// Returns what the function is, in WIT's words.
    pub(crate) fn noun(&self) -> &'static str {
        match self.kind {
            FunctionKind::Freestanding => "function",
            FunctionKind::Method(_) => "method",
            FunctionKind::Static(_) => "static function",
            FunctionKind::Constructor(_) => "constructor",
        }
    }

    /// The resource that the function belongs to.
    pub fn resource(&self) -> Option<&TypeName> {
        match &self.kind {
            FunctionKind::Freestanding => None,
            FunctionKind::Method(resource)
            | FunctionKind::Static(resource)
            | FunctionKind::Constructor(resource) => Some(resource),
        }
    }

    /// The name under its interface: `request.get-method` for a resource's, else the plain one.
    pub fn path(&self) -> String {
        match self.resource() {
            Some(resource) => format!("{}.{}", resource.name, self.name),
            None => self.name.clone(),
        }
    }

    /// Calls `visit` for every type that is named in the parameters and the result.
    pub fn names<'a>(&'a self, visit: &mut impl FnMut(&'a TypeName)) {
        for ty in self.params.iter().map(|param| &param.ty).chain(&self.result) {
            ty.names(visit);
        }
    }
}
