//! Formatting keeps what files mean, and every comment where it was, whatever the file.

use std::path::{Path, PathBuf};
use std::{fs, panic};

use pretty_assertions::assert_eq;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use testkit::{released, root};
use wit_parser::SourceMap;
use witgen::format::{Options, format};
use witgen::model::describe;
use witgen::source::{Features, Source, load};
use witgen::syntax::{SyntaxKind, parse};

/// Returns the `.wit` files of a folder and of the folders in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "wit") {
            found.push(path);
        }
    }
    found
}

/// Returns the texts of this repository and of the released WASI.
fn texts() -> Vec<(PathBuf, String)> {
    let folders = [
        root().join("wit"),
        root().join("tests"),
        root().join("baseline"),
        root().join("generator/source/builtin"),
        released::folder(),
    ];
    let files = folders.iter().flat_map(|folder| files(folder));
    let texts = files.filter_map(|file| Some((file.clone(), fs::read_to_string(&file).ok()?)));
    texts.collect()
}

fn formatted(text: &str, width: usize) -> String {
    let formatted = format("a.wit", text, &Options::with_width(width));
    formatted.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn is_valid(text: &str) -> bool {
    let mut map = SourceMap::new();
    map.push_str("a.wit", text);
    // It panics on some invalid texts.
    panic::catch_unwind(|| map.parse().is_ok()).unwrap_or(false)
}

/// Returns the comments of a valid text, found without a parser of ours. Lines of block comments move with these; documentation
/// stays as it is.
fn comments(text: &str) -> Vec<String> {
    let unmoved = |comment: &str| {
        if comment.starts_with("/*") && !comment.starts_with("/**") {
            comment.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")
        } else {
            comment.to_owned()
        }
    };
    exact_comments(text).into_iter().map(unmoved).collect()
}

fn exact_comments(text: &str) -> Vec<&str> {
    let mut comments = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['"', '/']) {
        rest = &rest[start..];
        let length = if rest.starts_with("//") {
            let line = rest.lines().next().unwrap();
            comments.push(line);
            line.len()
        } else if rest.starts_with("/*") {
            let mut depth = 0;
            let mut end = 0;
            loop {
                if rest[end..].starts_with("/*") {
                    depth += 1;
                    end += 2;
                } else if rest[end..].starts_with("*/") {
                    depth -= 1;
                    end += 2;
                } else {
                    end += rest[end..].chars().next().unwrap().len_utf8();
                }
                if depth == 0 {
                    break;
                }
            }
            comments.push(&rest[..end]);
            end
        } else if let Some(string) = rest.strip_prefix('"') {
            1 + string.find('"').unwrap() + 1
        } else {
            1
        };
        rest = &rest[length..];
    }
    comments
}

/// Returns a package in one file as it is published, and its model without positions; none if it needs other packages.
fn meaning(text: &str) -> Option<(Vec<u8>, String)> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wit");
    fs::write(&path, text).unwrap();
    let package = load(&Source::File(path), &Features::All).ok()?;
    let encoded = wit_component::encode(package.resolve(), package.id(), false).ok()?;
    let mut model = serde_json::to_value(describe(&package)).unwrap();
    remove_positions(&mut model);
    Some((encoded, serde_json::to_string_pretty(&model).unwrap()))
}

fn remove_positions(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(object) => {
            object.remove("position");
            object.values_mut().for_each(remove_positions);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(remove_positions),
        _ => {}
    }
}

/// Checks everything that formatting a valid text has to keep.
#[track_caller]
fn assert_kept(text: &str, width: usize) {
    let once = formatted(text, width);
    assert_eq!(formatted(&once, width), once, "formatting again changes it");
    assert_eq!(comments(&once), comments(text));
    assert!(is_valid(&once), "it is no longer valid:\n{once}");
    let (old, new) = (meaning(text), meaning(&once));
    let (old_model, new_model) = (old.as_ref().map(|it| &it.1), new.as_ref().map(|it| &it.1));
    assert_eq!(new_model, old_model);
    assert!(old == new, "its encoding differs:\n{text}\n{once}");
    assert!(!once.contains("\n\n\n"), "{once}");
}

#[test]
fn files_keep_what_they_mean() {
    let mut valid = 0;
    for (file, text) in texts() {
        println!("{}", file.display());
        if is_valid(&text) {
            valid += 1;
            assert_kept(&text, 100);
            assert_kept(&text, 40);
        } else if let Ok(formatted) = format("a.wit", &text, &Options::default()) {
            // Not valid for a reason beyond its syntax.
            assert_eq!(comments(&formatted), comments(&text));
        }
    }
    assert!(valid > 100, "{valid} files are valid");
}

/// What goes between two tokens.
fn gaps() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        8 => Just(" "),
        2 => Just("\n"),
        1 => Just("\n\n\n"),
        1 => Just(" // line\n"),
        1 => Just("\n// own line\n"),
        1 => Just("\n\n/// documentation  \n"),
        1 => Just(" /* block */ "),
        1 => Just("\n/** two\n  lines */\n"),
        1 => Just("\n   /* three\n        plain\n\tlines */\n"),
        1 => Just("\n\t/*\n\t * tab\n\t */ "),
        1 => Just("\t/* /* nested */ */"),
        1 => Just("/*tight*/"),
        1 => Just("\n/*alone*/\n"),
    ]
}

/// Returns a text with other white space and comments between its tokens.
fn disguised(text: &str, gaps: &[&str]) -> String {
    let tokens = parse(text).tree().descendants_with_tokens();
    let tokens = tokens.filter_map(|element| element.into_token());
    let mut disguised = String::new();
    let mut gaps = gaps.iter().cycle();
    for token in tokens.filter(|token| !token.kind().is_trivia()) {
        // A version has no white space in it.
        let in_version = token.parent().is_some_and(|node| node.kind() == SyntaxKind::Version);
        if !in_version || disguised.ends_with('=') {
            let gap = gaps.next().unwrap();
            // A slash would make the comment another one.
            let is_slash = disguised.ends_with('/') && !disguised.ends_with("*/");
            disguised.push_str(if is_slash && gap.starts_with('/') {
                " "
            } else {
                ""
            });
            disguised.push_str(gap);
        } else if disguised.ends_with("@") {
            disguised.push(' ');
        }
        disguised.push_str(token.text());
    }
    disguised
}

const SAMPLES: [&str; 4] = [
    include_str!("format/every_construct/input.wit"),
    include_str!("../generator/source/builtin/sockets.wit"),
    include_str!("packages/everything/types.wit"),
    include_str!("packages/orders/orders.wit"),
];

#[test]
fn comments_and_meaning_survive_any_white_space() {
    let config = Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let samples = (0..SAMPLES.len(), proptest::collection::vec(gaps(), 50..400));
    runner
        .run(&samples, |(sample, gaps)| {
            let text = disguised(SAMPLES[sample], &gaps);
            prop_assert!(is_valid(&text), "{text}");
            assert_kept(&text, 100);
            Ok(())
        })
        .unwrap();
}

/// Returns where wit-parser finds a mistake.
fn mistake(text: &str) -> Option<usize> {
    let mut map = SourceMap::new();
    map.push_str("a.wit", text);
    let result = panic::catch_unwind(|| map.parse()).ok()?;
    let (map, error) = result.err()?;
    Some(map.resolve_span(error.kind().span())?.range.start)
}

/// Returns a text with a part taken out and another text put in.
fn mutated(text: &str, at: usize, length: usize, inserted: &str) -> String {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(at % (text.len() + 1));
    let end = boundary((start + length).min(text.len()));
    format!("{}{inserted}{}", &text[..start], &text[end..])
}

fn mutations() -> impl Strategy<Value = (usize, usize, usize, String)> {
    let inserted = prop_oneof![
        Just(String::new()),
        "[{}();:,.<>@%*/\"=+ \n-]{1,3}",
        Just("package".to_owned()),
        Just("interface i".to_owned()),
        Just("/*".to_owned()),
        Just("\u{202e}\r\u{0}é".to_owned()),
        "[a-z]{1,5}",
    ];
    (0..SAMPLES.len(), any::<usize>(), 0..40_usize, inserted)
}

#[test]
fn every_text_has_a_tree_with_all_of_it_and_mistakes_are_where_the_parser_finds_them() {
    let config = Config {
        cases: 10_000,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    runner
        .run(&mutations(), |(sample, at, length, inserted)| {
            let text = mutated(SAMPLES[sample], at, length, &inserted);
            let parsed = parse(&text);
            prop_assert_eq!(parsed.tree().to_string(), text.as_str());
            if is_valid(&text) {
                prop_assert_eq!(&parsed.errors, &[], "{}", text);
            }
            // It also finds mistakes that aren't in the grammar.
            if let (Some(first), Some(theirs)) = (parsed.errors.first(), mistake(&text)) {
                prop_assert_eq!(first.range.start, theirs, "{}\n{}", first.message, text);
            }
            Ok(())
        })
        .unwrap();
}
