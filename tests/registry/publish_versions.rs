//! Which version `witgen publish` takes: what was published before stays, and allows what follows.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::home::Home;
use testkit::shop::{SHOP, version};
use testkit::tree::tree;

#[test]
fn no_option_allows_replacing_a_published_version() {
    let home = Home::with_directory();
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
                "{number} is already published with other contents"
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
    let home = Home::with_directory();
    home.publish("shop", SHOP);
    home.write("shop/witgen.toml", "[publish]\nlicenses = 'MIT'\n");
    let message = home.run(&home.path("shop"), &["publish", "--no-check"]).failed(2);
    assert!(
        message.contains("the same WIT, encoded otherwise or with other metadata"),
        "{message}"
    );
}

#[test]
fn the_version_must_allow_changes_for_guests_and_hosts() {
    let home = Home::with_directory();
    home.publish("shop", SHOP);
    let dir = home.package("shop", &version("1.0.1", "count", "number"));
    let refused = home.run(&dir, &["publish"]).failed(1);
    assert!(
        refused.contains("`count`") || refused.contains("count"),
        "{refused}"
    );
    assert!(refused.contains("must be at least 2.0.0"), "{refused}");
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
        refused.contains("is published already, and the changes since"),
        "{refused}"
    );

    home.run(&dir, &["publish", "--allow-breaking"]).printed();
    assert!(home.path("registry/acme/shop/1.1.0.wasm").exists());
}

#[test]
fn versions_that_wkg_would_not_find_need_an_option() {
    let home = Home::with_directory();
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
fn a_pre_release_must_be_as_compatible_as_its_release() {
    let home = Home::with_directory();
    home.publish("shop", SHOP);
    let publish = |number: &str, from: &str, to: &str| {
        let dir = home.package("shop", &version(number, from, to));
        home.run(&dir, &["publish", "--allow-prerelease"])
    };
    let new = "interface new {}\n/// What sells.";
    publish("1.1.0-rc.1", "/// What sells.", new).printed();
    // It may take back what only the one before it had, and nothing of 1.0.0.
    publish("1.1.0-rc.2", "thing", "thing").printed();
    let message = publish("1.1.0-rc.3", "count", "number").failed(1);
    assert!(message.contains("acme:shop@1.0.0"), "{message}");
}

#[test]
fn additions_are_listed_if_the_version_is_too_low() {
    let home = Home::with_directory();
    home.publish("shop", SHOP);
    let more = "interface new { f: func(); }\n/// What sells.";
    let dir = home.package("shop", &version("1.0.1", "/// What sells.", more));
    let message = home.run(&dir, &["publish"]).failed(1);
    assert!(
        message.contains("`new`") && message.contains("must be at least 1.1.0"),
        "{message}"
    );
}

#[test]
fn an_unchanged_package_follows_itself_whatever_versions_it_uses() {
    let home = Home::with_directory();
    let text = |version: &str| {
        format!(
            "package acme:pair@{version};
world w {{ import acme:base/x@1.0.0; import acme:base/x@1.1.0; }}
package acme:base@1.0.0 {{ interface x {{ f: func(); }} }}
package acme:base@1.1.0 {{ interface x {{ f: func(); g: func(); }} }}
"
        )
    };
    for number in ["1.0.0", "1.0.1"] {
        let dir = home.package("pair", &text(number));
        home.run(&dir, &["publish", "--quiet"]).printed();
        assert!(home.path(&format!("registry/acme/pair/{number}.wasm")).exists());
    }
}
