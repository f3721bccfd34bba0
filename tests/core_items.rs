//! The core imports and exports of a world are those that wit-component reads.

use std::path::Path;

use pretty_assertions::assert_eq;
use testkit::core_items;
use witgen::model::describe;
use witgen::source::{Features, Source, load};

#[test]
fn every_core_import_and_export_is_listed_with_its_signature() {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages");
    for (source, least) in [
        (Source::Embedded, 200),
        (Source::Directory(packages.join("everything")), 50),
        (Source::Directory(packages.join("store")), 25),
    ] {
        let package = load(&source, &Features::All).unwrap();
        let model = describe(&package);
        let mut listed = 0;
        for id in package.resolve().packages[package.id()].worlds.values() {
            let world = model.world(&package.world_id(*id)).unwrap();
            let none: [String; 0] = [];
            assert_eq!(core_items::differences(&package, *id, &model, world), none);
            listed += model.core_imports(world).len() + model.core_exports(world).len();
        }
        assert!(listed > least, "only {listed}");
    }
}
