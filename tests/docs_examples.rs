//! Examples on the pages: which items show them, and what is wrong with those that none shows.
//!
//! The examples of this repository are in `examples/docs/`.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::pages::{Pages, faults};
use testkit::root;
use testkit::spec::no_faults;
use testkit::toolchain::{lock, target_dir, toolchain};
use testkit::tree::{copy, texts};

const WIT: &str = "package a:b@1.0.0;
interface store {
  /// A door.
  resource door {
    constructor();
    open: func() -> result<_, LOCK-state>;
  }
  enum LOCK-state { locked }
  count: func() -> u32;
  @unstable(feature = extra)
  more: func();
}
world base { import log: func(text: string); }
world app {
  include base;
  import store;
  import settings: interface { get: func() -> string; }
}
";

/// A package with one file of examples.
struct Package(tempfile::TempDir);

impl Package {
    fn new(examples: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("wit")).unwrap();
        let package = Package(dir);
        package.write("wit/store.wit", WIT);
        package.write(
            "witgen.toml",
            "[docs]\nout = 'spec'\nexamples = 'examples'\n",
        );
        package.write("examples/src/store.rs", examples);
        package
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.0.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        witgen(self.0.path(), arguments)
    }

    fn page(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join("spec").join(path)).unwrap()
    }
}

/// A region that calls something by its name.
fn region(name: &str) -> String {
    format!("// ANCHOR: {name}\nof(\"{name}\");\n// ANCHOR_END: {name}\n")
}

/// An example as pages show it.
fn shown(name: &str) -> String {
    format!("<details><summary>Example</summary>\n\n```rust\nof(\"{name}\");\n```\n\n</details>\n")
}

#[test]
fn items_of_every_kind_show_their_examples() {
    let names = [
        ("interfaces/store.md", "store"),
        ("interfaces/store.md", "store.door"),
        ("interfaces/store.md", "store.door.constructor"),
        ("interfaces/store.md", "store.door.open"),
        ("interfaces/store.md", "store.LOCK-state"),
        ("interfaces/store.md", "store.count"),
        ("worlds/app.md", "app"),
        ("worlds/app.md", "app.import.settings"),
        ("worlds/app.md", "app.import.settings.get"),
        ("worlds/base.md", "base.import.log"),
    ];
    let package = Package::new(&names.map(|(_, name)| region(name)).concat());
    assert_eq!(package.run(&["docs", "--quiet"]), (0, String::new()));
    for (path, name) in names {
        let page = package.page(path);
        assert!(page.contains(&shown(name)), "{name}\n{page}");
    }
    // Below the documentation.
    let page = package.page("interfaces/store.md");
    let begin = format!("A door.\n\n{}", shown("store.door"));
    assert!(page.contains(&begin), "{page}");
    let mut pages = Pages::from_iter(texts(&package.0.path().join("spec")));
    pages.remove(".witgen.json");
    assert_eq!(faults(&pages), no_faults());
}

#[test]
fn a_fence_in_an_example_does_not_end_it() {
    let package = Package::new(
        "// ANCHOR: store.count\n/// ```\n/// count()\n/// ```\nfn f() {}\n// ANCHOR_END: store.count\n",
    );
    assert_eq!(package.run(&["docs", "--quiet"]), (0, String::new()));
    let page = package.page("interfaces/store.md");
    let block = "````rust\n/// ```\n/// count()\n/// ```\nfn f() {}\n````\n";
    assert!(page.contains(block), "{page}");
}

#[test]
fn an_example_of_an_unknown_item_is_an_error_with_near_names() {
    let package = Package::new(&["store.door.opn", "stor.count", "other"].map(region).concat());
    for command in [&["docs"][..], &["generate"], &["check"]] {
        let (status, stderr) = package.run(command);
        assert_eq!(status, if command == ["check"] { 1 } else { 2 }, "{stderr}");
        for words in [
            "error[unknown-example]: no function, type, interface or world `store.door.opn` in a:b@1.0.0",
            "examples/src/store.rs:1:12",
            "help: did you mean `store.door.open`? `store.door` has: store.door.constructor, store.door.open",
            "help: did you mean `store.count`? interfaces and worlds: app, base, store",
            "help: interfaces and worlds: app, base, store",
        ] {
            assert!(stderr.contains(words), "{words}\n{stderr}");
        }
        assert!(!package.0.path().join("spec").exists());
    }
}

#[test]
fn items_of_features_that_are_not_shown_are_known() {
    let package = Package::new(&region("store.more"));
    assert_eq!(
        package.run(&["docs", "--quiet", "--features", ""]),
        (0, String::new())
    );
    assert!(!package.page("interfaces/store.md").contains("<summary>Example"));
    assert_eq!(package.run(&["docs", "--quiet"]), (0, String::new()));
    assert!(package.page("interfaces/store.md").contains(&shown("store.more")));
}

#[test]
fn a_missing_folder_is_reported_where_it_is_named() {
    let package = Package::new("");
    package.write(
        "witgen.toml",
        "[docs]\nout = 'spec'\nexamples = 'samples'\n",
    );
    let (status, stderr) = package.run(&["docs", "--quiet"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("cannot read `samples`"), "{stderr}");
    assert!(stderr.contains("--> witgen.toml:3:1"), "{stderr}");
}

#[test]
fn a_changed_example_is_drift() {
    let package = Package::new(&region("store.count"));
    assert_eq!(package.run(&["generate", "--quiet"]).0, 0);
    assert_eq!(package.run(&["check", "--quiet"]), (0, String::new()));
    let changed = region("store.count").replace("of(", "for_(");
    package.write("examples/src/store.rs", &changed);
    let (status, stderr) = package.run(&["check", "--quiet"]);
    assert_eq!(status, 1);
    assert!(stderr.contains("+for_(\"store.count\");"), "{stderr}");
}

#[test]
fn functions_without_an_example_are_listed_on_request() {
    let with = ["store.door.constructor", "store.count", "app.import.log"];
    let package = Package::new(&with.map(region).concat());
    assert_eq!(package.run(&["docs", "--quiet"]).0, 0);
    let (status, stderr) = package.run(&["docs", "--quiet", "--require-examples"]);
    assert_eq!(status, 1);
    let missing: Vec<_> = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("error[missing-example]: function "))
        .collect();
    // The function `log` is one of both worlds.
    assert_eq!(
        missing,
        [
            "`store.door.open` has no example",
            "`store.more` has no example",
            "`app.import.settings.get` has no example",
        ]
    );
    assert!(stderr.contains("--> wit/store.wit:6:5"), "{stderr}");
    let help =
        "help: write one between `// ANCHOR: store.door.open` and `// ANCHOR_END: store.door.open`";
    assert!(stderr.contains(help), "{stderr}");
}

#[test]
fn an_option_replaces_the_folder_of_the_manifest() {
    let package = Package::new(&region("store.count"));
    package.write("others/a.rs", &region("store.door"));
    let status = package.run(&["docs", "--quiet", "--examples", "others"]);
    assert_eq!(status, (0, String::new()));
    let page = package.page("interfaces/store.md");
    assert!(
        page.contains(&shown("store.door")) && !page.contains(&shown("store.count")),
        "{page}"
    );
}

#[test]
fn published_pages_show_examples_too() {
    let package = Package::new(&region("store.count"));
    let publish = [
        "publish",
        "--docs",
        "--no-check",
        "--quiet",
        "--registry",
        "./registry",
    ];
    let (status, stderr) = package.run(&publish);
    assert_eq!(status, 0, "{stderr}");
    let pages = package.0.path().join("registry/a/b/1.0.0.spec");
    let page = fs::read_to_string(pages.join("interfaces/store.md")).unwrap();
    assert!(page.contains(&shown("store.count")), "{page}");
}

/// Builds are not read, and neither are hidden folders.
#[test]
fn only_files_of_people_are_read() {
    let package = Package::new(&region("store.count"));
    for folder in ["target/debug", ".git"] {
        package.write(&format!("examples/{folder}/a.rs"), &region("unknown"));
    }
    assert_eq!(package.run(&["docs", "--quiet"]), (0, String::new()));
}

#[test]
fn every_function_of_this_package_has_an_example() {
    let (status, stderr) = witgen(root(), &["docs", "--check", "--require-examples"]);
    assert_eq!(status, 0, "{stderr}");
}

/// In a copy, with the glue that their crate doesn't contain.
#[test]
fn the_examples_of_this_package_compile() {
    let _lock = lock("docs-examples");
    let folder = target_dir().join("docs-examples");
    let crate_folder = folder.join("examples/docs");
    let from = root().join("examples/docs");
    let _ = fs::remove_dir_all(crate_folder.join("src"));
    fs::create_dir_all(folder.join("wit")).unwrap();
    fs::create_dir_all(crate_folder.join("src")).unwrap();
    copy(&root().join("wit"), &folder.join("wit"));
    copy(&from.join("src"), &crate_folder.join("src"));
    for file in ["Cargo.toml", "Cargo.lock", "witgen.toml"] {
        fs::copy(from.join(file), crate_folder.join(file)).unwrap();
    }
    let (status, stderr) = witgen(&crate_folder, &["generate", "--force"]);
    assert_eq!(status, 0, "{stderr}");
    let mut check = toolchain().cargo("check");
    check.args(["--locked", "--quiet"]).current_dir(&crate_folder);
    check
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("RUSTFLAGS", "-D warnings");
    let output = check.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}
