//! `scripts/upstream.sh --adopt`: what a release changes in this repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit::adopt::{Adoption, Release, plan};
use testkit::golden::assert_golden;
use testkit::tree::texts;
use testkit::{released, root};

const TYPES: &str = r#"package wasi:http@0.3.1002;

// A comment of ours.

/// What messages consist of.
@since(version = 0.3.0)
interface types {
  @since(version = 0.3.0)
  use wasi:clocks/types@0.3.2.{duration};

  /// What can fail.
  @since(version = 0.3.0)
  variant error-code {
    /// Nobody answers.
    timeout,

    // Not for us.
    /// Something else.
    other(string), // by its name
  }

  /// Names and values.
  @since(version = 0.3.0)
  resource fields {
    /// Makes none.
    @since(version = 0.3.0)
    constructor();

    /// Returns the values of a name.
    // In their order.
    @since(version = 0.3.0)
    get: func(name: string) -> list<string>;

    /// Removes the values of a name.
    @since(version = 0.3.0)
    delete: func(name: string);
  }

  /// How long it takes.
  @since(version = 0.3.0)
  type time = duration; /* at most */
}
"#;

const WORLDS: &str = r#"package wasi:http@0.3.1002;

/// Answers. It holds all of the released 0.3.2, unchanged, and what was
/// built for 0.3.0 to 0.3.2 is valid here.
@since(version = 0.3.0)
interface handler {
  @since(version = 0.3.0)
  use types.{error-code};

  /// Answers one request.
  @since(version = 0.3.0)
  handle: async func() -> result<_, error-code>;
}

/// The next hop.
@since(version = 0.3.1002)
interface origin {
  @since(version = 0.3.1002)
  use types.{error-code};

  /// Answers one request.
  @since(version = 0.3.1002)
  handle: async func() -> result<_, error-code>;
}

/// What all use.
@since(version = 0.3.1002)
world imports {
  @since(version = 0.3.0)
  import wasi:clocks/types@0.3.2;
  @unstable(feature = zones)
  import wasi:clocks/zones@0.3.2;
  @since(version = 0.3.0)
  import types;
}

/// An application.
@since(version = 0.3.0)
world service {
  @since(version = 0.3.0)
  include imports;
  @since(version = 0.3.0)
  export handler;
}

/// One between two others.
@since(version = 0.3.1002)
world proxy {
  @since(version = 0.3.1002)
  include service;
  @since(version = 0.3.1002)
  import origin;
}
"#;

/// What is held: `types.scheme` is new in the next release.
const HTTP: &str = r#"package wasi:http@0.3.3;

/// Released documentation.
@since(version = 0.3.0)
interface types {
  use wasi:clocks/types@0.3.3.{duration};

  variant error-code {
    /// Released documentation of a case.
    refused,
    timeout,
    other(option<string>),
  }

  /// Released documentation of a new type.
  @since(version = 0.3.3)
  variant scheme {
    /// Released documentation of a new case.
    http, // here too
    https,
  }

  resource fields {
    constructor();
    get: func(name: string, /* in bytes */ limit: u32) -> list<string>;
    /// Released documentation of a new function.
    @since(version = 0.3.3)
    len: func() -> u32;
  }

  @deprecated(version = 0.3.3)
  @since(version = 0.3.0)
  type time = duration;
}

@since(version = 0.3.0)
interface handler {
  use types.{error-code};
  handle: async func() -> result<_, error-code>;
}

/// Released documentation of a new interface.
@since(version = 0.3.3)
interface trailers {
  use types.{fields};
  /// Released documentation of its function.
  take: func(of: borrow<fields>) -> option<fields>;
}

@since(version = 0.3.0)
world service {
  import wasi:clocks/types@0.3.3;
  @since(version = 0.3.3)
  import wasi:clocks/zones@0.3.3;
  import types;
  @since(version = 0.3.3)
  import wasi:random/random@0.3.3;
  export handler;
  @since(version = 0.3.3)
  export trailers;
}
"#;

const CLOCKS: &str = r#"package wasi:clocks@0.3.3;

/// Released documentation.
@since(version = 0.3.0)
interface types {
  type duration = u64; // in nanoseconds
}

@since(version = 0.3.3)
interface zones {
  use types.{duration};
  /// Released documentation.
  offset: func() -> duration;
}

interface unused {}
"#;

const RANDOM: &str = r#"package wasi:random@0.3.3;

@since(version = 0.3.0)
interface random {
  /// Released documentation.
  get: func() -> u64;
}
"#;

/// Makes a repository that holds 0.3.2, and a folder with the release 0.3.3.
fn repository() -> (tempfile::TempDir, tempfile::TempDir) {
    let repository = tempfile::tempdir().unwrap();
    let clocks = "package wasi:clocks@0.3.2;\n\n@since(version = 0.3.0)\ninterface types {\n  type \
                  duration = u64;\n}\n\n@unstable(feature = zones)\ninterface zones {}\n";
    let embedded = "const PACKAGE_FILES: &[(&str, &str)] = files![\n    \"wit/types.wit\",\n    \
                    \"wit/worlds.wit\",\n];\n\nconst DEPENDENCY_FILES: &[(&str, &str)] = files![\n    \
                    \"wit/deps/clocks.wit\",\n];\n";
    write(
        repository.path(),
        &[
            ("Cargo.toml", "wasip3 = { version = \"=0.10.0\" }\n"),
            ("CHANGELOG.md", "wasi:http@0.3.1002 is here\n"),
            (
                "docs/chains.md",
                "wasi:http/origin@0.3.1002, wasi:clocks/types@0.3.2\n",
            ),
            ("generator/source/builtin/clocks.wit", clocks),
            ("generator/source/embedded.rs", embedded),
            ("wit/deps/clocks.wit", clocks),
            ("wit/types.wit", TYPES),
            ("wit/worlds.wit", WORLDS),
        ],
    );
    let release = tempfile::tempdir().unwrap();
    write(
        release.path(),
        &[
            ("deps/clocks.wit", CLOCKS),
            ("deps/http.wit", HTTP),
            ("deps/random.wit", RANDOM),
            ("wasi.wit", "package test:all;\n"),
        ],
    );
    (repository, release)
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    let mut command = Command::new("git");
    let output = command.arg("-C").arg(folder).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Plans a release for this repository as it is.
fn plan_here(release: &Path, wasip3: &str) -> Result<Adoption, String> {
    let tracked = git(root(), &["ls-files", "-z"]);
    let tracked: Vec<String> = tracked.split_terminator('\0').map(String::from).collect();
    let release = Release {
        wit: release,
        wasip3,
    };
    plan(root(), &tracked, &release)
}

/// Runs the program, which returns whether it succeeded and what it printed.
fn adopt(repository: &Path, release: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_adopt"))
        .arg(repository)
        .arg(release)
        .arg("0.11.0+wasi-0.3.3")
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// A repository under git, with everything committed.
fn committed() -> (tempfile::TempDir, tempfile::TempDir) {
    let (repository, release) = repository();
    git(repository.path(), &["init", "--quiet"]);
    git(repository.path(), &["add", "."]);
    git(
        repository.path(),
        &["commit", "--quiet", "--message", "held"],
    );
    (repository, release)
}

/// The files of a repository without those of git.
fn files(repository: &Path) -> BTreeMap<String, String> {
    let tracked = git(repository, &["ls-files", "--others", "--cached", "-z"]);
    let paths = tracked.split_terminator('\0').filter(|path| repository.join(path).exists());
    paths
        .map(|path| {
            (
                path.to_owned(),
                fs::read_to_string(repository.join(path)).unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_release_is_adopted_with_our_documentation() {
    let (repository, release) = committed();
    let (succeeded, report) = adopt(repository.path(), release.path());
    assert!(succeeded, "{report}");
    let files = files(repository.path());
    let text: String = files.iter().map(|(path, text)| format!("==> {path}\n{text}")).collect();
    let folder = testkit::root().join("testkit/tests/adopt");
    assert_golden(&folder.join("report.txt"), &report);
    assert_golden(&folder.join("files.txt"), &text);
    assert!(
        !text.contains("Released documentation"),
        "nothing of it is copied"
    );
}

#[test]
fn what_is_adopted_is_not_adopted_again() {
    let (repository, release) = committed();
    adopt(repository.path(), release.path());
    git(repository.path(), &["add", "."]);
    git(
        repository.path(),
        &["commit", "--quiet", "--message", "adopted"],
    );
    let adopted = files(repository.path());
    let (succeeded, report) = adopt(repository.path(), release.path());
    assert_eq!(
        (succeeded, report.as_str()),
        (true, "wasi:http@0.3.3 is adopted already, as 0.3.1003\n")
    );
    assert_eq!(files(repository.path()), adopted);
}

#[test]
fn a_work_tree_with_changes_is_left_alone() {
    let (repository, release) = committed();
    fs::write(repository.path().join("docs/chains.md"), "half a sentence").unwrap();
    let before = files(repository.path());
    let (succeeded, report) = adopt(repository.path(), release.path());
    assert!(!succeeded);
    assert!(report.contains("the work tree has changes"), "{report}");
    assert!(
        report.contains(" M docs/chains.md\nnothing was changed"),
        "{report}"
    );
    assert_eq!(files(repository.path()), before);
}

#[test]
fn a_release_that_needs_a_decision_changes_nothing() {
    let (repository, release) = committed();
    let before = files(repository.path());
    let origin = "\n@since(version = 0.3.3)\ninterface origin {\n  send: func();\n}\n";
    let include = "  include wasi:clocks/imports@0.3.3;\n  export handler;";
    let clocks = "\nworld imports {\n  import types;\n}\n";
    for (http, clocks, expected) in [
        (
            HTTP.to_owned() + origin,
            CLOCKS.to_owned(),
            "the release has `interface origin`, which is an addition of ours; docs/upstream.md says how to go on",
        ),
        (
            HTTP.replace("  export handler;", include),
            CLOCKS.to_owned() + clocks,
            "world 'imports' not found in package 'wasi:clocks@0.3.3'",
        ),
        (
            HTTP.to_owned() + "world {",
            CLOCKS.to_owned(),
            "http.wit:62: expected an identifier",
        ),
        (
            HTTP.replace("0.3.3", "0.4.0"),
            CLOCKS.to_owned(),
            "the release has wasi:http@0.4.0 and wasi:clocks@0.3.3",
        ),
    ] {
        write(
            release.path(),
            &[("deps/http.wit", &http), ("deps/clocks.wit", &clocks)],
        );
        let (succeeded, report) = adopt(repository.path(), release.path());
        assert!(
            !succeeded && report.contains(expected),
            "{expected}\n{report}"
        );
        assert!(report.ends_with("nothing was changed\n"), "{report}");
        assert_eq!(files(repository.path()), before);
    }
}

#[test]
fn this_repository_holds_the_pinned_release() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let pin = manifest.split_once("wasip3 = { version = \"=").unwrap().1;
    let pin = pin.split('"').next().unwrap();
    let adoption = plan_here(&released::folder(), pin).unwrap();
    let changed: Vec<_> = adoption.files.keys().collect();
    assert_eq!(changed, [""; 0], "see docs/upstream.md");
    assert_eq!(adoption.undocumented, [""; 0]);
}

#[test]
fn no_text_of_this_repository_keeps_an_old_number() {
    let here = plan_here(&released::folder(), "0.0.0").unwrap().numbers;
    let (held, ours) = (here.released.0.to_string(), here.ours.0.to_string());
    let next = tempfile::tempdir().unwrap();
    for (path, text) in texts(&released::folder()) {
        let text = text.replace(&format!("@{held}"), "@0.3.900");
        write(next.path(), &[(&path, &text)]);
    }
    let adoption = plan_here(next.path(), "0.99.0").unwrap();
    let number = "0.3.1900";
    assert!(adoption.files["wit/types.wit"].as_ref().unwrap().contains(number));
    assert!(
        adoption.files["Cargo.toml"]
            .as_ref()
            .unwrap()
            .contains("wasip3 = { version = \"=0.99.0\"")
    );
    for (path, text) in &adoption.files {
        let text = text.as_deref().unwrap_or_default();
        let since = ["@since(version = ", "since ", "added in "];
        let kept = since.iter().fold(text.to_owned(), |text, since| {
            text.replace(&format!("{since}{ours}"), "")
        });
        assert!(!kept.contains(&ours), "{path}");
    }
}
