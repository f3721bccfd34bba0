//! `witgen fetch` of what isn't what it should be.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::app::{SHOP, fetch, home, registry};
use testkit::components;
use testkit::home::Home;
use testkit::tree::tree;

#[test]
fn contents_that_differ_from_the_lock_file_are_rejected() {
    let home = home();
    fetch(&home, &[]).printed();
    let (file, cache) = (registry(&home, "shop/1.0.0.wasm"), home.path("cache"));
    fs::remove_file(&file).unwrap();
    home.package("shop", &SHOP.replace("weigh:", "measure:"));
    home.run(&home.path("shop"), &["publish", "--no-check"]).printed();

    // What is in the cache is what is locked.
    fetch(&home, &[]).printed();
    fs::remove_dir_all(&cache).unwrap();
    let before = tree(&home.path("app"));
    for flags in [&[][..], &["--locked"], &["--check"]] {
        let message = fetch(&home, flags).failed(2);
        assert!(
            message.starts_with(
                "error[digest-differs-from-lock]: `acme:shop@1.0.0` does not match the lock file"
            ),
            "{message}"
        );
        assert!(
            message.contains("a published version should never change"),
            "{message}"
        );
        assert_eq!(tree(&home.path("app")), before);
    }
    fetch(&home, &["--update"]).printed();
    let text = fs::read_to_string(home.path("app/wit/deps/acme-shop-1.0.0/package.wit")).unwrap();
    assert!(text.contains("measure"), "{text}");
    fetch(&home, &["--locked"]).printed();
}

#[test]
fn the_locked_digest_cannot_be_bypassed() {
    let home = home();
    configure_two(&home, "registry", "registry");
    fetch(&home, &[]).printed();
    let lock = fs::read_to_string(home.path("app/wkg.lock")).unwrap();
    let at = lock.find("sha256:").unwrap() + 7;
    let other = format!("{}{}{}", &lock[..at], "0".repeat(64), &lock[at + 64..]);
    for (text, flags) in [
        (other.clone(), &["--offline"][..]),
        (other.replace("\"=1.0.0\"", "\"^1.0.0\""), &[]),
        (other.replace("\"here\"", "\"elsewhere\""), &[]),
        (other.replace("\"here\"", "\"elsewhere\""), &["--locked"]),
    ] {
        home.write("app/wkg.lock", &text);
        let before = tree(&home.path("app"));
        let message = fetch(&home, flags).failed(2);
        assert!(
            message.contains("does not match the lock file"),
            "{flags:?} {text}: {message}"
        );
        assert_eq!(tree(&home.path("app")), before);
    }
    // A requirement that only reads otherwise changes the lock, too.
    home.write("app/wkg.lock", lock.replace("\"=1.0.0\"", "\"^1.0.0\""));
    let message = fetch(&home, &["--locked"]).failed(2);
    assert!(
        message.contains("for `^1.0.0`") && message.contains("for `=1.0.0`"),
        "{message}"
    );
}

/// Configures the registries `here`, which is the default, and `elsewhere`.
fn configure_two(home: &Home, here: &str, elsewhere: &str) {
    let root = |folder: &str| home.path(folder).display().to_string();
    home.configure(&format!(
        "default_registry = \"here\"\n\
         [registry.here]\ntype = \"local\"\n[registry.here.local]\nroot = {:?}\n\
         [registry.elsewhere]\ntype = \"local\"\n[registry.elsewhere.local]\nroot = {:?}\n",
        root(here),
        root(elsewhere)
    ));
}

#[test]
fn locked_packages_come_from_the_registry_that_the_lock_file_names() {
    let home = home();
    fetch(&home, &[]).printed();
    let lock = fs::read_to_string(home.path("app/wkg.lock")).unwrap();
    home.write("app/wkg.lock", lock.replace("\"here\"", "\"elsewhere\""));
    let before = tree(&home.path("app"));
    // Only `elsewhere` has the package, and another one is configured for it.
    configure_two(&home, "empty", "registry");
    fs::remove_dir_all(home.path("cache")).unwrap();
    fs::remove_dir_all(home.path("app/wit/deps")).unwrap();
    fetch(&home, &["--locked"]).printed();
    assert_eq!(tree(&home.path("app")), before);
    fetch(&home, &["--check"]).printed();
}

#[test]
fn an_option_for_another_registry_than_the_locked_one_is_refused() {
    let home = home();
    fetch(&home, &[]).printed();
    // A request would fail with another message.
    fs::remove_dir_all(home.path("cache")).unwrap();
    let before = tree(&home.path("app"));
    let message = fetch(&home, &["--locked", "--registry", "elsewhere"]).failed(2);
    for part in [
        "error[lock-would-change]",
        "it comes from `elsewhere`, but is locked for `here`",
        "omit `--registry`",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(tree(&home.path("app")), before);
}

#[test]
fn two_packages_of_one_folder_are_refused() {
    let home = home();
    home.publish("one", "package acme:units-a@1.0.0; interface i {}");
    let wit = "package acme-units:a@1.0.0; interface i {}";
    home.publish("two", wit);
    home.package(
        "app",
        "package me:app; world app { import acme:units-a/i@1.0.0; import acme-units:a/i@1.0.0; }",
    );
    let message = fetch(&home, &[]).failed(2);
    assert!(
        message.contains("would both be written to `acme-units-a-1.0.0`"),
        "{message}"
    );
    assert!(!home.path("app/wit/deps").exists());
}

/// A package with something in it that its text couldn't say, encoded.
fn unsayable(feature: &str) -> Vec<u8> {
    let mut resolve = wit_parser::Resolve {
        all_features: true,
        ..wit_parser::Resolve::default()
    };
    let package = resolve
        .push_source("shop.wit", "package acme:shop@1.0.0; interface stock {}")
        .unwrap();
    let (_, interface) = resolve.interfaces.iter_mut().next().unwrap();
    interface.stability = wit_parser::Stability::Unstable {
        feature: feature.to_owned(),
        deprecated: None,
    };
    wit_component::encode(&resolve, package, false).unwrap()
}

#[test]
fn a_package_cannot_bring_text_that_it_does_not_say() {
    let home = home();
    for feature in [
        "x)\ninterface evil {}\n@unstable(feature = y",
        "x) interface q {} package wasi:io@0.2.0 { interface p {} } @unstable(feature = y",
    ] {
        fs::write(registry(&home, "shop/1.0.0.wasm"), unsayable(feature)).unwrap();
        let message = fetch(&home, &[]).failed(2);
        assert!(message.contains("which is no identifier"), "{message}");
        assert!(!home.path("app/wit/deps").exists());
        home.run(&home.path("app"), &["inspect", "--wit", "acme:shop@1.0.0"]).failed(2);
    }
    fs::write(registry(&home, "shop/1.0.0.wasm"), unsayable("a-feature")).unwrap();
    home.run(&home.path("app"), &["inspect", "--wit", "acme:shop@1.0.0"]).printed();
}

#[test]
fn damaged_packages_are_rejected_without_a_panic() {
    use witgen::registry::{Options, Reference, Registries};
    use witgen::source::{Features, load};
    let home = home();
    let file = registry(&home, "shop/1.0.0.wasm");
    let complete = fs::read(&file).unwrap();
    let registries = Registries::new(Options {
        config: Some(home.path("registries.toml")),
        cache: Some(home.path("cache")),
        ..Options::default()
    });
    let reference: Reference = "acme:shop@1.0.0".parse().unwrap();
    let mut read = 0;
    for at in 0..complete.len() {
        for change in [1_u8, 0x20, 0x80] {
            let mut damaged = complete.clone();
            damaged[at] ^= change;
            fs::write(&file, damaged).unwrap();
            let fetched = registries.fetch(&reference).unwrap();
            // It may still be a package; a panic ends this test.
            read += usize::from(load(&fetched.into(), &Features::All).is_ok());
        }
    }
    assert!(
        read > 0 && read < complete.len() * 3,
        "{read} of {}",
        complete.len() * 3
    );
}

#[test]
fn damaged_cache_entries_are_fetched_again() {
    let home = home();
    fetch(&home, &[]).printed();
    let files = fs::read_dir(home.path("cache/sha256")).unwrap();
    for file in files {
        let path = file.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(path, bytes).unwrap();
    }
    let before = tree(&home.path("app"));
    fetch(&home, &[]).printed();
    assert_eq!(tree(&home.path("app")), before);
    fetch(&home, &["--offline"]).printed();
}

#[test]
fn artifacts_that_are_not_the_package_are_rejected() {
    let home = home();
    let component = components::of_wit("package a:b; world w { export f: func(); }");
    let units = fs::read(registry(&home, "units/1.0.0.wasm")).unwrap();
    for (contents, part) in [
        (&b"text"[..], "it is not WebAssembly"),
        (b"\0asm\x01\0\0\0", "it is a core module"),
        (
            b"\0asm\x0d\0\x01\0\x07\xff",
            "neither a WIT package nor a component",
        ),
        (
            &component,
            "this is a component, and a dependency is a WIT package",
        ),
        (
            &units,
            "the registry has another package under this name: `acme:units@1.0.0`",
        ),
    ] {
        fs::write(registry(&home, "shop/1.0.0.wasm"), contents).unwrap();
        let message = fetch(&home, &[]).failed(2);
        assert!(message.contains(part), "{message}");
        assert!(
            message.contains("acme:shop@1.0.0") && message.contains("help: "),
            "{message}"
        );
        assert!(!home.path("app/wit/deps").exists() && !home.path("app/wkg.lock").exists());
    }
}

#[test]
fn an_invalid_lock_file_is_rejected_with_its_line() {
    let home = home();
    home.write("app/wkg.lock", "version = 1\n\n[[packages]]\nname = 3\n");
    let message = fetch(&home, &[]).failed(2);
    assert!(
        message.contains("error[invalid-lock]") && message.contains("wkg.lock:4:8"),
        "{message}"
    );
    home.write("app/wkg.lock", "version = 7\n");
    let message = fetch(&home, &[]).failed(2);
    assert!(
        message.contains("its version is 7, but only 1 is supported"),
        "{message}"
    );
}
