//! A command that makes an output of the manifest makes it as the manifest says, and commands that describe a
//! package need one.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use tempfile::TempDir;
use testkit::command::witgen;
use testkit::tree::{texts, tree};

const MANIFEST: &str = "\
wit = 'api'
features = ['preview']

[docs]
out = 'pages'
deps = true
source-url = 'https://example.com/{file}#L{line}'
book = true

[golden]
out = 'golden'
test = false

[[rust]]
world = 'plugin'
side = 'guest'
out = 'src/guest'
module = 'crate::guest'

[[rust]]
world = 'plugin'
side = 'host'
out = 'src/host'

[[relation]]
world = 'plugin'
extends = 'base'

[lint]
deny-warnings = true
";

const WIT: &str = "\
package a:b@1.0.0;

interface log {
  use other:c/types@1.0.0.{level};
  line: func(text: string, level: level);
  @unstable(feature = preview)
  lines: func(texts: list<string>);
}

world base {
  import log;
}

world plugin {
  include base;
  export run: func();
}
";

const DEPENDENCY: &str = "\
package other:c@1.0.0;

interface types {
  enum level { low, high }
}
";

/// A crate with a package, a dependency of it, and a manifest in which no setting is the default.
fn project() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("api/world.wit", WIT);
    write("api/deps/c.wit", DEPENDENCY);
    write("witgen.toml", MANIFEST);
    write("Cargo.toml", "");
    dir
}

/// The same, with all outputs made.
fn generated() -> TempDir {
    let dir = project();
    let (status, stderr) = witgen(dir.path(), &["generate"]);
    assert_eq!(status, 0, "{stderr}");
    dir
}

#[test]
fn a_command_without_options_makes_what_generate_makes() {
    let whole = generated();
    for command in ["docs", "golden", "rust"] {
        let (status, stderr) = witgen(whole.path(), &[command, "--check"]);
        assert_eq!(status, 0, "{command}: {stderr}");
    }
    let parts = project();
    for command in ["docs", "golden", "rust"] {
        let (status, stderr) = witgen(parts.path(), &[command]);
        assert_eq!(status, 0, "{command}: {stderr}");
    }
    assert_eq!(tree(parts.path()), tree(whole.path()));
}

#[test]
fn the_package_of_the_manifest_can_also_be_named() {
    let dir = generated();
    let before = tree(dir.path());
    for command in ["docs", "golden", "rust"] {
        for wit in ["api", "./api/"] {
            let (status, stderr) = witgen(dir.path(), &[command, "--wit", wit]);
            assert_eq!(status, 0, "{command}: {stderr}");
        }
    }
    assert_eq!(tree(dir.path()), before);
}

#[test]
fn an_option_replaces_one_setting() {
    let dir = project();
    let run = |args: &[&str]| {
        let (status, stderr) = witgen(dir.path(), args);
        assert_eq!(status, 0, "{args:?}: {stderr}");
    };
    run(&["docs", "--out", "other", "--no-book"]);
    let pages = texts(&dir.path().join("other"));
    assert!(!pages.contains_key("book.toml"), "{:?}", pages.keys());
    assert!(
        pages.keys().any(|path| path.starts_with("deps/")),
        "{:?}",
        pages.keys()
    );
    assert!(pages["interfaces/log.md"].contains("https://example.com/api/world.wit#L5"));
    assert!(pages["interfaces/log.md"].contains("lines"));

    run(&[
        "docs",
        "--out",
        "plain",
        "--no-deps",
        "--source-url",
        "",
        "--features",
        "",
    ]);
    let pages = texts(&dir.path().join("plain"));
    assert!(pages.contains_key("book.toml"), "{:?}", pages.keys());
    assert!(
        !pages.keys().any(|path| path.starts_with("deps/")),
        "{:?}",
        pages.keys()
    );
    assert!(!pages["interfaces/log.md"].contains("example.com"));
    assert!(!pages["interfaces/log.md"].contains("lines"));

    run(&["golden", "--test"]);
    assert!(dir.path().join("golden/main.rs").is_file());

    run(&["rust", "--guest", "--out", "src/copy"]);
    let glue = fs::read_to_string(dir.path().join("src/copy/mod.rs")).unwrap();
    assert!(glue.contains("crate::guest"), "{glue}");
    run(&["rust", "--guest", "--module", "crate::copy"]);
    let glue = fs::read_to_string(dir.path().join("src/guest/mod.rs")).unwrap();
    assert!(
        glue.contains("crate::copy") && !glue.contains("crate::guest"),
        "{glue}"
    );
    assert!(!dir.path().join("src/host").exists());
}

#[test]
fn glue_that_the_manifest_does_not_name_is_made_as_the_options_say() {
    let dir = project();
    let (status, stderr) = witgen(
        dir.path(),
        &["rust", "--world", "plugin", "--out", "target/both"],
    );
    assert_eq!(status, 0, "{stderr}");
    for side in ["guest", "host"] {
        assert!(dir.path().join("target/both").join(side).is_dir(), "{side}");
    }
    let (status, stderr) = witgen(dir.path(), &["rust", "--world", "base", "--guest"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(dir.path().join("base/mod.rs").is_file());
    assert!(!dir.path().join("src").exists());
}

#[test]
fn no_command_removes_what_an_output_of_the_manifest_needs() {
    let dir = generated();
    fs::create_dir(dir.path().join("second")).unwrap();
    fs::write(
        dir.path().join("second/x.wit"),
        "package x:y;\nworld w {}\n",
    )
    .unwrap();
    let before = tree(dir.path());
    for args in [
        &["docs", "--no-deps"][..],
        &["docs", "--no-book"],
        &["docs", "--wit", "second", "--out", "pages"],
        &["golden", "--out", "pages"],
        &["golden", "--wit", "second", "--out", "golden"],
        &["docs", "--out", "src/host"],
        &["man", "--out", "pages"],
    ] {
        let (status, stderr) = witgen(dir.path(), args);
        assert_eq!(status, 2, "{args:?}: {stderr}");
        assert!(
            stderr.contains("error[would-remove-output]"),
            "{args:?}: {stderr}"
        );
        assert!(stderr.contains("nothing was changed"), "{args:?}: {stderr}");
        assert_eq!(tree(dir.path()), before, "{args:?}");
    }
}

#[test]
fn what_the_package_no_longer_has_is_removed() {
    let dir = generated();
    let wit = dir.path().join("api/world.wit");
    fs::write(
        &wit,
        WIT.replace("interface log", "interface journal")
            .replace("import log", "import journal"),
    )
    .unwrap();
    let (status, stderr) = witgen(dir.path(), &["docs"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(
        stderr.contains("removed pages/interfaces/log.md"),
        "{stderr}"
    );
}

#[test]
fn lint_and_check_agree_on_what_fails() {
    let dir = generated();
    let (status, stderr) = witgen(dir.path(), &["check"]);
    assert_eq!(status, 1, "{stderr}");
    let (status, stderr) = witgen(dir.path(), &["lint"]);
    assert_eq!(status, 1, "{stderr}");
    let (status, stderr) = witgen(dir.path(), &["lint", "--wit", "api/deps/c.wit"]);
    assert_eq!(status, 0, "{stderr}");
}

/// The commands that describe the package of the folder.
const DESCRIBING: &[&[&str]] = &[
    &["docs"],
    &["golden"],
    &["lint"],
    &["publish", "--dry-run", "--registry", "./registry"],
    &["diff", "other"],
];

#[test]
fn commands_that_describe_a_package_need_one() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("other")).unwrap();
    fs::write(dir.path().join("other/x.wit"), "package x:y@1.0.0;\n").unwrap();
    let before = tree(dir.path());
    for args in DESCRIBING {
        let (status, stderr) = witgen(dir.path(), args);
        assert_eq!(status, 2, "{args:?}: {stderr}");
        assert!(stderr.contains("error[no-wit]"), "{args:?}: {stderr}");
        assert!(
            stderr.contains("--wit wasi:http@0.3.1002"),
            "{args:?}: {stderr}"
        );
        assert_eq!(tree(dir.path()), before, "{args:?}");
    }
}

#[test]
fn the_embedded_package_is_used_by_its_name_without_a_registry() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = ["--offline", "--cache", "empty"];
    for args in [
        &["docs", "--wit", "wasi:http@0.3.1002"][..],
        &["golden", "--wit", "wasi:http@0.3.1002"],
        &["lint", "--wit", "wasi:http@0.3.1002"],
        &["inspect", "--wit", "wasi:http@0.3.1002"],
        &["diff", "wasi:http@0.3.1002", "wasi:http@0.3.1002"],
    ] {
        let (status, stderr) = witgen(dir.path(), &[args, &nowhere].concat());
        assert_eq!(status, 0, "{args:?}: {stderr}");
    }
    // Another version is not built in.
    let args = [&["docs", "--wit", "wasi:http@0.3.1"][..], &nowhere].concat();
    let (status, stderr) = witgen(dir.path(), &args);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains("`wasi:http@0.3.1002` is built in"),
        "{stderr}"
    );
}

#[test]
fn a_manifest_that_describes_a_package_needs_one() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = |text: &str| fs::write(dir.path().join("witgen.toml"), text).unwrap();
    manifest("[docs]\nout = 'spec'\n");
    for command in ["generate", "check"] {
        let (status, stderr) = witgen(dir.path(), &[command]);
        assert_ne!(status, 0, "{stderr}");
        assert!(stderr.contains("wit = \"wasi:http@0.3.1002\""), "{stderr}");
        assert!(!dir.path().join("spec").exists());
    }
    // Glue is also made from the package that is built in.
    for text in [
        "wit = 'wasi:http@0.3.1002'\n[docs]\nout = 'spec'\n",
        "[[rust]]\nworld = 'proxy'\nside = 'guest'\nout = 'src/proxy'\n",
    ] {
        manifest(text);
        let (status, stderr) = witgen(dir.path(), &["generate"]);
        assert_eq!(status, 0, "{stderr}");
    }
    assert!(Path::new(&dir.path().join("spec/README.md")).is_file());
    assert!(Path::new(&dir.path().join("src/proxy/mod.rs")).is_file());
}
