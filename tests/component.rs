//! `witgen component`: from a core module to a component that fits its world.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::command::{findings, witgen};
use testkit::components::module_of;
use wit_component::{StringEncoding, embed_component_metadata};
use witgen::component::{encode, fits};
use witgen::source::{Features, Package, Source, load};

fn package() -> Package {
    load(&Source::Embedded, &Features::default()).unwrap()
}

/// A module of the exact type of a world of the built-in package.
fn module(world: &str) -> Vec<u8> {
    let package = package();
    module_of(&package, package.select_world(Some(world)).unwrap())
}

fn fitting(component: &[u8]) -> Vec<String> {
    let fits = fits(&package(), component).into_iter();
    fits.filter(|fit| fit.result.is_ok()).map(|fit| fit.world).collect()
}

#[test]
fn a_service_fits_every_world_that_imports_more() {
    let component = encode(&module("service"), &[]).unwrap();
    assert_eq!(
        fitting(&component),
        [
            "wasi:http/service@0.3.1002",
            "wasi:http/proxy@0.3.1002",
            "wasi:http/middleware@0.3.1002",
            "wasi:http/imports@0.3.1002"
        ]
    );
}

#[test]
fn a_proxy_is_not_a_service() {
    let component = encode(&module("proxy"), &[]).unwrap();
    assert_eq!(fitting(&component), ["wasi:http/proxy@0.3.1002"]);
    let service = fits(&package(), &component)
        .into_iter()
        .find(|fit| fit.world == "wasi:http/service@0.3.1002");
    let reason = service.unwrap().result.unwrap_err();
    assert!(reason.contains("wasi:http/origin"), "{reason}");
}

#[test]
fn the_same_module_gives_the_same_bytes() {
    let module = module("proxy");
    assert!(encode(&module, &[]).unwrap() == encode(&module, &[]).unwrap());
}

#[test]
fn the_command_says_which_world_fits() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("core.wasm"), module("proxy")).unwrap();
    let (status, stderr) = witgen(dir.path(), &["component", "core.wasm", "-o", "proxy.wasm"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(
        stderr.contains("fits wasi:http/proxy@0.3.1002\n"),
        "{stderr}"
    );
    let (status, stderr) = witgen(dir.path(), &["inspect", "--wit", "proxy.wasm"]);
    assert_eq!(status, 0, "{stderr}");
}

#[test]
fn a_component_of_the_wrong_world_is_not_written() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("core.wasm"), module("proxy")).unwrap();
    let args = [
        "component",
        "core.wasm",
        "-o",
        "out.wasm",
        "--world",
        "service",
    ];
    let (status, stderr) = witgen(dir.path(), &args);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains("error[misfit]"), "{stderr}");
    assert!(stderr.contains("wasi:http/origin"), "{stderr}");
    assert!(!dir.path().join("out.wasm").exists());
}

#[test]
fn the_module_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let module = module("service");
    fs::write(dir.path().join("core.wasm"), &module).unwrap();
    let (status, stderr) = witgen(dir.path(), &["component", "core.wasm", "-o", "./core.wasm"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("error[would-overwrite-input]"), "{stderr}");
    assert!(fs::read(dir.path().join("core.wasm")).unwrap() == module);
}

#[test]
fn a_module_without_its_exports_is_told_about_export() {
    let package = package();
    let id = package.select_world(Some("service")).unwrap();
    let mut module = wat::parse_str("(module)").unwrap();
    embed_component_metadata(
        &mut module,
        package.resolve(),
        id,
        StringEncoding::UTF8,
        false,
    )
    .unwrap();
    let error = encode(&module, &[]).unwrap_err().to_string();
    assert!(error.contains("handler"), "{error}");
    assert!(error.contains("call `export!`"), "{error}");
}

#[test]
fn a_module_for_wasi_preview1_needs_an_adapter() {
    let text = r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)) (@custom "component-type:x" ""))"#;
    let error = encode(text.as_bytes(), &[]).unwrap_err();
    assert_eq!(error.code(), "needs-an-adapter");
    assert!(error.to_string().contains("--adapt wasi_snapshot_preview1=FILE"));
}

#[test]
fn a_truncated_module_is_reported_as_damaged() {
    let module = module("service");
    for cut in [5, 9, module.len() / 2, module.len() - 1] {
        let error = encode(&module[..cut], &[]).unwrap_err();
        assert!(
            ["damaged-wasm", "not-wasm"].contains(&error.code().id()),
            "cut at {cut}: {error}"
        );
    }
}

#[test]
fn a_world_of_a_dependency_is_checked_as_well() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("wit/deps")).unwrap();
    fs::write(
        dir.path().join("wit/a.wit"),
        "package a:b;\nworld mine {}\n",
    )
    .unwrap();
    fs::write(
        dir.path().join("wit/deps/c.wit"),
        "package c:d;\ninterface i { f: func(); }\nworld strict { export i; }\n",
    )
    .unwrap();
    fs::write(dir.path().join("core.wasm"), module("service")).unwrap();
    let args = [
        "component",
        "core.wasm",
        "-o",
        "out.wasm",
        "--world",
        "c:d/strict",
    ];
    let (status, stderr) = witgen(dir.path(), &args);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains("does not fit `c:d/strict`"), "{stderr}");
    assert!(!dir.path().join("out.wasm").exists());
}

#[test]
fn an_adapter_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("core.wasm"), module("service")).unwrap();
    let adapter = wat::parse_str("(module)").unwrap();
    fs::write(dir.path().join("adapter.wasm"), &adapter).unwrap();
    let args = [
        "component",
        "core.wasm",
        "-o",
        "adapter.wasm",
        "--adapt",
        "unused=adapter.wasm",
    ];
    let (status, stderr) = witgen(dir.path(), &args);
    assert_eq!(status, 2, "{stderr}");
    assert!(fs::read(dir.path().join("adapter.wasm")).unwrap() == adapter);
}

#[test]
fn an_empty_file_and_broken_text_have_different_messages() {
    let error = encode(b" \n", &[]).unwrap_err();
    assert_eq!(error.first().message, "the file is empty");
    let error = encode(b"(module\n  (func (bogus)))", &[]).unwrap_err();
    assert_eq!(error.code(), "invalid-wat");
    assert!(error.first().message.contains("at 2:10"), "{error}");
}

/// Types of `a:b/x` go through `c:d/y` back into package `a:b`. Encoding it would never end.
#[test]
fn packages_in_a_circle_are_refused() {
    let text = r#"(component
        (type (component (type (component
            (type (instance (export "t" (type (sub resource)))))
            (import "a:b/x" (instance (type 0)))
            (alias export 0 "t" (type))
            (type (instance (alias outer 1 1 (type)) (export "t" (type (eq 0)))))
            (import "c:d/y" (instance (type 2)))
            (alias export 1 "t" (type))
            (type (instance (alias outer 1 3 (type)) (export "t" (type (eq 0)))))
            (import "a:b/z" (instance (type 4)))
        )) (export "r:r/w" (component (type 0)))))
        (export "w" (type 0))
        (@custom "wit-component-encoding" "\04\00")
    )"#;
    let world = wat::parse_str(text).unwrap();
    let mut module = wat::parse_str("(module)").unwrap();
    let name = b"component-type:w";
    let length = |length: usize| {
        // LEB128 in two bytes.
        [
            u8::try_from(length & 0x7f).unwrap() | 0x80,
            u8::try_from(length >> 7).unwrap(),
        ]
    };
    module.push(0);
    module.extend(length(1 + name.len() + world.len()));
    module.push(u8::try_from(name.len()).unwrap());
    module.extend(name);
    module.extend(world);
    let error = encode(&module, &[]).unwrap_err();
    assert_eq!(error.code(), "damaged-world", "{error}");
    assert!(
        error.first().message.contains("depends on itself"),
        "{error}"
    );
}

#[test]
fn packages_and_components_are_distinguished() {
    let package = package();
    let encoded = wit_component::encode(package.resolve(), package.id(), false).unwrap();
    let component = encode(&module("service"), &[]).unwrap();
    for (bytes, what) in [
        (encoded, "a WIT package"),
        (component, "a component already"),
    ] {
        let error = encode(&bytes, &[]).unwrap_err();
        assert_eq!(error.first().message, format!("this is {what}"));
    }
}

#[test]
fn a_file_that_witgen_did_not_make_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("service.core.wasm"), module("service")).unwrap();
    fs::write(path("mine.wasm"), "mine").unwrap();
    let made = ["component", "service.core.wasm", "-o", "service.wasm"];
    for args in [&made[..], &["compose", "service.wasm", "-o", "chain.wasm"]] {
        // What was made before is made again.
        for _ in 0..2 {
            let (status, stderr) = witgen(dir.path(), args);
            assert_eq!(status, 0, "{stderr}");
        }
        let mut args = args.to_vec();
        *args.last_mut().unwrap() = "mine.wasm";
        let (status, stderr) = witgen(dir.path(), &args);
        assert_eq!(status, 2, "{stderr}");
        assert!(stderr.contains("witgen didn't generate it"), "{stderr}");
        assert_eq!(fs::read(path("mine.wasm")).unwrap(), b"mine");
    }
    let (status, stderr) = witgen(
        dir.path(),
        &[&made[..3], &["mine.wasm", "--force"]].concat(),
    );
    assert_eq!(status, 0, "{stderr}");
    assert_ne!(fs::read(path("mine.wasm")).unwrap(), b"mine");
}

#[test]
fn a_component_of_another_version_of_wasi_is_told_which_one_is_supported() {
    for (version, advice) in [
        ("0.2.8", "build it for wasi:http 0.3"),
        (
            "0.3.0-rc-2025-09-16",
            "a pre-release is compatible only with itself",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let wit = format!(
            "package test:old;\nworld old {{ import wasi:http/types@{version}; }}\n\
             package wasi:http@{version} {{ interface types {{ resource fields; }} }}\n"
        );
        fs::write(dir.path().join("old.wit"), wit).unwrap();
        let package = load(
            &Source::File(dir.path().join("old.wit")),
            &Features::default(),
        );
        let module = testkit::components::module(&package.unwrap());
        fs::write(dir.path().join("core.wasm"), module).unwrap();
        let args = ["component", "core.wasm", "-o", "out.wasm"];
        let (status, stderr) = witgen(dir.path(), &args);
        assert_eq!(status, 0, "{stderr}");
        let found =
            format!("it is built for wasi:http@{version}, but wasi:http@0.3.1002 is supported");
        assert!(
            stderr.contains(&found) && stderr.contains(advice),
            "{stderr}"
        );
        let (status, stderr) = witgen(
            dir.path(),
            &[&args[..], &["--world", "service", "--force"]].concat(),
        );
        assert_eq!(status, 1, "{stderr}");
        assert!(
            stderr.contains(&found) && stderr.contains(advice),
            "{stderr}"
        );
    }
}

#[test]
fn imports_of_wasi_0_2_beside_a_world_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let component = fs::read(testkit::guests::core_module("beside")).unwrap();
    fs::write(dir.path().join("core.wasm"), component).unwrap();
    let (status, stderr) = witgen(dir.path(), &["component", "core.wasm", "-o", "beside.wasm"]);
    assert_eq!(status, 0, "{stderr}");
    for package in ["wasi:cli", "wasi:http", "wasi:io"] {
        assert!(stderr.contains(package), "{stderr}");
    }
    let start = "fits wasi:http/proxy@0.3.1002, beside WASI 0.2 (";
    assert!(
        stderr.lines().any(|line| line.starts_with(start)),
        "{stderr}"
    );
    let (_, report) = findings(dir.path(), &["--quiet", "component", "beside.wasm"]);
    assert!(
        report.lines().any(|line| line.starts_with(start)),
        "{report}"
    );
    assert!(!report.contains("is supported"), "{report}");
}

#[test]
fn a_finished_component_is_reported_on_and_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let component = encode(&module("proxy"), &[]).unwrap();
    fs::write(dir.path().join("stamp.wasm"), component).unwrap();
    fs::write(dir.path().join("core.wasm"), module("proxy")).unwrap();
    let args = ["--quiet", "component", "stamp.wasm"];
    let (status, report) = findings(dir.path(), &args);
    assert_eq!(status, 0, "{report}");
    let lines: Vec<_> = report.lines().collect();
    assert!(lines.contains(&"fits wasi:http/proxy@0.3.1002"), "{report}");
    for world in ["service", "middleware"] {
        let start = format!("does not fit wasi:http/{world}@0.3.1002: ");
        let line = lines.iter().find(|line| line.starts_with(&start));
        assert!(
            line.is_some_and(|line| line.contains("wasi:http/origin@0.3.1002")),
            "{report}"
        );
    }
    let (status, stderr) = witgen(
        dir.path(),
        &["--quiet", "component", "stamp.wasm", "--world", "proxy"],
    );
    assert_eq!(status, 0, "{stderr}");
    let (status, stderr) = witgen(
        dir.path(),
        &["--quiet", "component", "stamp.wasm", "--world", "service"],
    );
    assert_eq!(status, 1, "{stderr}");
    assert!(
        stderr.starts_with(
            "error[misfit]: the component does not fit `wasi:http/service@0.3.1002`: "
        ) && !stderr.contains("nothing was written"),
        "{stderr}"
    );
    let args = ["--quiet", "--format", "json", "component", "stamp.wasm"];
    let (status, report) = findings(dir.path(), &args);
    assert_eq!(status, 0, "{report}");
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let of = |world: &str| {
        let mut fits = report.as_array().unwrap().iter();
        fits.find(|fit| fit["world"] == format!("wasi:http/{world}@0.3.1002"))
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&of("proxy")["fits"], &of("proxy")["reason"]),
        (&true.into(), &().into())
    );
    assert_eq!(of("service")["fits"], false);
    assert!(of("service")["reason"].as_str().unwrap().contains("wasi:http/origin"));
    // Options about the file to write mean nothing without one.
    for option in [&["--force"][..], &["--adapt", "a=b.wasm"]] {
        let args = [&["--quiet", "component", "stamp.wasm"], option].concat();
        let (status, stderr) = witgen(dir.path(), &args);
        assert_eq!(status, 2, "{stderr}");
        assert!(stderr.contains("--out <FILE>"), "{stderr}");
    }
    let (status, stderr) = witgen(dir.path(), &["--quiet", "component", "core.wasm"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.starts_with(
            "error[no-output]: the file is a core module, and `-o` doesn't name a file for the component"
        ) && stderr.contains("help: name a file, such as `-o stamp.wasm`"),
        "{stderr}"
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}
