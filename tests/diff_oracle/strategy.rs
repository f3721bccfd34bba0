//! How sketches are made up.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::sketch::{Def, Dependency, Function, Interface, Item, ItemKind, Sketch, Target, Ty};

/// Versions of the package itself: of one line, of others, and pre-releases.
pub const VERSIONS: [Option<&str>; 7] = [
    None,
    Some("0.1.0"),
    Some("0.1.1"),
    Some("0.2.0"),
    Some("1.0.0-rc.1"),
    Some("1.0.0"),
    Some("1.1.0"),
];

/// Plain names of a world's items. Interfaces have some of them too.
pub const ITEM_NAMES: [&str; 5] = ["n0", "n1", "i0", "i1", "x0"];

/// Sets of versions of the package `c:d`, side by side.
const DEPENDENCIES: [&[Option<&str>]; 9] = [
    &[],
    &[Some("1.0.0")],
    &[Some("1.0.0"), Some("1.1.0")],
    &[Some("1.1.0"), Some("1.0.0"), Some("1.2.0")],
    &[Some("0.2.1"), Some("0.2.0")],
    &[Some("1.0.0"), Some("2.0.0")],
    &[Some("1.0.0-rc.1"), Some("1.0.0")],
    &[Some("0.2.0")],
    &[None],
];

/// A type in any place of a function.
pub fn ty() -> impl Strategy<Value = Ty> {
    prop_oneof![
        4 => prop::sample::select(vec!["u32", "u64", "string", "list<u8>", "option<bool>"])
            .prop_map(Ty::Plain),
        5 => (0..4_usize).prop_map(Ty::Named),
        1 => (0..4_usize).prop_map(Ty::List),
        2 => (0..4_usize).prop_map(Ty::Borrow),
    ]
}

pub fn function(prefix: &'static str) -> impl Strategy<Value = Function> {
    let params = prop::collection::vec(ty(), 0..3);
    (0..3_usize, any::<bool>(), params, prop::option::of(ty())).prop_map(
        move |(name, is_async, params, result)| {
            let named = |(at, ty)| (format!("p{at}"), ty);
            Function {
                name: format!("{prefix}{name}"),
                is_async,
                params: params.into_iter().enumerate().map(named).collect(),
                result,
            }
        },
    )
}

fn functions(prefix: &'static str, most: usize) -> impl Strategy<Value = Vec<Function>> {
    let functions = prop::collection::vec(function(prefix), 0..=most);
    functions.prop_map(|mut functions| {
        functions.sort_by(|a, b| a.name.cmp(&b.name));
        functions.dedup_by(|a, b| a.name == b.name);
        functions
    })
}

pub fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        2 => (0..3_usize).prop_map(Target::SamePackage),
        1 => (0..3_usize, 0..2_usize).prop_map(|(package, at)| Target::Dependency(package, at)),
    ]
}

/// The definition of a type.
pub fn def() -> impl Strategy<Value = Def> {
    let simple = || {
        prop_oneof![
            prop::sample::select(vec!["u32", "string", "u8"]).prop_map(Ty::Plain),
            (0..2_usize).prop_map(Ty::Named),
        ]
    };
    let names = |count: usize, prefix: &str| -> Vec<String> {
        (0..count).map(|at| format!("{prefix}{at}")).collect()
    };
    prop_oneof![
        1 => prop::collection::vec(simple(), 1..4).prop_map(|types| {
            let named = |(at, ty)| (format!("f{at}"), ty);
            Def::Record(types.into_iter().enumerate().map(named).collect())
        }),
        1 => prop::collection::vec(prop::option::of(simple()), 1..4).prop_map(|types| {
            let named = |(at, ty)| (format!("c{at}"), ty);
            Def::Variant(types.into_iter().enumerate().map(named).collect())
        }),
        1 => (1..4_usize).prop_map(move |count| Def::Enum(names(count, "e"))),
        1 => (1..4_usize).prop_map(move |count| Def::Flags(names(count, "b"))),
        1 => simple().prop_map(Def::Alias),
        2 => functions("m", 2).prop_map(Def::Resource),
        2 => (target(), 0..3_usize).prop_map(|(target, ty)| Def::Use(target, ty)),
    ]
}

pub fn interface(imported: f64, exported: f64) -> impl Strategy<Value = Interface> {
    let types = prop::collection::vec(def(), 0..3);
    let flags = (
        prop::bool::weighted(imported),
        prop::bool::weighted(exported),
    );
    (types, functions("f", 3), flags).prop_map(|(types, functions, flags)| Interface {
        types,
        functions,
        is_imported: flags.0,
        is_exported: flags.1,
    })
}

/// Versions of one package, each of which may have a function more than the one before it.
fn dependencies() -> impl Strategy<Value = Vec<Dependency>> {
    let interfaces = prop::collection::vec(interface(0.5, 0.15), 2);
    let flags = prop::collection::vec(any::<(bool, bool, bool)>(), 3);
    (
        prop::sample::select(&DEPENDENCIES[..]),
        interfaces,
        function("f"),
        flags,
    )
        .prop_map(|(versions, mut interfaces, function, flags)| {
            let packages = versions.iter().zip(flags);
            let packages = packages.map(|(version, (is_more, is_first, is_second))| {
                if is_more {
                    add_function(&mut interfaces[0], &function, "f8");
                }
                interfaces[0].is_imported = is_first;
                interfaces[1].is_imported = is_second;
                Dependency {
                    version: *version,
                    interfaces: interfaces.clone(),
                }
            });
            packages.collect()
        })
}

/// Adds a function to an interface unless it has one of this name.
pub fn add_function(interface: &mut Interface, function: &Function, name: &str) {
    if interface.functions.iter().all(|other| other.name != name) {
        interface.functions.push(Function {
            name: name.to_owned(),
            ..function.clone()
        });
    }
}

pub fn item_kind() -> impl Strategy<Value = ItemKind> {
    prop_oneof![
        function("g").prop_map(ItemKind::Function),
        target().prop_map(ItemKind::Labelled),
        interface(0.0, 0.0).prop_map(ItemKind::Inline),
    ]
}

pub fn item() -> impl Strategy<Value = Item> {
    let name = prop::sample::select(&ITEM_NAMES[..]);
    (name, any::<bool>(), item_kind()).prop_map(|(name, is_export, kind)| Item {
        name: name.to_owned(),
        is_export,
        kind,
    })
}

/// Leaves one of the items of each name and direction.
pub fn without_duplicates(items: &mut Vec<Item>) {
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert((item.is_export, item.name.clone())));
}

/// A sketch in which other interfaces use a resource, or a type that has it, of the first one.
pub fn sketch_with_shared_resource() -> impl Strategy<Value = Sketch> {
    let used = prop::collection::vec(prop::option::weighted(0.8, 0..2_usize), 2);
    (sketch(), used).prop_map(|(mut sketch, used)| {
        let [first, others @ ..] = &mut sketch.interfaces[..] else {
            return sketch;
        };
        first.types = vec![
            Def::Resource(Vec::new()),
            Def::Record(vec![("f0".to_owned(), Ty::Named(0))]),
        ];
        for (interface, used) in others.iter_mut().zip(used) {
            if let Some(used) = used {
                interface.types.push(Def::Use(Target::SamePackage(0), used));
                interface.functions.push(Function {
                    name: "f6".to_owned(),
                    is_async: false,
                    params: vec![("p0".to_owned(), Ty::Named(interface.types.len() - 1))],
                    result: None,
                });
            }
        }
        sketch
    })
}

pub fn sketch() -> impl Strategy<Value = Sketch> {
    (
        prop::sample::select(&VERSIONS[..]),
        prop::collection::vec(interface(0.5, 0.3), 3),
        dependencies(),
        prop::collection::vec(def(), 0..2),
        prop::collection::vec(item(), 0..3),
    )
        .prop_map(
            |(version, interfaces, dependencies, world_types, mut items)| {
                without_duplicates(&mut items);
                Sketch {
                    version,
                    world: "w",
                    interfaces,
                    dependencies,
                    world_types,
                    items,
                    hidden: BTreeSet::new(),
                }
            },
        )
}
