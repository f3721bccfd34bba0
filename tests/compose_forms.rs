//! `witgen::compose`: compositions in the form that other hosts expect.

use std::collections::BTreeSet;

use pretty_assertions::assert_eq;
use semver::Version;
use testkit::components::{assert_valid, member, of_wit, outside};
use wasmparser::WasmFeatures;
use witgen::compose::{Chain, Composition, Form, Member};

const PRIMARY: &str = "import primary: wasi:http/handler@0.3.1002;";

fn composed(chain: &Chain) -> Composition {
    let composition = chain.compose().unwrap();
    assert_valid(&composition.component, WasmFeatures::all());
    composition
}

/// The import that the plan has for the last call to the host that isn't on the side.
fn next_hop(composition: &Composition) -> Option<String> {
    let calls = composition.plan.calls.iter().rev();
    let mut imports =
        calls.filter(|call| !call.is_side_call).filter_map(|call| call.import.clone());
    imports.next()
}

#[test]
fn an_open_next_hop_has_the_name_of_the_world() {
    let members = [
        member("a", "proxy", ""),
        member("a", "middleware", ""),
        member("a", "service", PRIMARY),
    ];
    for last in members {
        for split in [false, true] {
            for (form, import) in [
                (Form::Middleware, "wasi:http/handler@0.3.1002"),
                (Form::Proxy, "wasi:http/origin@0.3.1002"),
            ] {
                let line = vec![member("first", "proxy", ""), last.clone()];
                let chain = Chain::new(line).unwrap().split_imports(split).present_as(form);
                let composition = composed(&chain);
                assert_eq!(
                    composition.world,
                    format!("wasi:http/{}@0.3.1002", form.name())
                );
                let hops: Vec<_> = composition.open_hops.iter().map(|hop| hop.import()).collect();
                assert_eq!(hops, [import]);
                assert_eq!(next_hop(&composition).as_deref(), Some(import));
                let (imports, _) = outside(&composition.component);
                assert!(imports.contains(import), "{imports:?}");
                assert!(!imports.contains("primary"), "{imports:?}");
                // It is a member like any other.
                let again = Member::new("again", &composition.component).unwrap();
                let line = vec![again, member("hello", "service", "")];
                assert_eq!(
                    composed(&Chain::new(line).unwrap()).world,
                    "wasi:http/service@0.3.1002"
                );
            }
        }
    }
}

#[test]
fn a_closed_chain_is_presented_as_a_service() {
    let line = vec![member("a", "proxy", ""), member("b", "service", "")];
    let chain = Chain::new(line).unwrap();
    let presented = composed(&chain.clone().present_as(Form::Service));
    assert_eq!(presented.component, composed(&chain).component);
}

#[test]
fn all_interfaces_of_wasi_are_presented_in_one_version() {
    let line = || vec![member("a", "proxy", ""), member("b", "service", PRIMARY)];
    for split in [false, true] {
        let chain = Chain::new(line()).unwrap().split_imports(split).present_as(Form::Middleware);
        let before = composed(&chain);
        let after = composed(&chain.wasi_version(Version::new(0, 3, 0)));
        assert_eq!(after.world, "wasi:http/middleware@0.3.1002");
        let (imports, exports) = outside(&after.component);
        let names = imports.iter().chain(&exports).filter(|name| name.contains('@'));
        let versions: BTreeSet<_> = names.filter_map(|name| name.split('@').nth(1)).collect();
        assert_eq!(versions, BTreeSet::from(["0.3.0"]));
        let path = |name: &String| name.split('@').next().unwrap().to_owned();
        let paths =
            |names: BTreeSet<String>| -> BTreeSet<String> { names.iter().map(path).collect() };
        let (imports_before, exports_before) = outside(&before.component);
        assert_eq!(paths(imports), paths(imports_before));
        assert_eq!(paths(exports), paths(exports_before));
        let planned: Vec<_> = after.plan.imports.iter().map(|import| &import.name).collect();
        assert!(
            planned.iter().all(|name| name.ends_with("@0.3.0")),
            "{planned:?}"
        );
    }
}

#[test]
fn an_older_middleware_is_presented_with_the_first_version_that_has_an_origin() {
    let wit = "package test:old; world w { include wasi:http/middleware@0.3.1002; }";
    let component = of_wit(wit);
    let old = Chain::new(vec![Member::new("old", &component).unwrap()])
        .unwrap()
        .wasi_version(Version::new(0, 3, 0));
    let old = Member::new("old", &composed(&old).component).unwrap();
    let proxy = composed(&Chain::new(vec![old]).unwrap().present_as(Form::Proxy));
    let (imports, _) = outside(&proxy.component);
    assert!(imports.contains("wasi:http/origin@0.3.1002"), "{imports:?}");
}

#[test]
fn a_plan_has_the_names_and_versions_of_the_result() {
    let line = vec![member("a", "proxy", ""), member("b", "service", "")];
    let chain = Chain::new(line).unwrap().wasi_version(Version::new(0, 3, 0));
    let plan = composed(&chain).plan;
    assert!(
        plan.flows.iter().any(|flow| flow.ends_with("of wasi:http/types@0.3.0")),
        "{plan}"
    );
}
