//! `witgen::compose`: what links, what comes out, and what is said of it.

use std::collections::BTreeSet;
use std::fs;

use indexmap::IndexMap;
use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::components::{assert_valid, including, module, module_of, of_wit, outside, parts};
use testkit::{components, released};
use wac_graph::types::BorrowedPackageKey;
use wac_parser::Document;
use wasmparser::{Parser, Payload, WasmFeatures};
use witgen::compose::{Chain, Client, Composition, Member};
use witgen::source::{Features, Source, load};

fn member(name: &str, world: &str) -> Member {
    Member::new(name, &including(world, "")).unwrap()
}

fn chain(members: &[(&str, &str)]) -> Chain {
    let members = members.iter().map(|(name, world)| member(name, world));
    Chain::new(members.collect()).unwrap()
}

/// A component of a world of the released `wasi:http`.
fn released(world: &str) -> Vec<u8> {
    let source = Source::Directory(released::folder());
    let package = load(&source, &Features::default()).unwrap();
    let id = package.select_world(Some(&format!("wasi:http/{world}")));
    let module = module_of(&package, id.unwrap());
    witgen::component::encode(&module, &[]).unwrap()
}

fn valid(composition: &Composition) {
    assert_valid(&composition.component, WasmFeatures::all());
}

#[test]
fn closed_chains_are_services_and_open_ones_fit_their_last_members_world() {
    for (worlds, expected) in [
        (&["service"][..], "service"),
        (&["proxy"], "proxy"),
        (&["middleware"], "middleware"),
        (&["proxy", "service"], "service"),
        (&["proxy", "proxy"], "proxy"),
        (&["proxy", "middleware", "service"], "service"),
        (&["middleware", "proxy"], "proxy"),
        (&["proxy", "middleware"], "middleware"),
    ] {
        let names = ["a", "b", "c"];
        let members: Vec<_> = names.into_iter().zip(worlds.iter().copied()).collect();
        let composition = chain(&members).compose().unwrap();
        assert_eq!(
            composition.world,
            format!("wasi:http/{expected}@0.3.1002"),
            "{worlds:?}"
        );
        assert_eq!(composition.extra_imports, [""; 0]);
        valid(&composition);
    }
}

#[test]
fn an_open_chain_is_a_member_like_any_other() {
    let open = chain(&[("a", "proxy"), ("b", "proxy")]).compose().unwrap();
    let open = Member::new("open", &open.component).unwrap();
    let closed = Chain::new(vec![open.clone(), member("c", "service")])
        .unwrap()
        .compose()
        .unwrap();
    assert_eq!(closed.world, "wasi:http/service@0.3.1002");
    valid(&closed);
    // The result is a service itself, and ends a chain.
    let service = Member::new("service", &closed.component).unwrap();
    let longer = Chain::new(vec![open, service]).unwrap().compose().unwrap();
    assert_eq!(longer.world, "wasi:http/service@0.3.1002");
    valid(&longer);
}

#[test]
fn a_component_that_is_several_members_is_embedded_once() {
    let names: Vec<_> = (0..10).map(|at| format!("a{at}")).collect();
    let ten_members: Vec<_> = names.iter().map(|name| (name.as_str(), "proxy")).collect();
    let [short, long] =
        [&[("a", "proxy")][..], &ten_members].map(|members| chain(members).compose().unwrap());
    let (size_of_one, size_of_ten) = (short.component.len(), long.component.len());
    assert!(
        size_of_ten < 2 * size_of_one,
        "{size_of_ten} for {size_of_one}"
    );
    valid(&long);
}

#[test]
fn the_same_members_give_the_same_bytes() {
    let make = || {
        let chain = chain(&[("a", "proxy"), ("b", "middleware"), ("c", "service")])
            .client("a", Client::Denied)
            .unwrap()
            .split_imports(true);
        chain.compose().unwrap().component
    };
    assert_eq!(make(), make());
}

#[test]
fn members_of_the_released_version_go_where_they_fit() {
    let old = |world: &str| Member::new(format!("old-{world}"), &released(world)).unwrap();
    for (members, world, version) in [
        (
            vec![member("a", "proxy"), old("service")],
            "service",
            "0.3.1002",
        ),
        (
            vec![old("middleware"), member("a", "service")],
            "service",
            "0.3.1002",
        ),
        (vec![old("middleware"), old("service")], "service", "0.3.2"),
        (
            vec![
                member("a", "proxy"),
                old("middleware"),
                member("b", "proxy"),
            ],
            "proxy",
            "0.3.1002",
        ),
        (
            vec![member("a", "proxy"), old("middleware")],
            "middleware",
            "0.3.1002",
        ),
        (
            vec![old("middleware"), member("a", "proxy"), old("service")],
            "service",
            "0.3.1002",
        ),
    ] {
        let composition = Chain::new(members).unwrap().compose().unwrap();
        assert_eq!(composition.world, format!("wasi:http/{world}@0.3.1002"));
        let (imports, exports) = outside(&composition.component);
        assert_eq!(
            exports,
            BTreeSet::from([format!("wasi:http/handler@{version}")])
        );
        // One version of each is left.
        let paths: Vec<_> = imports.iter().filter_map(|name| name.split('@').next()).collect();
        let once: BTreeSet<_> = paths.iter().collect();
        assert_eq!(paths.len(), once.len(), "{imports:?}");
        assert!(
            imports.contains(&format!("wasi:http/types@{version}")),
            "{imports:?}"
        );
        valid(&composition);
    }
}

#[test]
fn side_calls_that_are_linked_or_denied_are_no_imports_any_more() {
    let linked = || Client::linked(member("auth", "service")).unwrap();
    let two = || chain(&[("a", "proxy"), ("b", "service")]);
    let client = "wasi:http/client@0.3.1002".to_owned();
    let imports = |chain: Chain| {
        let composition = chain.compose().unwrap();
        valid(&composition);
        outside(&composition.component).0
    };
    assert!(imports(two()).contains(&client));
    assert!(imports(two().client("a", Client::Denied).unwrap()).contains(&client));
    assert!(!imports(two().other_clients(Client::Denied)).contains(&client));
    // What `auth` asks itself is the host's.
    assert!(imports(two().other_clients(linked())).contains(&client));
    let mixed = two().client("a", Client::Host).unwrap();
    assert!(imports(mixed.other_clients(Client::Denied)).contains(&client));
}

#[test]
fn split_imports_stay_apart_under_the_members_names() {
    let chain = chain(&[("a", "proxy"), ("b", "service")]).split_imports(true);
    let composition = chain.compose().unwrap();
    assert_eq!(composition.world, "wasi:http/service@0.3.1002");
    valid(&composition);
    let (imports, _) = outside(&composition.component);
    for name in [
        "a-client",
        "b-client",
        "a-stdout",
        "b-stdout",
        "wasi:http/types@0.3.1002",
    ] {
        assert!(imports.contains(name), "{name} of {imports:?}");
    }
    // Resources are one type for all members, so what defines them is one import.
    assert!(!imports.contains("a-types"));
    assert!(!imports.contains("wasi:http/client@0.3.1002"));
}

#[test]
fn imports_beyond_the_world_stay_and_are_named() {
    let wit = "package test:member;\nworld member { include wasi:http/service@0.3.1002; import a:b/c@1.0.0; }\n\
               package a:b@1.0.0 { interface c { f: func() -> string; } }";
    let beyond = Member::new("beyond", &of_wit(wit)).unwrap();
    let composition = Chain::new(vec![member("a", "proxy"), beyond]).unwrap().compose().unwrap();
    assert_eq!(composition.world, "wasi:http/service@0.3.1002");
    assert_eq!(composition.extra_imports, ["a:b/c@1.0.0"]);
    valid(&composition);
}

#[test]
fn a_core_module_and_text_are_members_too() {
    let dir = tempfile::tempdir().unwrap();
    let wit = dir.path().join("a.wit");
    fs::write(
        &wit,
        "package test:a;\nworld a { include wasi:http/service@0.3.1002; }",
    )
    .unwrap();
    let module = module(&components::loaded(&wit));
    let text = wat_of(&module);
    for bytes in [module, text.into_bytes()] {
        let service = Member::new("service", &bytes).unwrap();
        let composition = Chain::new(vec![member("a", "proxy"), service]).unwrap().compose();
        assert_eq!(composition.unwrap().world, "wasi:http/service@0.3.1002");
    }
}

#[test]
fn a_component_with_damaged_code_is_no_member() {
    let mut component = including("service", "");
    // A function that is `unreachable`, and then `drop` with nothing to drop.
    let body = [3, 0, 0, 0x0b];
    let at = component.windows(4).rposition(|bytes| bytes == body);
    component[at.unwrap() + 2] = 0x1a;
    let error = Member::new("service", &component).unwrap_err();
    assert_eq!(error.code(), "damaged-wasm", "{error}");
}

/// A module in its text form, with its bytes as they are where there is no text for them.
fn wat_of(module: &[u8]) -> String {
    let bytes: String = module.iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!("(module binary \"{bytes}\")")
}

#[test]
fn a_plan_says_who_calls_whom_and_what_is_left_to_the_host() {
    let auth = Client::linked(Member::new("auth", &including("service", "")).unwrap()).unwrap();
    let chain = chain(&[("gate", "proxy"), ("stamp", "proxy"), ("hello", "service")])
        .client("gate", auth)
        .unwrap()
        .client("stamp", Client::Denied)
        .unwrap();
    let plan = chain.compose().unwrap().plan;
    let text = plan.to_string();
    for line in [
        "a chain of 3 that fits wasi:http/service@0.3.1002",
        "  host  -> gate    wasi:http/handler@0.3.1002",
        "  gate  -> stamp   wasi:http/origin@0.3.1002",
        "  gate  -> auth    wasi:http/client@0.3.1002, side call",
        "  stamp -> hello   wasi:http/origin@0.3.1002",
        "  stamp -> nobody  wasi:http/client@0.3.1002, side call: denied",
        "  hello -> host    wasi:http/client@0.3.1002, side call",
        "  auth  -> host    wasi:http/client@0.3.1002, side call",
        "  handle: async func(request: request) -> result<response, error-code>",
        "  request, response, error-code of wasi:http/types@0.3.1002",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let left = |line: &str| text.lines().any(|found| found.split_whitespace().eq(line.split(' ')));
    assert!(
        left("wasi:http/types@0.3.1002 gate, stamp, hello, auth"),
        "{text}"
    );
    assert!(left("wasi:http/client@0.3.1002 hello, auth"), "{text}");
    let diagram = plan.mermaid();
    for line in ["m-gate -->|origin| m-stamp", "m-gate -.->|client| m-auth"] {
        assert!(
            diagram.lines().any(|found| found.trim() == line),
            "{diagram}"
        );
    }
}

#[test]
fn the_source_in_wac_gives_an_equivalent_component() {
    let chain = chain(&[
        ("gate", "proxy"),
        ("import", "middleware"),
        ("hello", "service"),
    ]);
    let source = chain.wac().unwrap();
    let document = Document::parse(&source).unwrap();
    let names: Vec<_> = chain.members().iter().map(|m| format!("member:{}", m.name())).collect();
    let packages: IndexMap<_, _> = names
        .iter()
        .zip(chain.members())
        .map(|(name, member)| {
            let key = BorrowedPackageKey::from_name_and_version(name, None);
            (key, member.component().to_vec())
        })
        .collect();
    let resolution = document.resolve(packages).unwrap();
    let component = resolution.encode(wac_graph::EncodeOptions::default()).unwrap();
    let composition = chain.compose().unwrap();
    assert_eq!(outside(&component), outside(&composition.component));
    assert_eq!(parts(&component), parts(&composition.component));
    let error = chain.split_imports(true).wac().unwrap_err();
    assert_eq!(error.code(), "unsayable-in-wac");
}

#[test]
fn the_command_writes_names_and_prints() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, world: &str| fs::write(dir.path().join(name), including(world, ""));
    write("stamp_it.core.wasm", "proxy").unwrap();
    write("hello.wasm", "service").unwrap();
    let run = |args: &[&str]| witgen(dir.path(), &[&["compose"], args].concat());
    let (status, stderr) = run(&[
        "stamp_it.core.wasm",
        "b=stamp_it.core.wasm",
        "hello.wasm",
        "-o",
        "a.wasm",
    ]);
    assert_eq!(
        (status, stderr.trim()),
        (0, "fits wasi:http/service@0.3.1002")
    );
    let (status, stderr) = run(&[
        "stamp_it.core.wasm",
        "hello.wasm",
        "-o",
        "s.wasm",
        "--split-imports",
    ]);
    assert_eq!(status, 0, "{stderr}");
    assert!(
        stderr.contains("once its split imports have their names back"),
        "{stderr}"
    );
    let (imports, _) = outside(&fs::read(dir.path().join("s.wasm")).unwrap());
    assert!(imports.contains("stamp-it-client"), "{imports:?}");
    // A service is told apart from a member of its name.
    let linked = [
        "stamp_it.core.wasm",
        "hello.wasm",
        "--client",
        "stamp-it=hello.wasm",
    ];
    let (status, stderr) = run(&[&linked[..], &["-o", "c.wasm", "--split-imports"]].concat());
    assert_eq!(status, 0, "{stderr}");
    let (imports, _) = outside(&fs::read(dir.path().join("c.wasm")).unwrap());
    for name in ["hello-client", "hello2-client"] {
        assert!(imports.contains(name), "{imports:?}");
    }
    // A plan writes nothing unless it is asked to.
    let before = fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(
        run(&["stamp_it.core.wasm", "hello.wasm", "--plan"]),
        (0, String::new())
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), before);
}

#[test]
fn modules_are_named_after_their_members_on_request() {
    let members = [
        ("first", "proxy"),
        ("second", "proxy"),
        ("third", "service"),
    ];
    let plain = chain(&members).compose().unwrap();
    let named = chain(&members).name_modules().compose().unwrap();
    valid(&named);
    let names = |component: &[u8]| -> BTreeSet<String> {
        let names_of_section = |payload| match payload {
            Payload::CustomSection(section) if section.name() == "name" => match section.as_known()
            {
                wasmparser::KnownCustom::Name(names) => Some(names),
                _ => None,
            },
            _ => None,
        };
        Parser::new(0)
            .parse_all(component)
            .filter_map(|payload| names_of_section(payload.unwrap()))
            .flatten()
            .filter_map(|name| match name.unwrap() {
                wasmparser::Name::Module { name, .. } => Some(name.to_owned()),
                _ => None,
            })
            .filter(|name| !name.starts_with("wit-component:"))
            .collect()
    };
    assert_eq!(names(&plain.component), BTreeSet::new());
    // The first two are the same component.
    let expected = ["first or second", "third"].map(str::to_owned);
    assert_eq!(names(&named.component), BTreeSet::from(expected));
    assert_eq!(named.world, plain.world);
}
