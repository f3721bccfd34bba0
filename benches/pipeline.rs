//! Parts of the pipeline: `cargo bench`. Whole commands: `scripts/compare-with-wit-bindgen.py`.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use divan::{Bencher, black_box};
use witgen::emit::docs;
use witgen::emit::rust_guest::{self, Options};
use witgen::model;
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
    bencher
        .with_inputs(|| package.clone())
        .bench_values(|package| {
            let world = package.select_world(None).unwrap();
            rust_guest::render(package, world, &Options::default()).unwrap()
        });
}
