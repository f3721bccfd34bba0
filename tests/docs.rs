//! `witgen docs`: what a reader of the pages sees, whatever the package is.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::pages::{faults, read};
use testkit::root;
use testkit::spec::{
    as_pages, everything, model_of, no_faults, package, page, pages_of, with_dependencies,
};
use witgen::emit::docs::{self, Options};
use witgen::model::{Interface, Model, TypeKind, World, WorldItemKind};
use witgen::source::{Features, Source, load};

#[test]
fn pages_of_every_package_are_sound_and_no_link_in_them_is_dead() {
    let packages = [
        Source::Embedded,
        Source::Directory(root().join("tests/packages/everything")),
    ];
    for source in packages {
        let model = model_of(&source);
        for options in [Options::default(), with_dependencies()] {
            let made = docs::pages(&model, &options);
            assert_eq!(faults(&as_pages(&made.files)), no_faults(), "{source}");
            assert!(made.findings.is_empty(), "{:?}", made.findings);
        }
    }
}

/// Every named item of an interface or a world, as its heading calls it.
fn headings_of(interface: &Interface) -> Vec<String> {
    let types = interface
        .types
        .iter()
        .filter(|def| !matches!(def.kind, TypeKind::Use(_)))
        .map(|def| def.name.clone());
    types.chain(interface.functions.iter().map(|f| f.path())).collect()
}

#[test]
fn every_item_of_every_kind_has_its_place() {
    let model = everything();
    let pages = pages_of(&model, &with_dependencies());
    for interface in &model.package().interfaces {
        let text = &pages[&format!("interfaces/{}.md", interface.name)];
        let headings: Vec<_> = read(text).headings.into_iter().map(|(_, text)| text).collect();
        for name in headings_of(interface) {
            let has = |heading: &String| heading.split(' ').next_back() == Some(&name);
            assert!(headings.iter().any(has), "{name} is not in {headings:?}");
        }
    }
    let world = read(&pages["worlds/all.md"]);
    for anchor in [
        "all.import.each",
        "all.import.handle.close",
        "all.import.local.color",
        "all.export.run",
        "all.export.inner.knock",
    ] {
        assert!(
            world.anchors.iter().any(|a| a == anchor),
            "{anchor}: {:?}",
            world.anchors
        );
    }
}

#[test]
fn signatures_are_wit_in_which_every_type_is_a_link() {
    let types = page(&everything(), "interfaces/types.md");
    for line in [
        r##"<pre><code class="language-wit">of-house: static func(house: string) -&gt; list&lt;<a href="#types.door">door</a>&gt;</code></pre>"##,
        r##"<pre><code class="language-wit">all: static async func() -&gt; stream&lt;<a href="#types.door">door</a>&gt;</code></pre>"##,
        r##"<pre><code class="language-wit">type quad = list&lt;u32, 4&gt;</code></pre>"##,
        r##"<pre><code class="language-wit">constructor(%from: u32) -&gt; result&lt;<a href="#types.type">%type</a>, string&gt;</code></pre>"##,
        r##"<pre><code class="language-wit">lend: func(door: borrow&lt;<a href="#types.door">door</a>&gt;) -&gt; <a href="#types.door">door</a></code></pre>"##,
    ] {
        assert!(types.contains(line), "{line}\n{types}");
    }
}

#[test]
fn a_function_that_only_goes_out_shows_how_it_is_exported() {
    let world = page(&everything(), "worlds/all.md");
    for core in [
        "<code>[async-lift]run(i32, i32) -> i32</code>",
        "<code>inner#knock(i32)</code>",
        "<code>print(i32, i32)</code>",
    ] {
        let folded = format!("<details><summary>Core signature</summary>{core}</details>");
        assert!(world.contains(&folded), "{core}\n{world}");
    }
}

#[test]
fn pages_describe_what_signatures_do_not_show() {
    let source = Source::Directory(root().join("tests/packages/store"));
    let pages = pages_of(&model_of(&source), &Options::default());
    for (path, text) in [
        // Worlds against interfaces.
        (
            "README.md",
            "| [`store`](interfaces/store.md) | import | both |",
        ),
        ("README.md", "| [`shop`](interfaces/shop.md) | – | export |"),
        ("README.md", "| [`idle`](interfaces/idle.md) | – | – |"),
        // What refers to an item.
        (
            "interfaces/store.md",
            "**Used by** [`shop.buy`](shop.md#shop.buy), [`item.join`](#store.item.join)",
        ),
        (
            "interfaces/store.md",
            "**Imported by** [`base`](../worlds/base.md), [`keeper`](../worlds/keeper.md)",
        ),
        ("interfaces/store.md", "**Used by** [`shop`](shop.md)"),
        // Who owns a resource.
        (
            "interfaces/store.md",
            "- `all`: <code>list&lt;<a href=\"#store.item\">item</a>&gt;</code>, handed over to the callee",
        ),
        (
            "interfaces/store.md",
            "- `last`: <code>borrow&lt;<a href=\"#store.item\">item</a>&gt;</code>, lent for the duration of the call",
        ),
        (
            "interfaces/store.md",
            "**Result**: handed over to the caller",
        ),
        ("interfaces/store.md", "The resource is lent to the method"),
        ("interfaces/shop.md", "The call is asynchronous"),
        // What a world adds to the one it includes.
        ("worlds/keeper.md", "- includes [`base`](base.md)"),
        (
            "worlds/keeper.md",
            "- adds the export of [`run`](#keeper.export.run)",
        ),
        (
            "worlds/keeper.md",
            "- adds the export of [`shop`](../interfaces/shop.md): Its own items, behind its own counter.",
        ),
        (
            "worlds/keeper.md",
            "- [`store`](../interfaces/store.md), from [`base`](base.md)",
        ),
        // What a core module imports and exports.
        (
            "worlds/keeper.md",
            "| `[async-lower][method]item.rename` | `(i32, i32, i32, i32) -> i32` |",
        ),
        ("worlds/keeper.md", "| `[resource-drop]item` | `(i32)` |"),
        ("worlds/keeper.md", "| `[task-return]buy` | `(i32, i32)` |"),
        (
            "worlds/keeper.md",
            "| `[async-lift]witgen:store/shop@1.0.0#buy` | `(i32) -> i32` |",
        ),
    ] {
        assert!(pages[path].contains(text), "{text}\n{}", pages[path]);
    }
    assert!(!pages["worlds/keeper.md"].contains("adds the import"));
}

#[test]
fn errors_are_listed_case_by_case_behind_aliases_too() {
    let text = page(
        &package(
            "package a:b; interface i { enum e { /// No | door. \n no } type f = e; \
             type r = result<u8, f>; g: func() -> r; h: func() -> result<_, string>; }",
        ),
        "interfaces/i.md",
    );
    let errors = "**Errors**: <code><a href=\"#i.f\">f</a></code>\n\n| Case | Meaning |\n|---|---|\n\
                  | [`no`](#i.e.no) | No \\| door. |\n";
    assert!(text.contains(errors), "{text}");
    assert!(text.contains("**Error**: <code>string</code>"), "{text}");
}

#[test]
fn the_world_in_wit_is_the_world() {
    for name in ["base", "all"] {
        let model = everything();
        let path = format!("worlds/{name}.md");
        let text = page(&model, &path);
        let block = text
            .split(r#"<pre><code class="language-wit">world "#)
            .nth(1)
            .unwrap()
            .split("</code></pre>")
            .next()
            .unwrap();
        let wit = format!("world {}", without_tags(block));

        // The same package with the page's text in place of its worlds.
        let dir = tempfile::tempdir().unwrap();
        let from = root().join("tests/packages/everything");
        fs::create_dir(dir.path().join("deps")).unwrap();
        for file in ["types.wit", "deps/dep1.wit", "deps/dep2.wit"] {
            fs::copy(from.join(file), dir.path().join(file)).unwrap();
        }
        let copy = "interface types-copy {\n  same: func() -> string;\n}\n";
        let header = "package witgen:everything@1.2.0;\n";
        fs::write(
            dir.path().join("worlds.wit"),
            format!("{header}{wit}\n{copy}"),
        )
        .unwrap();
        let again = model_of(&Source::Directory(dir.path().to_owned()));
        let shape = |model: &Model| {
            let world = model.package().worlds.iter().find(|w| w.name == name).unwrap();
            shape(world)
        };
        assert_eq!(shape(&again), shape(&model), "{wit}");
    }
}

fn without_tags(html: &str) -> String {
    let pieces = html.split('<').enumerate();
    let text = pieces
        .map(|(at, piece)| match at {
            0 => piece,
            _ => piece.split_once('>').unwrap().1,
        })
        .collect::<String>();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The names and kinds of a world's items, in any order.
fn shape(world: &World) -> Vec<String> {
    let item = |direction: &str, item: &witgen::model::WorldItem| {
        let kind = match &item.kind {
            WorldItemKind::Interface(id) => id.to_string(),
            WorldItemKind::Inline(interface) => interface.fingerprint.clone(),
            WorldItemKind::Function(function) => function.to_string(),
            WorldItemKind::Type(def) => format!("{:?}", std::mem::discriminant(&def.kind)),
            _ => "another".to_owned(),
        };
        format!("{direction} {} {kind}", item.name)
    };
    let imports = world.imports.iter().map(|i| item("import", i));
    let mut all: Vec<_> = imports.chain(world.exports.iter().map(|i| item("export", i))).collect();
    all.sort();
    all
}

#[test]
fn anchors_are_stable_when_items_are_added() {
    let before = page(
        &package("package a:b; interface i { f: func(); }"),
        "interfaces/i.md",
    );
    let after = page(
        &package(
            "package a:b; interface i { record e { f: u8 } resource g { f: func(); } \
             f: func(); h: func(); }",
        ),
        "interfaces/i.md",
    );
    let (before, after) = (read(&before).anchors, read(&after).anchors);
    assert_eq!(before, ["i.f"]);
    assert_eq!(after, ["i.e", "i.e.f", "i.g", "i.g.f", "i.f", "i.h"]);
}

#[test]
fn names_that_differ_only_in_case_are_distinguished() {
    let mut model = package(
        "package a:b; interface i { enum e { aa, bb, cc } resource r { x: func(); y: func(); } }",
    );
    // WIT's text may not have them; a model may.
    let interface = &mut model.packages[0].interfaces[0];
    let TypeKind::Enum(cases) = &mut interface.types[0].kind else {
        panic!()
    };
    cases[0].name = "HTTP".to_owned();
    cases[1].name = "Http".to_owned();
    cases[2].name = "http".to_owned();
    let text = page(&model, "interfaces/i.md");
    assert_eq!(
        read(&text).anchors,
        [
            "i.e",
            "i.e.http.2",
            "i.e.http.3",
            "i.e.http",
            "i.r",
            "i.r.x",
            "i.r.y"
        ]
    );
}

#[test]
fn file_names_are_valid_on_every_file_system() {
    let model = package(
        "package a:b; interface readme { f: func(); } interface con { f: func(); } \
         interface com1 { f: func(); } interface README { f: func(); }",
    );
    let files = docs::render(&model, &Options::default());
    let paths: Vec<_> = files.iter().map(|(path, _)| path.to_lowercase()).collect();
    assert_eq!(
        paths,
        [
            "readme.md",
            "interfaces/com1-2.md",
            "interfaces/con-2.md",
            "interfaces/readme-2-2.md",
            "interfaces/readme-2.md",
        ]
    );
    assert_eq!(faults(&as_pages(&files)), no_faults());
}

const CHAIN: &str = "package a:b@1.0.0;
interface work { use t.{job}; run: func(j: job) -> result<job>; }
interface next { use t.{job}; run: func(j: job) -> result<job>; }
interface ask { use t.{job as task}; inquire: func(j: task) -> result<task>; }
interface other { use t.{job}; run: func(j: borrow<job>) -> result<job>; }
interface t { resource job; }
world end { import ask; import other; export work; }
world middle { import next; export work; }
";

/// The texts of a chain's diagram.
fn drawn(model: &Model) -> Vec<String> {
    let pages = pages_of(model, &Options::default());
    let texts = pages["chain.svg"].split("<text ").skip(1);
    let texts = texts.map(|text| text.split_once('>').unwrap().1.split_once('<').unwrap().0);
    texts.map(str::to_owned).collect()
}

#[test]
fn chains_are_recognised_by_shape_drawn_and_described() {
    let model = package(CHAIN);
    assert_eq!(
        drawn(&model),
        [
            "caller",
            "middle",
            "end",
            "elsewhere",
            "work",
            "next",
            "ask"
        ]
    );
    let text = page(&model, "README.md");
    for line in [
        "![work of a chain: middle → end](chain.svg)",
        "[`middle`](worlds/middle.md) passes on to its next hop through [`next`](interfaces/next.md).",
        "[`end`](worlds/end.md) ends a chain: it has no next hop, and makes side calls through [`ask`]",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let flat = CHAIN.replace("world middle { import next;", "world middle {");
    let pages = pages_of(&package(&flat), &Options::default());
    assert!(!pages.contains_key("chain.svg"));
}

#[test]
fn an_open_chain_ends_in_a_next_hop() {
    let open = CHAIN.replace("world end { import ask; import other; export work; }", "");
    assert_eq!(
        drawn(&package(&open)),
        ["caller", "middle", "next hop", "work", "next"]
    );
}

#[test]
fn several_next_hops_are_drawn_and_described_by_their_labels() {
    let router = "world router { @external-id(\"<main>\") import primary: next; import fallback: work; export work; }";
    let model = package(&format!("{CHAIN}{router}"));
    let drawn = drawn(&model);
    assert!(drawn.contains(&"primary, fallback".to_owned()), "{drawn:?}");
    let text = page(&model, "README.md");
    let line = "[`router`](worlds/router.md) passes on to its next hops through [`primary`](interfaces/next.md), \
         [`fallback`](interfaces/work.md).";
    assert!(text.contains(line), "{text}");
    let text = page(&model, "worlds/router.md");
    assert!(
        text.contains("external id <code>&#60;main&#62;</code>"),
        "{text}"
    );
    let tree = witgen::model::tree::render(&model);
    assert!(
        tree.contains("primary: a:b/next@1.0.0 @external-id(\"<main>\")"),
        "{tree}"
    );
}

#[test]
fn a_method_is_no_side_call_of_a_chain() {
    let text = page(&package(CHAIN), "README.md");
    assert!(text.contains("makes side calls through"), "{text}");
    let function = "inquire: func(j: task) -> result<task>;";
    let method = format!("resource desk {{ {function} }}");
    let methods = CHAIN.replace(function, &method);
    let text = page(&package(&methods), "README.md");
    assert!(text.contains("chain.svg"), "{text}");
    assert!(!text.contains("makes side calls through"), "{text}");
}

#[test]
fn links_to_dependencies_follow_the_url_pattern() {
    let mut options = Options::default();
    let model = model_of(&Source::Embedded);
    let types = |options: &Options| {
        docs::render(&model, options).get("interfaces/types.md").unwrap().to_owned()
    };
    assert!(types(&options).contains("(https://wa.dev/wasi:clocks@0.3.2)"));
    options.dependency_url =
        "https://x.test/{namespace}/{name}/{version}/{page}#{anchor}".to_owned();
    assert!(types(&options).contains("(https://x.test/wasi/clocks/0.3.2/types#types.duration)"));
    options.dependency_url = String::new();
    assert!(types(&options).contains("`duration`: `wasi:clocks/types@0.3.2.duration`\n"));
    assert!(
        types(&with_dependencies())
            .contains("(../deps/wasi/clocks@0.3.2/interfaces/types.md#types.duration)")
    );
}

#[test]
fn the_same_package_gives_the_same_bytes() {
    let model = everything();
    let first = docs::render(&model, &with_dependencies());
    for _ in 0..4 {
        // Maps are seeded anew in each of these.
        assert_eq!(docs::render(&model, &with_dependencies()), first);
    }
}

#[test]
fn a_package_read_from_wasm_has_a_specification_too() {
    let package = load(&Source::Embedded, &Features::All).unwrap();
    let bytes = wit_component::encode(package.resolve(), package.id(), false).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("http.wasm");
    fs::write(&path, bytes).unwrap();
    let model = model_of(&Source::Wasm(path));
    let made = docs::pages(&model, &with_dependencies());
    assert!(made.findings.is_empty(), "{:?}", made.findings);
    let pages = as_pages(&made.files);
    assert_eq!(faults(&pages), no_faults());
    assert!(pages["interfaces/types.md"].contains("A request's method ([RFC 9110, 9]("));
}
