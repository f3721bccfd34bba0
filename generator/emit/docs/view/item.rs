//! Types and functions.

use std::collections::HashMap;

use askama::Template;

use super::super::anchors::{function_path, world_function_path};
use super::super::code::{Code, Writer};
use super::super::home::Owner;
use super::super::lookup::Context;
use super::super::prose::continues_a_paragraph;
use super::example::ExampleView;
use super::{Badges, Facts, Link, Views, external_id, indented};
use crate::model::{
    Case, Direction, Function, FunctionKind, Package, Position, Type, TypeDef, TypeKind,
};
use crate::names::Meaning;

/// How many cases of an error stand open on the page; more are folded.
const MAX_OPEN_ERRORS: usize = 8;

/// How many cases of an error are listed at each function that returns it; an error with more is only named.
const MAX_LISTED_ERRORS: usize = 100;

/// A type as its page shows it.
#[derive(Template)]
#[template(path = "docs/type.md", escape = "none")]
pub(super) struct TypeView {
    pub anchor: String,
    /// `##`
    marks: String,
    pub keyword: &'static str,
    pub name: String,
    facts: Facts,
    definition: Code,
    docs: String,
    example: Option<ExampleView>,
    members: Vec<MemberView>,
    /// The title of the members: `Cases`.
    members_title: &'static str,
    pub functions: Vec<FunctionView>,
    used_by: Vec<Link>,
    /// The first sentence, for lists.
    pub summary: String,
}

/// A field, a case or a flag.
struct MemberView {
    anchor: String,
    code: Code,
    docs: String,
    /// Whether the documentation may stand close to the name.
    is_close: bool,
}

/// A function as its page shows it.
#[derive(Template)]
#[template(path = "docs/function.md", escape = "none")]
pub(super) struct FunctionView {
    pub anchor: String,
    marks: String,
    /// `request.get-method`
    pub name: String,
    facts: Facts,
    signature: Code,
    docs: String,
    example: Option<ExampleView>,
    params: Vec<ParamView>,
    /// How the result crosses.
    passing: Passing,
    errors: Option<Errors>,
    is_method: bool,
    core: String,
    pub summary: String,
}

struct ParamView {
    name: String,
    ty: Code,
    passing: Passing,
}

/// The effect of passing a value that is more than a copy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Passing {
    Copied,
    /// A handle, or a value with handles in it.
    Owned,
    Lent,
    /// The reading end of a stream or a future.
    ReadingEnd,
}

/// The errors of a function, case by case.
struct Errors {
    ty: Code,
    cases: Vec<ErrorView>,
    is_folded: bool,
}

struct ErrorView {
    case: Link,
    summary: String,
}

/// The place of the items to show.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub page: usize,
    pub package: &'a Package,
    /// The full name of the interface or world.
    pub owner: &'a str,
    /// The level of the items' headings.
    pub level: usize,
}

impl<'a> Scope<'a> {
    /// The context of the owner's own documentation.
    pub fn context(&self, position: Option<&'a Position>) -> Context<'a> {
        Context {
            page: self.page,
            home_page: self.page,
            package: self.package,
            owner: Some(self.owner),
            ty: None,
            function: None,
            position,
        }
    }
}

impl<'a> Views<'_, '_, 'a> {
    /// A type with the functions that belong to it.
    pub(super) fn type_view(
        &self,
        scope: Scope<'a>,
        def: &'a TypeDef,
        functions: Vec<(String, &'a Function)>,
    ) -> TypeView {
        let home = self.site.home(scope.owner).expect("every owner has a home");
        let path = home.type_path(def);
        let anchor = home.anchor(&path);
        let mut context = scope.context(def.position.as_ref());
        context.ty = Some(&def.name);
        let inner = Scope {
            level: scope.level + 1,
            ..scope
        };
        let functions = functions.into_iter();
        TypeView {
            marks: "#".repeat(scope.level),
            keyword: keyword(def),
            name: def.name.clone(),
            facts: Facts {
                kind: "",
                is_async: false,
                badges: Badges::of(&def.stability),
                external_id: external_id(&def.external_id),
                source: self.source(scope.page, def.position.as_ref()),
            },
            definition: Writer::new(self.site, scope.page).type_def(def),
            docs: self.prose.block(&def.docs, &context, scope.level + 1, &anchor),
            example: self.example(scope.package, &anchor),
            members: self.members(scope, def, &context, &path),
            members_title: match def.kind {
                TypeKind::Record(_) => "Fields",
                TypeKind::Flags(_) => "Flags",
                _ => "Cases",
            },
            functions: functions
                .map(|(path, function)| self.function_view(inner, path, function))
                .collect(),
            used_by: self.users(scope.page, scope.owner, &def.name),
            summary: self.prose.line(&def.docs),
            anchor,
        }
    }

    fn members(
        &self,
        scope: Scope<'a>,
        def: &'a TypeDef,
        context: &Context<'a>,
        path: &str,
    ) -> Vec<MemberView> {
        let home = self.site.home(scope.owner).expect("every owner has a home");
        let member = |name: &str, before: &str, ty: Option<&Type>, docs, position, behind: &str| {
            let anchor = home.anchor(&format!("{path}.{name}"));
            let context = Context {
                position,
                ..*context
            };
            let writer = Writer::new(self.site, scope.page);
            let code = writer.member(name, before, ty, behind);
            let docs = self.prose.block(docs, &context, 6, &anchor);
            MemberView {
                anchor,
                code,
                is_close: continues_a_paragraph(&docs),
                docs: indented(&docs, 2),
            }
        };
        match &def.kind {
            TypeKind::Record(fields) => {
                let fields = fields
                    .iter()
                    .map(|f| member(&f.name, ": ", Some(&f.ty), &f.docs, f.position.as_ref(), ""));
                fields.collect()
            }
            TypeKind::Variant(cases) | TypeKind::Enum(cases) => {
                let cases = cases.iter().map(|c| {
                    member(
                        &c.name,
                        "(",
                        c.ty.as_ref(),
                        &c.docs,
                        c.position.as_ref(),
                        ")",
                    )
                });
                cases.collect()
            }
            TypeKind::Flags(flags) => {
                let flags = flags
                    .iter()
                    .map(|f| member(&f.name, "", None, &f.docs, f.position.as_ref(), ""));
                flags.collect()
            }
            TypeKind::Resource | TypeKind::Alias(_) | TypeKind::Use(_) => Vec::new(),
        }
    }

    /// Returns the view of a function at a path under its owner.
    pub(super) fn function_view(
        &self,
        scope: Scope<'a>,
        path: String,
        function: &'a Function,
    ) -> FunctionView {
        let home = self.site.home(scope.owner).expect("every owner has a home");
        let anchor = home.anchor(&path);
        let mut context = scope.context(function.position.as_ref());
        context.ty = function.resource().map(|resource| resource.name.as_str());
        context.function = Some(function);
        let ty = |ty: &Type| Writer::new(self.site, scope.page).ty(ty);
        let params = function.params.iter().map(|param| ParamView {
            name: param.name.clone(),
            ty: ty(&param.ty),
            passing: passing(&param.ty),
        });
        // Returns the core signature of a function: that of the import, unless the interface is only exported.
        let form = usize::from(function.is_async);
        let core = if home.is_exported(&path) {
            let export = &function.core_exports(home.exported_name())[form];
            format!("{}{}", export.name, export.signature)
        } else {
            let import = &function.core_imports(None)[form];
            format!("{}{}", import.name, import.signature)
        };
        FunctionView {
            marks: "#".repeat(scope.level),
            name: function.path(),
            facts: Facts {
                kind: kind(function, home.owner, &path),
                is_async: function.is_async,
                badges: Badges::of(&function.stability),
                external_id: external_id(&function.external_id),
                source: self.source(scope.page, function.position.as_ref()),
            },
            signature: Writer::new(self.site, scope.page).function(function),
            docs: self.prose.block(&function.docs, &context, scope.level + 1, &anchor),
            example: self.example(scope.package, &anchor),
            params: params.collect(),
            passing: function.result.as_ref().map_or(Passing::Copied, passing),
            errors: function.result.as_ref().and_then(|result| self.errors(scope, result)),
            is_method: matches!(function.kind, FunctionKind::Method(_)),
            core,
            summary: self.prose.line(&function.docs),
            anchor,
        }
    }

    /// The errors that a function returns, if its result can be one.
    fn errors(&self, scope: Scope<'a>, result: &Type) -> Option<Errors> {
        let Meaning::Written(Type::Result {
            err: Some(error), ..
        }) = self.site.index.meaning(result)
        else {
            return None;
        };
        let ty = Writer::new(self.site, scope.page).ty(error);
        let cases = self.cases(scope, error);
        Some(Errors {
            ty,
            is_folded: cases.len() > MAX_OPEN_ERRORS,
            cases,
        })
    }

    /// The cases of an error that is a variant or an enum.
    fn cases(&self, scope: Scope<'a>, error: &Type) -> Vec<ErrorView> {
        let Meaning::Defined(owner, def) = self.site.index.meaning(error) else {
            return Vec::new();
        };
        let (TypeKind::Variant(cases) | TypeKind::Enum(cases)) = &def.kind else {
            return Vec::new();
        };
        if cases.len() > MAX_LISTED_ERRORS {
            return Vec::new();
        }
        let home = self.site.home(owner).expect("a definition has a home");
        let view = |case: &Case| ErrorView {
            case: self.link(
                scope.page,
                &case.name,
                owner,
                &format!("{}.{}", home.type_path(def), case.name),
            ),
            summary: self.prose.line(&case.docs),
        };
        cases.iter().map(view).collect()
    }

    /// Types and functions in the order of the source: each resource with its functions.
    pub(super) fn items(
        &self,
        scope: Scope<'a>,
        types: Vec<&'a TypeDef>,
        functions: Vec<(Option<Direction>, &'a Function)>,
    ) -> Vec<ItemView> {
        let path = |direction: Option<Direction>, function| match direction {
            Some(direction) => world_function_path(direction, function),
            None => function_path(function),
        };
        let mut of_resources: HashMap<&str, Vec<(String, &'a Function)>> = HashMap::new();
        for (direction, function) in &functions {
            if let Some(resource) = function.resource() {
                let own = of_resources.entry(&resource.name).or_default();
                own.push((path(*direction, function), *function));
            }
        }
        let mut items = Vec::new();
        for def in types {
            if matches!(def.kind, TypeKind::Use(_)) {
                continue;
            }
            let own = of_resources.get(def.name.as_str()).cloned().unwrap_or_default();
            let view = ItemView::Type(self.type_view(scope, def, own));
            items.push((def.position.as_ref(), view));
        }
        for (direction, function) in functions {
            if function.resource().is_none() {
                let view = self.function_view(scope, path(direction, function), function);
                items.push((function.position.as_ref(), ItemView::Function(view)));
            }
        }
        if items.iter().all(|(position, _)| position.is_some()) {
            items.sort_by_key(|(position, _)| *position);
        }
        items.into_iter().map(|(_, view)| view).collect()
    }
}

/// An item of an interface or a world.
#[allow(clippy::large_enum_variant, reason = "a page has a few, for a moment")]
pub(super) enum ItemView {
    Type(TypeView),
    Function(FunctionView),
}

fn keyword(def: &TypeDef) -> &'static str {
    match &def.kind {
        TypeKind::Record(_) => "record",
        TypeKind::Variant(_) => "variant",
        TypeKind::Enum(_) => "enum",
        TypeKind::Flags(_) => "flags",
        TypeKind::Resource => "resource",
        TypeKind::Alias(_) => "type",
        TypeKind::Use(_) => "use",
    }
}

fn kind(function: &Function, owner: Owner<'_>, path: &str) -> &'static str {
    let is_in_world = matches!(owner, Owner::World(_));
    match &function.kind {
        FunctionKind::Method(_) => "Method",
        FunctionKind::Static(_) => "Static function",
        FunctionKind::Constructor(_) => "Constructor",
        FunctionKind::Freestanding if !is_in_world => "Function",
        FunctionKind::Freestanding if path.starts_with("export.") => "Exported function",
        FunctionKind::Freestanding => "Imported function",
    }
}

/// The strongest thing that happens to a value or to what is written out in its type.
fn passing(ty: &Type) -> Passing {
    let strongest = |types: &[&Type]| {
        types
            .iter()
            .map(|ty| passing(ty))
            .max_by_key(|passing| *passing as u8)
            .unwrap_or(Passing::Copied)
    };
    match ty {
        Type::Own(_) => Passing::Owned,
        Type::Borrow(_) => Passing::Lent,
        Type::Stream(_) | Type::Future(_) => Passing::ReadingEnd,
        Type::Option(inner) | Type::List(inner) => passing(inner),
        Type::FixedLengthList { element, .. } => passing(element),
        Type::Tuple(types) => strongest(&types.iter().collect::<Vec<_>>()),
        Type::Map { key, value } => strongest(&[key, value]),
        Type::Result { ok, .. } => ok.as_deref().map_or(Passing::Copied, passing),
        _ => Passing::Copied,
    }
}
