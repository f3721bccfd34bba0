//! `witgen lint` and `witgen explain`.
//!
//! A folder of `tests/lint/` is a case: WIT, more arguments in `args`, and in `stderr.txt` what the user reads,
//! with the exit status at its end. The examples of a rule's page are a test too. `WITGEN_BLESS=1` rewrites
//! `stderr.txt`, `tests/lint_of_released.txt` and `docs/lint/README.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;
use testkit::command::{self, witgen};
use testkit::golden::assert_golden;
use testkit::suite::{Case, Cases, Suite};
use testkit::{released, root, tests};
use witgen::diagnostic::Severity;
use witgen::lint::{self, Level, Options, RULES, Report, Rule};
use witgen::model::describe;
use witgen::source::{Features, Source, load};

const CASES: Cases = Cases {
    folder: "tests/lint",
    inputs: &["args", "*.wit"],
    golden: "stderr.txt",
};

fn main() {
    let suite = RULES.iter().fold(Suite::new(file!()), |suite, rule| {
        suite.test(format!("examples::{}", rule.id), || check_examples(rule))
    });
    suite
        .cases(CASES, findings)
        .tests(&tests![
            every_file_of_a_rule_is_a_rule,
            every_rule_has_a_page_and_a_line_in_the_index,
            the_package_of_this_repository_keeps_the_rules,
            what_is_found_in_the_released_packages_is_known,
            a_baseline_lets_pass_what_was_there_and_nothing_new,
            a_baseline_that_is_none_is_said_so,
            each_format_is_one_document_also_without_findings,
            rules_weigh_what_the_options_say,
            what_has_no_text_is_looked_at_too,
            a_rule_is_explained_by_its_page,
            flags_that_name_no_rule_are_refused,
        ])
        .run();
}

fn here(path: &str) -> PathBuf {
    root().join(path)
}

/// The contents of a directory, sorted.
fn list(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

fn run(source: &Source, options: &Options) -> Report {
    let package = load(source, &Features::All).unwrap_or_else(|error| panic!("{error}"));
    lint::run(&describe(&package), options).unwrap()
}

fn every_file_of_a_rule_is_a_rule() {
    let registered: BTreeSet<_> = RULES
        .iter()
        .map(|rule| (rule.family.to_string(), rule.id.replace('-', "_")))
        .collect();
    let families = list(&here("generator/lint/rules")).into_iter().filter(|path| path.is_dir());
    let files = families.flat_map(|family| {
        let name = stem(&family).to_owned();
        let rules = list(&family).into_iter();
        rules.map(move |rule| (name.clone(), stem(&rule).to_owned()))
    });
    assert_eq!(registered, files.collect());
    assert_eq!(registered.len(), RULES.len(), "a rule is there twice");
}

fn every_rule_has_a_page_and_a_line_in_the_index() {
    let mut pages: BTreeSet<_> =
        list(&here("docs/lint")).iter().map(|path| stem(path).to_owned()).collect();
    pages.remove("README");
    assert_eq!(pages, RULES.iter().map(|rule| rule.id.to_owned()).collect());

    let mut index = String::from(
        "# Rules\n\n\
         `witgen lint` checks these rules. Each rule has a page, which `witgen explain RULE` also prints.\n",
    );
    let mut family = None;
    for rule in RULES {
        assert!(
            rule.page.starts_with(&format!("# {}\n\n", rule.id)),
            "{}",
            rule.id
        );
        assert!(rule.summary().ends_with('.'), "{}", rule.id);
        if family.replace(rule.family) != Some(rule.family) {
            let name = rule.family;
            index += &format!("\n## {name}\n\n| rule | by default | finds |\n|---|---|---|\n");
        }
        let (id, level, summary) = (rule.id, rule.level, rule.summary());
        index += &format!("| [{id}]({id}.md) | {level} | {summary} |\n");
    }
    assert_golden(&here("docs/lint/README.md"), &index);
}

/// The WIT below a heading of a page.
fn example<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("## {heading}\n")).unwrap();
    let (_, rest) = rest.split_once("```wit\n").unwrap();
    rest.split_once("```").unwrap().0
}

/// Checks that a rule finds the bad example of its page, and nothing in the good one.
fn check_examples(rule: &Rule) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("example.wit");
    let mut options = Options::default();
    if rule.level == Level::Off {
        options.levels.insert(rule.id.to_owned(), Level::Warning);
    }
    let findings = |heading| {
        fs::write(&path, example(rule.page, heading)).unwrap();
        run(&Source::File(path.clone()), &options)
            .diagnostics
            .into_iter()
            .filter(|finding| finding.code == rule.id)
            .collect::<Vec<_>>()
    };
    let bad = findings("Bad");
    assert!(!bad.is_empty(), "the bad example has no finding");
    for finding in bad {
        assert!(!finding.places.is_empty(), "no place: {finding}");
        assert!(!finding.help.is_empty(), "no help: {finding}");
        assert!(finding.message.contains('`'), "{finding}");
    }
    assert_eq!(findings("Good"), []);
}

/// Lints the package of a case, and returns what the user reads, with the exit status.
fn findings(case: &Case) -> String {
    let args = case.read_optional("args");
    let args: Vec<_> = ["lint", "--wit", "."].into_iter().chain(args.split_whitespace()).collect();
    let (status, stderr) = witgen(&case.folder, &args);
    format!("{stderr}exit status {status}\n")
}

fn the_package_of_this_repository_keeps_the_rules() {
    let report = run(&Source::Directory(here("wit")), &Options::default());
    assert_eq!(report.errors, 0, "{:#?}", report.diagnostics);
    // The released signatures return `result` without an error, and are what they are.
    let others: Vec<_> = report
        .diagnostics
        .iter()
        .filter(|it| it.code != "result-without-error")
        .collect();
    assert!(others.is_empty(), "{others:#?}");
    let (status, stderr) = witgen(&here(""), &["lint"]);
    assert_eq!(status, 0, "{stderr}");
}

fn what_is_found_in_the_released_packages_is_known() {
    let mut table = String::new();
    for name in ["cli", "clocks", "filesystem", "http", "random", "sockets"] {
        let folder = released::alone(name);
        let source = Source::Directory(folder.path().to_owned());
        let report = run(&source, &Options::default());
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        for finding in &report.diagnostics {
            *counts.entry(finding.code.id()).or_default() += 1;
        }
        table += &format!("wasi:{name}\n");
        for (rule, count) in counts {
            table += &format!("{count:4} {rule}\n");
        }
    }
    assert_golden(&here("tests/lint_of_released.txt"), &table);
}

const FINDINGS: &str = "package a:b;
/// I.
interface i {
  /// F.
  f: func(x: bool, y: bool) -> result;
  g: func();
}
";

fn written(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("api.wit"), text).unwrap();
    dir
}

fn a_baseline_lets_pass_what_was_there_and_nothing_new() {
    let dir = written(FINDINGS);
    let lint = |args: &[&str]| witgen(dir.path(), &[&["lint", "--wit", "api.wit"], args].concat());
    let baseline = ["--baseline", "witgen-lint-baseline.json", "--deny-warnings"];
    assert_eq!(lint(&["--deny-warnings"]).0, 1);
    let (status, stderr) = lint(&["--write-baseline"]);
    assert_eq!(status, 0);
    assert_eq!(
        stderr,
        "witgen-lint-baseline.json: accepts 5 findings in a:b\n"
    );
    let (status, stderr) = lint(&baseline);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("no findings in a:b"), "{stderr}");
    assert!(stderr.ends_with("5 accepted by the baseline\n"), "{stderr}");
    assert_eq!(status, 0);

    // What moves stays accepted; what is new is found.
    let moved = FINDINGS.replace(
        "interface i {",
        "interface i {\n\n  /// H.\n  h: func();\n  j: func();\n",
    );
    fs::write(dir.path().join("api.wit"), moved).unwrap();
    let (status, stderr) = lint(&baseline);
    assert_eq!(status, 1);
    assert!(
        stderr.contains("function `i.j` has no documentation"),
        "{stderr}"
    );
    assert!(stderr.contains("1 warning in a:b"), "{stderr}");

    // What is mended leaves its entry behind.
    let mended = FINDINGS.replace("  g: func();", "  /// G.\n  g: func();");
    fs::write(dir.path().join("api.wit"), mended).unwrap();
    let (status, stderr) = lint(&baseline);
    assert_eq!(status, 0);
    let stale = "the baseline accepts findings that no longer exist: docs-missing in `i.g`";
    assert!(stderr.contains(stale), "{stderr}");
}

fn a_baseline_that_is_none_is_said_so() {
    let dir = written(FINDINGS);
    let lint = |file: &str| {
        witgen(
            dir.path(),
            &["lint", "--wit", "api.wit", "--baseline", file],
        )
    };
    let (status, stderr) = lint("gone.json");
    assert_eq!(status, 2);
    assert!(
        stderr.contains("help: make it with --write-baseline=gone.json"),
        "{stderr}"
    );
    for text in ["{}", "[", r#"{"version":9,"findings":[]}"#] {
        fs::write(dir.path().join("odd.json"), text).unwrap();
        let (status, stderr) = lint("odd.json");
        assert_eq!(status, 2);
        assert!(stderr.contains("error[invalid-baseline]"), "{stderr}");
    }
}

fn each_format_is_one_document_also_without_findings() {
    let clean = "/// P.\npackage a:b;\n/// I.\ninterface i {\n  /// F.\n  f: func();\n}\n";
    for (text, count) in [(FINDINGS, 5), (clean, 0)] {
        let dir = written(text);
        let lint = |format: &str| {
            let args = ["lint", "--wit", "api.wit", "--format", format];
            command::findings(dir.path(), &args).1
        };
        let json: serde_json::Value = serde_json::from_str(&lint("json")).unwrap();
        assert_eq!(json["diagnostics"].as_array().unwrap().len(), count);
        let sarif: serde_json::Value = serde_json::from_str(&lint("sarif")).unwrap();
        assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), count);
        assert_eq!(lint("github").lines().count(), count);
    }
}

fn rules_weigh_what_the_options_say() {
    let dir = written(FINDINGS);
    let source = Source::File(dir.path().join("api.wit"));
    let mut options = Options::default();
    let levels = [
        ("docs-missing", Level::Off),
        ("boolean-pair", Level::Error),
        ("unversioned-package", Level::Warning),
    ];
    for (rule, level) in levels {
        options.levels.insert(rule.to_owned(), level);
    }
    options.allow.push("param-undocumented=i".parse().unwrap());
    let report = run(&source, &options);
    let reported = report.diagnostics.iter().map(|it| (it.code.id(), it.severity));
    let expected = [
        ("unversioned-package", Severity::Warning),
        ("result-without-error", Severity::Warning),
        ("boolean-pair", Severity::Error),
    ];
    assert_eq!(reported.collect::<Vec<_>>(), expected);
    assert_eq!((report.errors, report.warnings), (1, 2));

    options.levels.insert("dcos-missing".to_owned(), Level::Off);
    let package = load(&source, &Features::All).unwrap();
    let error = lint::run(&describe(&package), &options).unwrap_err();
    assert_eq!(error.first().help, ["did you mean `docs-missing`?"]);
    serde_json::from_str::<lint::Allow>("\"boolean-pair\"").unwrap_err();
}

fn what_has_no_text_is_looked_at_too() {
    let dir = written(&format!(
        "{FINDINGS}world w {{ import i; import f: func(); }}\nworld v {{ include w; }}\n"
    ));
    let package = load(&Source::File(dir.path().join("api.wit")), &Features::All).unwrap();
    let bytes = wit_component::encode(package.resolve(), package.id(), false).unwrap();
    let path = dir.path().join("api.wasm");
    fs::write(&path, bytes).unwrap();
    let report = run(&Source::Wasm(path), &Options::default());
    let rules: BTreeSet<_> = report.diagnostics.iter().map(|it| it.code.id()).collect();
    let expected = [
        "boolean-pair",
        "docs-missing",
        "param-undocumented",
        "result-without-error",
    ];
    assert_eq!(rules, BTreeSet::from(expected));
}

fn a_rule_is_explained_by_its_page() {
    let root = here("");
    let explain = |args: &[&str]| {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("witgen"));
        let output = command.arg("explain").args(args).current_dir(&root).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (status, list, _) = explain(&[]);
    assert_eq!(status, Some(0));
    for rule in RULES {
        let line = list
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{} ", rule.id)));
        assert!(
            line.is_some_and(|line| line.ends_with(&rule.summary())),
            "{}",
            rule.id
        );
    }
    let (status, page, _) = explain(&["since-missing"]);
    assert_eq!(status, Some(0));
    assert!(
        page.starts_with(&fs::read_to_string(root.join("docs/lint/since-missing.md")).unwrap())
    );
    assert!(page.ends_with("stability; by default: warning\n"), "{page}");
    let (_, json, _) = explain(&["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), RULES.len());
    let (status, _, stderr) = explain(&["since-mising"]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("did you mean `since-missing`?"), "{stderr}");
}

fn flags_that_name_no_rule_are_refused() {
    let dir = written(FINDINGS);
    for (args, help) in [
        (["--allow", "dcos-missing"], "did you mean `docs-missing`?"),
        (
            ["--allow", "dcos-missing=i"],
            "did you mean `docs-missing`?",
        ),
        (["--warn", "nonsense"], "`witgen explain` lists all rules"),
        (["--deny", "bolean-pair"], "did you mean `boolean-pair`?"),
    ] {
        let args = [&["lint", "--wit", "api.wit"], args.as_slice()].concat();
        let (status, stderr) = witgen(dir.path(), &args);
        assert_eq!(status, 2);
        assert!(
            stderr.contains("error[unknown-rule]") && stderr.contains(help),
            "{stderr}"
        );
    }
}
