//! `witgen publish` into a directory: once, whole, and never over what is there.

use std::fs;

use pretty_assertions::assert_eq;
use wasm_metadata::Payload;

#[path = "support/components.rs"]
mod components;
#[path = "support/home.rs"]
mod home;
#[path = "support/tree.rs"]
mod tree;

use home::{Home, published};
use tree::tree;

/// A package with documentation, a gate and a world.
const SHOP: &str = "\
/// Things that can be bought. There are many.
package acme:shop@1.0.0;

/// What there is.
@since(version = 1.0.0)
interface stock {
  /// How many of a thing are left: none if nobody has heard of it.
  @since(version = 1.0.0)
  count: func(thing: string) -> option<u32>;
  /// Puts one aside.
  @unstable(feature = reserve)
  reserve: func(thing: string);
}

/// What sells.
@since(version = 1.0.0)
world shop {
  @since(version = 1.0.0)
  export stock;
}
";

/// A home whose registry is a directory of the name.
fn home() -> Home {
    let home = Home::new();
    let root = home.path("registry").display().to_string();
    home.configure(&format!(
        "default_registry = \"here\"\n[registry.here]\ntype = \"local\"\n[registry.here.local]\nroot = {root:?}\n"
    ));
    home
}

/// Another version, with more or less in it.
fn version(version: &str, from: &str, to: &str) -> String {
    let shop = SHOP.replacen("@1.0.0;", &format!("@{version};"), 1);
    assert!(shop.contains(from), "{from}");
    shop.replace(from, to)
}

#[test]
fn a_package_is_published_where_it_says_and_read_again_by_its_name() {
    let home = home();
    let line = home.publish("shop", SHOP);
    let (place, digest) = published(&line);
    assert_eq!(
        place,
        home.path("registry/acme/shop/1.0.0.wasm")
            .display()
            .to_string()
    );
    assert!(
        digest.starts_with("sha256:") && digest.len() == 71,
        "{digest}"
    );

    let shown = home
        .run(&home.path("."), &["inspect", "--wit", "acme:shop@1.0.0"])
        .printed();
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
    let home = home();
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
fn a_published_version_stays_as_it_is_whatever_is_switched_off() {
    let home = home();
    for (number, flags) in [("1.0.0", &[][..]), ("2.0.0-rc.1", &["--allow-prerelease"])] {
        let dir = home.package("shop", &version(number, "thing", "thing"));
        let publish = |more: &[&str]| home.run(&dir, &[&["publish"], flags, more].concat());
        publish(&[]).printed();
        let again = publish(&[]);
        assert!(
            again.stderr.contains("was already published"),
            "{}",
            again.stderr
        );
        let file = home.path(&format!("registry/acme/shop/{number}.wasm"));
        let before = fs::read(&file).unwrap();

        home.package("shop", &version(number, "option<u32>", "option<u64>"));
        let all = [
            "--no-check",
            "--allow-breaking",
            "--allow-prerelease",
            "--allow-build",
        ];
        let message = home.run(&dir, &[&["publish"], &all[..]].concat()).failed(2);
        assert!(
            message.contains(&format!(
                "{number} is published already, with other contents"
            )),
            "{message}"
        );
        assert!(
            message.contains("help: a published version never changes"),
            "{message}"
        );
        assert_eq!(fs::read(&file).unwrap(), before);
    }
}

#[test]
fn the_same_wit_in_another_encoding_is_called_so() {
    let home = home();
    home.publish("shop", SHOP);
    home.write("shop/witgen.toml", "[publish]\nlicenses = 'MIT'\n");
    let message = home
        .run(&home.path("shop"), &["publish", "--no-check"])
        .failed(2);
    assert!(
        message.contains("the same WIT, encoded otherwise or with other metadata"),
        "{message}"
    );
}

#[test]
fn the_number_must_allow_what_has_changed_on_both_sides() {
    let home = home();
    home.publish("shop", SHOP);
    let dir = home.package("shop", &version("1.0.1", "count", "number"));
    let refused = home.run(&dir, &["publish"]).failed(1);
    assert!(
        refused.contains("`count`") || refused.contains("count"),
        "{refused}"
    );
    assert!(refused.contains("must be 2.0.0 at least"), "{refused}");
    assert!(!home.path("registry/acme/shop/1.0.1.wasm").exists());

    home.publish(
        "shop",
        &version(
            "1.2.0",
            "/// What sells.",
            "interface new {}\n/// What sells.",
        ),
    );
    // Between the two: it lacks nothing of 1.0.0, and 1.2.0 lacks what it has.
    let dir = home.package(
        "shop",
        &version(
            "1.1.0",
            "/// What sells.",
            "interface more {}\n/// What sells.",
        ),
    );
    let refused = home.run(&dir, &["publish"]).failed(1);
    assert!(
        refused.contains("is published already, and can't follow"),
        "{refused}"
    );

    home.run(&dir, &["publish", "--allow-breaking"]).printed();
    assert!(home.path("registry/acme/shop/1.1.0.wasm").exists());
}

#[test]
fn versions_that_wkg_would_not_find_are_published_on_purpose_only() {
    let home = home();
    for (number, flag) in [
        ("1.1.0-rc.1", "--allow-prerelease"),
        ("1.0.0+meta", "--allow-build"),
    ] {
        let dir = home.package("shop", &version(number, "thing", "thing"));
        let message = home.run(&dir, &["publish"]).failed(2);
        assert!(
            message.contains(flag) && message.contains("wkg"),
            "{message}"
        );
        assert!(!home.path("registry").exists() || tree(&home.path("registry")).is_empty());
    }
    let dir = home.path("shop");
    home.run(&dir, &["publish", "--allow-build"]).printed();
    let args = ["inspect", "--wit", "acme:shop@1.0.0+meta"];
    let shown = home.run(&dir, &args).printed();
    assert!(shown.starts_with("package acme:shop@1.0.0+meta"), "{shown}");
}

#[test]
fn what_check_finds_keeps_a_package_from_being_published() {
    let home = home();
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
fn a_rehearsal_shows_what_would_be_and_leaves_nothing() {
    let home = home();
    let dir = home.package("shop", SHOP);
    let before = tree(&home.path("."));
    let shown = home
        .run(&dir, &["publish", "--dry-run", "--docs"])
        .printed();
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
fn what_is_said_of_a_package_is_in_its_annotations_and_in_its_bytes() {
    const SAID: &str = "licenses = 'Apache-2.0'\nauthors = 'acme'\nsource = 'https://example.com/shop'\nhomepage = 'https://example.com'\n";
    for (file, head) in [("witgen.toml", "[publish]\n"), ("wkg.toml", "[metadata]\n")] {
        let home = home();
        let dir = home.package("shop", SHOP);
        home.write(
            &format!("shop/{file}"),
            format!("{head}{SAID}revision = 'abc'\n"),
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
fn metadata_that_makes_no_sense_is_refused_with_its_key() {
    let home = home();
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
fn pages_stand_beside_a_package_in_a_directory() {
    let home = home();
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
    let home = home();
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
    let shown = home
        .run(&here, &["inspect", "--wit", "acme:tool@0.1.0"])
        .printed();
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
        message.contains("published already, with other contents"),
        "{message}"
    );
    home.run(
        &here,
        &["publish", "c.wasm", "--package", "acme:tool@0.1.1"],
    )
    .printed();
}

#[test]
fn what_cannot_be_published_says_why() {
    let home = home();
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
        ("empty", &["publish"], "there is no package here to publish"),
        ("unversioned", &["publish", "--offline"], "no version"),
    ] {
        let message = home.run(&home.path(folder), args).failed(2);
        assert!(message.contains(part), "{args:?}: {message}");
        assert!(message.contains("help: "), "{args:?}: {message}");
    }
    assert!(!home.path("registry").exists());
}

#[test]
fn without_a_registry_a_directory_of_the_user_is_one_and_is_named() {
    let home = Home::new();
    let dir = home.package("shop", SHOP);
    let run = home.run(&dir, &["publish"]);
    assert!(
        run.stderr
            .contains("no registry is configured for `acme`: taking the directory"),
        "{run:?}"
    );
    assert!(
        home.path("data/witgen/registry/acme/shop/1.0.0.wasm")
            .exists()
    );
    let shown = home
        .run(&home.path("."), &["inspect", "--wit", "acme:shop@1.0.0"])
        .printed();
    assert!(shown.contains("stock"), "{shown}");
}
