//! From WIT to the model: every kind of source, every kind of item, the same bytes every time.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use pretty_assertions::assert_eq;
use testkit::golden::assert_golden;
use witgen::model::{Model, Type, TypeKind, WorldItemKind, describe, tree};
use witgen::source::{Features, Package, Source, load};

fn everything() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages/everything")
}

fn loaded(source: &Source) -> Package {
    load(source, &Features::All).unwrap()
}

fn model() -> Model {
    describe(&loaded(&Source::Directory(everything())))
}

fn encoded(package: &Package) -> Vec<u8> {
    wit_component::encode(package.resolve(), package.id(), false).unwrap()
}

/// What of a model doesn't depend on whether it came from text.
fn meaning(model: &Model) -> Vec<String> {
    let mut meaning: Vec<_> = model
        .interfaces()
        .map(|interface| format!("{} {}", interface.id, interface.fingerprint))
        .collect();
    for world in model.worlds() {
        for item in world.imports.iter().chain(&world.exports) {
            meaning.push(format!("{} {}", world.id, item.name));
        }
    }
    meaning.sort();
    meaning
}

#[test]
fn the_tree_shows_every_kind_of_item() {
    assert_golden(&everything().join("tree.txt"), &tree::render(&model()));
}

#[test]
fn an_encoded_package_means_what_its_text_means() {
    let package = loaded(&Source::Directory(everything()));
    let file = tempfile::NamedTempFile::with_suffix(".wasm").unwrap();
    fs::write(file.path(), encoded(&package)).unwrap();
    let again = loaded(&Source::Wasm(file.path().to_owned()));
    assert_eq!(again.name(), package.name());
    assert_eq!(meaning(&describe(&again)), meaning(&describe(&package)));
}

#[test]
fn a_dependency_may_be_encoded() {
    let dir = tempfile::tempdir().unwrap();
    let deps = dir.path().join("deps");
    fs::create_dir(&deps).unwrap();
    fs::write(
        deps.join("all.wasm"),
        encoded(&loaded(&Source::Directory(everything()))),
    )
    .unwrap();
    let text = "package a:b;\nworld w { import witgen:everything/types@1.2.0; }\n";
    fs::write(dir.path().join("a.wit"), text).unwrap();
    let model = describe(&loaded(&Source::Directory(dir.path().to_owned())));
    assert_eq!(
        &*model.world("a:b/w").unwrap().imports[0].name,
        "witgen:everything/types@1.2.0"
    );
}

#[test]
fn one_file_is_a_package_with_packages_nested_in_it() {
    let file = tempfile::NamedTempFile::with_suffix(".wit").unwrap();
    let text = "package a:b;\n\
        package c:d@1.0.0 { interface i { type t = u8; } }\n\
        world w { use c:d/i@1.0.0.{t}; }\n";
    fs::write(file.path(), text).unwrap();
    let model = describe(&loaded(&Source::File(file.path().to_owned())));
    let ids: Vec<_> = model.packages.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids, ["a:b", "c:d@1.0.0"]);
}

#[test]
fn a_gated_item_is_there_with_its_feature_only() {
    let source = Source::Directory(everything());
    let has_new = |features: &Features| {
        let model = describe(&load(&source, features).unwrap());
        model.interface("witgen:everything/new@1.2.0").is_some()
    };
    assert!(!has_new(&Features::default()));
    assert!(has_new(&Features::Only(vec!["later".to_owned()])));
    assert!(has_new(&Features::All));
}

#[test]
fn two_versions_of_a_package_stay_apart() {
    let model = model();
    let fields = |id: &str| match &model.interface(id).unwrap().types[0].kind {
        TypeKind::Record(fields) => fields.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(fields("witgen:dep/a@0.1.0"), 1);
    assert_eq!(fields("witgen:dep/a@0.2.0"), 2);
}

#[test]
fn items_have_positions_and_users() {
    let model = model();
    let types = model.interface("witgen:everything/types@1.2.0").unwrap();
    let door = types.types.iter().find(|ty| ty.name == "door").unwrap();
    let position = door.position.as_ref().unwrap();
    let text = fs::read_to_string(&**position.path()).unwrap();
    let line = text.lines().nth(position.line() - 1).unwrap();
    assert_eq!(&line[position.column() - 1..], "door {");
    assert!(door.used_by.contains(&"witgen:everything/old.door@1.2.0".to_owned()));
    assert!(types.used_by.contains(&"witgen:everything/old@1.2.0".to_owned()));
    assert!(types.used_by.contains(&"witgen:everything/all@1.2.0".to_owned()));
}

#[test]
fn core_signatures_follow_the_canonical_abi() {
    let package = load(&Source::Embedded, &Features::default()).unwrap();
    let model = describe(&package);
    let handle = &model.interface("wasi:http/handler@0.3.1002").unwrap().functions[0];
    let json = serde_json::to_value(&handle.abi).unwrap();
    // A handle goes in; the result, 40 bytes of it, goes to where the second parameter points.
    assert_eq!(
        json["import_async"]["params"],
        serde_json::json!(["i32", "i32"])
    );
    assert_eq!(json["import_async"]["results"], serde_json::json!(["i32"]));
    // A callback code comes back; the result goes to `task.return`.
    assert_eq!(json["export_async"]["params"], serde_json::json!(["i32"]));
    assert_eq!(json["export_async"]["results"], serde_json::json!(["i32"]));
}

#[test]
fn a_fingerprint_changes_with_the_meaning_and_with_nothing_else() {
    let fingerprint = |text: &str| {
        let file = tempfile::NamedTempFile::with_suffix(".wit").unwrap();
        fs::write(file.path(), text).unwrap();
        let model = describe(&loaded(&Source::File(file.path().to_owned())));
        model.package().interfaces[0].fingerprint.clone()
    };
    let base = fingerprint(
        "package a:b@1.0.0; interface i { record r { x: u8, y: u8 } f: func(r: r); g: func(); }",
    );
    let same = [
        "package a:b@1.0.0;\n/// Documented.\ninterface i {\n  g: func();\n  record r {\n    x: u8,\n    y: u8,\n  }\n  f: func(r: r);\n}",
        "package a:b@1.0.1; interface i { record r { x: u8, y: u8 } f: func(r: r); g: func(); }",
    ];
    let other = [
        "package a:b@1.0.0; interface i { record r { y: u8, x: u8 } f: func(r: r); g: func(); }",
        "package a:b@1.0.0; interface i { record r { x: u8, y: u8 } f: async func(r: r); g: func(); }",
        "package a:b@1.0.0; interface i { record r { x: u8, y: u8 } f: func(s: r); g: func(); }",
        "package a:b@1.0.0; interface i { record r { x: u8, y: s8 } f: func(r: r); g: func(); }",
        "package a:b@1.0.0; interface i { record r { x: u8, y: u8 } f: func(r: r); }",
    ];
    for text in same {
        assert_eq!(fingerprint(text), base, "{text}");
    }
    for text in other {
        assert_ne!(fingerprint(text), base, "{text}");
    }
}

#[test]
fn what_a_world_includes_is_known_as_it_was_written() {
    let model = model();
    let world = model.world("witgen:everything/all@1.2.0").unwrap();
    assert_eq!(world.includes[0].world, "base");
    let renames: Vec<_> = world.includes[0].renames.iter().map(|r| (&*r.from, &*r.to)).collect();
    assert_eq!(renames, [("log", "print"), ("settings", "config")]);
    let config = world.imports.iter().find(|item| item.name == "config").unwrap();
    assert!(matches!(config.kind, WorldItemKind::Inline(_)));
}

#[test]
fn types_are_written_as_in_wit() {
    let ty = Type::Result {
        ok: None,
        err: Some(Box::new(Type::Map {
            key: Box::new(Type::String),
            value: Box::new(Type::FixedLengthList {
                element: Box::new(Type::Stream(None)),
                length: 3,
            }),
        })),
    };
    assert_eq!(ty.to_string(), "result<_, map<string, list<stream, 3>>>");
}

#[test]
fn every_run_prints_the_same_bytes() {
    let run = || {
        let mut command = Command::cargo_bin("witgen").unwrap();
        command.args(["inspect", "--format", "json", "--all-features", "--wit"]);
        let output = command.arg(everything()).output().unwrap();
        assert!(output.status.success());
        output.stdout
    };
    let first = run();
    assert!(first.len() > 10_000);
    for _ in 0..4 {
        assert!(run() == first);
    }
}
