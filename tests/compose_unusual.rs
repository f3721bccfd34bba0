//! Members that no compiler makes: they are linked, or rejected with a message.

use testkit::components::of_wit;
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};
use wasmparser::{Validator, WasmFeatures};
use witgen::compose::{Chain, Member};

const HANDLER: &str = "wasi:http/handler@0.3.1002";

/// A component that exports the handler that it imports, and has no code.
fn pass() -> Vec<u8> {
    let wit = format!("package test:a;\nworld a {{ export {HANDLER}; }}\n");
    let mut graph = CompositionGraph::new();
    let service =
        of_wit(&wit.replace("world a {", "world a { include wasi:http/imports@0.3.1002;"));
    let package = Package::from_bytes("test:a", None, service, graph.types_mut()).unwrap();
    let kind = graph.types()[package.ty()].exports[HANDLER];
    let handler = graph.import(HANDLER, kind).unwrap();
    graph.export(handler, HANDLER).unwrap();
    graph.encode(EncodeOptions::default()).unwrap()
}

#[test]
fn a_member_that_exports_what_it_imports_is_a_middleware() {
    let member = Member::new("pass", &pass()).unwrap();
    let composed = Chain::new(vec![member]).unwrap().compose().unwrap();
    assert_eq!(composed.world, "wasi:http/middleware@0.3.1002");
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(&composed.component)
        .unwrap();
}

#[test]
fn members_that_export_what_they_import_are_linked_as_others_are() {
    let service = of_wit("package test:b;\nworld b { include wasi:http/service@0.3.1002; }\n");
    for members in [
        &["pass", "service"][..],
        &["pass", "pass2", "service"],
        &["pass", "pass2"],
    ] {
        let members = members.iter().map(|name| {
            let component = if *name == "service" {
                &service
            } else {
                &pass()
            };
            Member::new(*name, component).unwrap()
        });
        let composed = Chain::new(members.collect()).unwrap().compose().unwrap();
        Validator::new_with_features(WasmFeatures::all())
            .validate_all(&composed.component)
            .unwrap();
    }
}
