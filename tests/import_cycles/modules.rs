//! The modules of a crate: what each declares, and which paths its code names.

use std::collections::{BTreeMap, HashMap, HashSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Ident, Item, Macro, UseTree, Visibility};

/// A path by its segments: `crate`, `model`, `World`.
pub type Path = Vec<String>;

/// One module.
#[derive(Default)]
pub struct Module {
    /// The file that it is in.
    pub file: String,
    /// The items that it declares, but for modules.
    pub items: HashSet<String>,
    /// What its `use` declarations bring in, re-exports among them, by the name that it has here.
    pub uses: HashMap<String, Path>,
    /// The modules and types whose names are brought in with `*`.
    pub globs: Vec<Path>,
    /// The paths that its code names, and those that it uses without exporting them again.
    pub named: Vec<Path>,
}

/// The modules of a crate, by their paths from its root.
pub struct Modules(pub BTreeMap<Path, Module>);

impl Modules {
    /// Reads the files of a crate. A file's path says which module it is.
    pub fn of(files: &BTreeMap<String, String>) -> Self {
        let mut modules = Modules(BTreeMap::new());
        for (file, text) in files {
            let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
            let mut path: Path =
                file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            if path.last().is_some_and(|name| name == "mod") || path == ["lib"] {
                path.pop();
            }
            modules.add(path, file, &parsed.items);
        }
        modules
    }

    fn add(&mut self, path: Path, file: &str, items: &[Item]) {
        let mut module = Module {
            file: file.to_owned(),
            ..Module::default()
        };
        for item in items {
            if let Item::Mod(inner) = item
                && let Some((_, items)) = &inner.content
                && !is_for_tests(&inner.attrs)
            {
                let name = inner.ident.to_string();
                self.add([&path[..], &[name]].concat(), file, items);
            }
            module.items.extend(declared(item).map(Ident::to_string));
            module.visit_item(item);
        }
        self.0.insert(path, module);
    }
}

/// The name of an item that paths can lead to.
fn declared(item: &Item) -> Option<&Ident> {
    match item {
        Item::Const(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Macro(item) => item.ident.as_ref(),
        Item::Static(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::TraitAlias(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}

/// Whether an item is there for tests only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_cfg = attribute.path().is_ident("cfg");
        is_cfg
            && attribute
                .parse_args::<Ident>()
                .is_ok_and(|condition| condition == "test" || condition == "doctest")
    })
}

impl Module {
    fn take_use(&mut self, tree: &UseTree, prefix: &Path, is_exported: bool) {
        let (name, path) = match tree {
            UseTree::Path(tree) => {
                let prefix = [&prefix[..], &[tree.ident.to_string()]].concat();
                return self.take_use(&tree.tree, &prefix, is_exported);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.take_use(tree, prefix, is_exported);
                }
                return;
            }
            UseTree::Glob(_) => return self.globs.push(prefix.clone()),
            UseTree::Name(tree) => (tree.ident.to_string(), tree.ident.to_string()),
            UseTree::Rename(tree) => (tree.rename.to_string(), tree.ident.to_string()),
        };
        let (name, path) = match (path.as_str(), prefix.last()) {
            // `use a::b::{self}` brings in `b`.
            ("self", Some(last)) if name == "self" => (last.clone(), prefix.clone()),
            ("self", Some(_)) => (name, prefix.clone()),
            _ => (name, [&prefix[..], &[path]].concat()),
        };
        if !is_exported {
            self.named.push(path.clone());
        }
        self.uses.insert(name, path);
    }

    /// Takes up the paths in code that is not parsed: a type, a call, or more than one segment.
    fn take_tokens(&mut self, tokens: TokenStream) {
        let mut path = Path::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.take(std::mem::take(&mut path), false);
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    let is_call = group.delimiter() == Delimiter::Parenthesis;
                    self.take(std::mem::take(&mut path), is_call && colons == 0);
                    self.take_tokens(group.stream());
                    colons = 0;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.take(std::mem::take(&mut path), false);
                    colons = 0;
                }
            }
        }
        self.take(path, false);
    }

    /// Takes up a path. One segment in lower case may be a variable, unless it is called.
    fn take(&mut self, path: Path, is_called: bool) {
        let is_item = match path.as_slice() {
            [] => false,
            [name] => is_called || name.starts_with(char::is_uppercase),
            _ => true,
        };
        if is_item {
            self.named.push(path);
        }
    }
}

fn segments(path: &syn::Path) -> Path {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            let is_exported = !matches!(item.vis, Visibility::Inherited);
            self.take_use(&item.tree, &Path::new(), is_exported);
        }
    }

    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.take(segments(path), false);
        visit::visit_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(function) = &*call.func {
            self.take(segments(&function.path), true);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.take_tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }
}
