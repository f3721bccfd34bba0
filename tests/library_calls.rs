//! Holds the crate to one rule: libraries that parse, encode, link or validate what somebody gives us are called
//! where a panic of theirs becomes an error.
//!
//! That is in the argument of `catch_panic` or `call` of `generator/panics.rs`, or in a private function that its
//! file calls from nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ItemFn, UseTree, Visibility};

/// The libraries, by the names of their crates.
const LIBRARIES: &[&str] = &[
    "wac_graph",
    "wasm_metadata",
    "wasmparser",
    "wat",
    "wit_bindgen_core",
    "wit_bindgen_rust",
    "wit_component",
    "wit_parser",
];

/// Functions that read nobody's input, by the end of their paths.
const HARMLESS: &[&str] = &[
    "AddMetadata::default",
    "Docs::default",
    "Files::default",
    "FlatTypes::new",
    "LiveTypes::default",
    "Metadata::default",
    "Opts::default",
    "PackageName::version_compat_track",
    "PackageName::version_compat_track_string",
    "Parser::is_component",
    "Parser::is_core_wasm",
    "Payload::metadata",
    "Producers::empty",
    "Resolve::default",
    "Resolve::new",
    "Span::default",
    "wit_bindgen_core::name_package_module",
    "wit_bindgen_rust::to_rust_ident",
    "wit_parser::validate_id",
];

/// Methods by which a library reads input that it was not given in a path's call.
const METHODS: &[&str] = &[
    "merge",
    "parse_all",
    "push_groups",
    "push_source",
    "validate_all",
];

/// Functions that turn panics in their arguments into errors.
const GUARDS: &[&str] = &["call", "catch_all", "catch_panic"];

/// What one function does outside of guards.
#[derive(Default)]
struct Function {
    /// Whether other files may call it.
    is_open: bool,
    /// Calls of libraries.
    libraries: BTreeSet<String>,
    /// The names of the functions and methods that it calls.
    calls: BTreeSet<String>,
    /// Those that it calls within guards.
    guarded_calls: BTreeSet<String>,
}

/// The functions of a file.
#[derive(Default)]
struct Functions {
    /// Paths of libraries' items, by the names that the file has for them.
    uses: BTreeMap<String, String>,
    functions: BTreeMap<String, Function>,
    /// The functions around the code that is visited.
    inside: Vec<String>,
    /// How many guards are around it.
    guards: usize,
}

impl Functions {
    /// Reads a file.
    fn of(text: &str) -> Self {
        let mut functions = Functions::default();
        functions.visit_file(&syn::parse_file(text).expect("the crate's files are Rust"));
        functions
    }

    /// The calls of libraries that no guard is around: `function: wat::parse_bytes`.
    fn unguarded(&self) -> Vec<String> {
        let mut called = BTreeSet::new();
        for function in self.functions.values() {
            called.extend(function.calls.iter().chain(&function.guarded_calls));
        }
        // What nobody in the file calls is called by somebody else: as a trait's method, for example.
        let is_open =
            |(name, function): &(&String, &Function)| function.is_open || !called.contains(name);
        let mut open: Vec<&String> =
            self.functions.iter().filter(is_open).map(|(name, _)| name).collect();
        let mut reached: BTreeSet<&String> = open.iter().copied().collect();
        while let Some(function) = open.pop().and_then(|name| self.functions.get(name)) {
            let next = function.calls.iter().filter(|name| self.functions.contains_key(*name));
            open.extend(next.filter(|name| reached.insert(name)));
        }
        reached
            .into_iter()
            .flat_map(|name| {
                self.functions[name].libraries.iter().map(move |call| format!("{name}: {call}"))
            })
            .collect()
    }

    fn add_uses(&mut self, tree: &UseTree, prefix: &str) {
        let joined = |name: &syn::Ident| match prefix {
            "" => name.to_string(),
            prefix => format!("{prefix}::{name}"),
        };
        match tree {
            UseTree::Path(tree) => self.add_uses(&tree.tree, &joined(&tree.ident)),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.add_uses(tree, prefix));
            }
            UseTree::Name(tree) => {
                self.uses.insert(tree.ident.to_string(), joined(&tree.ident));
            }
            UseTree::Rename(tree) => {
                self.uses.insert(tree.rename.to_string(), joined(&tree.ident));
            }
            UseTree::Glob(_) => {}
        }
    }

    /// The full path of a function of a library, if the path is one's.
    fn library_call(&self, path: &syn::Path) -> Option<String> {
        let names: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        let first = self.uses.get(&names[0]).unwrap_or(&names[0]);
        let full = [std::slice::from_ref(first), &names[1..]].concat().join("::");
        // What begins with a capital letter is a case or a struct, which are data.
        let is_function = full.rsplit("::").next()?.starts_with(char::is_lowercase);
        let is_harmless = HARMLESS.iter().any(|harmless| full.ends_with(harmless));
        (is_of_library(&full) && is_function && !is_harmless).then_some(full)
    }

    fn current(&mut self) -> Option<&mut Function> {
        self.functions.get_mut(self.inside.last()?)
    }

    fn add_call(&mut self, name: String) {
        let is_guarded = self.guards > 0;
        if let Some(function) = self.current() {
            if is_guarded {
                function.guarded_calls.insert(name);
            } else {
                function.calls.insert(name);
            }
        }
    }

    fn add_library_call(&mut self, call: String) {
        if self.guards == 0
            && let Some(function) = self.current()
        {
            function.libraries.insert(call);
        }
    }

    fn visit_function(&mut self, name: String, is_open: bool, visit: impl FnOnce(&mut Self)) {
        self.functions.entry(name.clone()).or_default().is_open |= is_open;
        self.inside.push(name);
        let guards = std::mem::take(&mut self.guards);
        visit(self);
        self.guards = guards;
        self.inside.pop();
    }
}

fn is_of_library(path: &str) -> bool {
    path.split_once("::").is_some_and(|(name, _)| LIBRARIES.contains(&name))
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute.parse_args::<syn::Ident>();
        attribute.path().is_ident("cfg") && condition.is_ok_and(|condition| condition == "test")
    })
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_uses(&item.tree, "");
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        let is_open = !matches!(item.vis, Visibility::Inherited);
        self.visit_function(item.sig.ident.to_string(), is_open, |functions| {
            visit::visit_item_fn(functions, item);
        });
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let is_open = !matches!(item.vis, Visibility::Inherited);
        self.visit_function(item.sig.ident.to_string(), is_open, |functions| {
            visit::visit_impl_item_fn(functions, item);
        });
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let name = match &*call.func {
            Expr::Path(function) => {
                function.path.segments.last().map(|part| part.ident.to_string())
            }
            _ => None,
        };
        let is_guard = name.as_deref().is_some_and(|name| GUARDS.contains(&name));
        self.guards += usize::from(is_guard);
        visit::visit_expr_call(self, call);
        self.guards -= usize::from(is_guard);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(call) = self.library_call(&path.path) {
            self.add_library_call(call);
        }
        if let Some(last) = path.path.segments.last() {
            self.add_call(last.ident.to_string());
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        // Methods of the same names may be those of others.
        let uses_library = || self.uses.values().any(|path| is_of_library(path));
        if METHODS.contains(&&*name) && uses_library() {
            self.add_library_call(format!(".{name}"));
        }
        self.add_call(name);
        visit::visit_expr_method_call(self, call);
    }
}

/// Every Rust file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

#[test]
fn panics_of_libraries_are_caught_wherever_they_are_called() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut unguarded = Vec::new();
    for file in files(&root.join("generator")) {
        let functions = Functions::of(&fs::read_to_string(&file).unwrap());
        let name = file.strip_prefix(root).unwrap().display().to_string();
        unguarded.extend(functions.unguarded().iter().map(|call| format!("{name}: {call}")));
    }
    assert_eq!(
        unguarded, [""; 0],
        "call these in the argument of `panics::call` or `panics::catch_panic`"
    );
}

#[test]
fn an_unguarded_call_is_found() {
    for (text, expected) in [
        (
            "fn f() { wat::parse_str(\"\") }",
            &["f: wat::parse_str"][..],
        ),
        ("fn f() { call(|| wat::parse_str(\"\")) }", &[]),
        (
            "use wat::parse_str as read; pub fn f() { g(|| read(\"\")) }",
            &["f: wat::parse_str"],
        ),
        // A private function is guarded if all its calls are.
        (
            "pub fn f() { catch_panic(|| g()) } fn g() { wat::parse_str(\"\") }",
            &[],
        ),
        (
            "pub fn f() { catch_panic(|| g()); g() } fn g() { wat::parse_str(\"\") }",
            &["g: wat::parse_str"],
        ),
        (
            "pub fn f() { catch_panic(|| g()) } pub fn g() { wat::parse_str(\"\") }",
            &["g: wat::parse_str"],
        ),
        // Methods count by their names, wherever the value comes from.
        (
            "use wit_parser::Resolve; fn f(r: Resolve) { r.merge(r) }",
            &["f: .merge"],
        ),
        // Data is no call.
        (
            "fn f() { wit_parser::Type::Id(1); wit_parser::Resolve::default() }",
            &[],
        ),
        (
            "#[cfg(test)] mod tests { fn f() { wat::parse_str(\"\") } }",
            &[],
        ),
    ] {
        assert_eq!(Functions::of(text).unguarded(), expected, "{text}");
    }
}
