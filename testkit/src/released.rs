//! A WIT package as a flat list of items, to compare with those of the released package.
//!
//! ```no_run
//! use testkit::released;
//!
//! let released = released::load(&released::folder(), "http");
//! let here = released::load(&released::ours(), "http");
//! for difference in released::differences(&released, &here) {
//!     println!("{difference}");
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use wit_parser::{
    Docs, Function, FunctionKind, Handle, InterfaceId, PackageId, Resolve, Stability, Type,
    TypeDef, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem, WorldKey,
};

use crate::root;

/// The variable that names another folder of WIT to compare with; `scripts/upstream.sh` sets it.
pub const FOLDER_VARIABLE: &str = "WITGEN_RELEASED_WIT";

/// All that our package has and the released one has not, as [`differences`] reports it.
pub const ADDITIONS: [&str; 3] = [
    "interface origin: here, but not released",
    "world imports: here, but not released",
    "world proxy: here, but not released",
];

/// One item of a package. Everything about it that a component could notice is in `text`,
/// `members` and `since`.
#[derive(Debug)]
pub struct Item {
    /// The item that this one stands in, by its path.
    pub within: Option<String>,
    /// What kind of item it is, with its signature.
    pub text: String,
    /// Cases, fields or flags, in their order.
    pub members: Vec<Member>,
    /// The gate that holds for it: its own or that of the item around it.
    pub since: Stability,
    /// The gate that it carries itself.
    pub own: Stability,
    /// Its documentation; nothing where no documentation can be expected.
    pub docs: Option<String>,
}

/// A case, a field or a flag.
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its type, if it has one.
    pub text: String,
    /// Its documentation.
    pub docs: String,
}

/// A package's items by their paths, such as `types.fields.append` or `world service: export …`.
pub type Items = BTreeMap<String, Item>;

/// Returns the folder of this repository's WIT package.
pub fn ours() -> PathBuf {
    root().join("wit")
}

/// Returns the folder of the released WIT, which the crate `wasip3` contains.
pub fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os(FOLDER_VARIABLE) {
        return folder.into();
    }
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .exec()
        .expect("`cargo metadata` lists the dependencies; run `cargo fetch` if it can't");
    let wasip3 = metadata.packages.iter().find(|package| package.name.as_str() == "wasip3");
    let manifest = &wasip3.expect("`wasip3` is a dev-dependency in Cargo.toml").manifest_path;
    manifest.with_file_name("wit").into()
}

/// Makes a folder with the released package `wasi:NAME`, and the others in `deps/`.
pub fn alone(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("deps")).unwrap();
    for entry in std::fs::read_dir(folder().join("deps")).unwrap() {
        let path = entry.unwrap().path();
        let to = if path.file_stem().is_some_and(|stem| stem == name) {
            dir.path().to_owned()
        } else {
            dir.path().join("deps")
        };
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
    dir
}

/// Reads a folder of WIT, with every feature on.
pub fn resolve(folder: &Path) -> Resolve {
    let mut resolve = Resolve::new();
    resolve.all_features = true;
    if let Err(error) = resolve.push_dir(folder) {
        panic!("{} is no WIT that can be read: {error:?}", folder.display());
    }
    resolve
}

/// Returns the package `wasi:NAME`.
pub fn package(resolve: &Resolve, name: &str) -> PackageId {
    resolve
        .packages
        .iter()
        .find(|(_, package)| package.name.namespace == "wasi" && package.name.name == name)
        .unwrap_or_else(|| panic!("there is no package wasi:{name} in this folder"))
        .0
}

/// Reads the items of the package `wasi:NAME` in a folder.
pub fn load(folder: &Path, name: &str) -> Items {
    let resolve = resolve(folder);
    items(&resolve, package(&resolve, name))
}

/// Lists the items of a package.
pub fn items(resolve: &Resolve, id: PackageId) -> Items {
    let mut list = Lister {
        resolve,
        items: Items::new(),
    };
    for (name, id) in &resolve.packages[id].interfaces {
        let interface = &resolve.interfaces[*id];
        let path = format!("interface {name}");
        list.add(
            &path,
            None,
            "interface".into(),
            &interface.stability,
            Some(&interface.docs),
        );
        list.interface(name, &path, *id);
    }
    for (name, id) in &resolve.packages[id].worlds {
        list.world(name, *id);
    }
    list.items
}

/// Every difference between a released package and this one, for people, in the paths' order.
///
/// An item that is on one side only stands for all that is in it.
pub fn differences(released: &Items, here: &Items) -> Vec<String> {
    let mut differences = Vec::new();
    for path in released.keys().chain(here.keys()).collect::<BTreeSet<_>>() {
        match (released.get(path), here.get(path)) {
            (Some(before), Some(now)) => {
                let inherited =
                    before.inherits_its_gate_in(released) && now.inherits_its_gate_in(here);
                if !inherited && before.since != now.since {
                    differences.push(differ(path, &gate(&before.since), &gate(&now.since)));
                }
                before.compare(path, now, &mut differences);
            }
            (Some(before), None) if before.has_its_parent_in(here) => {
                differences.push(format!("{path}: released, but not here"));
            }
            (None, Some(now)) if now.has_its_parent_in(released) => {
                differences.push(format!("{path}: here, but not released"));
            }
            _ => {}
        }
    }
    differences
}

impl Item {
    /// Whether what surrounds this item is on the other side too.
    fn has_its_parent_in(&self, other: &Items) -> bool {
        self.within.as_ref().is_none_or(|path| other.contains_key(path))
    }

    /// Whether its gate is that of what surrounds it, and so has been compared there.
    fn inherits_its_gate_in(&self, items: &Items) -> bool {
        self.within.as_ref().is_some_and(|path| items[path].since == self.since)
    }

    fn compare(&self, path: &str, here: &Item, differences: &mut Vec<String>) {
        if self.text != here.text {
            differences.push(differ(path, &self.text, &here.text));
        }
        let shared = |all: &[Member], others: &[Member]| -> String {
            let kept = all.iter().filter(|it| others.iter().any(|other| other.name == it.name));
            kept.map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")
        };
        let before = shared(&self.members, &here.members);
        let now = shared(&here.members, &self.members);
        if before != now {
            differences.push(differ(&format!("{path} (order)"), &before, &now));
        }
        for member in &self.members {
            let path = format!("{path}.{}", member.name);
            match here.members.iter().find(|it| it.name == member.name) {
                Some(now) if member.text != now.text => {
                    differences.push(differ(&path, &member.text, &now.text));
                }
                Some(_) => {}
                None => differences.push(format!("{path}: released, but not here")),
            }
        }
        for member in &here.members {
            if !self.members.iter().any(|it| it.name == member.name) {
                differences.push(format!("{path}.{}: here, but not released", member.name));
            }
        }
    }
}

fn differ(path: &str, released: &str, here: &str) -> String {
    format!("{path}: released as `{released}`, here `{here}`")
}

/// A gate as WIT writes it.
pub fn gate(stability: &Stability) -> String {
    let (gate, deprecated) = match stability {
        Stability::Unknown => return String::new(),
        Stability::Stable { since, deprecated } => {
            (format!("@since(version = {since})"), deprecated)
        }
        Stability::Unstable {
            feature,
            deprecated,
        } => (format!("@unstable(feature = {feature})"), deprecated),
    };
    match deprecated {
        Some(version) => format!("{gate} @deprecated(version = {version})"),
        None => gate,
    }
}

/// The gate that holds for an item: nothing is older, or more stable, than what it stands in.
fn effective(around: &Stability, own: &Stability) -> Stability {
    match (around, own) {
        (_, Stability::Unknown) => around.clone(),
        (Stability::Unstable { .. }, Stability::Stable { .. }) => around.clone(),
        (Stability::Stable { since: outer, .. }, Stability::Stable { since, deprecated }) => {
            Stability::Stable {
                since: outer.max(since).clone(),
                deprecated: deprecated.clone(),
            }
        }
        _ => own.clone(),
    }
}

struct Lister<'a> {
    resolve: &'a Resolve,
    items: Items,
}

impl Lister<'_> {
    fn add(
        &mut self,
        path: &str,
        within: Option<&str>,
        text: String,
        own: &Stability,
        docs: Option<&Docs>,
    ) -> &mut Item {
        let around = within.map(|path| self.items[path].since.clone());
        let item = Item {
            within: within.map(String::from),
            text,
            members: Vec::new(),
            since: effective(&around.unwrap_or(Stability::Unknown), own),
            own: own.clone(),
            docs: docs.map(written),
        };
        self.items.entry(path.to_string()).or_insert(item)
    }

    fn interface(&mut self, prefix: &str, within: &str, id: InterfaceId) {
        let resolve = self.resolve;
        let interface = &resolve.interfaces[id];
        for (name, id) in &interface.types {
            self.type_def(&format!("{prefix}.{name}"), within, *id);
        }
        for function in interface.functions.values() {
            self.function(prefix, within, function);
        }
    }

    fn type_def(&mut self, path: &str, within: &str, id: TypeId) {
        let ty = &self.resolve.types[id];
        let member = |name: &str, text: String, docs: &Docs| Member {
            name: name.to_string(),
            text,
            docs: written(docs),
        };
        let payload = |ty: &Option<Type>| {
            ty.as_ref().map(|ty| format!("({})", self.ty(ty))).unwrap_or_default()
        };
        let (text, members) = match &ty.kind {
            TypeDefKind::Record(it) => {
                let fields = it.fields.iter().map(|it| member(&it.name, self.ty(&it.ty), &it.docs));
                ("record".to_string(), fields.collect())
            }
            TypeDefKind::Variant(it) => {
                let cases = it.cases.iter().map(|it| member(&it.name, payload(&it.ty), &it.docs));
                ("variant".to_string(), cases.collect())
            }
            TypeDefKind::Enum(it) => {
                let cases = it.cases.iter().map(|it| member(&it.name, String::new(), &it.docs));
                ("enum".to_string(), cases.collect())
            }
            TypeDefKind::Flags(it) => {
                let flags = it.flags.iter().map(|it| member(&it.name, String::new(), &it.docs));
                ("flags".to_string(), flags.collect())
            }
            TypeDefKind::Resource => ("resource".to_string(), Vec::new()),
            TypeDefKind::Type(Type::Id(target)) if self.is_use(ty, *target) => {
                (format!("use {}", self.ty(&Type::Id(*target))), Vec::new())
            }
            kind => (format!("type = {}", self.structure(kind)), Vec::new()),
        };
        let docs = (!text.starts_with("use ")).then_some(&ty.docs);
        let text = with_external_id(text, ty.external_id.as_deref());
        self.add(path, Some(within), text, &ty.stability, docs).members = members;
    }

    fn function(&mut self, prefix: &str, within: &str, function: &Function) {
        let resource =
            function.kind.resource().and_then(|id| self.resolve.types[id].name.as_deref());
        // A constructor's name is its resource's; WIT writes `constructor`.
        let name = match function.kind {
            FunctionKind::Constructor(_) => "constructor",
            _ => function.item_name(),
        };
        let (path, within) = match resource {
            Some(resource) => (
                format!("{prefix}.{resource}.{name}"),
                format!("{prefix}.{resource}"),
            ),
            None => (format!("{prefix}.{name}"), within.to_string()),
        };
        let text = with_external_id(self.signature(function), function.external_id.as_deref());
        self.add(
            &path,
            Some(&within),
            text,
            &function.stability,
            Some(&function.docs),
        );
    }

    fn world(&mut self, name: &str, id: WorldId) {
        let resolve = self.resolve;
        let world = &resolve.worlds[id];
        let path = format!("world {name}");
        self.add(
            &path,
            None,
            "world".into(),
            &world.stability,
            Some(&world.docs),
        );
        let imports = world.imports.iter().map(|it| ("import", it));
        let exports = world.exports.iter().map(|it| ("export", it));
        for (direction, (key, item)) in imports.chain(exports) {
            let name = match key {
                WorldKey::Name(name) => name.clone(),
                WorldKey::Interface(id) => self.interface_name(*id),
            };
            let here = format!("{path}: {direction} {name}");
            match item {
                WorldItem::Interface {
                    id,
                    stability,
                    external_id,
                    ..
                } => {
                    let text = with_external_id("interface".into(), external_id.as_deref());
                    self.add(&here, Some(&path), text, stability, None);
                    if let WorldKey::Name(_) = key {
                        self.interface(&here, &here, *id);
                    }
                }
                WorldItem::Function(function) => {
                    let text = self.signature(function);
                    self.add(
                        &here,
                        Some(&path),
                        text,
                        &function.stability,
                        Some(&function.docs),
                    );
                }
                WorldItem::Type { id, .. } => self.type_def(&here, &path, *id),
            }
        }
    }

    fn signature(&self, function: &Function) -> String {
        // `AsyncMethod(Id { … })` without what is in the parentheses: an index, which differs.
        let kind = format!("{:?}", function.kind);
        let kind = match kind.split('(').next().unwrap() {
            "Freestanding" | "Method" => "func",
            "AsyncFreestanding" | "AsyncMethod" => "async func",
            "Static" => "static func",
            "AsyncStatic" => "static async func",
            "Constructor" => "constructor",
            other => &other.to_ascii_lowercase(),
        };
        let params = function
            .params
            .iter()
            .map(|it| format!("{}: {}", it.name, self.ty(&it.ty)))
            .collect::<Vec<_>>()
            .join(", ");
        match &function.result {
            Some(result) => format!("{kind}({params}) -> {}", self.ty(result)),
            None => format!("{kind}({params})"),
        }
    }

    /// A type as text: what has a name by the interface that defines it, all else by its parts.
    fn ty(&self, ty: &Type) -> String {
        let Type::Id(id) = ty else {
            return format!("{ty:?}").to_ascii_lowercase();
        };
        let def = &self.resolve.types[*id];
        match (&def.name, &def.kind) {
            (Some(_), TypeDefKind::Type(target @ Type::Id(other))) if self.is_use(def, *other) => {
                self.ty(target)
            }
            (Some(name), _) => match def.owner {
                TypeOwner::Interface(id) => format!("{}.{name}", self.interface_name(id)),
                _ => name.clone(),
            },
            (None, kind) => self.structure(kind),
        }
    }

    fn structure(&self, kind: &TypeDefKind) -> String {
        let part = |ty: &Option<Type>| ty.as_ref().map_or("_".to_string(), |ty| self.ty(ty));
        match kind {
            TypeDefKind::Type(ty) => self.ty(ty),
            TypeDefKind::Handle(Handle::Own(id)) => self.ty(&Type::Id(*id)),
            TypeDefKind::Handle(Handle::Borrow(id)) => {
                format!("borrow<{}>", self.ty(&Type::Id(*id)))
            }
            TypeDefKind::Tuple(it) => {
                let types = it.types.iter().map(|ty| self.ty(ty)).collect::<Vec<_>>();
                format!("tuple<{}>", types.join(", "))
            }
            TypeDefKind::Option(ty) => format!("option<{}>", self.ty(ty)),
            TypeDefKind::Result(it) => format!("result<{}, {}>", part(&it.ok), part(&it.err)),
            TypeDefKind::List(ty) => format!("list<{}>", self.ty(ty)),
            TypeDefKind::FixedLengthList(ty, length) => format!("list<{}, {length}>", self.ty(ty)),
            TypeDefKind::Map(key, value) => format!("map<{}, {}>", self.ty(key), self.ty(value)),
            TypeDefKind::Future(ty) => format!("future<{}>", part(ty)),
            TypeDefKind::Stream(ty) => format!("stream<{}>", part(ty)),
            kind => unreachable!("a {} always has a name", kind.as_str()),
        }
    }

    /// Whether `ty` came by `use`, and is not a `type … = …` of its own.
    fn is_use(&self, ty: &TypeDef, target: TypeId) -> bool {
        self.resolve.types[target].owner != ty.owner
    }

    /// An interface's name without its package's version: a version's items are compared, not it.
    fn interface_name(&self, id: InterfaceId) -> String {
        let interface = &self.resolve.interfaces[id];
        let package = &self.resolve.packages[interface.package.unwrap()].name;
        let name = interface.name.as_deref().unwrap_or("(unnamed)");
        format!("{}:{}/{name}", package.namespace, package.name)
    }
}

fn with_external_id(text: String, id: Option<&str>) -> String {
    match id {
        Some(id) => format!("@external-id({id:?}) {text}"),
        None => text,
    }
}

fn written(docs: &Docs) -> String {
    docs.contents.as_deref().unwrap_or_default().trim().to_string()
}
