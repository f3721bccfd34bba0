//! `witgen docs`: what documentation becomes on a page, whatever stands in it.

use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use testkit::pages::{Pages, faults, read};
use testkit::spec::{as_pages, everything, no_faults, package, page, pages_of};
use witgen::emit::docs::{self, Options};
use witgen::model::{Interface, Model, TypeKind, WorldItemKind};

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
    let pages = pages.iter().map(|(path, text)| (path.clone(), read(text).headings));
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
    "RFC 9110, 6.3",
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
        let last: Vec<_> = read
            .headings
            .iter()
            .rev()
            .filter(|(level, _)| *level <= 2)
            .take(2)
            .map(|(_, text)| text.as_str())
            .collect();
        assert_eq!(last, ["g", "f"], "{text:?}");
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
    let page = read(&text);
    let headings: Vec<_> =
        page.headings.iter().map(|(level, text)| (*level, text.as_str())).collect();
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
    let rules: Vec<_> = made.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(rules, ["dead-link"; 6]);
    let first = "[a](#i.f) [b](i.md#i.f) [c](../README.md) [d](https://x.example/(1)) [e](//x.example) [f](mailto:a@b.example)";
    assert!(text.contains(first), "{text}");
    assert!(
        text.contains("no [`f`](#i.f) no no no no **pic** [no](../README.md)"),
        "{text}"
    );
}

#[test]
fn the_first_sentence_stands_for_the_text_in_lists() {
    for (docs, sentence) in [
        ("One. Two.", "One."),
        (
            "One, e.g. this, i.e. that (cf. there). Two.",
            "One, e.g. this, i.e. that (cf. there).",
        ),
        ("Over two\nlines | here? Yes.", "Over two lines \\| here?"),
        (
            "Version 1.2.3 of `a.b. c` and [a *link*](https://a.example/b.c). Two",
            "Version 1.2.3 of `a.b. c` and a *link*.",
        ),
        ("See [one][1]. Two.\n\n[1]: https://a.example", "See one."),
        ("# A title\n\nText.", "Text."),
        ("- a list", ""),
        ("No end", "No end"),
    ] {
        let mut model = package_of_two();
        model.packages[0].interfaces[0].functions[0].docs = Some(docs.to_owned());
        let text = page(&model, "interfaces/i.md");
        let line = text.lines().find(|line| line.starts_with("- [`f`](#i.f)")).unwrap();
        let shown = line.trim_start_matches("- [`f`](#i.f)").trim_start_matches(": ");
        assert_eq!(shown, sentence, "{docs}");
    }
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
fn cited_rfcs_are_links_to_their_sections() {
    let mut model = package("package a:b; interface i { f: func(); }");
    model.packages[0].interfaces[0].functions[0].docs = Some(
        "Fields (RFC 9110,\n6.3 and 6.5), `RFC 1`, [RFC 2](https://x.example), !RFC 3.\n\n\
         - `f` of RFC 9112, section 7\n\n```\nRFC 4\n```"
            .to_owned(),
    );
    let text = page(&model, "interfaces/i.md");
    let docs = "Fields ([RFC 9110,\n6.3](https://www.rfc-editor.org/rfc/rfc9110#section-6.3) and \
                [6.5](https://www.rfc-editor.org/rfc/rfc9110#section-6.5)), `RFC 1`, \
                [RFC 2](https://x.example), !RFC 3.\n\n\
                - [`f`](#i.f) of [RFC 9112, section 7](https://www.rfc-editor.org/rfc/rfc9112#section-7)\n\n\
                ```\nRFC 4\n```";
    assert!(text.contains(docs), "{text}");
}
