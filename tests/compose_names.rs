//! `witgen::compose`: what imports of members and of compositions are called.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::components::{assert_valid, including, loaded_text, member, module, of_wit, outside};
use wasmparser::{Parser, Payload, WasmFeatures};
use wit_component::ComponentEncoder;
use witgen::compose::{Chain, Client, Composition, Hop, Member, Target};
use witgen::locate::{ChainArguments, HopArgument};
use witgen::registry::Registries;

/// Two next hops under labels.
const ROUTER: &str =
    "import primary: wasi:http/handler@0.3.1002; import fallback: wasi:http/handler@0.3.1002;";

fn service(name: &str) -> Member {
    member(name, "service", "")
}

fn proxy(name: &str) -> Member {
    member(name, "proxy", "")
}

/// A service that imports more than a service does.
fn with(name: &str, more: &str) -> Member {
    member(name, "service", more)
}

fn composed(chain: &Chain) -> Composition {
    let composition = chain.compose().unwrap();
    assert_valid(&composition.component, WasmFeatures::all());
    composition
}

fn names<'a>(hops: impl IntoIterator<Item = &'a Hop>) -> Vec<String> {
    hops.into_iter().map(|hop| hop.name().to_owned()).collect()
}

#[test]
fn split_imports_keep_labels_of_different_members_apart() {
    let line = vec![with("first", ROUTER), with("second", ROUTER)];
    let second = Target::Member("second".to_owned());
    let chain = Chain::new(line).unwrap().hop("first", Some("primary"), second).unwrap();
    let merged = composed(&chain);
    assert_eq!(names(&merged.open_hops), ["fallback", "primary"]);
    let split = composed(&chain.split_imports(true));
    let (imports, _) = outside(&split.component);
    for name in ["first-fallback", "second-primary", "second-fallback"] {
        assert!(imports.contains(name), "{name} of {imports:?}");
    }
    assert!(!imports.contains("fallback"), "{imports:?}");
    let of_first = split.plan.imports.iter().find(|import| import.members == ["first"]);
    assert!(of_first.is_some(), "{}", split.plan);
    let shown = split.plan.to_string();
    assert!(
        shown.contains("  second-primary: wasi:http/handler@0.3.1002 "),
        "{shown}"
    );
}

/// The names of a component's imports with `external-id`, and these.
fn external_ids(component: &[u8]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                let names = section.into_iter().map(|import| import.unwrap().name);
                found.extend(
                    names.filter_map(|name| {
                        Some((name.name.to_owned(), name.external_id?.to_owned()))
                    }),
                );
            }
            _ => {}
        }
    }
    found
}

#[test]
fn imports_keep_their_external_ids() {
    let imports = "@external-id(\"main\") import primary: wasi:http/handler@0.3.1002; \
                   @external-id(\"side\") import wasi:http/client@0.3.1002;";
    let chain = Chain::new(vec![proxy("gate"), with("router", imports)]).unwrap();
    let pairs = |pairs: [(&str, &str); 2]| pairs.map(|(name, id)| (name.to_owned(), id.to_owned()));
    assert_eq!(
        external_ids(&composed(&chain).component),
        pairs([("wasi:http/client@0.3.1002", "side"), ("primary", "main")])
    );
    let split = composed(&chain.split_imports(true));
    let ids: Vec<_> = external_ids(&split.component).into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids, ["main", "side"]);
}

#[test]
fn members_with_canonical_names_are_read_and_linked() {
    let package =
        loaded_text("package test:canonical; world w { include wasi:http/proxy@0.3.1002; }");
    let component = ComponentEncoder::default()
        .module(&module(&package))
        .unwrap()
        .emit_canonical_names(true)
        .encode()
        .unwrap();
    // The name of the export, after its length.
    let name = b"\x15wasi:http/handler@0.3";
    assert!(component.windows(name.len()).any(|bytes| bytes == name));
    let gate = Member::new("gate", &component).unwrap();
    assert_eq!(names(gate.next_hops()), ["origin"]);
    let chain = Chain::new(vec![gate, service("hello")]).unwrap();
    let plain = Chain::new(vec![proxy("gate"), service("hello")]).unwrap();
    let (canonical, plain) = (composed(&chain), composed(&plain));
    assert_eq!(canonical.world, "wasi:http/service@0.3.1002");
    assert_eq!(outside(&canonical.component), outside(&plain.component));
}

#[test]
fn labels_that_members_use_for_different_interfaces_can_be_split() {
    let log = |name: &str, interface: &str| {
        let wit = format!(
            "package test:{name};
             interface {interface} {{ {interface}: func(); }}
             world w {{ include wasi:http/proxy@0.3.1002; import log: {interface}; }}"
        );
        Member::new(name, &of_wit(&wit)).unwrap()
    };
    let line = || vec![log("outer", "write"), log("inner", "print")];
    let error = Chain::new(line()).unwrap().compose().unwrap_err();
    assert_eq!(error.code(), "import-conflict");
    let split = composed(&Chain::new(line()).unwrap().split_imports(true));
    let (imports, _) = outside(&split.component);
    for import in ["outer-log", "inner-log", "inner-origin"] {
        assert!(imports.contains(import), "{imports:?}");
    }
    assert_eq!(names(&split.open_hops), ["inner-origin"]);
}

#[test]
fn a_hop_may_have_the_name_of_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    fs::write(path("router.wasm"), including("service", ROUTER)).unwrap();
    fs::write(path("primary.wasm"), including("service", "")).unwrap();
    fs::write(path("fallback.wasm"), including("proxy", "")).unwrap();
    fs::create_dir(path("sorry")).unwrap();
    let hops = [
        format!("primary={}", path("primary.wasm")),
        format!("fallback={}", path("fallback.wasm")),
        // A directory is no component, and a later argument gives the member its name.
        "fallback.origin=sorry".to_owned(),
    ];
    let mut hops: Vec<HopArgument> = hops.iter().map(|hop| hop.parse().unwrap()).collect();
    let members = [path("router.wasm")];
    let arguments = |hops: &[HopArgument]| {
        let arguments = ChainArguments {
            members: &members,
            hops,
            clients: &[],
        };
        arguments.load(&Registries::default())
    };
    let error = arguments(&hops).unwrap_err();
    assert_eq!(error.code(), "unknown-member", "{error}");
    hops[2] = "fallback.origin=primary".parse().unwrap();
    let composition = composed(&arguments(&hops).unwrap());
    assert_eq!(composition.plan.members, ["router", "primary", "fallback"]);
    // All that is wrong is reported at once.
    hops = ["router.a=deny", "router.b=deny"].map(|hop| hop.parse().unwrap()).to_vec();
    assert_eq!(arguments(&hops).unwrap_err().diagnostics().len(), 2);
}

/// The calls of a plan that the host makes between members: from whom, through which import, and to which export.
fn observed(composition: &Composition) -> Vec<(&str, &str, &str)> {
    let calls = composition.plan.calls.iter();
    let observed = calls.filter_map(|call| {
        Some((
            call.from.as_deref()?,
            call.import.as_deref()?,
            call.export.as_deref()?,
        ))
    });
    observed.collect()
}

#[test]
fn observed_calls_are_imports_and_exports_of_the_composition() {
    let service_of = |name: &str| Client::linked(service(name)).unwrap();
    let to = |name: &str| Target::Member(name.to_owned());
    let line = vec![with("router", ROUTER)];
    let chain = Chain::new(line)
        .unwrap()
        .with_member(proxy("a"))
        .unwrap()
        .with_member(service("b"))
        .unwrap()
        .hop("router", Some("primary"), to("a"))
        .unwrap()
        .hop("router", Some("fallback"), to("b"))
        .unwrap()
        .hop("a", None, to("b"))
        .unwrap()
        .client("a", service_of("auth"))
        .unwrap();
    assert!(observed(&composed(&chain)).is_empty());
    let composition = composed(&chain.observe_calls());
    let expected = [
        ("router", "router-primary", "a-handler"),
        ("router", "router-fallback", "b-handler"),
        ("a", "a-origin", "b-handler"),
        ("a", "a-client", "auth-handler"),
    ];
    assert_eq!(observed(&composition), expected);
    let (imports, exports) = outside(&composition.component);
    for (_, import, export) in expected {
        assert!(imports.contains(import), "{import} of {imports:?}");
        assert!(exports.contains(export), "{export} of {exports:?}");
    }
    // What leaves the chain, and the world that it fits, are as without.
    assert_eq!(composition.world, "wasi:http/service@0.3.1002");
    assert!(composition.open_hops.is_empty());
}

#[test]
fn handlers_of_observed_calls_have_names_of_their_own() {
    let handler = member("a-handler", "proxy", "");
    let line = vec![
        proxy("gate"),
        proxy("a"),
        handler,
        service("a-handler-handler"),
    ];
    let composition = composed(&Chain::new(line).unwrap().observe_calls());
    let exports: Vec<_> = observed(&composition).into_iter().map(|call| call.2).collect();
    let expected = [
        "a-handler",
        "a-handler-handler",
        "a-handler-handler-handler",
    ];
    assert_eq!(exports, expected);
}
