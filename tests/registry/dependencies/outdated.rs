//! `witgen outdated`: which newer versions there are.

use pretty_assertions::assert_eq;

use super::{fetched, files, witgen};

#[test]
fn newer_versions_are_listed_with_the_places_that_require_the_package() {
    let home = fetched("[dependencies]\n\"acme:units\" = \"1.0\"\n");
    let before = files(&home);
    let table = "\
package     current  compatible  latest  required
acme:units  1.0.0    1.1.0       2.0.0   witgen.toml:2 and 2 more
";
    assert_eq!(witgen(&home, &["outdated"]).printed(), table);
    let run = witgen(&home, &["outdated", "--exit-code"]);
    assert_eq!((run.status, run.stdout.as_str()), (1, table));
    let json = witgen(&home, &["outdated", "--format", "json"]).printed();
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found[0]["compatible"], "1.1.0");
    assert_eq!(found[0]["outdated"], true);
    assert_eq!(found[0]["required"][1]["line"], 5);
    assert_eq!(files(&home), before);
}

#[test]
fn without_newer_versions_nothing_is_listed() {
    let home = fetched("");
    home.package(
        "app",
        "package me:app; interface i { use acme:units/weight@2.0.0.{kilo}; }",
    );
    let run = witgen(&home, &["outdated", "--exit-code"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""), "{run:?}");
    assert!(
        run.stderr.contains("all dependencies are at their newest versions"),
        "{run:?}"
    );
}

#[test]
fn a_registry_that_is_down_is_one_error_with_all_places() {
    let home = fetched("[dependencies]\n\"acme:units\" = \"1.0\"\n");
    home.package(
        "app",
        "package me:app; world app { import acme:units/weight@1.0.0; import acme:units/weight@1.0.1; }",
    );
    witgen(&home, &["fetch"]).printed();
    let lock = super::read(&home, "wkg.lock").replace("\"here\"", "\"127.0.0.1:9\"");
    home.write("app/wkg.lock", lock);
    home.write(
        "app/witgen.toml",
        "[registries]\ndefault = \"127.0.0.1:9\"\n",
    );
    let message = super::refused(&home, &["outdated"]);
    assert_eq!(message.matches("error[").count(), 1, "{message}");
    assert!(message.contains("package.wit:1:36"), "{message}");
}
