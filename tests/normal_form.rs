//! The normal form: what of the source shows in it, and what doesn't.

use std::fs;
use std::path::Path;

use pretty_assertions::{assert_eq, assert_ne};
use proptest::prelude::*;
use proptest::test_runner::TestRng;
use witgen::emit::golden::{Options, normal_form, render};
use witgen::model::describe;
use witgen::source::{Features, Package, Source, load};

/// A package, an item a line; the lines between `{` and `}` may stand in any order.
const PACKAGE: &str = "\
@since(version = 1.0.0) interface types {
record point { x: s32, y: s32 }
variant shape { none, circle(f64), at(point) }
enum color { red, green, blue }
flags rights { read, write }
type points = list<point>
@since(version = 1.1.0) type name = string
resource door {
@unstable(feature = locks) lock: func()
constructor(color: color)
open: func(by: rights) -> result<_, name>
wait: async func()
all: static func() -> list<door>
}
}
interface paint {
use types.{door, color as colour}
paint: func(door: borrow<door>, colour: colour) -> option<colour>
strip: func(door: door)
}
interface other {
same: func(a: u32, b: u32)
}
world base {
import log: func(line: string)
export other
}
world house {
include base
use types.{shape}
import paint
@external-id(\"tools\") import tools: interface {
use types.{color}
record saw { teeth: u32 }
mend: func(saw: saw) -> color
}
export run: async func(shapes: list<shape>) -> result
}
";

/// Everything, in a fixed order; what isn't a block ends in a semicolon.
fn source(text: &str) -> String {
    let mut source = String::from("package a:b@1.2.0;\n");
    for line in text.lines() {
        source.push_str(line);
        let is_block = line.ends_with(['{', '}']);
        let is_definition =
            ["record", "variant", "enum", "flags"].iter().any(|word| line.starts_with(word));
        let is_use = line.starts_with("use") || line.contains(" use ");
        if (!is_block && !is_definition) || is_use {
            source.push(';');
        }
        source.push('\n');
    }
    source
}

/// The blocks of the same level, each line or block in a place that `random` chooses.
fn shuffled(lines: &[&str], random: &mut TestRng) -> Vec<String> {
    let mut blocks: Vec<Vec<String>> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let start = at;
        if lines[at].ends_with('{') {
            let mut depth = 0_usize;
            loop {
                depth += usize::from(lines[at].ends_with('{'));
                depth -= usize::from(lines[at].trim_end_matches(';') == "}");
                if depth == 0 {
                    break;
                }
                at += 1;
            }
            let mut block = vec![lines[start].to_owned()];
            block.extend(shuffled(&lines[start + 1..at], random));
            block.push(lines[at].to_owned());
            blocks.push(block);
        } else {
            blocks.push(vec![lines[at].to_owned()]);
        }
        at += 1;
    }
    for last in (1..blocks.len()).rev() {
        let other = random.random_range(0..=last);
        blocks.swap(last, other);
    }
    blocks.concat()
}

/// Other spaces, comments and documentation.
fn spaced(line: &str, random: &mut TestRng) -> String {
    const SPACES: &[&str] = &[" ", "  ", "\n", "\t", " /* why */ ", " // here\n"];
    let mut spaced = String::new();
    if random.random_bool(0.3) && !line.starts_with('}') {
        spaced.push_str("/// What it is.\n");
    }
    for c in line.chars() {
        match c {
            ' ' => spaced.push_str(SPACES[random.random_range(0..SPACES.len())]),
            c => spaced.push(c),
        }
    }
    spaced + "\n"
}

fn loaded(files: &[String]) -> Package {
    let dir = tempfile::tempdir().unwrap();
    for (at, text) in files.iter().enumerate() {
        fs::write(dir.path().join(format!("{at}.wit")), text).unwrap();
    }
    let source = Source::Directory(dir.path().to_owned());
    load(&source, &Features::All).unwrap_or_else(|error| panic!("{error}\n{}", files.concat()))
}

/// All golden files of a package.
fn golden(package: &Package) -> String {
    render(package, &Options::default())
        .iter()
        .map(|(path, text)| format!("== {path}\n{text}"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_normal_form_ignores_order_spacing_comments_and_files(seed in any::<[u8; 32]>()) {
        let mut random = TestRng::from_seed(prop::test_runner::RngAlgorithm::ChaCha, &seed);
        let expected = golden(&loaded(&[source(PACKAGE)]));
        let text = source(PACKAGE);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let mut files = vec![String::from("package a:b@1.2.0;\n"); 3];
        let mut depth = 0_i32;
        let mut file = 0;
        for line in shuffled(&lines, &mut random) {
            if depth == 0 {
                file = random.random_range(0..3);
            }
            depth += i32::from(line.ends_with('{')) - i32::from(line.trim_end_matches(';') == "}");
            files[file].push_str(&spaced(&line, &mut random));
        }
        assert_eq!(golden(&loaded(&files)), expected);
    }
}

#[test]
fn every_change_of_meaning_changes_the_normal_form() {
    let expected = golden(&loaded(&[source(PACKAGE)]));
    for (from, to) in [
        ("x: s32, y: s32", "y: s32, x: s32"),
        ("x: s32, y: s32", "x: s32"),
        ("x: s32, y", "x: s64, y"),
        ("none, circle(f64)", "circle(f64), none"),
        ("circle(f64)", "circle"),
        ("red, green", "green, red"),
        ("green, ", ""),
        ("{ read, write }", "{ write, read }"),
        ("list<point>", "list<point, 4>"),
        ("type name = string", "type name = list<u8>"),
        ("version = 1.1.0", "version = 1.2.0"),
        ("@since(version = 1.0.0) ", ""),
        ("feature = locks", "feature = bolts"),
        ("constructor(color: color)\n", ""),
        ("constructor(color", "constructor(colour"),
        ("result<_, name>", "result<name>"),
        ("wait: async func()", "wait: func()"),
        ("open: func(", "open: async func("),
        ("all: static func() ->", "all: func() ->"),
        ("color as colour", "shape as colour"),
        ("borrow<door>", "door"),
        ("strip: func(door: door)", "strip: func(door: borrow<door>)"),
        ("a: u32, b: u32", "b: u32, a: u32"),
        ("option<colour>", "colour"),
        ("import log: func", "export log: func"),
        ("export other", "import other"),
        ("include base\n", ""),
        ("import paint\n", ""),
        ("\"tools\"", "\"tool\""),
        ("teeth: u32", "teeth: u16"),
        ("import tools: interface", "export tools: interface"),
        ("shapes: list<shape>", "shapes: option<shape>"),
        ("-> result\n", "\n"),
        ("interface other", "interface others"),
    ] {
        let text = PACKAGE.replacen(from, to, 1);
        assert_ne!(text, PACKAGE, "{from} isn't there");
        let text = text.replace(
            "export other\n",
            match to {
                "interface others" => "export others\n",
                _ => "export other\n",
            },
        );
        assert_ne!(golden(&loaded(&[source(&text)])), expected, "{from} → {to}");
    }
}

#[test]
fn the_normal_form_is_wit_with_the_same_meaning() {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages");
    let folder = |name: &str| Source::Directory(packages.join(name));
    for source in [Source::Embedded, folder("everything"), folder("store")] {
        let package = load(&source, &Features::All).unwrap();
        let text = normal_form(&describe(&package));
        let again = loaded(std::slice::from_ref(&text));
        assert_eq!(normal_form(&describe(&again)), text, "{source}");
        assert_eq!(golden(&again), golden(&package), "{source}");
    }
}
