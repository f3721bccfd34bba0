//! The components of the suite: those in the repository are what their source gives.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use sha2::{Digest as _, Sha256};
use testkit::components::assert_valid;
use testkit::golden::is_blessing;
use testkit::guests::portable_core_module;
use testkit::root;
use wasm_encoder::{ComponentSection as _, CustomSection};
use wasmparser::{Parser, Payload, WasmFeatures};
use witgen::conform::{Kind, Version, suite_component};

/// The section with the digest of the files that a component is built from.
const SOURCE: &str = "witgen-source";

/// Each component, with the folders of its source.
const COMPONENTS: [(&str, &[&str]); 4] = [
    ("proxy", &["src", "proxy"]),
    ("router", &["src", "router"]),
    ("service", &["src", "service"]),
    ("wasi-0.2", &["wasi-0.2"]),
];

fn digest(folders: &[&str]) -> String {
    let mut hash = Sha256::new();
    for folder in folders {
        add(&root().join("conformance/guest").join(folder), &mut hash);
    }
    format!("{:x}", hash.finalize())
}

fn add(folder: &Path, hash: &mut Sha256) {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add(&path, hash);
        } else {
            hash.update(fs::read_to_string(path).unwrap().replace("\r\n", "\n"));
        }
    }
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
    for (name, folders) in COMPONENTS {
        let file = root().join(format!("conformance/components/{name}.wasm"));
        if is_blessing() {
            let crate_name = format!("scripted-{}", name.replace('.', "-"));
            let module = fs::read(portable_core_module(&crate_name)).unwrap();
            let mut component = witgen::component::encode(&module, &[]).unwrap();
            let section = CustomSection {
                name: SOURCE.into(),
                data: Cow::Owned(digest(folders).into_bytes()),
            };
            section.append_to_component(&mut component);
            fs::write(&file, component).unwrap();
        }
        let component = fs::read(&file).unwrap();
        assert_eq!(
            custom_section(&component, SOURCE),
            Some(digest(folders)),
            "the source of {name} has changed: WITGEN_BLESS=1 cargo test --test conform components"
        );
        assert!(
            component.len() < 220_000,
            "{name}: {} bytes",
            component.len()
        );
        let text = String::from_utf8_lossy(&component);
        assert!(
            !text.contains("/home/") && !text.contains("/root/"),
            "{name} contains a path of the machine it was built on"
        );
    }
}

#[test]
fn components_have_the_version_in_which_they_are_presented() {
    let kinds = [
        Kind::Service,
        Kind::Proxy,
        Kind::Chain,
        Kind::ChainOfEight,
        Kind::ChainWithLabels,
    ];
    for kind in kinds {
        for version in [Version::Released, Version::Here] {
            let component = suite_component(kind, version).unwrap();
            assert_valid(&component, WasmFeatures::all());
            let (imports, exports) = testkit::components::outside(&component);
            let names: Vec<_> = imports.iter().chain(&exports).collect();
            let http: Vec<_> = names.iter().filter(|it| it.starts_with("wasi:http/")).collect();
            let ending = format!("@{}", version.as_str());
            assert!(
                !http.is_empty() && http.iter().all(|name| name.ends_with(&ending)),
                "{kind:?} {version:?}: {names:?}"
            );
            let has_hop = imports
                .iter()
                .any(|it| it.contains("http/origin") || it.contains("http/handler"));
            assert_eq!(
                has_hop,
                kind == Kind::Proxy,
                "{kind:?} {version:?}: {names:?}"
            );
        }
    }
}
