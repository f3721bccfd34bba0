//! Parts of the pipeline: `cargo bench`. Whole commands: `scripts/compare-with-wit-bindgen.py`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use divan::{Bencher, black_box};
use wasm_encoder::{CustomSection, Section as _};
use wit_parser::{LiftLowerAbi, ManglingAndAbi};
use witgen::compat::{Release, compare};
use witgen::compose::{Chain, Member};
use witgen::emit::docs;
use witgen::emit::rust_guest::{self, Options};
use witgen::lint;
use witgen::model;
use witgen::project::Project;
use witgen::source::{Features, Package, Source, load};

fn main() {
    divan::main();
}

fn embedded() -> Package {
    load(&Source::Embedded, &Features::default()).unwrap()
}

/// A package of so many interfaces with 25 records and 25 functions each.
fn synthetic(interfaces: usize) -> (tempfile::TempDir, Source) {
    let mut text = String::from("package witgen:synthetic@1.0.0;\n");
    let mut world = String::from("world all {\n");
    for i in 0..interfaces {
        writeln!(text, "interface i{i} {{").unwrap();
        for n in 0..25 {
            writeln!(
                text,
                "record r{n} {{ a: u32, b: string, c: list<u8>, d: option<u64> }}"
            )
            .unwrap();
            writeln!(
                text,
                "f{n}: func(x: r{n}, y: string) -> result<r{n}, string>;"
            )
            .unwrap();
        }
        text.push_str("}\n");
        writeln!(world, "import i{i};").unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let path: PathBuf = dir.path().join("all.wit");
    fs::write(&path, format!("{text}{world}}}\n")).unwrap();
    (dir, Source::File(path))
}

#[divan::bench]
fn load_wasi_http() -> Package {
    embedded()
}

#[divan::bench]
fn describe_wasi_http(bencher: Bencher) {
    let package = embedded();
    bencher.bench(|| model::describe(black_box(&package)));
}

#[divan::bench(args = ["service", "proxy"])]
fn guest_glue(bencher: Bencher, world: &str) {
    bencher.with_inputs(embedded).bench_values(|package| {
        let world = package.select_world(Some(world)).unwrap();
        rust_guest::render(package, world, &Options::default()).unwrap()
    });
}

#[divan::bench(args = [50, 100, 200], sample_count = 5)]
fn load_synthetic(bencher: Bencher, interfaces: usize) {
    let (_dir, source) = synthetic(interfaces);
    bencher.bench(|| load(&source, &Features::default()).unwrap());
}

#[divan::bench(args = [50, 100, 200], sample_count = 5)]
fn describe_synthetic(bencher: Bencher, interfaces: usize) {
    let (_dir, source) = synthetic(interfaces);
    let package = load(&source, &Features::default()).unwrap();
    bencher.bench(|| model::describe(black_box(&package)));
}

#[divan::bench]
fn docs_wasi_http(bencher: Bencher) {
    let model = model::describe(&embedded());
    bencher.bench(|| docs::render(black_box(&model), &docs::Options::default()));
}

#[divan::bench(args = [50, 100, 200], sample_count = 5)]
fn docs_synthetic(bencher: Bencher, interfaces: usize) {
    let (_dir, source) = synthetic(interfaces);
    let model = model::describe(&load(&source, &Features::default()).unwrap());
    bencher.bench(|| docs::render(black_box(&model), &docs::Options::default()));
}

#[divan::bench(args = [50, 100, 200], sample_count = 5)]
fn guest_glue_synthetic(bencher: Bencher, interfaces: usize) {
    let (_dir, source) = synthetic(interfaces);
    let package = load(&source, &Features::default()).unwrap();
    bencher.with_inputs(|| package.clone()).bench_values(|package| {
        let world = package.select_world(None).unwrap();
        rust_guest::render(package, world, &Options::default()).unwrap()
    });
}

#[divan::bench(args = [1000], sample_count = 5)]
fn lint_synthetic(bencher: Bencher, interfaces: usize) {
    let (_dir, source) = synthetic(interfaces);
    bencher.bench(|| {
        let model = model::describe(&load(&source, &Features::All).unwrap());
        lint::run(&model, &lint::Options::default()).unwrap()
    });
}

#[divan::bench(args = [1000], sample_count = 5)]
fn diff_synthetic(bencher: Bencher, interfaces: usize) {
    let (_dir, old) = synthetic(interfaces);
    let (_dir, new) = synthetic(interfaces);
    let features = Features::default();
    bencher.bench(|| {
        let old = Release::load(&old, &features).unwrap();
        let new = Release::load(&new, &features).unwrap();
        compare(&old, &new).changes.len()
    });
}

/// `witgen check` on this repository.
#[divan::bench]
fn check_this_repository(bencher: Bencher) {
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).unwrap();
    bencher.bench(|| {
        let findings = Project::find(Path::new(".")).unwrap().check();
        assert!(findings.is_empty());
    });
}

/// A chain of so many members, each a component of its own, with its size as guests have it.
#[divan::bench(args = [5, 10, 20], sample_count = 5)]
fn chain(bencher: Bencher, length: usize) {
    let members = (0..length).map(|at| {
        let world = if at + 1 == length { "service" } else { "proxy" };
        Member::new(format!("m{at}"), &module_with_code(world, at)).unwrap()
    });
    let chain = Chain::new(members.collect()).unwrap();
    bencher.bench(|| black_box(&chain).compose().unwrap());
}

/// A core module of a world's exact type, with 150 kB of data.
fn module_with_code(world: &str, at: usize) -> Vec<u8> {
    let package = embedded();
    let (resolve, world) = (
        package.resolve(),
        package.select_world(Some(world)).unwrap(),
    );
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::AsyncCallback);
    let mut module = wit_component::dummy_module(resolve, world, abi);
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, resolve, world, encoding, false).unwrap();
    let data = CustomSection {
        name: "data".into(),
        data: vec![u8::try_from(at).unwrap(); 150_000].into(),
    };
    data.append_to(&mut module);
    module
}
