//! `witgen publish` into a directory: once, whole, and never over what is there.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::components;
use testkit::home::{Home, published};
use testkit::shop::{SHOP, version};
use testkit::tree::tree;
use wasm_metadata::Payload;

#[test]
fn a_published_package_can_be_read_by_its_name() {
    let home = Home::with_directory();
    let line = home.publish("shop", SHOP);
    let (place, digest) = published(&line);
    assert_eq!(
        place,
        home.path("registry/acme/shop/1.0.0.wasm").display().to_string()
    );
    assert!(
        digest.starts_with("sha256:") && digest.len() == 71,
        "{digest}"
    );

    let shown = home.run(&home.path("."), &["inspect", "--wit", "acme:shop@1.0.0"]).printed();
    assert!(shown.contains("How many of a thing are left"), "{shown}");
    assert!(
        shown.contains("[since 1.0.0]") && !shown.contains("reserve"),
        "{shown}"
    );
    let args = ["inspect", "--wit", "acme:shop", "--features", "reserve"];
    let all = home.run(&home.path("."), &args).printed();
    assert!(
        all.contains("reserve"),
        "what is behind a gate is published with it: {all}"
    );
}

#[test]
fn equal_packages_are_equal_bytes_wherever_they_are() {
    let home = Home::with_directory();
    let (first, second) = SHOP.split_at(SHOP.find("/// What sells").unwrap());
    let digest = home.publish("here", SHOP);
    let bytes = fs::read(home.path("registry/acme/shop/1.0.0.wasm")).unwrap();
    // In two files, elsewhere.
    home.write("there/wit/z.wit", first);
    home.write(
        "there/wit/a.wit",
        format!("package acme:shop@1.0.0;\n{second}"),
    );
    let other = home.path("other").display().to_string();
    let args = ["publish", "--registry", &format!("{other}/")];
    home.run(&home.path("there"), &args).printed();
    assert_eq!(
        fs::read(home.path("other/acme/shop/1.0.0.wasm")).unwrap(),
        bytes
    );
    assert_eq!(home.publish("here", SHOP), digest, "and the same again");
}

#[test]
fn findings_of_check_prevent_publication() {
    let home = Home::with_directory();
    let dir = home.package("shop", SHOP);
    home.write("shop/witgen.toml", "[docs]\nout = 'spec'\n");
    let refused = home.run(&dir, &["publish"]).failed(1);
    assert!(
        refused.contains("spec") && refused.contains("nothing was published"),
        "{refused}"
    );
    assert!(!home.path("registry").exists());
    home.run(&dir, &["generate"]).printed();
    home.run(&dir, &["publish"]).printed();
    assert!(home.path("registry/acme/shop/1.0.0.wasm").exists());
}

#[test]
fn a_dry_run_shows_the_publication_and_writes_nothing() {
    let home = Home::with_directory();
    let dir = home.package("shop", SHOP);
    let before = tree(&home.path("."));
    let shown = home.run(&dir, &["publish", "--dry-run", "--docs"]).printed();
    assert_eq!(tree(&home.path(".")), before);
    assert!(
        shown.starts_with("acme:shop@1.0.0 would be published\n"),
        "{shown}"
    );
    for part in [
        "1.0.0.wasm",
        "bytes, sha256:",
        "pages       3",
        "image.version = 1.0.0",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    home.run(&dir, &["publish"]).printed();
    let shown = home.run(&dir, &["publish", "--dry-run"]);
    assert!(shown.stdout.contains("is published already"), "{shown:?}");
    // What would be refused is refused in a rehearsal, too.
    home.package("shop", &version("1.0.1", "count", "number"));
    home.run(&dir, &["publish", "--dry-run"]).failed(1);
}

#[test]
fn metadata_is_in_the_annotations_and_in_the_component() {
    const SAID: &str = "licenses = 'Apache-2.0'\nauthors = 'acme'\nsource = 'https://example.com/shop'\nhomepage = 'https://example.com'\n";
    // wkg knows some keys by two names.
    let other = SAID.replace("licenses", "license").replace("source", "repository");
    for (file, head, said) in [
        ("witgen.toml", "[publish]\n", SAID),
        ("wkg.toml", "[metadata]\n", SAID),
        ("wkg.toml", "[metadata]\n", &other),
    ] {
        let home = Home::with_directory();
        let dir = home.package("shop", SHOP);
        home.write(
            &format!("shop/{file}"),
            format!("{head}{said}revision = 'abc'\n"),
        );
        let printed = home.run(&dir, &["publish", "--format", "json"]).printed();
        let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
        let expected = serde_json::json!({
            "org.opencontainers.image.authors": "acme",
            "org.opencontainers.image.description": "Things that can be bought.",
            "org.opencontainers.image.licenses": "Apache-2.0",
            "org.opencontainers.image.revision": "abc",
            "org.opencontainers.image.source": "https://example.com/shop",
            "org.opencontainers.image.url": "https://example.com",
            "org.opencontainers.image.version": "1.0.0",
        });
        assert_eq!(document["annotations"], expected, "{file}");
        assert_eq!(document["state"], "published");
        let bytes = fs::read(home.path("registry/acme/shop/1.0.0.wasm")).unwrap();
        let payload = Payload::from_binary(&bytes).unwrap();
        let inside = payload.metadata();
        let said = |value: Option<String>| value.unwrap_or_default();
        assert_eq!(
            said(inside.licenses.as_ref().map(ToString::to_string)),
            "Apache-2.0"
        );
        assert_eq!(
            said(inside.source.as_ref().map(ToString::to_string)),
            "https://example.com/shop"
        );
        // The same WIT from a later commit is the same.
        assert_eq!(inside.revision.as_ref().map(ToString::to_string), None);
    }
}

#[test]
fn invalid_metadata_is_rejected_with_its_key() {
    let home = Home::with_directory();
    let dir = home.package("shop", SHOP);
    home.write("shop/witgen.toml", "[publish]\nlicenses = 'free for all'\n");
    let message = home.run(&dir, &["publish"]).failed(2);
    assert!(
        message.contains("`licenses` of the package is not valid"),
        "{message}"
    );
    assert!(message.contains("SPDX"), "{message}");
}

#[test]
fn a_directory_stores_pages_next_to_the_package() {
    let home = Home::with_directory();
    let dir = home.package("shop", SHOP);
    let run = home.run(&dir, &["publish", "--docs"]);
    assert!(
        run.stderr.contains("attached the pages: "),
        "{}",
        run.stderr
    );
    let pages = home.path("registry/acme/shop/1.0.0.spec");
    let index = fs::read_to_string(pages.join("README.md")).unwrap();
    assert!(index.contains("acme:shop"), "{index}");
    let files = tree(&pages);
    assert!(
        files.keys().any(|page| page.ends_with("stock.md")),
        "{:?}",
        files.keys()
    );
    // Pages are no versions.
    let shown = home.run(&dir, &["inspect", "--wit", "acme:shop"]).printed();
    assert!(shown.starts_with("package acme:shop@1.0.0"), "{shown}");
}

#[test]
fn a_component_is_published_under_its_own_name_or_a_given_one() {
    let home = Home::with_directory();
    let component = components::of_wit("package a:b; world w { export f: func(); }");
    home.write("c.wasm", &component);
    let here = home.path(".");
    let message = home.run(&here, &["publish", "c.wasm"]).failed(2);
    assert!(
        message.contains("--package namespace:name@1.0.0"),
        "{message}"
    );

    home.run(
        &here,
        &["publish", "c.wasm", "--package", "acme:tool@0.1.0"],
    )
    .printed();
    assert_eq!(
        fs::read(home.path("registry/acme/tool/0.1.0.wasm")).unwrap(),
        component
    );
    let shown = home.run(&here, &["inspect", "--wit", "acme:tool@0.1.0"]).printed();
    assert!(shown.contains("export"), "{shown}");

    // A later one may be a quite other component; the same version may not.
    let other = components::of_wit("package a:b; world w { export g: func(); }");
    home.write("c.wasm", other);
    let message = home
        .run(
            &here,
            &["publish", "c.wasm", "--package", "acme:tool@0.1.0"],
        )
        .failed(2);
    assert!(
        message.contains("already published with other contents"),
        "{message}"
    );
    home.run(
        &here,
        &["publish", "c.wasm", "--package", "acme:tool@0.1.1"],
    )
    .printed();
}

/// Exports the interface that it imports, with a resource: wit-parser can't read it.
const NOT_IN_WIT: &str = r#"(component
    (type (instance (export "r" (type (sub resource)))))
    (import "a:b/c@1.0.0" (instance $c (type 0)))
    (export "a:b/c@1.0.0" (instance $c))
)"#;

#[test]
fn a_component_that_wit_cannot_describe_is_published_and_the_message_says_what_it_is() {
    let home = Home::with_directory();
    let component = wat::parse_str(NOT_IN_WIT).unwrap();
    home.write("c.wasm", &component);
    let here = home.path(".");
    let args = ["publish", "c.wasm", "--package", "acme:tool@0.1.0"];
    home.run(&here, &args).printed();
    let published = fs::read(home.path("registry/acme/tool/0.1.0.wasm")).unwrap();
    assert_eq!(published, component);
    for args in [
        &["inspect", "--wit", "c.wasm"][..],
        &["inspect", "--wit", "acme:tool@0.1.0"],
        &["component", "c.wasm"],
    ] {
        let message = home.run(&here, args).failed(2);
        let expected = "error[not-in-wit]: no WIT world can describe this component: it exports `a:b/c@1.0.0`, which it also imports\n";
        assert!(message.contains(expected), "{message}");
        let name = args.last().unwrap();
        assert!(message.contains(&format!("--> {name}\n")), "{message}");
        assert!(message.contains("help: `witgen compose`"), "{message}");
    }
    // As a dependency, it is like any other component.
    home.write(
        "app/wit/a.wit",
        "package me:app; world w { import acme:tool/i@0.1.0; }",
    );
    let message = home.run(&home.path("app"), &["fetch"]).failed(2);
    assert!(message.starts_with("error[not-a-package]"), "{message}");
}

#[test]
fn the_reason_is_reported_if_a_package_cannot_be_published() {
    let home = Home::with_directory();
    home.package("unversioned", "package acme:shop;");
    home.write("text.wasm", "text");
    home.write("module.wasm", b"\0asm\x01\0\0\0");
    fs::create_dir(home.path("empty")).unwrap();
    for (folder, args, part) in [
        (
            "unversioned",
            &["publish"][..],
            "has no version to publish it under",
        ),
        (".", &["publish", "text.wasm"], "it is not WebAssembly"),
        (".", &["publish", "module.wasm"], "`witgen component`"),
        (
            ".",
            &["publish", "missing.wasm"],
            "cannot read `missing.wasm`",
        ),
        ("empty", &["publish"], "no WIT package in this directory"),
        ("unversioned", &["publish", "--offline"], "no version"),
    ] {
        let message = home.run(&home.path(folder), args).failed(2);
        assert!(message.contains(part), "{args:?}: {message}");
        assert!(message.contains("help: "), "{args:?}: {message}");
    }
    assert!(!home.path("registry").exists());
}

#[test]
fn a_registry_with_a_path_is_not_taken_for_a_directory() {
    let home = Home::with_directory();
    let dir = home.package("shop", SHOP);
    let before = tree(&home.path("."));
    for (given, part) in [
        ("ghcr.io/acme", "is more than a host"),
        ("127.0.0.1:9/", "is more than a host"),
        ("https://ghcr.io", "is an address, but a registry is a host"),
        ("no host", "is not a registry"),
    ] {
        let message = home.run(&dir, &["publish", "--registry", given]).failed(2);
        assert!(message.contains(&format!("`{given}` {part}")), "{message}");
        assert!(message.contains("begins with `./` or `/`"), "{message}");
    }
    assert_eq!(tree(&home.path(".")), before);
    home.run(&dir, &["publish", "--registry", "./here"]).printed();
    assert!(home.path("shop/here/acme/shop/1.0.0.wasm").exists());
}

#[test]
fn a_package_has_its_own_name_and_a_component_none_of_a_package() {
    let home = Home::with_directory();
    home.publish("shop", SHOP);
    let here = home.path(".");
    fs::copy(
        home.path("registry/acme/shop/1.0.0.wasm"),
        home.path("shop.wasm"),
    )
    .unwrap();
    for other in ["acme:other@1.0.0", "acme:shop@1.0.1"] {
        let message = home.run(&here, &["publish", "shop.wasm", "--package", other]).failed(2);
        let expected = format!("the file is the package `acme:shop@1.0.0`, and not `{other}`");
        assert!(message.contains(&expected), "{message}");
    }
    let again = home.run(&here, &["publish", "shop.wasm"]);
    assert!(again.stderr.contains("was already published"), "{again:?}");

    home.write(
        "c.wasm",
        components::of_wit("package a:b; world w { export f: func(); }"),
    );
    let publish = ["publish", "c.wasm", "--package", "acme:shop@1.1.0"];
    let message = home.run(&here, &publish).failed(1);
    assert!(
        message.contains("is a component, and 1.0.0 of the same name is a WIT package"),
        "{message}"
    );
}

#[test]
fn the_revision_shows_whether_files_are_uncommitted() {
    let home = Home::with_directory();
    let dir = home.package("shop", SHOP);
    let git = |args: &[&str]| {
        let who = ["-c", "user.name=a", "-c", "user.email=a@b.example"];
        let mut git = std::process::Command::new("git");
        let output = git.args(who).args(args).current_dir(&dir).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "first"]);
    let commit = git(&["rev-parse", "HEAD"]);
    let shown = || home.run(&dir, &["publish", "--dry-run"]).printed();
    assert!(
        shown().contains(&format!("revision = {commit}\n")),
        "{}",
        shown()
    );
    home.write("shop/wit/more.wit", "interface more {}");
    assert!(
        shown().contains(&format!("revision = {commit}-dirty\n")),
        "{}",
        shown()
    );
}

#[test]
fn without_a_registry_packages_go_to_a_user_directory_that_is_named() {
    let home = Home::new();
    let dir = home.package("shop", SHOP);
    let run = home.run(&dir, &["publish"]);
    assert!(
        run.stderr.contains(
            "warning[no-registry]: no registry is configured for `acme`: using the directory"
        ),
        "{run:?}"
    );
    assert!(home.path("data/witgen/registry/acme/shop/1.0.0.wasm").exists());
    let shown = home.run(&home.path("."), &["inspect", "--wit", "acme:shop@1.0.0"]).printed();
    assert!(shown.contains("stock"), "{shown}");
}

#[test]
fn a_tag_publishes_only_the_version_that_it_is_of() {
    let home = Home::with_directory();
    let shop = home.package("shop", SHOP);
    let stderr = home.run(&shop, &["publish", "--tag", "v1.0.1"]).failed(2);
    assert!(
        stderr.contains(
            "error[tag-mismatch]: the tag of `acme:shop@1.0.0` is `v1.0.0`, not `v1.0.1`"
        ),
        "{stderr}"
    );
    assert!(!home.path("registry/acme").exists());
    home.run(&shop, &["publish", "--tag", "v1.0.0"]).printed();
    // As `witgen release` names it.
    home.write("shop/witgen.toml", "[release]\ntag = '{name}-v{version}'\n");
    home.run(&shop, &["publish", "--tag", "v1.0.0"]).failed(2);
    home.run(&shop, &["publish", "--tag", "shop-v1.0.0"]).printed();
}

#[test]
fn a_tag_requires_a_registry_that_others_can_find() {
    let home = Home::new();
    let shop = home.package("shop", SHOP);
    let stderr = home.run(&shop, &["publish", "--tag", "v1.0.0"]).failed(2);
    assert!(
        stderr.contains("error[no-registry]: no registry is configured for `acme`"),
        "{stderr}"
    );
    assert!(stderr.contains("nothing was published"), "{stderr}");
    home.write("shop/witgen.toml", "[registries]\ndefault = './registry'\n");
    home.run(&shop, &["publish", "--tag", "v1.0.0"]).printed();
}
