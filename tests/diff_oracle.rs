//! Whom a change breaks, held to what the validator says: over pairs of packages that nobody would think
//! of, a component of the old world fits the new one exactly if no change breaks guests, and a component
//! of the new world fits the old one exactly if none breaks hosts.

use std::fmt::{self, Display, Formatter};
use std::fs;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use testkit::components;
use witgen::compat::{Change, Release, compare};
use witgen::component::fit;
use witgen::model::{self, TypeKind, WorldItem, WorldItemKind, describe};
use witgen::source::{Features, Package, Source, load};

#[derive(Clone, Debug)]
struct Function {
    name: String,
    is_async: bool,
    params: Vec<(String, String)>,
    result: Option<String>,
}

#[derive(Clone, Debug)]
enum Def {
    Record(Vec<(String, String)>),
    Variant(Vec<(String, Option<String>)>),
    Enum(Vec<String>),
    Flags(Vec<String>),
    Alias(String),
    Resource(Vec<Function>),
    Use(usize, String),
}

#[derive(Clone, Debug)]
struct Interface {
    types: Vec<(String, Def)>,
    functions: Vec<Function>,
}

#[derive(Clone, Debug)]
struct Sketch {
    interfaces: Vec<Interface>,
    imports: Vec<bool>,
    exports: Vec<bool>,
    world_types: Vec<(String, Def)>,
    imported: Vec<Function>,
    exported: Vec<Function>,
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let keyword = if self.is_async { "async func" } else { "func" };
        let params = self
            .params
            .iter()
            .map(|(name, ty)| format!("{name}: {ty}"))
            .collect::<Vec<_>>()
            .join(", ");
        write!(f, "{}: {keyword}({params})", self.name)?;
        match &self.result {
            Some(result) => write!(f, " -> {result};"),
            None => write!(f, ";"),
        }
    }
}

fn definition(name: &str, def: &Def) -> String {
    match def {
        Def::Record(fields) => {
            let fields = fields.iter().map(|(name, ty)| format!("{name}: {ty}"));
            format!(
                "record {name} {{ {} }}",
                fields.collect::<Vec<_>>().join(", ")
            )
        }
        Def::Variant(cases) => {
            let cases = cases.iter().map(|(name, ty)| match ty {
                Some(ty) => format!("{name}({ty})"),
                None => name.clone(),
            });
            format!(
                "variant {name} {{ {} }}",
                cases.collect::<Vec<_>>().join(", ")
            )
        }
        Def::Enum(cases) => format!("enum {name} {{ {} }}", cases.join(", ")),
        Def::Flags(flags) => format!("flags {name} {{ {} }}", flags.join(", ")),
        Def::Alias(ty) => format!("type {name} = {ty};"),
        Def::Resource(methods) => {
            let methods = methods.iter().map(ToString::to_string);
            format!(
                "resource {name} {{ {} }}",
                methods.collect::<Vec<_>>().join(" ")
            )
        }
        Def::Use(interface, target) if target == name => format!("use i{interface}.{{{target}}};"),
        Def::Use(interface, target) => format!("use i{interface}.{{{target} as {name}}};"),
    }
}

impl Display for Sketch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "package a:b@0.1.0;")?;
        for (at, interface) in self.interfaces.iter().enumerate() {
            writeln!(f, "interface i{at} {{")?;
            for (name, def) in &interface.types {
                writeln!(f, "  {}", definition(name, def))?;
            }
            for function in &interface.functions {
                writeln!(f, "  {function}")?;
            }
            writeln!(f, "}}")?;
        }
        writeln!(f, "world w {{")?;
        for (name, def) in &self.world_types {
            writeln!(f, "  {}", definition(name, def))?;
        }
        for at in 0..self.interfaces.len() {
            if self.imports[at] {
                writeln!(f, "  import i{at};")?;
            }
            if self.exports[at] {
                writeln!(f, "  export i{at};")?;
            }
        }
        for function in &self.imported {
            writeln!(f, "  import {function}")?;
        }
        for function in &self.exported {
            writeln!(f, "  export {function}")?;
        }
        writeln!(f, "}}")
    }
}

/// Types that may stand anywhere: some exist only if the dice say so.
fn ty() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["u32", "u64", "string", "list<u8>", "option<bool>"])
            .prop_map(str::to_owned),
        5 => (0..4_usize).prop_map(|at| format!("t{at}")),
        1 => (0..4_usize).prop_map(|at| format!("list<t{at}>")),
    ]
}

fn function(prefix: &'static str) -> impl Strategy<Value = Function> {
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

/// The definition of a type, which takes only earlier ones.
fn def(at: usize, of: usize) -> impl Strategy<Value = Def> {
    let simple = move || {
        let names = vec!["u32", "string", "u8"].into_iter().map(str::to_owned);
        let earlier = (0..at).map(|at| format!("t{at}"));
        prop::sample::select(names.chain(earlier).collect::<Vec<_>>())
    };
    let names = |count: usize, prefix: &str| -> Vec<String> {
        (0..count).map(|at| format!("{prefix}{at}")).collect()
    };
    let used = move |name: String| Def::Use(of.saturating_sub(1), name);
    prop_oneof![
        prop::collection::vec(simple(), 1..4).prop_map(|types| {
            let named = |(at, ty)| (format!("f{at}"), ty);
            Def::Record(types.into_iter().enumerate().map(named).collect())
        }),
        prop::collection::vec(prop::option::of(simple()), 1..4).prop_map(|types| {
            let named = |(at, ty)| (format!("c{at}"), ty);
            Def::Variant(types.into_iter().enumerate().map(named).collect())
        }),
        (1..4_usize).prop_map(move |count| Def::Enum(names(count, "e"))),
        (1..4_usize).prop_map(move |count| Def::Flags(names(count, "b"))),
        simple().prop_map(Def::Alias),
        functions("m", 2).prop_map(Def::Resource),
        prop::sample::select(vec!["t0", "t1", "t2"]).prop_map(move |name| match of {
            0 => Def::Alias("char".to_owned()),
            _ => used(name.to_owned()),
        }),
    ]
}

fn interface(at: usize) -> impl Strategy<Value = Interface> {
    let types = (0..3_usize).prop_flat_map(move |count| {
        let types: Vec<_> = (0..count).map(|number| def(number, at).boxed()).collect();
        types
    });
    (types, functions("f", 3)).prop_map(|(types, functions)| Interface {
        types: types.into_iter().enumerate().map(|(at, def)| (format!("t{at}"), def)).collect(),
        functions,
    })
}

fn sketch() -> impl Strategy<Value = Sketch> {
    (
        (interface(0), interface(1), interface(2)),
        prop::collection::vec(any::<bool>(), 3),
        prop::collection::vec(prop::bool::weighted(0.3), 3),
        prop::collection::vec(prop_oneof![def(0, 1), def(0, 3)], 0..2),
        functions("g", 1),
        functions("h", 1),
    )
        .prop_map(
            |((a, b, c), imports, exports, types, imported, exported)| Sketch {
                interfaces: vec![a, b, c],
                imports,
                exports,
                world_types: types
                    .into_iter()
                    .enumerate()
                    .map(|(at, d)| (format!("t{at}"), d))
                    .collect(),
                imported,
                exported,
            },
        )
}

/// One change: what, and where.
#[derive(Clone, Debug)]
struct Edit {
    what: u8,
    places: Vec<Index>,
    ty: String,
    def: Def,
    function: Function,
}

fn edit() -> impl Strategy<Value = Edit> {
    (
        0..16_u8,
        prop::collection::vec(any::<Index>(), 4),
        ty(),
        def(2, 1),
        function("f"),
    )
        .prop_map(|(what, places, ty, def, function)| Edit {
            what,
            places,
            ty,
            def,
            function,
        })
}

/// An element of a list, if there is any.
fn pick<'a, T>(list: &'a mut [T], place: &Index) -> Option<&'a mut T> {
    match list.len() {
        0 => None,
        length => Some(&mut list[place.index(length)]),
    }
}

fn swap<T>(list: &mut [T], place: &Index) {
    if list.len() > 1 {
        let at = place.index(list.len() - 1);
        list.swap(at, at + 1);
    }
}

impl Edit {
    fn apply(&self, sketch: &mut Sketch) -> Option<()> {
        let [first, second, third, fourth] = &self.places[..] else {
            return None;
        };
        let count = sketch.interfaces.len();
        match self.what {
            0 => sketch.imports[first.index(count)] ^= true,
            1 => sketch.exports[first.index(count)] ^= true,
            2 => sketch.imported.push(Function {
                name: "g9".to_owned(),
                ..self.function.clone()
            }),
            3 => sketch.exported.push(Function {
                name: "h9".to_owned(),
                ..self.function.clone()
            }),
            4 => drop(sketch.imported.pop()),
            5 => drop(sketch.exported.pop()),
            _ => {}
        }
        let interface = pick(&mut sketch.interfaces, first)?;
        match self.what {
            6 => interface.functions.push(Function {
                name: "f9".to_owned(),
                ..self.function.clone()
            }),
            7 => drop(interface.functions.pop()),
            8 => {
                let name = format!("t{}", interface.types.len());
                interface.types.push((name, self.def.clone()));
            }
            9 => drop(interface.types.pop()),
            10 => pick(&mut interface.types, second)?.1 = self.def.clone(),
            _ => {}
        }
        let mut functions: Vec<&mut Function> = interface.functions.iter_mut().collect();
        let mut types: Vec<&mut Def> = interface.types.iter_mut().map(|(_, def)| def).collect();
        match self.what {
            11 => pick(&mut functions, second)?.is_async ^= true,
            12 => {
                let function = pick(&mut functions, second)?;
                match third.index(4) {
                    0 => function.params.push(("p9".to_owned(), self.ty.clone())),
                    1 => drop(function.params.pop()),
                    2 => pick(&mut function.params, fourth)?.0 = "p8".to_owned(),
                    _ => pick(&mut function.params, fourth)?.1 = self.ty.clone(),
                }
            }
            13 => pick(&mut functions, second)?.result = Some(self.ty.clone()),
            14 => pick(&mut functions, second)?.name = "f8".to_owned(),
            15 => match pick(&mut types, second)? {
                Def::Record(fields) => match third.index(4) {
                    0 => fields.push(("f9".to_owned(), "u8".to_owned())),
                    1 => drop(fields.pop()),
                    2 => swap(fields, fourth),
                    _ => pick(fields, fourth)?.0 = "f8".to_owned(),
                },
                Def::Variant(cases) => match third.index(4) {
                    0 => cases.push(("c9".to_owned(), None)),
                    1 => drop(cases.pop()),
                    2 => swap(cases, fourth),
                    _ => pick(cases, fourth)?.1 = Some("u64".to_owned()),
                },
                Def::Enum(names) | Def::Flags(names) => match third.index(4) {
                    0 => names.push("n9".to_owned()),
                    1 => drop(names.pop()),
                    2 => swap(names, fourth),
                    _ => *pick(names, fourth)? = "n8".to_owned(),
                },
                Def::Resource(methods) => match third.index(2) {
                    0 => methods.push(Function {
                        name: "m9".to_owned(),
                        ..self.function.clone()
                    }),
                    _ => drop(methods.pop()),
                },
                Def::Alias(ty) => *ty = "u16".to_owned(),
                Def::Use(of, _) => *of = 0,
            },
            _ => {}
        }
        Some(())
    }
}

fn read(sketch: &Sketch) -> Option<Package> {
    let file = tempfile::NamedTempFile::with_suffix(".wit").unwrap();
    fs::write(file.path(), sketch.to_string()).unwrap();
    // Many sketches name types that aren't there.
    load(&Source::File(file.path().to_owned()), &Features::default()).ok()
}

/// The plain names of the interfaces that the world has.
fn reached(package: &Package) -> Vec<String> {
    let model = describe(package);
    let items = model.package().worlds[0].items();
    let ids = items.filter_map(|(_, item)| match &item.kind {
        WorldItemKind::Interface(id) => Some(model.interface(id).unwrap().name.clone()),
        _ => None,
    });
    ids.collect()
}

/// Whether an exported interface takes a resource from one that is imported and exported: a world and a
/// component that is encoded for it take it from different ones then, and not even fit each other.
fn is_ambiguous(package: &Package) -> bool {
    let model = describe(package);
    let index = model::Index::of(&model);
    let world = &model.package().worlds[0];
    let names = |items: &[WorldItem]| -> Vec<String> {
        items.iter().map(|item| item.name.clone()).collect()
    };
    let (imports, exports) = (names(&world.imports), names(&world.exports));
    let exported = exports.iter().filter_map(|id| index.interface(id));
    let mut types = exported.flat_map(|interface| &interface.types);
    types.any(|def| match &def.kind {
        TypeKind::Use(name) => index.definition(name).is_some_and(|(owner, _)| {
            imports.iter().any(|id| **id == **owner) && exports.iter().any(|id| **id == **owner)
        }),
        _ => false,
    })
}

fn fits(component: &Package, world: &Package) -> Result<(), String> {
    let component = components::component(component);
    fit(world, world.select_world(None).unwrap(), &component).result
}

proptest! {
    #![proptest_config(ProptestConfig {
        // The same pairs each time, but for a longer run.
        rng_seed: match std::env::var_os("PROPTEST_CASES") {
            None => RngSeed::Fixed(3),
            Some(_) => RngSeed::Random,
        },
        cases: std::env::var("PROPTEST_CASES").map_or(250, |cases| cases.parse().unwrap()),
        max_global_rejects: 10_000_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_validator_agrees(before in sketch(), edits in prop::collection::vec(edit(), 1..3)) {
        let mut after = before.clone();
        for edit in &edits {
            let _ = edit.apply(&mut after);
        }
        let (Some(old), Some(new)) = (read(&before), read(&after)) else {
            return Err(TestCaseError::reject("not valid"));
        };
        if is_ambiguous(&old) || is_ambiguous(&new) {
            return Err(TestCaseError::reject("ambiguous"));
        }
        let features = Features::default();
        let release = |package| Release::of(package, &features).unwrap();
        let comparison = compare(&release(&old), &release(&new));
        let changes: Vec<String> = comparison
            .changes
            .iter()
            .map(|c| format!("{} {} {:?}", c.rule.id, c.item, c.breaks))
            .collect();
        let story = format!("{before}\n{after}\n{changes:#?}");
        // The validator has no word on what no world reaches.
        let reached = [reached(&old), reached(&new)].concat();
        let seen = |change: &&Change| {
            let interface = change.item.split('.').next().unwrap();
            !interface.starts_with('i') || reached.iter().any(|name| name == interface)
        };
        let seen: Vec<_> = comparison.changes.iter().filter(seen).collect();
        let breaks_guests = seen.iter().any(|change| change.breaks.guest);
        let guest = fits(&old, &new);
        prop_assert_eq!(guest.is_err(), breaks_guests, "guests: {:?}\n{}", guest, story);
        let breaks_hosts = seen.iter().any(|change| change.breaks.host);
        let host = fits(&new, &old);
        prop_assert_eq!(host.is_err(), breaks_hosts, "hosts: {:?}\n{}", host, story);
    }
}
