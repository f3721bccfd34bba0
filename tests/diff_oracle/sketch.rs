//! Packages that are made up: their items, and the WIT of them.
//!
//! A sketch may refer to types and packages that it doesn't have. What is written then is another type, so that
//! every sketch is valid WIT.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

/// A type in a parameter, a result, a field or a case. A number is that of a type of the same scope.
#[derive(Clone, Debug)]
pub enum Ty {
    Plain(&'static str),
    Named(usize),
    List(usize),
    Borrow(usize),
}

#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub is_async: bool,
    pub params: Vec<(String, Ty)>,
    pub result: Option<Ty>,
}

#[derive(Clone, Debug)]
pub enum Def {
    Record(Vec<(String, Ty)>),
    Variant(Vec<(String, Option<Ty>)>),
    Enum(Vec<String>),
    Flags(Vec<String>),
    Alias(Ty),
    Resource(Vec<Function>),
    /// The type of this number, of another interface.
    Use(Target, usize),
}

/// An interface by its number.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    SamePackage(usize),
    /// In the dependency of the first number.
    Dependency(usize, usize),
}

/// An interface; its types are called `t0`, `t1` and so on.
#[derive(Clone, Debug)]
pub struct Interface {
    pub types: Vec<Def>,
    pub functions: Vec<Function>,
    pub is_imported: bool,
    pub is_exported: bool,
}

/// One version of the package `c:d`, with the interfaces `x0` and `x1`.
#[derive(Clone, Debug)]
pub struct Dependency {
    pub version: Option<&'static str>,
    pub interfaces: Vec<Interface>,
}

/// What a world imports or exports under a plain name.
#[derive(Clone, Debug)]
pub struct Item {
    pub name: String,
    pub is_export: bool,
    pub kind: ItemKind,
}

#[derive(Clone, Debug)]
pub enum ItemKind {
    Function(Function),
    /// An interface with a name, under another one.
    Labelled(Target),
    Inline(Interface),
}

/// The package `a:b`, with the interfaces `i0` to `i2` and a world.
#[derive(Clone, Debug)]
pub struct Sketch {
    pub version: Option<&'static str>,
    pub world: &'static str,
    pub interfaces: Vec<Interface>,
    pub dependencies: Vec<Dependency>,
    pub world_types: Vec<Def>,
    pub items: Vec<Item>,
    /// Interfaces that are left out of the text.
    pub hidden: BTreeSet<usize>,
}

/// What can be named in an interface or a world.
#[derive(Clone, Copy)]
struct Scope<'a> {
    types: &'a [Def],
    /// How many of the types may be named.
    count: usize,
    /// The interfaces of the same package that may be used.
    interfaces: &'a [Interface],
    prefix: &'static str,
    dependencies: &'a [Dependency],
}

impl<'a> Scope<'a> {
    fn ty(self, ty: &Ty) -> String {
        match *ty {
            Ty::Plain(name) => name.to_owned(),
            Ty::Named(at) if at < self.count => format!("t{at}"),
            Ty::List(at) if at < self.count => format!("list<t{at}>"),
            Ty::Borrow(at) if at < self.count && matches!(self.types[at], Def::Resource(_)) => {
                format!("borrow<t{at}>")
            }
            _ => "u32".to_owned(),
        }
    }

    fn function(self, name: &str, function: &Function) -> String {
        let keyword = if function.is_async {
            "async func"
        } else {
            "func"
        };
        let params = function.params.iter().map(|(name, ty)| format!("{name}: {}", self.ty(ty)));
        let params = params.collect::<Vec<_>>().join(", ");
        let result = match &function.result {
            None => String::new(),
            // Results can't be borrowed.
            Some(Ty::Borrow(at)) => format!(" -> {}", self.ty(&Ty::Named(*at))),
            Some(ty) => format!(" -> {}", self.ty(ty)),
        };
        format!("{name}: {keyword}({params}){result};")
    }

    /// The path of an interface, if it may be used and has this type.
    fn path(self, target: Target, ty: usize) -> Option<String> {
        let (path, interface) = match target {
            Target::SamePackage(at) => (format!("{}{at}", self.prefix), self.interfaces.get(at)?),
            Target::Dependency(package, at) => {
                let package = self.dependencies.get(package)?;
                (dependency_path(package, at), package.interfaces.get(at)?)
            }
        };
        (ty < interface.types.len()).then_some(path)
    }

    /// Lists the interfaces of the same package that types come from.
    fn used(self) -> impl Iterator<Item = usize> + use<'a> {
        self.types.iter().filter_map(move |def| match def {
            Def::Use(target @ Target::SamePackage(at), ty) => {
                self.path(*target, *ty).is_some().then_some(*at)
            }
            _ => None,
        })
    }

    fn def(self, at: usize) -> String {
        let earlier = Scope { count: at, ..self };
        let joined = |parts: &[String]| parts.join(", ");
        match &self.types[at] {
            Def::Record(fields) => {
                let fields = fields.iter().map(|(name, ty)| format!("{name}: {}", earlier.ty(ty)));
                format!(
                    "record t{at} {{ {} }}",
                    fields.collect::<Vec<_>>().join(", ")
                )
            }
            Def::Variant(cases) => {
                let cases = cases.iter().map(|(name, ty)| match ty {
                    Some(ty) => format!("{name}({})", earlier.ty(ty)),
                    None => name.clone(),
                });
                format!(
                    "variant t{at} {{ {} }}",
                    cases.collect::<Vec<_>>().join(", ")
                )
            }
            Def::Enum(cases) => format!("enum t{at} {{ {} }}", joined(cases)),
            Def::Flags(flags) => format!("flags t{at} {{ {} }}", joined(flags)),
            Def::Alias(ty) => format!("type t{at} = {};", earlier.ty(ty)),
            Def::Resource(methods) => {
                let methods = methods.iter().map(|method| self.function(&method.name, method));
                format!(
                    "resource t{at} {{ {} }}",
                    methods.collect::<Vec<_>>().join(" ")
                )
            }
            Def::Use(target, ty) => match self.path(*target, *ty) {
                Some(path) if ty == &at => format!("use {path}.{{t{ty}}};"),
                Some(path) => format!("use {path}.{{t{ty} as t{at}}};"),
                None => format!("type t{at} = char;"),
            },
        }
    }
}

fn dependency_path(package: &Dependency, at: usize) -> String {
    match package.version {
        Some(version) => format!("c:d/x{at}@{version}"),
        None => format!("c:d/x{at}"),
    }
}

impl Sketch {
    /// Returns the numbers of the interfaces that the world has, directly or because others use them.
    pub fn reached(&self) -> BTreeSet<usize> {
        let scope = |types| self.scope(types, &self.interfaces);
        let mut pending: Vec<usize> = scope(&self.world_types).used().collect();
        for item in &self.items {
            match &item.kind {
                ItemKind::Labelled(Target::SamePackage(at)) => pending.push(*at),
                ItemKind::Inline(interface) => pending.extend(scope(&interface.types).used()),
                _ => {}
            }
        }
        let own = self.interfaces.iter().enumerate();
        pending.extend(own.filter(|(_, i)| i.is_imported || i.is_exported).map(|(at, _)| at));
        let mut reached = BTreeSet::new();
        while let Some(at) = pending.pop() {
            if at < self.interfaces.len() && reached.insert(at) {
                let interface = &self.interfaces[at];
                pending.extend(self.scope(&interface.types, &self.interfaces[..at]).used());
            }
        }
        reached
    }

    fn scope<'a>(&'a self, types: &'a [Def], interfaces: &'a [Interface]) -> Scope<'a> {
        Scope {
            types,
            count: types.len(),
            interfaces,
            prefix: "i",
            dependencies: &self.dependencies,
        }
    }

    fn world_item(&self, item: &Item) -> Option<String> {
        let keyword = if item.is_export { "export" } else { "import" };
        let name = &item.name;
        Some(match &item.kind {
            ItemKind::Function(function) => {
                let scope = self.scope(&self.world_types, &self.interfaces);
                format!("{keyword} {}", scope.function(name, function))
            }
            ItemKind::Labelled(target) => {
                let path = match *target {
                    Target::SamePackage(at) => format!("i{at}"),
                    Target::Dependency(package, at) => {
                        dependency_path(self.dependencies.get(package)?, at)
                    }
                };
                format!("{keyword} {name}: {path};")
            }
            ItemKind::Inline(interface) => {
                let scope = self.scope(&interface.types, &self.interfaces);
                format!(
                    "{keyword} {name}: interface {{ {} }}",
                    body(interface, scope)
                )
            }
        })
    }
}

fn body(interface: &Interface, scope: Scope<'_>) -> String {
    let types = (0..interface.types.len()).map(|at| scope.def(at));
    let functions = interface.functions.iter().map(|f| scope.function(&f.name, f));
    types.chain(functions).collect::<Vec<_>>().join("\n  ")
}

impl Display for Sketch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => writeln!(f, "package a:b@{version};")?,
            None => writeln!(f, "package a:b;")?,
        }
        for (at, interface) in self.interfaces.iter().enumerate() {
            if !self.hidden.contains(&at) {
                let scope = self.scope(&interface.types, &self.interfaces[..at]);
                writeln!(f, "interface i{at} {{\n  {}\n}}", body(interface, scope))?;
            }
        }
        writeln!(f, "world {} {{", self.world)?;
        let scope = self.scope(&self.world_types, &self.interfaces);
        for at in 0..self.world_types.len() {
            writeln!(f, "  {}", scope.def(at))?;
        }
        let own = self.interfaces.iter().enumerate().map(|(at, i)| (format!("i{at}"), i));
        let others = self.dependencies.iter().flat_map(|package| {
            let interfaces = package.interfaces.iter().enumerate();
            interfaces.map(|(at, i)| (dependency_path(package, at), i))
        });
        for (path, interface) in own.chain(others) {
            if interface.is_imported {
                writeln!(f, "  import {path};")?;
            }
            if interface.is_exported {
                writeln!(f, "  export {path};")?;
            }
        }
        for item in self.items.iter().filter_map(|item| self.world_item(item)) {
            writeln!(f, "  {item}")?;
        }
        writeln!(f, "}}")?;
        for package in &self.dependencies {
            match package.version {
                Some(version) => writeln!(f, "package c:d@{version} {{")?,
                None => writeln!(f, "package c:d {{")?,
            }
            for (at, interface) in package.interfaces.iter().enumerate() {
                let scope = Scope {
                    prefix: "x",
                    dependencies: &[],
                    ..self.scope(&interface.types, &package.interfaces[..at])
                };
                writeln!(f, "interface x{at} {{\n  {}\n}}", body(interface, scope))?;
            }
            writeln!(f, "}}")?;
        }
        Ok(())
    }
}
