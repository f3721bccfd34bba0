//! `witgen diff`.
//!
//! A folder of `tests/diff` is a case: two packages, more arguments in `args.txt`, and the report in `stdout.txt`.
//! `WITGEN_BLESS=1` rewrites it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit::git::git;
use testkit::suite::{Case, Cases, Suite};
use testkit::{released, root, tests};
use witgen::compat::{RULES, Release, compare};
use witgen::source::{Features, Source};

const CASES: Cases = Cases {
    folder: "tests/diff",
    inputs: &["old.wit", "new.wit", "args.txt"],
    golden: "stdout.txt",
};

fn main() {
    Suite::new(file!())
        .cases(CASES, report)
        .tests(&tests![
            every_rule_has_a_case_and_a_row_in_the_documentation,
            the_released_package_gets_additions_only,
            it_fails_on_what_it_is_told_to,
            a_git_revision_is_compared_with_what_is_here,
            a_revision_that_a_shallow_clone_lacks_is_not_called_unknown,
            a_revision_without_a_path_is_read_where_the_manifest_says,
            programs_get_one_document,
            the_readme_shows_a_real_report,
            a_comment_shows_what_breaks_and_folds_the_rest,
        ])
        .run();
}

/// Runs `witgen diff`; returns its exit status, stdout and stderr.
fn diff(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("witgen"));
    let output = command.arg("diff").args(args).current_dir(dir).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn release(source: Source) -> Release {
    Release::load(&source, &Features::default()).unwrap()
}

/// Compares the two packages of a case, and returns the report.
fn report(case: &Case) -> String {
    let more = case.read_optional("args.txt");
    let mut args = vec!["old.wit", "new.wit"];
    args.extend(more.split_whitespace());
    let (status, stdout, stderr) = diff(&case.folder, &args);
    assert_eq!((status, stderr.as_str()), (0, ""));
    stdout
}

fn every_rule_has_a_case_and_a_row_in_the_documentation() {
    let reports: String = CASES
        .list()
        .iter()
        .map(|case| fs::read_to_string(case.join(CASES.golden)).unwrap())
        .collect();
    let missing: Vec<_> = RULES
        .iter()
        .map(|rule| rule.id)
        .filter(|id| !reports.contains(&format!("[{id}]")))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
    assert!(RULES.len() >= 30);

    let page = fs::read_to_string(root().join("docs/diff.md")).unwrap();
    let rows: BTreeSet<(String, String)> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .filter_map(|(id, rest)| {
            let summary = rest.trim_start_matches([' ', '|']).split(" |").next()?;
            Some((id.to_owned(), summary.to_owned()))
        })
        .collect();
    for rule in RULES {
        let row = (rule.id.to_owned(), rule.summary.to_owned());
        assert!(rows.contains(&row), "docs/diff.md has no row of {row:?}");
    }
}

/// The package of the README's example; `count` is the type that changes.
fn shop(count: &str) -> String {
    let interface = format!(
        "interface orders {{\n  /// Places an order, and returns its number.\n  \
         place: func(item: string, count: {count}) -> result<u64, string>;\n}}"
    );
    format!(
        "package acme:shop@1.2.0;\n\n/// Orders.\n{interface}\n\nworld shop {{\n  export orders;\n}}\n"
    )
}

fn the_readme_shows_a_real_report() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, after) = readme.split_once("$ witgen diff git:v1.2.0\n").unwrap();
    let (shown, _) = after.split_once("```").unwrap();

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("wit/shop.wit");
    fs::create_dir(dir.path().join("wit")).unwrap();
    fs::write(&file, shop("u32")).unwrap();
    git(dir.path(), &["init", "--quiet"]);
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "--quiet", "-m", "release"]);
    git(dir.path(), &["tag", "v1.2.0"]);
    fs::write(&file, shop("u64")).unwrap();
    let (_, stdout, _) = diff(dir.path(), &["git:v1.2.0"]);
    assert_eq!(stdout, shown);
}

fn the_released_package_gets_additions_only() {
    let released = released::alone("http");
    let released = release(Source::Directory(released.path().to_owned()));
    let ours = release(Source::Directory(root().join("wit")));
    let comparison = compare(&released, &ours);
    assert!(!comparison.changes.is_empty());
    assert!(comparison.is_additions_only(), "{:#?}", comparison.changes);
    assert_eq!(comparison.least.unwrap().to_string(), "0.3.3");
    assert!(!comparison.is_too_low);
}

fn it_fails_on_what_it_is_told_to() {
    let case = root().join("tests/diff/a-world-and-what-it-has");
    for (whom, status) in [("guest", 1), ("host", 1), ("source", 1), ("any", 1)] {
        let (found, ..) = diff(&case, &["old.wit", "new.wit", "--fail-on", whom]);
        assert_eq!(found, status, "{whom}");
    }
    let case = root().join("tests/diff/additions-only");
    for whom in ["guest", "host", "source", "any"] {
        let (found, ..) = diff(&case, &["old.wit", "new.wit", "--fail-on", whom]);
        assert_eq!(found, 0, "{whom}");
    }
    let (status, _, stderr) = diff(&case, &["old.wit", "nothing.wit"]);
    assert_eq!(status, 2, "{stderr}");
}

fn a_git_revision_is_compared_with_what_is_here() {
    let dir = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| git(dir.path(), args);
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    git(&["init", "--quiet"]);
    write(
        "wit/a.wit",
        "package a:b@0.1.0;\ninterface i { use c:d/e.{t}; f: func(a: t); }\nworld w { import i; }\n",
    );
    write(
        "wit/deps/d/e.wit",
        "package c:d;\ninterface e { type t = u32; }\n",
    );
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "first"]);
    git(&["tag", "v0.1.0"]);
    write(
        "wit/a.wit",
        "package a:b@0.1.0;\ninterface i { use c:d/e.{t}; f: func(b: t); }\nworld w { import i; }\n",
    );
    for args in [
        &["git:v0.1.0"][..],
        &["git:HEAD:wit", "wit"],
        &["git:HEAD:./wit/"],
    ] {
        let (status, stdout, stderr) = diff(dir.path(), args);
        assert_eq!((status, stderr.as_str()), (0, ""));
        assert!(
            stdout.contains("error[parameter-renamed]: `i.f`"),
            "{stdout}"
        );
        assert!(stdout.contains("--> wit/a.wit:2:30"), "{stdout}");
        assert!(stdout.contains(":wit/a.wit:2:30"), "{stdout}");
        assert!(stdout.contains("must be at least 0.2.0"), "{stdout}");
    }
    // From a folder further in, paths start there.
    let (status, stdout, stderr) = diff(&dir.path().join("wit"), &["git:HEAD:.", "."]);
    assert_eq!(status, 0, "{stderr}");
    assert!(stdout.contains("parameter-renamed"), "{stdout}");
    for (operand, rule) in [
        ("git:v9", "unknown-revision"),
        ("git:HEAD:tiw", "no-wit"),
        ("git:--help", "unknown-revision"),
    ] {
        let (status, _, stderr) = diff(dir.path(), &[operand]);
        assert_eq!(status, 2, "{stderr}");
        assert!(stderr.contains(rule), "{stderr}");
    }
}

fn a_revision_that_a_shallow_clone_lacks_is_not_called_unknown() {
    let dir = tempfile::tempdir().unwrap();
    let git = |folder: &str, args: &[&str]| git(&dir.path().join(folder), args);
    let whole = dir.path().join("whole");
    fs::create_dir_all(whole.join("wit")).unwrap();
    git("whole", &["init", "--quiet"]);
    for version in ["0.1.0", "0.1.1"] {
        let text = format!("package a:b@{version};\ninterface i {{ f: func(); }}\n");
        fs::write(whole.join("wit/a.wit"), text).unwrap();
        git("whole", &["add", "."]);
        git("whole", &["commit", "--quiet", "-m", version]);
        git("whole", &["tag", version]);
    }
    let url = format!("file://{}", whole.display());
    git(".", &["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    let shallow = dir.path().join("shallow");
    let (status, _, stderr) = diff(&shallow, &["git:0.1.0"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains(
            "error[shallow-clone]: this clone is shallow and doesn't have the revision `0.1.0`"
        ),
        "{stderr}"
    );
    assert!(stderr.contains("git fetch --unshallow --tags"), "{stderr}");
    // What the help says works.
    git("shallow", &["fetch", "--quiet", "--unshallow", "--tags"]);
    let (status, _, stderr) = diff(&shallow, &["git:0.1.0"]);
    assert_eq!(status, 0, "{stderr}");
}

fn a_revision_without_a_path_is_read_where_the_manifest_says() {
    let dir = tempfile::tempdir().unwrap();
    let repository = dir.path();
    fs::create_dir(repository.join("api")).unwrap();
    fs::write(repository.join("witgen.toml"), "wit = 'api'\n").unwrap();
    let write = |result: &str| {
        let text = format!("package a:b@0.1.0;\ninterface i {{ f: func() -> {result}; }}\n");
        fs::write(repository.join("api/a.wit"), text).unwrap();
    };
    write("u32");
    git(repository, &["init", "--quiet"]);
    git(repository, &["add", "."]);
    git(repository, &["commit", "--quiet", "-m", "first"]);
    write("u64");
    for folder in [repository, &repository.join("api")] {
        let (status, stdout, stderr) = diff(folder, &["git:HEAD"]);
        assert_eq!(status, 0, "{stderr}");
        assert!(stdout.contains("error[result-changed]: `i.f`"), "{stdout}");
    }
}

fn a_comment_shows_what_breaks_and_folds_the_rest() {
    let old =
        "package a:b@0.1.0;\ninterface i { f: func(); g: func(a: u8); }\nworld w { import i; }\n";
    let new = "package a:b@0.1.0;\ninterface i { f: func() -> string; g: func(a: u8); h: func(); }\n\
               world w { import i; }\n";
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("old.wit"), old).unwrap();
    fs::write(dir.path().join("new.wit"), new).unwrap();
    let (status, comment, stderr) =
        diff(dir.path(), &["old.wit", "new.wit", "--format", "markdown"]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let page = format!(
        "{}/blob/v{}/docs/diff.md#rules",
        env!("CARGO_PKG_REPOSITORY"),
        env!("CARGO_PKG_VERSION")
    );
    let expected = format!(
        "### `a:b@0.1.0` → `a:b@0.1.0`

**2 changes: 1 breaking for guests, 1 breaking for hosts, 1 for newer hosts only; the version must be at least 0.2.0, but \
         this is a:b@0.1.0**

#### Breaks guests and hosts

| change | where | rule |
|---|---|---|
| `i.f`: result `string` was added | `new.wit:2:15` | `result-changed` |

#### Needs newer hosts

| change | where | rule |
|---|---|---|
| function `i.h` was added | `new.wit:2:52` | `function-added` |

[Meaning of these changes]({page})
"
    );
    assert_eq!(comment, expected);
    let (_, comment, _) = diff(dir.path(), &["old.wit", "old.wit", "--format", "markdown"]);
    assert_eq!(comment, "### `a:b@0.1.0` → `a:b@0.1.0`\n\n**no changes**\n");
    let case = root().join("tests/diff/additions-only");
    let (_, comment, _) = diff(&case, &["old.wit", "new.wit", "--format", "markdown"]);
    let folded = comment.split_once("<details>\n<summary>Breaks nothing (").unwrap().1;
    assert!(folded.contains("\n</details>\n"), "{comment}");
}

fn programs_get_one_document() {
    let case = root().join("tests/diff/functions");
    let (_, stdout, _) = diff(&case, &["old.wit", "new.wit", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["least_version"], "0.4.0");
    assert_eq!(document["is_version_too_low"], true);
    let changes = document["changes"].as_array().unwrap();
    let removed = changes.iter().find(|change| change["rule"] == "function-removed").unwrap();
    assert_eq!(removed["item"], "i.gone");
    assert_eq!(removed["breaks"]["guest"], true);
    assert_eq!(removed["breaks"]["host"], false);
    assert_eq!(removed["old"], "old.wit:3:3");
}
