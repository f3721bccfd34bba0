//! The model as a tree, for people.

use askama::Template;

use super::function::by_resource;
use super::{
    Case, Function, Interface, Item, Model, Package, Stability, TypeDef, TypeKind, World,
    WorldItem, WorldItemKind,
};

#[derive(Template)]
#[template(path = "inspect/tree.txt", escape = "none")]
struct Tree {
    rows: Vec<Row>,
}

/// One line of the tree.
struct Row {
    /// The lines that lead to it: `│  ├─ `.
    branch: String,
    /// `interface`, `record`, `import`; nothing for a member.
    keyword: &'static str,
    name: String,
    /// The text after the name: a type, a payload.
    signature: String,
    /// `since 0.3.0`.
    badge: String,
    /// The first sentence of the documentation.
    summary: String,
}

/// A line with what hangs from it.
struct Node {
    row: Row,
    children: Vec<Node>,
}

/// Draws the package of a model, without its dependencies.
pub fn render(model: &Model) -> String {
    draw(package(model.package()))
}

/// Draws an item and everything in it.
pub fn render_item(item: &Item<'_>, model: &Model) -> String {
    draw(match item {
        Item::Package(found) => package(found),
        Item::World(found) => world(found),
        Item::WorldItem(found) => match &found.kind {
            WorldItemKind::Interface(id) => match model.interface(id) {
                Some(found) => interface(found),
                None => world_item("", found),
            },
            _ => world_item("", found),
        },
        Item::Interface(found) => interface(found),
        Item::Type(found) => type_def(found, Vec::new()),
        Item::Function(found) => function(found),
        Item::Field(field) => member(&field.name, Some(&field.ty), &field.docs),
        Item::Case(found) => case(found),
        Item::Flag(flag) => member(&flag.name, None, &flag.docs),
    })
}

fn draw(node: Node) -> String {
    let mut rows = Vec::new();
    flatten(node, "", "", &mut rows);
    Tree { rows }.render().expect("a template without filters cannot fail")
}

/// Lists a node and its children; `first` leads to the node, `rest` to everything below it.
fn flatten(node: Node, first: &str, rest: &str, rows: &mut Vec<Row>) {
    let mut row = node.row;
    row.branch = first.to_owned();
    rows.push(row);
    let last = node.children.len().saturating_sub(1);
    for (at, child) in node.children.into_iter().enumerate() {
        let (branch, below) = if at == last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let below = format!("{rest}{below}");
        flatten(child, &format!("{rest}{branch}"), &below, rows);
    }
}

fn node(
    keyword: &'static str,
    name: &str,
    signature: String,
    stability: Option<&Stability>,
    docs: &Option<String>,
    children: Vec<Node>,
) -> Node {
    Node {
        row: Row {
            branch: String::new(),
            keyword,
            name: name.to_owned(),
            signature,
            badge: stability.map(ToString::to_string).unwrap_or_default(),
            summary: docs.as_deref().map(summary).unwrap_or_default(),
        },
        children,
    }
}

/// The first sentence, on one line.
pub(crate) fn summary(docs: &str) -> String {
    let paragraph = docs.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.split_once(". ") {
        Some((sentence, _)) => format!("{sentence}."),
        None => line,
    }
}

fn package(package: &Package) -> Node {
    let interfaces = package.interfaces.iter().map(interface);
    let worlds = package.worlds.iter().map(world);
    let children = interfaces.chain(worlds).collect();
    let id = &package.id;
    node("package", id, String::new(), None, &package.docs, children)
}

fn interface(interface: &Interface) -> Node {
    let stability = Some(&interface.stability);
    let children = members(interface);
    let name = &interface.name;
    node(
        "interface",
        name,
        String::new(),
        stability,
        &interface.docs,
        children,
    )
}

/// Types, each resource with its functions, then functions that belong to none.
fn members(interface: &Interface) -> Vec<Node> {
    let mut of_resources = by_resource(&interface.functions);
    let types = interface.types.iter().map(|def| {
        let functions = of_resources.remove(def.name.as_str());
        type_def(def, functions.unwrap_or_default())
    });
    let types: Vec<_> = types.collect();
    let functions = interface.functions.iter();
    let freestanding = functions.filter(|function| function.resource().is_none());
    types.into_iter().chain(freestanding.map(function)).collect()
}

fn world(world: &World) -> Node {
    let include = |include: &super::Include| {
        let renames: Vec<_> =
            include.renames.iter().map(|r| format!("{} as {}", r.from, r.to)).collect();
        let signature = match renames.as_slice() {
            [] => String::new(),
            renames => format!(" with {{ {} }}", renames.join(", ")),
        };
        let stability = Some(&include.stability);
        node(
            "include",
            &include.world,
            signature,
            stability,
            &None,
            Vec::new(),
        )
    };
    let includes = world.includes.iter().map(include);
    let imports = world.imports.iter().map(|item| world_item("import", item));
    let exports = world.exports.iter().map(|item| world_item("export", item));
    let children = includes.chain(imports).chain(exports).collect();
    let stability = Some(&world.stability);
    node(
        "world",
        &world.name,
        String::new(),
        stability,
        &world.docs,
        children,
    )
}

fn world_item(direction: &'static str, item: &WorldItem) -> Node {
    let (signature, children) = match &item.kind {
        WorldItemKind::Interface(id) if **id == *item.name => (String::new(), Vec::new()),
        WorldItemKind::Interface(id) => (format!(": {id}"), Vec::new()),
        WorldItemKind::Inline(interface) => (": interface".to_owned(), members(interface)),
        WorldItemKind::Function(function) => (signature(function), Vec::new()),
        WorldItemKind::Type(def) if let TypeKind::Use(name) = &def.kind => {
            (format!(": use {name}"), Vec::new())
        }
        WorldItemKind::Type(def) => {
            let shown = type_def(def, Vec::new());
            let keyword = shown.row.keyword;
            let signature = format!(": {keyword}{}", shown.row.signature);
            (signature, shown.children)
        }
    };
    let signature = match &item.external_id {
        Some(id) => format!("{signature} @external-id({id:?})"),
        None => signature,
    };
    let stability = Some(&item.stability);
    node(
        direction, &item.name, signature, stability, &item.docs, children,
    )
}

/// A type; `functions` are those of a resource.
fn type_def(def: &TypeDef, functions: Vec<&Function>) -> Node {
    let (keyword, signature, children) = match &def.kind {
        TypeKind::Record(fields) => {
            let fields = fields.iter().map(|f| member(&f.name, Some(&f.ty), &f.docs));
            ("record", String::new(), fields.collect())
        }
        TypeKind::Variant(cases) => {
            let cases = cases.iter().map(case);
            ("variant", String::new(), cases.collect())
        }
        TypeKind::Enum(cases) => {
            let cases = cases.iter().map(|c| member(&c.name, None, &c.docs));
            ("enum", String::new(), cases.collect())
        }
        TypeKind::Flags(flags) => {
            let flags = flags.iter().map(|f| member(&f.name, None, &f.docs));
            ("flags", String::new(), flags.collect())
        }
        TypeKind::Resource => {
            let functions = functions.into_iter().map(function).collect();
            ("resource", String::new(), functions)
        }
        TypeKind::Alias(ty) => ("type", format!(" = {ty}"), Vec::new()),
        TypeKind::Use(name) => ("use", format!(" = {name}"), Vec::new()),
    };
    let stability = Some(&def.stability);
    node(
        keyword, &def.name, signature, stability, &def.docs, children,
    )
}

fn function(function: &Function) -> Node {
    let stability = Some(&function.stability);
    let shown = signature(function);
    node(
        "",
        &function.name,
        shown,
        stability,
        &function.docs,
        Vec::new(),
    )
}

/// Returns the text after a function's name: `: func(a: u8)`; a constructor's has no colon.
fn signature(function: &Function) -> String {
    let text = function.to_string();
    let name = text.find([':', '(']).unwrap_or_default();
    text[name..].to_owned()
}

fn case(case: &Case) -> Node {
    let payload = case.ty.as_ref().map(|ty| format!("({ty})")).unwrap_or_default();
    node("", &case.name, payload, None, &case.docs, Vec::new())
}

fn member(name: &str, ty: Option<&super::Type>, docs: &Option<String>) -> Node {
    let signature = ty.map(|ty| format!(": {ty}")).unwrap_or_default();
    node("", name, signature, None, docs, Vec::new())
}
