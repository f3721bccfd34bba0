//! The forwarder: what is in the repository, and what `compose --origin` makes of it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use pretty_assertions::assert_eq;
use semver::Version;
use sha2::{Digest as _, Sha256};
use testkit::command::witgen;
use testkit::components::{assert_valid, including, member, outside};
use testkit::golden::is_blessing;
use testkit::guests::portable_core_module;
use testkit::{components, released, root};
use wasm_encoder::{ComponentSection as _, CustomSection};
use wasmparser::{Parser, Payload, WasmFeatures};
use witgen::compose::{Callee, Chain, Client, Form, Member, Server, Target};
use witgen::source::{Features, Source, load};

/// The section with the digest of the files that the component is built from.
const SOURCE: &str = "witgen-source";

fn folder() -> PathBuf {
    root().join("generator/compose/forwarder")
}

fn digest() -> String {
    let files = [
        "guest/Cargo.toml",
        "guest/src/lib.rs",
        "wit/configuration.wit",
        "wit/forwarder.wit",
    ];
    let mut hash = Sha256::new();
    for file in files {
        hash.update(fs::read(folder().join(file)).unwrap());
    }
    format!("{:x}", hash.finalize())
}

fn custom_section(component: &[u8], name: &str) -> Option<String> {
    let mut payloads = Parser::new(0).parse_all(component);
    payloads.find_map(|payload| match payload.unwrap() {
        Payload::CustomSection(section) if section.name() == name => {
            Some(String::from_utf8(section.data().to_vec()).unwrap())
        }
        _ => None,
    })
}

#[test]
fn the_source_has_not_changed_since_the_build() {
    let file = folder().join("forwarder.wasm");
    if is_blessing() {
        let module = fs::read(portable_core_module("forwarder")).unwrap();
        let mut component = witgen::component::encode(&module, &[]).unwrap();
        let section = CustomSection {
            name: SOURCE.into(),
            data: Cow::Owned(digest().into_bytes()),
        };
        section.append_to_component(&mut component);
        fs::write(&file, component).unwrap();
    }
    let component = fs::read(&file).unwrap();
    assert_eq!(
        custom_section(&component, SOURCE),
        Some(digest()),
        "the source has changed: WITGEN_BLESS=1 cargo test --test forwarder"
    );
    assert!(component.len() < 60_000, "{} bytes", component.len());
    let text = String::from_utf8_lossy(&component);
    assert!(
        !text.contains("/home/") && !text.contains("/root/"),
        "it contains a path of the machine it was built on"
    );
}

/// Two next hops under labels.
const ROUTER: &str =
    "import primary: wasi:http/handler@0.3.1002; import fallback: wasi:http/handler@0.3.1002;";

fn server(url: &str) -> Server {
    url.parse().unwrap()
}

/// Returns the calls of a chain: `gate -> origin`.
fn calls(chain: &Chain) -> Vec<String> {
    let composition = chain.compose().unwrap();
    assert_valid(&composition.component, WasmFeatures::all());
    assert!(composition.open_hops.is_empty());
    let calls = composition.plan.calls.iter().filter_map(|call| {
        let to = match &call.to {
            Callee::Member(name) | Callee::Service(name) | Callee::Server(name) => name,
            // Side calls of the members.
            _ => return None,
        };
        Some(format!("{} -> {to}", call.from.as_ref()?))
    });
    calls.collect()
}

#[test]
fn an_open_chain_becomes_a_service() {
    let line = vec![
        member("gate", "proxy", ""),
        member("stamp", "middleware", ""),
    ];
    let chain = Chain::new(line).unwrap().origin(&server("https://backend/base/")).unwrap();
    let composition = chain.compose().unwrap();
    assert_eq!(composition.world, "wasi:http/service@0.3.1002");
    assert_eq!(composition.plan.members, ["gate", "stamp", "origin"]);
    assert_eq!(
        calls(&chain),
        [
            "gate -> stamp",
            "stamp -> origin",
            "origin -> https://backend/base"
        ]
    );
    let (imports, _) = outside(&composition.component);
    assert!(!imports.iter().any(|name| name.contains("origin") || name.contains("handler")));
}

#[test]
fn rules_for_side_calls_do_not_apply_to_the_forwarder() {
    let chain = Chain::new(vec![member(
        "gate",
        "proxy",
        "import wasi:http/client@0.3.1002;",
    )])
    .unwrap()
    .other_clients(Client::Denied)
    .origin(&server("http://backend"))
    .unwrap()
    .split_imports(true);
    let (imports, _) = outside(&chain.compose().unwrap().component);
    assert!(imports.contains("origin-client"), "{imports:?}");
    assert!(!imports.contains("gate-client"), "{imports:?}");
}

#[test]
fn next_hops_lead_to_several_servers_and_share_those_that_are_the_same() {
    let (first, second) = (server("http://a"), server("http://b"));
    let router = Chain::new(vec![member("router", "service", ROUTER)]).unwrap();
    let both = router.clone().hop_to_server("router", Some("primary"), &first).unwrap();
    assert_eq!(
        calls(&both.clone().hop_to_server("router", Some("fallback"), &second).unwrap()),
        [
            "router -> origin",
            "router -> origin2",
            "origin -> http://a",
            "origin2 -> http://b"
        ]
    );
    assert_eq!(
        calls(&both.origin(&first).unwrap()),
        ["router -> origin", "router -> origin", "origin -> http://a"]
    );
    // What was left to the host on purpose stays there.
    let one = router
        .hop("router", Some("primary"), Target::Host)
        .unwrap()
        .origin(&first)
        .unwrap();
    assert_eq!(one.compose().unwrap().plan.open_hops, ["primary"]);
}

/// A middleware that was built for the released `wasi:http`.
fn released_middleware() -> Member {
    let source = Source::Directory(released::folder());
    let package = load(&source, &Features::default()).unwrap();
    let world = package.select_world(Some("wasi:http/middleware")).unwrap();
    let module = components::module_of(&package, world);
    Member::new("old", &witgen::component::encode(&module, &[]).unwrap()).unwrap()
}

#[test]
fn the_forwarder_has_the_version_of_the_other_members() {
    let old = released_middleware();
    let version = old.imports().find_map(|name| name.strip_prefix("wasi:http/handler@"));
    let version: Version = version.unwrap().parse().unwrap();
    assert!(version < Version::new(0, 3, 1000), "{version}");
    let chain = Chain::new(vec![old]).unwrap().origin(&server("http://backend")).unwrap();
    let of_http = |(imports, exports): (BTreeSet<String>, BTreeSet<String>)| {
        let names = imports.into_iter().chain(exports);
        names.filter(|name| name.starts_with("wasi:http/")).collect::<Vec<_>>()
    };
    let ending = format!("@{version}");
    let names = of_http(outside(&chain.compose().unwrap().component));
    assert!(
        names.iter().all(|name| name.ends_with(&ending)),
        "{names:?}"
    );
    // All of WASI in the version that a host looks up by its exact name.
    let chain = chain.wasi_version(Version::new(0, 3, 0)).present_as(Form::Service);
    let (imports, exports) = outside(&chain.compose().unwrap().component);
    let is_exact = |name: &String| name.ends_with("@0.3.0");
    assert!(
        imports.iter().chain(&exports).all(is_exact),
        "{imports:?} {exports:?}"
    );
}

#[test]
fn invalid_server_urls_are_rejected() {
    for (url, reason) in [
        ("https:///x", "write it as http://HOST:PORT"),
        ("http:b.example", "write it as http://HOST:PORT"),
        ("http:\\\\b.example", "write it as http://HOST:PORT"),
        ("http://b.ex\nample", "write it as http://HOST:PORT"),
        ("http://1.2.3", "`1.2.3` is no host and port"),
        ("http://..", "`..` is no host and port"),
        ("http://*", "`*` is no host and port"),
        ("http://a\"b", "is no host and port"),
        ("http://b.example:0", "`b.example:0` is no host and port"),
        ("http://@b.example", "leave out the user"),
        ("backend:8080", "write it as http://HOST:PORT"),
        ("backend", "write it as http://HOST:PORT"),
        ("ftp://backend", "write it as http://HOST:PORT"),
        ("http://", "write it as http://HOST:PORT"),
        ("http://user@backend", "leave out the user"),
        ("http://:password@backend", "leave out the user"),
        ("http://backend?a", "leave out the query"),
        ("http://backend#a", "leave out the query"),
        ("http://backend:99999", "invalid port number"),
    ] {
        let error = url.parse::<Server>().unwrap_err();
        assert!(error.contains(reason), "{url}: {error}");
    }
}

#[test]
fn rejected_commands_write_no_file() {
    let dir = tempfile::tempdir().unwrap();
    for (name, world, more) in [
        ("gate", "proxy", ""),
        ("hello", "service", ""),
        ("router", "service", ROUTER),
    ] {
        fs::write(
            dir.path().join(name).with_extension("wasm"),
            including(world, more),
        )
        .unwrap();
    }
    let run = |arguments: &[&str]| {
        let arguments = [&["compose", "-o", "out.wasm"], arguments].concat();
        let (status, stderr) = witgen(dir.path(), &arguments);
        let is_written = dir.path().join("out.wasm").exists();
        assert_eq!(status == 0, is_written);
        if is_written {
            fs::remove_file(dir.path().join("out.wasm")).unwrap();
        }
        stderr
    };
    let origin = ["--origin", "http://backend"];
    for (arguments, message) in [
        (
            &["gate.wasm", "hello.wasm"][..],
            "error[no-next-hop]: `--origin` has no effect: the chain has no open next hop",
        ),
        (
            &["gate.wasm", "--emit", "wac"],
            "error[unsayable-in-wac]: WAC can't express a member that forwards to a server",
        ),
        (
            &["gate.wasm", "hello.wasm", "--hop", "gate=http://a"],
            "error[two-targets]: the next hop `origin` of `gate` has two targets",
        ),
        (
            &[
                "router.wasm",
                "--hop",
                "primary=http://a",
                "--hop",
                "router.primary=hello.wasm",
            ],
            "has two targets",
        ),
        (
            &["gate.wasm", "--client", "origin=deny"],
            "no member of the chain is called `origin`",
        ),
        (
            &["gate.wasm", "--as", "proxy"],
            "error[no-next-hop]: a proxy has one open next hop, but the chain has none",
        ),
        (
            &["gate.wasm", "--hop", "gate=http://u@a"],
            "leave out the user",
        ),
    ] {
        let stderr = run(&[arguments, &origin].concat());
        assert!(stderr.contains(message), "{arguments:?}: {stderr}");
    }
    let note = "servers receive their own name in `Host`";
    assert!(run(&["gate.wasm", "--origin", "http://a"]).contains(note));
    assert!(!run(&["gate.wasm", "--origin", "http://a", "--origin-host"]).contains(note));
    assert!(
        run(&["gate.wasm", "hello.wasm", "--origin-host"]).contains("--origin-host has no effect")
    );
}
