//! `witgen remove`: out of the manifest, `deps/` and the lock file.

use pretty_assertions::assert_eq;
use testkit::app::deps;

use super::{APP, files, home, locked, publish, read, refused, witgen};

#[test]
fn a_dependency_is_removed_everywhere() {
    let home = home();
    home.write(
        "app/witgen.toml",
        "# ours\n[dependencies]\n\"wasi:random\" = \"0.3\" # why\n",
    );
    let publishing = "package wasi:random@0.3.2; interface random { next: func() -> u64; }";
    publish(&home, publishing);
    witgen(&home, &["fetch"]).printed();
    let before = files(&home);
    witgen(&home, &["add", "acme:units@1"]).printed();
    let run = witgen(&home, &["remove", "acme:units"]);
    assert!(run.stderr.contains("Removing acme:units"), "{run:?}");
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(files(&home), before);
}

#[test]
fn a_dependency_that_the_wit_uses_stays_and_every_use_is_listed() {
    let home = super::fetched("[dependencies]\n\"acme:units\" = \"1\"\n");
    home.write(
        "app/wit/more.wit",
        "interface more { use acme:units/weight@1.0.0.{gram}; }\n",
    );
    let message = refused(&home, &["remove", "acme:units"]);
    for place in ["package.wit:5:7", "package.wit:10:10", "more.wit:1:22"] {
        assert!(message.contains(place), "{message}");
    }
    assert!(
        message.contains("error[still-used]: the WIT still uses `acme:units`"),
        "{message}"
    );
}

#[test]
fn a_dependency_that_others_need_stays_in_deps() {
    let home = home();
    home.package(
        "shop",
        "package acme:shop@1.0.0; interface stock { use acme:units/weight@1.0.0.{gram}; count: func() -> gram; }",
    );
    home.run(&home.path("shop"), &["fetch"]).printed();
    home.run(&home.path("shop"), &["publish", "--quiet"]).printed();
    witgen(&home, &["add", "acme:shop", "acme:units@=1.0.0"]).printed();
    let run = witgen(&home, &["remove", "acme:units"]);
    assert!(
        run.stderr.contains("acme:units@1.0.0 stays in `deps/`"),
        "{run:?}"
    );
    assert_eq!(
        deps(&home.path("app")),
        ["acme-shop-1.0.0", "acme-units-1.0.0"]
    );
    assert_eq!(locked(&home), [("^1.0.0".to_owned(), "1.0.0".to_owned())]);
    assert_eq!(
        read(&home, "witgen.toml"),
        "[dependencies]\n\"acme:shop\" = \"1.0.0\"\n"
    );
}

#[test]
fn what_is_not_listed_cannot_be_removed() {
    let home = home();
    let message = refused(&home, &["remove", "acme:units"]);
    assert!(message.contains("`[dependencies]` is empty"), "{message}");
    witgen(&home, &["add", "acme:units@1"]).printed();
    let message = refused(&home, &["remove", "acme:unit", "wasi:http"]);
    assert!(message.contains("did you mean `acme:units`?"), "{message}");
    assert!(
        message.contains("doesn't list the dependency `wasi:http`"),
        "{message}"
    );

    let home = super::home();
    home.package("app", APP);
    let message = refused(&home, &["remove", "acme:units"]);
    assert!(message.contains("package.wit:5:7"), "{message}");
    assert!(message.contains("the WIT names it"), "{message}");
}
