//! For every valid package, the normal form is WIT, and its normal form is itself.

use std::fs;

use pretty_assertions::assert_eq;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng};
use witgen::emit::golden::{Options, normal_form, render};
use witgen::model::{Stability, describe};
use witgen::source::{Features, Package, Source, load};

/// A package in one file, with its dependency nested in it.
fn loaded(text: &str) -> Option<Package> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wit");
    fs::write(&path, text).unwrap();
    load(&Source::File(path), &Features::All).ok()
}

/// All golden files of a package.
fn golden(package: &Package) -> String {
    let files = render(package, &Options::default());
    files.iter().map(|(path, text)| format!("== {path}\n{text}")).collect()
}

/// Checks that the normal form of a package parses, has the same meaning, and is its own normal form.
#[track_caller]
fn assert_fixpoint(text: &str, package: &Package) -> String {
    let form = normal_form(&describe(package));
    let Some(again) = loaded(&form) else {
        panic!("the normal form is not WIT:\n{form}\nof\n{text}");
    };
    assert_eq!(normal_form(&describe(&again)), form, "{text}");
    assert_eq!(golden(&again), golden(package), "{text}");
    form
}

#[track_caller]
fn form_of(text: &str) -> String {
    let package = loaded(text).unwrap_or_else(|| panic!("not valid: {text}"));
    assert_fixpoint(text, &package)
}

#[test]
fn names_that_are_keywords_stay_names() {
    let form = form_of(
        "package %use:%async@1.0.0;
        package %list:%type { interface %record { resource %string; } }
        interface %from { use %list:%type/%record.{%string as %bool}; %func: func(%as: borrow<%bool>) -> %bool; }
        world %world { import %from; export %static: func(); import %package: interface { %char: func(); } }",
    );
    assert!(form.starts_with("package %use:%async@1.0.0;\n"), "{form}");
    assert!(form.contains("package %list:%type {"), "{form}");
}

#[test]
fn a_handle_that_has_a_name_stays_a_handle() {
    let form = form_of(
        "package a:b;
        interface i { resource r; type owned = own<r>; type lent = borrow<r>; type same = r; f: func(a: owned, b: lent, c: same); }",
    );
    for line in [
        "type owned = own<r>;",
        "type lent = borrow<r>;",
        "type same = r;",
    ] {
        assert!(form.contains(line), "{form}");
    }
}

/// `wall` is imported by itself, and needed by `zone`, which is unstable.
const CLOCKS: [&str; 2] = [
    "@since(version = 1.0.0) @external-id(\"w\") import wall;",
    "@unstable(feature = zones) import alpha-zone;",
];

#[test]
fn an_import_is_gated_as_its_line_says_in_any_order() {
    let package = |imports: [&str; 2]| {
        format!(
            "package a:b@1.0.0;
            @since(version = 1.0.0) interface wall {{ type time = u64; }}
            @unstable(feature = zones) interface alpha-zone {{ use wall.{{time}}; }}
            @since(version = 1.0.0) world imports {{ {} {} }}
            @since(version = 1.0.0) world all {{ include imports; }}",
            imports[0], imports[1]
        )
    };
    let [wall, zone] = CLOCKS;
    let form = form_of(&package([wall, zone]));
    assert_eq!(form_of(&package([zone, wall])), form);
    let model = describe(&loaded(&package([zone, wall])).unwrap());
    for world in &model.package().worlds {
        let import = world.imports.iter().find(|it| it.name == "a:b/wall@1.0.0").unwrap();
        assert!(
            matches!(import.stability, Stability::Stable { .. }),
            "{import:?}"
        );
        assert_eq!(import.external_id.as_deref(), Some("w"));
    }
}

#[test]
fn an_import_that_nothing_names_is_there_as_soon_as_it_is_needed() {
    let package = |items: [&str; 3]| {
        format!(
            "package a:b@1.2.0;
            interface types {{ type t = u8; }}
            interface one {{ use types.{{t}}; }}
            interface two {{ use types.{{t}}; }}
            world w {{ {} }}",
            items.join(" ")
        )
    };
    let items = [
        "@unstable(feature = x) import one;",
        "@since(version = 1.1.0) import two;",
        "@since(version = 1.2.0) export mine: interface { use types.{t}; }",
    ];
    let form = form_of(&package(items));
    assert!(
        form.contains("@since(version = 1.1.0)\n  import types;"),
        "{form}"
    );
    for order in [[2, 1, 0], [1, 0, 2], [0, 2, 1]] {
        assert_eq!(form_of(&package(order.map(|at| items[at]))), form);
    }
}

#[test]
fn an_export_is_gated_as_its_line_says_in_any_order() {
    let package = |exports: [&str; 2]| {
        format!(
            "package a:b@1.0.0;
            interface types {{ type t = u8; }}
            interface user {{ use types.{{t}}; }}
            world w {{ {} {} }}",
            exports[0], exports[1]
        )
    };
    let exports = [
        "@unstable(feature = x) @external-id(\"u\") export user;",
        "@since(version = 1.0.0) export types;",
    ];
    let form = form_of(&package(exports));
    assert!(
        form.contains("@since(version = 1.0.0)\n  export types;"),
        "{form}"
    );
    assert_eq!(form_of(&package([exports[1], exports[0]])), form);
}

/// Names, some of which are keywords.
const NAMES: &[&str] = &[
    "alpha",
    "%type",
    "beta",
    "%async",
    "gamma-two",
    "%list",
    "delta",
    "%world",
    "epsilon",
    "%from",
    "zeta",
    "%interface",
    "eta",
    "%string",
    "theta",
    "%static",
    "iota",
    "%use",
    "kappa",
    "%own",
];

/// Makes packages, most of which are valid.
struct Maker {
    random: TestRng,
    /// The interfaces so far, by the names that `use` has for them, and the types of each.
    interfaces: Vec<(String, Vec<Named>)>,
}

/// A type with a name.
#[derive(Clone)]
struct Named {
    name: String,
    is_resource: bool,
}

impl Maker {
    fn below(&mut self, count: usize) -> usize {
        self.random.random_range(0..count)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    /// So many different names.
    fn names(&mut self, count: usize) -> Vec<String> {
        let mut names: Vec<_> = NAMES.iter().map(|name| (*name).to_owned()).collect();
        self.shuffle(&mut names);
        names.truncate(count);
        names
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }

    fn gate(&mut self) -> &'static str {
        self.one_of(&[
            "",
            "",
            "@since(version = 1.0.0) ",
            "@since(version = 1.1.0) ",
            "@since(version = 1.0.0) @deprecated(version = 1.1.0) ",
            "@unstable(feature = x) ",
            "@unstable(feature = y) ",
        ])
    }

    /// A type made of those in scope.
    fn ty(&mut self, types: &[Named], depth: usize) -> String {
        if depth > 0 && self.chance(50) {
            let inner = self.ty(types, depth - 1);
            return match self.below(8) {
                0 => format!("list<{inner}>"),
                1 => format!("option<{inner}>"),
                2 => format!("result<{inner}>"),
                3 => format!("result<_, {inner}>"),
                4 => format!("tuple<{inner}, u8>"),
                5 => format!("future<{inner}>"),
                6 => format!("list<{inner}, 3>"),
                _ => format!("map<string, {inner}>"),
            };
        }
        if !types.is_empty() && self.chance(60) {
            let named = &types[self.below(types.len())].clone();
            return match (named.is_resource, self.chance(30)) {
                (true, true) => format!("own<{}>", named.name),
                _ => named.name.clone(),
            };
        }
        self.one_of(&[
            "u8",
            "string",
            "char",
            "f64",
            "bool",
            "stream",
            "result",
            "error-context",
        ])
        .to_owned()
    }

    fn function(&mut self, types: &[Named]) -> String {
        let names = self.names(2);
        let count = self.below(3);
        let params: Vec<_> = names[..count]
            .iter()
            .map(|name| {
                let resources: Vec<_> = types.iter().filter(|it| it.is_resource).cloned().collect();
                let ty = if !resources.is_empty() && self.chance(30) {
                    format!("borrow<{}>", resources[self.below(resources.len())].name)
                } else {
                    self.ty(types, 2)
                };
                format!("{name}: {ty}")
            })
            .collect();
        let result = if self.chance(50) {
            format!(" -> {}", self.ty(types, 2))
        } else {
            String::new()
        };
        let word = self.one_of(&["func", "async func"]);
        format!("{word}({}){result}", params.join(", "))
    }

    fn definition(&mut self, name: &str, types: &[Named]) -> String {
        let members = self.names(3);
        match self.below(6) {
            0 => {
                let fields = members.iter().map(|it| format!("{it}: {}", self.ty(types, 1)));
                format!(
                    "record {name} {{ {} }}",
                    fields.collect::<Vec<_>>().join(", ")
                )
            }
            1 => {
                let payload = self.ty(types, 1);
                format!(
                    "variant {name} {{ {}, {}({payload}) }}",
                    members[0], members[1]
                )
            }
            2 => format!("enum {name} {{ {} }}", members.join(", ")),
            3 => format!("flags {name} {{ {} }}", members.join(", ")),
            _ => format!("type {name} = {};", self.ty(types, 2)),
        }
    }

    fn resource(&mut self, name: &str, types: &[Named]) -> String {
        let names = self.names(3);
        let mut items = Vec::new();
        if self.chance(50) {
            items.push(format!("{}constructor(a: u8);", self.gate()));
        }
        for (at, method) in names.iter().enumerate() {
            let word = if at == 0 { "static " } else { "" };
            let function = self.function(types);
            items.push(format!("{}{method}: {word}{function};", self.gate()));
        }
        self.shuffle(&mut items);
        format!("resource {name} {{ {} }}", items.join(" "))
    }

    /// What is between the braces of an interface, in any order, and its types.
    fn body(&mut self) -> (String, Vec<Named>) {
        let names = self.names(8);
        let mut items = Vec::new();
        let mut types: Vec<Named> = Vec::new();
        for name in &names[..5] {
            let gate = self.gate();
            let others: Vec<_> =
                self.interfaces.iter().filter(|it| !it.1.is_empty()).cloned().collect();
            match self.below(4) {
                0 if !others.is_empty() => {
                    let (owner, owned) = &others[self.below(others.len())];
                    let other = &owned[self.below(owned.len())];
                    items.push(format!("{gate}use {owner}.{{{} as {name}}};", other.name));
                    types.push(Named {
                        name: name.clone(),
                        is_resource: other.is_resource,
                    });
                }
                1 => {
                    items.push(format!("{gate}{}", self.resource(name, &types)));
                    types.push(Named {
                        name: name.clone(),
                        is_resource: true,
                    });
                }
                _ => {
                    items.push(format!("{gate}{}", self.definition(name, &types)));
                    types.push(Named {
                        name: name.clone(),
                        is_resource: false,
                    });
                }
            }
        }
        for name in &names[5..] {
            let function = self.function(&types);
            items.push(format!("{}{name}: {function};", self.gate()));
        }
        self.shuffle(&mut items);
        (items.join("\n"), types)
    }

    /// Interfaces of a package, each with its text; `prefix` and `suffix` surround their names in `use`.
    fn make_interfaces(&mut self, count: usize, prefix: &str, suffix: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for name in self.names(count) {
            let (body, types) = self.body();
            texts.push(format!("{}interface {name} {{\n{body}\n}}", self.gate()));
            self.interfaces.push((format!("{prefix}{name}{suffix}"), types));
        }
        texts
    }

    /// The items of a world, in the order in which they were made.
    fn world(&mut self, earlier: &[String], taken: &mut Vec<String>) -> Vec<String> {
        let mut items = Vec::new();
        for (owner, types) in self.interfaces.clone() {
            match self.below(5) {
                0 | 1 => items.push(format!("{}import {owner};", self.gate())),
                2 => items.push(format!("{}export {owner};", self.gate())),
                3 if !types.is_empty() => {
                    let ty = &types[self.below(types.len())].name;
                    let name = format!("used-{}", taken.len());
                    items.push(format!("{}use {owner}.{{{ty} as {name}}};", self.gate()));
                    taken.push(name);
                }
                _ => {}
            }
        }
        for direction in ["import", "export"] {
            let name = format!("own-{}", taken.len());
            let (body, _) = self.body();
            items.push(format!(
                "{}{direction} {name}: interface {{ {body} }}",
                self.gate()
            ));
            let function = self.function(&[]);
            items.push(format!("{}{direction} f-{name}: {function};", self.gate()));
            taken.push(name);
        }
        if !earlier.is_empty() && self.chance(60) {
            items.push(format!("include {};", earlier[self.below(earlier.len())]));
        }
        items
    }

    /// A package twice, with its items in two orders.
    fn packages(&mut self) -> [String; 2] {
        let (namespace, name) = (self.one_of(NAMES), self.one_of(NAMES));
        let other = format!("other:{}", self.one_of(NAMES));
        let nested = self.make_interfaces(2, &format!("{other}/"), "@1.1.0");
        let mut interfaces = self.make_interfaces(3, "", "");
        let mut taken = Vec::new();
        let mut worlds: Vec<(String, String, Vec<String>)> = Vec::new();
        for at in 0..2 {
            let earlier: Vec<_> = worlds.iter().map(|it| it.1.clone()).collect();
            let items = self.world(&earlier, &mut taken);
            worlds.push((self.gate().to_owned(), format!("world-{at}"), items));
        }
        [(); 2].map(|()| {
            self.shuffle(&mut interfaces);
            self.shuffle(&mut worlds);
            let mut text = format!("package {namespace}:{name}@1.1.0;\n");
            text += &format!("package {other}@1.1.0 {{\n{}\n}}\n", nested.join("\n"));
            text += &interfaces.join("\n");
            for (gate, name, items) in &mut worlds {
                self.shuffle(items);
                text += &format!("\n{gate}world {name} {{\n{}\n}}\n", items.join("\n"));
            }
            text
        })
    }
}

proptest! {
    #![proptest_config(Config { cases: 48, max_global_rejects: 100_000, ..Config::default() })]

    #[test]
    fn the_normal_form_of_any_package_is_its_own_normal_form(seed in any::<[u8; 32]>()) {
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut maker = Maker { random, interfaces: Vec::new() };
        let [text, shuffled] = maker.packages();
        let package = loaded(&text);
        prop_assume!(package.is_some());
        let form = assert_fixpoint(&text, &package.unwrap());
        // wit-parser compares gates of includes in an order of its own, and rejects some.
        if let Some(package) = loaded(&shuffled) {
            assert_eq!(normal_form(&describe(&package)), form, "{text}\n\n{shuffled}");
        }
    }
}
