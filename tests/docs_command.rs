//! `witgen docs`, the command: what it writes, finds, and checks.
//!
//! A folder of `docs/` is a case: WIT whose documentation has findings, and in `stderr.txt` what the user reads.
//! `WITGEN_BLESS=1` rewrites it.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::pages::{Pages, faults, read};
use testkit::spec::no_faults;
use testkit::suite::{Case, Cases, Suite};
use testkit::tree::texts;
use testkit::{root, tests};

const CASES: Cases = Cases {
    folder: "tests/docs",
    inputs: &["api.wit"],
    golden: "stderr.txt",
};

fn main() {
    Suite::new(file!())
        .cases(CASES, findings)
        .tests(&tests![
            the_specification_in_this_repository_is_what_the_wit_says,
            a_check_shows_what_drifted_what_is_missing_and_what_is_left_over,
            what_is_gated_is_shown_with_its_gate_unless_features_are_named,
            links_to_the_source_go_where_the_pattern_says,
            the_index_lists_the_changes_since_the_baseline,
        ])
        .run();
}

fn the_specification_in_this_repository_is_what_the_wit_says() {
    let (status, stderr) = witgen(root(), &["docs", "--check"]);
    assert_eq!(status, 0, "{stderr}");
    let mut checked_in = Pages::new();
    for (path, contents) in texts(&root().join("spec")) {
        checked_in.insert(path, contents);
    }
    assert_eq!(faults(&checked_in), no_faults());
}

/// Makes the pages of a case, whose documentation has findings; returns what the user reads.
fn findings(case: &Case) -> String {
    let dir = tempfile::tempdir().unwrap();
    fs::copy(case.folder.join("api.wit"), dir.path().join("api.wit")).unwrap();
    let (status, stderr) = witgen(dir.path(), &["docs", "--wit", "api.wit", "--quiet"]);
    assert_eq!(status, 1);
    let mut pages = Pages::from_iter(texts(&dir.path().join("spec")));
    pages.remove(".witgen.json");
    assert!(pages.len() > 1, "{:?}", pages.keys());
    assert_eq!(faults(&pages), no_faults());
    for (path, page) in pages.iter().filter(|(path, _)| path.starts_with("interfaces/")) {
        assert!(page.contains("[source](../../api.wit#L"), "{path}: {page}");
    }
    stderr
}

fn a_check_shows_what_drifted_what_is_missing_and_what_is_left_over() {
    let dir = tempfile::tempdir().unwrap();
    let write = |wit: &str| fs::write(dir.path().join("api.wit"), wit).unwrap();
    let run = |args: &[&str]| {
        let args = [&["docs", "--wit", "api.wit"], args].concat();
        witgen(dir.path(), &args)
    };
    write("package a:b;\ninterface i { f: func(); }\ninterface old { f: func(); }\n");
    assert_eq!(run(&[]).0, 0);
    assert_eq!(run(&["--check"]).0, 0);
    let before = texts(&dir.path().join("spec"));

    write("package a:b;\ninterface i { f: func(a: u8); }\ninterface new { f: func(); }\n");
    let (status, stderr) = run(&["--check"]);
    assert_eq!(status, 1);
    for line in [
        "-<pre><code class=\"language-wit\">f: func()</code></pre>",
        "+<pre><code class=\"language-wit\">f: func(a: u8)</code></pre>",
        "`spec/interfaces/new.md` is missing",
        "`spec/interfaces/old.md` is left from an earlier run, and is no longer generated",
    ] {
        assert!(stderr.contains(line), "{line}\n{stderr}");
    }
    assert_eq!(
        texts(&dir.path().join("spec")),
        before,
        "a check writes nothing"
    );

    // Only what changed is written.
    let page = dir.path().join("spec/README.md");
    let (status, stderr) = run(&[]);
    assert_eq!(status, 0, "{stderr}");
    let modified = fs::metadata(&page).unwrap().modified().unwrap();
    write("package a:b;\ninterface i { f: func(b: u8); }\ninterface new { f: func(); }\n");
    let (_, stderr) = run(&[]);
    assert!(stderr.contains("changed spec/interfaces/i.md"), "{stderr}");
    assert!(!stderr.contains("README"), "{stderr}");
    assert_eq!(fs::metadata(&page).unwrap().modified().unwrap(), modified);
}

const GATED: &str = "package a:b@1.0.0;
@unstable(feature = later) interface hidden { f: func(); }
@since(version = 0.9.0) @deprecated(version = 1.0.0) interface old { @unstable(feature = soon) g: func(); h: func(); }
";

fn what_is_gated_is_shown_with_its_gate_unless_features_are_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("api.wit"), GATED).unwrap();
    let run = |args: &[&str]| {
        let args = [&["docs", "--wit", "api.wit", "--quiet"], args].concat();
        assert_eq!(witgen(dir.path(), &args), (0, String::new()));
        texts(&dir.path().join("spec"))
    };
    let all = run(&[]);
    assert!(all["interfaces/hidden.md"].contains("**unstable**, feature `later`"));
    let old = &all["interfaces/old.md"];
    assert!(
        old.contains("since 0.9.0 · **deprecated since 1.0.0**"),
        "{old}"
    );
    assert!(
        old.contains("Function · **unstable**, feature `soon`"),
        "{old}"
    );
    let some = run(&["--features", "soon"]);
    assert!(!some.contains_key("interfaces/hidden.md"));
    assert!(read(&some["interfaces/old.md"]).anchors.contains(&"old.g".to_owned()));
}

fn links_to_the_source_go_where_the_pattern_says() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("my wit")).unwrap();
    fs::write(
        dir.path().join("my wit/api.wit"),
        "package a:b;\ninterface i {}\n",
    )
    .unwrap();
    let page = |args: &[&str]| {
        let args = [
            &["docs", "--wit", "my wit", "--quiet", "--out", "a/b"],
            args,
        ]
        .concat();
        assert_eq!(witgen(dir.path(), &args), (0, String::new()));
        fs::read_to_string(dir.path().join("a/b/interfaces/i.md")).unwrap()
    };
    assert!(page(&[]).contains("[source](../../../my%20wit/api.wit#L2)"));
    let url = "https://x.test/{file}?line={line}";
    let linked = page(&["--source-url", url]);
    assert!(
        linked.contains("[source](https://x.test/my%20wit/api.wit?line=2)"),
        "{linked}"
    );
    assert!(!page(&["--source-url", ""]).contains("[source]"));
    assert!(!page(&["--book"]).contains("[source]"));
}

fn the_index_lists_the_changes_since_the_baseline() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write(
        "old.wit",
        "package a:b@1.0.0;\ninterface i { f: func(); }\n",
    );
    write(
        "new.wit",
        "package a:b@1.1.0;\ninterface i {\n  /// Does it.\n  f: func();\n  g: func();\n}\n",
    );
    let manifest = "wit = 'new.wit'\n[docs]\nout = 'spec'\nchanges = true\n";
    write(
        "witgen.toml",
        &format!("{manifest}[baseline]\npackage = 'old.wit'\n"),
    );
    let index = || fs::read_to_string(dir.path().join("spec/README.md")).unwrap();
    for command in ["docs", "generate"] {
        let (status, stderr) = witgen(dir.path(), &[command]);
        assert_eq!(status, 0, "{stderr}");
        let index = index();
        let (_, changes) = index.split_once("\n## Changes since `a:b@1.0.0`\n").unwrap();
        let added = "\n### Added\n\n- function [`i.g`](interfaces/i.md#i.g) was added";
        assert!(changes.starts_with(added), "{changes}");
        assert!(!changes.contains("documentation"), "{changes}");
    }

    write("witgen.toml", manifest);
    assert_eq!(witgen(dir.path(), &["docs"]).0, 0);
    assert!(!index().contains("Changes"), "{}", index());
}
