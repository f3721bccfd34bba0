//! `witgen docs`: what a reader of the pages sees, whatever the package and its documentation are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;
use witgen::emit::docs::{self, Options};
use witgen::fileset::FileSet;
use witgen::model::{Interface, Model, TypeKind, World, WorldItemKind, describe};
use witgen::source::{Features, Source, load};

#[path = "support/pages.rs"]
mod pages;

use pages::{Pages, faults, read};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn model_of(source: &Source) -> Model {
    describe(&load(source, &Features::All).unwrap())
}

fn everything() -> Model {
    model_of(&Source::Directory(root().join("tests/packages/everything")))
}

/// A package of one file.
fn package(wit: &str) -> Model {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("api.wit");
    fs::write(&path, wit).unwrap();
    model_of(&Source::File(path))
}

fn with_dependencies() -> Options {
    Options {
        dependencies: true,
        ..Options::default()
    }
}

fn pages_of(model: &Model, options: &Options) -> Pages {
    as_pages(&docs::render(model, options))
}

fn as_pages(files: &FileSet) -> Pages {
    let files = files.iter();
    files
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect()
}

fn page(model: &Model, path: &str) -> String {
    let files = docs::render(model, &Options::default());
    let paths: Vec<_> = files.iter().map(|(path, _)| path).collect();
    let text = files.get(path);
    text.unwrap_or_else(|| panic!("no {path} in {paths:?}"))
        .to_owned()
}

fn no_faults() -> Vec<String> {
    Vec::new()
}

#[test]
fn the_specification_in_this_repository_is_what_the_wit_says() {
    let output = assert_cmd::Command::cargo_bin("witgen")
        .unwrap()
        .args(["docs", "--deps", "--check"])
        .current_dir(root())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let mut checked_in = Pages::new();
    for (path, contents) in tree(&root().join("spec")) {
        checked_in.insert(path, contents);
    }
    assert_eq!(faults(&checked_in), no_faults());
}

fn tree(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let below = tree(&path).into_iter();
            found.extend(below.map(|(path, text)| (format!("{name}/{path}"), text)));
        } else {
            found.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    found
}

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
    let types = interface.types.iter();
    let types = types.filter(|def| !matches!(def.kind, TypeKind::Use(_)));
    let types = types.map(|def| def.name.clone());
    types
        .chain(interface.functions.iter().map(|f| f.path()))
        .collect()
}

#[test]
fn every_item_of_every_kind_has_its_place() {
    let model = everything();
    let pages = pages_of(&model, &with_dependencies());
    for interface in &model.package().interfaces {
        let text = &pages[&format!("interfaces/{}.md", interface.name)];
        let headings: Vec<_> = read(text)
            .headings
            .into_iter()
            .map(|(_, text)| text)
            .collect();
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
        r##"<pre><code>of-house: static func(house: string) -&gt; list&lt;<a href="#types.door">door</a>&gt;</code></pre>"##,
        r##"<pre><code>all: static async func() -&gt; stream&lt;<a href="#types.door">door</a>&gt;</code></pre>"##,
        r##"<pre><code>type quad = list&lt;u32, 4&gt;</code></pre>"##,
        r##"<pre><code>constructor(%from: u32) -&gt; result&lt;<a href="#types.type">%type</a>, string&gt;</code></pre>"##,
        r##"<pre><code>lend: func(door: borrow&lt;<a href="#types.door">door</a>&gt;) -&gt; <a href="#types.door">door</a></code></pre>"##,
    ] {
        assert!(types.contains(line), "{line}\n{types}");
    }
}

#[test]
fn the_world_in_wit_is_the_world() {
    for name in ["base", "all"] {
        let model = everything();
        let path = format!("worlds/{name}.md");
        let text = page(&model, &path);
        let block = text.split("<pre><code>world ").nth(1).unwrap();
        let block = block.split("</code></pre>").next().unwrap();
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
            let world = model
                .package()
                .worlds
                .iter()
                .find(|w| w.name == name)
                .unwrap();
            shape(world)
        };
        assert_eq!(shape(&again), shape(&model), "{wit}");
    }
}

fn without_tags(html: &str) -> String {
    let pieces = html.split('<').enumerate();
    let text = pieces.map(|(at, piece)| match at {
        0 => piece,
        _ => piece.split_once('>').unwrap().1,
    });
    let text = text.collect::<String>();
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
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
    let mut all: Vec<_> = imports
        .chain(world.exports.iter().map(|i| item("export", i)))
        .collect();
    all.sort();
    all
}

#[test]
fn anchors_stay_when_others_come() {
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
fn names_that_differ_in_case_only_are_told_apart() {
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
fn a_file_name_is_one_that_every_file_system_takes() {
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

#[test]
fn a_chain_is_found_by_shape_and_drawn_and_told() {
    let text = page(&package(CHAIN), "README.md");
    let diagram = text.split("```mermaid\n").nth(1).unwrap();
    let diagram = diagram.split("```").next().unwrap();
    assert_eq!(
        diagram,
        r#"flowchart TB
    caller(["caller"])
    m0["middle"]
    m1["end"]
    elsewhere(["elsewhere"])
    caller -->|work| m0
    m0 -->|next| m1
    m1 -.->|ask| elsewhere
"#
    );
    for line in [
        "[`middle`](worlds/middle.md) passes on to its next hop through [`next`](interfaces/next.md).",
        "[`end`](worlds/end.md) ends a chain: it has no next hop, and asks on the side through [`ask`]",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let flat = CHAIN.replace("world middle { import next;", "world middle {");
    let text = page(&package(&flat), "README.md");
    assert!(!text.contains("mermaid"), "{text}");
}

#[test]
fn terms_that_documentation_defines_are_in_the_glossary() {
    let text = page(
        &package(
            "/// Words:\n///\n/// - *Next hop*: the one behind, see `i`.\n/// - **Chain:** many | of them.\n\
             ///\n/// *Not this one*, and **Nor this.** It is no definition.\n\
             package a:b;\ninterface i {\n  /// *Load*: what `f` carries.\n  f: func();\n}\n",
        ),
        "README.md",
    );
    let glossary = text.split("## Glossary\n").nth(1).unwrap();
    assert_eq!(
        glossary.trim(),
        "| Term | Meaning | Where |\n|---|---|---|\n\
         | Chain | many \\| of them. | `a:b` |\n\
         | Load | what [`f`](interfaces/i.md#i.f) carries. | [`i.f`](interfaces/i.md#i.f) |\n\
         | Next hop | the one behind, see [`i`](interfaces/i.md). | `a:b` |"
    );
}

#[test]
fn a_name_in_backticks_becomes_a_link_to_what_it_means_there() {
    let text = page(
        &package(
            "package a:b@1.0.0;
interface i {
  use t.{thing};
  /// `thing`, `thing.look`, `t.thing`, `mood.glad`, `a:b/t`, `a:b/t.thing@1.0.0`, `only`, `thing.look()`.
  ///
  /// Not: `what`, `list<thing>`, `a.b`, `example.com`, `Content-Length`, `c:d/e`, `` `f` ``, `api.wit`.
  ///
  /// A link of the author's: [`thing`](https://example.com), and as rustdoc has it: [`thing`].
  f: func(what: thing, thing: string);
  /// The parameter `mood`, its field: `o.size`.
  g: func(mood: u8, o: options);
  enum mood { glad }
  record options { size: u8 }
}
interface t { resource thing { look: func(); } only: func(); }
",
        ),
        "interfaces/i.md",
    );
    for line in [
        "`thing`, [`thing.look`](t.md#t.thing.look), [`t.thing`](t.md#t.thing), \
         [`mood.glad`](#i.mood.glad), [`a:b/t`](t.md), [`a:b/t.thing@1.0.0`](t.md#t.thing), \
         [`only`](t.md#t.only), [`thing.look()`](t.md#t.thing.look).",
        "Not: `what`, `list<thing>`, `a.b`, `example.com`, `Content-Length`, `c:d/e`, `` `f` ``, `api.wit`.",
        "[`thing`](https://example.com), and as rustdoc has it: [`thing`].",
        "The parameter `mood`, its field: [`o.size`](#i.options.size).",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn links_to_dependencies_go_where_the_pattern_says() {
    let mut options = Options::default();
    let model = model_of(&Source::Embedded);
    let types = |options: &Options| {
        docs::render(&model, options)
            .get("interfaces/types.md")
            .unwrap()
            .to_owned()
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

/// Texts that would break a page if they could.
const HOSTILE: &[&str] = &[
    "An open fence:\n\n```wit\nlet = {\n",
    "~~~~\nopen, with `backticks` and <b>\n~~~",
    "- a list\n\n  ```\n  open in it",
    "> quoted\n> ```\n> open",
    "Raw <div class=\"x\"><script>alert(1)</script> and <!-- a comment that nobody closes",
    "<details>\n<summary>open\n\n# In it\n\n</pre></code></a></td>",
    "<pre>\n\n```\n\n<b>\n",
    "<a id=\"types.door\"></a> <img src=x onerror=alert(1)>",
    "list<u8> and result<_, error-code> and a < b > c && d",
    "# One\n\n## Two\n\nThree\n=====\n\nFour and\nmore\n-----\n\n###### Six",
    "Title ending in #\n===",
    "| a_b_c | d\\|e |\n|---|---|\n| `x | y` | *z* |",
    "[one][1] and [two] and [three][]\n\n[1]: https://one.example \"a \\\"title\\\"\"\n[two]: <https://two.example/a b>\n[three]: https://three.example",
    "[1]: https://another.example\n\n[one][1], [undefined][9], [^1]\n\n[^1]: A note.",
    "A note[^1] again.\n\n[^1]: Another note.\n    With more.",
    "![a picture](https://example.com/a.png \"t\") and [![badge](https://b.example/x.svg)](https://c.example)",
    "[script](javascript:alert(1)) <javascript:alert(1)> [data](DATA:text/html,x)",
    "{{#include ../../Cargo.toml}} {{ x }} {% if %} ${y} <%= z %> {{#title gone}}",
    "* not closed **nor this _nor that `nor code",
    "\\",
    "line\\\n",
    "trailing spaces   \n\n\n\n\nand gaps",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{202e}turned\u{202c} \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{65e5}\u{672c}\u{8a9e} e\u{301}",
    "NUL \u{0} escape \u{1b}[31m bell \u{7} delete \u{7f} c1 \u{9b}",
    "\tindented by a tab\n\n    and code\n\n1. one\n   1. two\n\n      three",
    "***\n___\n---",
    "Term\n: definition\n\n$$x_1 < y_2$$ :smile: @somebody #1",
    "[`open`] [`door.open`][] [a](#gone) [b](nowhere.md) [c](#types.door)",
    "-",
    "",
    " ",
];

/// Gives every item of a model's package the same documentation.
fn document(model: &mut Model, text: &str) {
    let some = Some(text.to_owned());
    let package = &mut model.packages[0];
    package.docs.clone_from(&some);
    for interface in &mut package.interfaces {
        document_interface(interface, &some);
    }
    for world in &mut package.worlds {
        world.docs.clone_from(&some);
        for item in world.imports.iter_mut().chain(&mut world.exports) {
            item.docs.clone_from(&some);
            match &mut item.kind {
                WorldItemKind::Inline(interface) => document_interface(interface, &some),
                WorldItemKind::Function(function) => function.docs.clone_from(&some),
                WorldItemKind::Type(def) => def.docs.clone_from(&some),
                _ => {}
            }
        }
    }
}

fn document_interface(interface: &mut Interface, text: &Option<String>) {
    interface.docs.clone_from(text);
    for function in &mut interface.functions {
        function.docs.clone_from(text);
    }
    for def in &mut interface.types {
        def.docs.clone_from(text);
        match &mut def.kind {
            TypeKind::Record(fields) => fields.iter_mut().for_each(|f| f.docs.clone_from(text)),
            TypeKind::Variant(cases) | TypeKind::Enum(cases) => {
                cases.iter_mut().for_each(|case| case.docs.clone_from(text));
            }
            TypeKind::Flags(flags) => flags.iter_mut().for_each(|f| f.docs.clone_from(text)),
            _ => {}
        }
    }
}

/// The headings that are the pages' own, in which no text of an author's stands.
fn own_headings(pages: &Pages) -> BTreeMap<String, Vec<(usize, String)>> {
    let pages = pages
        .iter()
        .map(|(path, text)| (path.clone(), read(text).headings));
    pages.collect()
}

#[test]
fn no_documentation_breaks_a_page() {
    let mut plain = everything();
    document(&mut plain, "Nothing special");
    let own = own_headings(&pages_of(&plain, &Options::default()));
    for text in HOSTILE {
        let mut model = everything();
        document(&mut model, text);
        let pages = pages_of(&model, &Options::default());
        assert_eq!(faults(&pages), no_faults(), "{text:?}");
        for (path, headings) in own_headings(&pages) {
            // Ours are all there, in their order; an author's stand below them.
            let mut ours = own[&path].iter().peekable();
            for heading in &headings {
                if ours.peek() == Some(&heading) {
                    ours.next();
                } else {
                    assert!(heading.0 > 1, "{path}: {heading:?} outranks, from {text:?}");
                }
            }
            assert_eq!(
                ours.next(),
                None,
                "{path}: a heading is gone, from {text:?}"
            );
        }
    }
}

/// Pieces that mean something in Markdown, and most of all together.
const PIECES: &[&str] = &[
    "\n",
    "\n\n",
    " ",
    "    ",
    "\t",
    "a",
    "b c",
    "`",
    "``",
    "```",
    "```\n",
    "~~~\n",
    "*",
    "**",
    "_",
    "~~",
    "[",
    "]",
    "(",
    ")",
    "[x]: /y\n",
    "[x]",
    "][",
    "](#i.f)",
    "](https://x.example)",
    "![",
    "<",
    ">",
    "<b>",
    "</pre>",
    "<pre>\n",
    "<!--",
    "-->",
    "<?",
    "<![CDATA[",
    "&lt;",
    "&",
    "\\",
    "|",
    "|-|\n",
    "| a | b |\n",
    "#",
    "# h\n",
    "===\n",
    "---\n",
    "- ",
    "* ",
    "1. ",
    "> ",
    "[^1]",
    "[^1]: ",
    ":",
    "`f`",
    "`i.g`",
    "i.f",
    "\"",
    "{{#include x}}",
    "$$",
    "\u{0}",
    "\u{202e}",
    "\u{1f600}",
    "<a name=\"i.g\"></a>",
    "<a href=\"#no\">",
    "\r\n",
];

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_mixture_of_markdown_breaks_a_page(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..24)
    ) {
        let text = pieces.concat();
        let mut model = package_of_two();
        model.packages[0].interfaces[0].functions[0].docs = Some(text.clone());
        model.packages[0].interfaces[0].docs = Some(text.clone());
        let TypeKind::Enum(cases) = &mut model.packages[0].interfaces[0].types[0].kind else { panic!() };
        cases[0].docs = Some(text.clone());
        let pages = pages_of(&model, &Options::default());
        assert_eq!(faults(&pages), no_faults(), "{text:?}");
        let read = read(&pages["interfaces/i.md"]);
        assert_eq!(read.anchors, ["i.e", "i.e.x", "i.e.y", "i.f", "i.g"], "{text:?}");
        let ours: Vec<_> = read.headings.iter().filter(|(level, _)| *level <= 2).collect();
        let ours: Vec<_> = ours.iter().rev().take(2).map(|(_, text)| text.as_str()).collect();
        assert_eq!(ours, ["g", "f"], "{text:?}");
    }
}

fn package_of_two() -> Model {
    use std::sync::OnceLock;
    static MODEL: OnceLock<Model> = OnceLock::new();
    let made = || package("package a:b; interface i { enum e { x, y } f: func(); g: func(); }");
    MODEL.get_or_init(made).clone()
}

#[test]
fn headings_of_documentation_stand_below_those_of_its_item() {
    let mut model = package("package a:b; interface i { resource r { f: func(); } }");
    let docs = "## One\n\ntext\n\n### Two\n\nThree\n-----\n";
    model.packages[0].interfaces[0].docs = Some(docs.to_owned());
    model.packages[0].interfaces[0].functions[0].docs = Some(docs.to_owned());
    let text = page(&model, "interfaces/i.md");
    let headings: Vec<_> = read(&text).headings;
    let headings: Vec<_> = headings
        .iter()
        .map(|(level, text)| (*level, text.as_str()))
        .collect();
    assert_eq!(
        headings,
        [
            (1, "Interface i"),
            (2, "One"),
            (3, "Two"),
            (2, "Three"),
            (2, "Contents"),
            (2, "resource r"),
            (3, "r.f"),
            (4, "One"),
            (5, "Two"),
            (4, "Three"),
        ]
    );
}

#[test]
fn the_authors_text_stays_as_it_is() {
    let docs = "Some *emphasis*, a [link](https://example.com \"title\"), `code`, ~~struck~~, a < b.\n\n\
                1. one\n2. two\n\n| a | b |\n|---|---|\n| `x` | y |\n\n```rust\nlet x: Vec<u8> = {};\n```\n\n\
                > [!NOTE]\n> quoted \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{1f600}\n\n- [ ] task\n\n$x_1$ <https://example.com>";
    let mut model = package("package a:b; interface i { f: func(); }");
    model.packages[0].interfaces[0].functions[0].docs = Some(docs.to_owned());
    let text = page(&model, "interfaces/i.md");
    assert!(text.contains(docs), "{text}");
}

#[test]
fn references_and_notes_of_one_text_are_not_those_of_another() {
    let mut model = package("package a:b; interface i { f: func(); g: func(); }");
    let docs = |n: u8| {
        Some(format!(
            "See [it][1] and[^1].\n\n[1]: https://{n}.example\n[^1]: Note {n}."
        ))
    };
    model.packages[0].interfaces[0].functions[0].docs = docs(1);
    model.packages[0].interfaces[0].functions[1].docs = docs(2);
    let text = page(&model, "interfaces/i.md");
    for line in [
        "See [it](https://1.example) and[^i.f-1].",
        "[i.f-1]: https://1.example",
        "[^i.f-1]: Note 1.",
        "See [it](https://2.example) and[^i.g-1].",
        "[^i.g-1]: Note 2.",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn links_that_lead_nowhere_are_text_and_those_that_lead_elsewhere_stay() {
    let mut model = package("package a:b; interface i { f: func(); }");
    model.packages[0].interfaces[0].docs = Some(
        "[a](#i.f) [b](i.md#i.f) [c](../README.md) [d](https://x.example/(1)) [e](//x.example) [f](mailto:a@b.example)\n\n\
         [no `f`](#i.g) [no](other.md) [no](/x) [no](javascript:alert(1)) ![no **pic**](pic.png) [![no](p.png)](../README.md)"
            .to_owned(),
    );
    let made = docs::pages(&model, &Options::default());
    let text = made.files.get("interfaces/i.md").unwrap();
    let rules: Vec<_> = made.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["dead-link"; 6]);
    let first = "[a](#i.f) [b](i.md#i.f) [c](../README.md) [d](https://x.example/(1)) [e](//x.example) [f](mailto:a@b.example)";
    assert!(text.contains(first), "{text}");
    assert!(
        text.contains("no [`f`](#i.f) no no no no **pic** [no](../README.md)"),
        "{text}"
    );
}

#[test]
fn a_megabyte_of_documentation_on_one_item_is_a_page_in_a_moment() {
    let unit = "Word `types.door` <b> [x](#types.door) **bold**\n\n```\nfence\n```\n\n- item `door.gone`\n";
    let mut model = everything();
    let docs = unit.repeat(1_000_000 / unit.len());
    model.packages[0].interfaces[0].functions[0].docs = Some(docs);
    let made = docs::pages(&model, &Options::default());
    let text = made.files.get("interfaces/types.md").unwrap();
    assert!(text.len() > 1_000_000);
    assert_eq!(faults(&as_pages(&made.files)), no_faults());
    assert_eq!(made.findings.len(), 1, "the same name is told once");
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
