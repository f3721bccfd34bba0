//! The examples in the documentation of the glue and in the manual compile: they stand in `compiled.rs` as well, each in a
//! function that has what they speak of.

use std::fs;
use std::path::{Path, PathBuf};

use testkit::golden::assert_golden;

#[rustfmt::skip]
mod compiled;

/// How the file with all of them begins.
const HEAD: &str = "\
//! The examples in the documentation of the glue and in the manual, each in a function that has what they speak of. Made by the
//! test that holds them to it: `WITGEN_BLESS=1 cargo test -p witgen-serve --test examples`.
#![allow(unused, clippy::all)]

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::Linker;
use witgen_serve::proxy::{self, *};
use witgen_serve::runtime::{self, Peer, World};

static WORLD: World = World::new(\"acme:edge/edge@1.0.0\", \"wasi:http/handler@0.3.1002\");

mod imports {
pub fn add_to_linker(_: &mut super::Linker<super::State>) -> wasmtime::Result<()> { Ok(()) }
}

/// What they speak of.
struct Given {
    engine: Engine,
    builder: Builder<'static>,
    proxy: Proxy,
    other: Proxy,
    request: Request,
    error: BuildError,
    state: &'static mut State,
    world: World,
    inbound: Inbound,
    failure: &'static InstanceFailure<'static>,
    roots: rustls::RootCertStore,
}

type Done = Result<(), Box<dyn Error>>;
";

/// How each has it.
const GIVEN: &str = "let Given { engine, builder, proxy, other, request, error, state, world, inbound, failure, roots } = given;";

/// The folders with the files of the glue and of the runtime, and what the examples of each are called.
const DOCUMENTED_FOLDERS: [(&str, &str); 2] =
    [("src/proxy", "proxy"), ("../runtime/host", "runtime")];

/// The pages of the manual with examples in Rust for embedders.
const PAGES: [&str; 2] = ["embedding", "performance"];

/// The files of a folder, with what is in them.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        .map(|file| (file.clone(), fs::read_to_string(file).unwrap()))
        .collect();
    files.sort();
    files
}

/// A line of documentation, without what makes it one.
fn documentation(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let text = line.strip_prefix("///").or(line.strip_prefix("//!"))?;
    Some(text.strip_prefix(' ').unwrap_or(text))
}

/// Returns the examples of a file, as lines.
fn examples(text: &str) -> Vec<Vec<&str>> {
    let mut examples: Vec<Vec<&str>> = Vec::new();
    let mut is_inside = false;
    for line in text.lines().filter_map(documentation) {
        match line {
            "```ignore" => {
                is_inside = true;
                examples.push(Vec::new());
            }
            "```" => is_inside = false,
            line if is_inside => examples.last_mut().unwrap().push(line),
            _ => {}
        }
    }
    examples
}

/// Returns the examples of a page, as lines.
fn page_examples(page: &str) -> Vec<Vec<&str>> {
    let blocks = page.split("\n```rust\n").skip(1);
    let blocks = blocks.map(|block| block.split_once("\n```").unwrap().0);
    blocks.map(|block| block.lines().collect()).collect()
}

/// Returns a function that contains an example.
fn function(name: &str, lines: &str) -> String {
    format!(
        "\nasync fn of_{name}(given: Given) -> Done {{\n{GIVEN}\nlet _ = {{\n{lines}\n}};\nOk(())\n}}\n"
    )
}

/// Rewrites them under `WITGEN_BLESS=1`.
#[test]
fn they_compile_as_they_stand_there() {
    let mut text = HEAD.to_owned();
    for page in PAGES {
        let file = testkit::root().join(format!("docs/{page}.md"));
        let contents = fs::read_to_string(file).unwrap();
        let examples = page_examples(&contents);
        assert!(!examples.is_empty(), "{page} has no examples");
        for (at, example) in examples.iter().enumerate() {
            text += &function(&format!("page_{page}_{at}"), &example.join("\n"));
        }
    }
    for (folder, called) in DOCUMENTED_FOLDERS {
        for (file, contents) in files(folder) {
            let name = file.file_stem().unwrap().to_str().unwrap();
            for (at, example) in examples(&contents).iter().enumerate() {
                // It is a crate's in the documentation, and this crate's here.
                let lines = example
                    .iter()
                    .filter(|line| !line.starts_with("mod "))
                    .copied()
                    .collect::<Vec<_>>()
                    .join("\n");
                text += &function(&format!("{called}_{name}_{at}"), &lines);
            }
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples/compiled.rs");
    assert_golden(&file, &text);
}

#[test]
fn each_public_item_has_one() {
    let mut without = Vec::new();
    let mut count = 0;
    let folders = DOCUMENTED_FOLDERS.map(|(folder, _)| files(folder));
    let fronts = folders.iter().map(|files| {
        let mut files = files.iter();
        let (_, front) = files.find(|(file, _)| file.ends_with("mod.rs")).unwrap();
        front
    });
    let all = folders.iter().zip(fronts);
    for ((file, contents), front) in
        all.flat_map(|(files, front)| files.iter().map(move |file| (file, front)))
    {
        let lines: Vec<_> = contents.lines().collect();
        // Methods of a type are public where it is.
        let mut is_shown = false;
        for (at, line) in lines.iter().enumerate() {
            let item = line.trim_start();
            if line.starts_with("impl") || line.starts_with("pub") {
                let is_known = words(line).any(|word| is_exported(front, word));
                is_shown = is_known || file.ends_with("mod.rs") || line.starts_with("pub fn");
            }
            let is_item = [
                "pub fn ",
                "pub async fn ",
                "pub struct ",
                "pub enum ",
                "pub trait ",
                "pub type ",
            ];
            if !is_shown || !is_item.iter().any(|start| item.starts_with(start)) {
                continue;
            }
            count += 1;
            let before = lines[..at].iter().rev();
            let mut docs = before.take_while(|line| {
                let line = line.trim_start();
                line.starts_with("///") || line.starts_with("#[")
            });
            if !docs.any(|line| documentation(line) == Some("```ignore")) {
                without.push(format!("{}: {item}", file.display()));
            }
        }
    }
    assert!(count > 25, "{count} items");
    assert!(without.is_empty(), "{}", without.join("\n"));
}

fn is_exported(front: &str, name: &str) -> bool {
    let mut exports = front.lines().filter(|line| line.starts_with("pub use "));
    name.starts_with(char::is_uppercase) && exports.any(|line| words(line).any(|word| word == name))
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}
