//! The specification and the manual as books: built by mdBook, read in a browser without a network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use headless_chrome::Tab;
use pretty_assertions::assert_eq;
use testkit::books::{build, read_all, shoot, visit};
use testkit::browser::{DESK_WIDTH, PHONE_WIDTH, click, evaluate, listen, open, set_width, wait};
use testkit::root;
use testkit::toolchain::target_dir;

/// Held while a browser is open: several at a time need more memory than small machines have.
static BROWSER: Mutex<()> = Mutex::new(());

/// The specification of `wit/`, built; where its pages are.
fn build_spec(dir: &Path) -> PathBuf {
    let spec = dir.join("spec");
    let made = Command::new(assert_cmd::cargo::cargo_bin("witgen"))
        .args(["docs", "--deps", "--book", "--out"])
        .arg(&spec)
        .current_dir(root())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{stderr}");
    build(&spec, &spec.join("book"));
    spec.join("book")
}

/// Returns the texts of a kind that highlight.js found in an element, without repetitions.
///
/// The scripts of a page run until it is complete, so a page that a click opened is waited for.
fn colored(tab: &Tab, selector: &str, kind: &str) -> String {
    wait(tab, "document.readyState === 'complete'");
    let script = format!(
        "[...new Set([...document.querySelectorAll(`{selector} .hljs-{kind}`)].map(e => e.textContent))].join(' ')"
    );
    evaluate(tab, &script).as_str().unwrap().to_owned()
}

#[test]
fn the_specification_is_read_without_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let book = build_spec(dir.path());
    let _alone = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    let browser = open();
    let tab = browser.new_tab().unwrap();
    let heard = listen(&tab);
    let links = read_all(&tab, &book);
    assert!(links > 500, "only {links} links");

    // The diagram is there, and a reader follows a link of its page, and one of a signature.
    set_width(&tab, DESK_WIDTH);
    visit(&tab, &book.join("index.html"));
    wait(
        &tab,
        "document.querySelector('main img[src$=\"chain.svg\"]').naturalWidth > 200",
    );
    let titles = "[...document.querySelectorAll('#mdbook-sidebar .part-title')].map(e => e.textContent).join()";
    wait(
        &tab,
        &format!("{titles} === 'Worlds,Interfaces,Dependencies'"),
    );
    click(&tab, "main a[href='interfaces/origin.html']");
    wait(
        &tab,
        "location.pathname.endsWith('/interfaces/origin.html')",
    );
    assert_eq!(colored(&tab, "main .language-wit", "title"), "handle");
    assert_eq!(colored(&tab, "main .language-wit", "keyword"), "async func");
    assert_eq!(colored(&tab, "main .language-wit", "type"), "result");
    // The example has its own language, and no button that would run it elsewhere.
    assert_eq!(
        colored(&tab, "main details .language-rust", "title"),
        "guard"
    );
    let buttons = evaluate(
        &tab,
        "document.querySelectorAll('main .play-button').length",
    );
    assert_eq!(buttons.as_u64(), Some(0));
    click(&tab, "main pre a[href$='types.html#types.request']");
    wait(&tab, "location.hash === '#types.request'");
    wait(&tab, "document.readyState === 'complete'");
    let y = evaluate(
        &tab,
        "document.getElementById('types.request').getBoundingClientRect().top",
    );
    assert!(
        (-50.0..400.0).contains(&y.as_f64().unwrap()),
        "the item is at {y}"
    );
    let rfc = "main a[href='https://www.rfc-editor.org/rfc/rfc9110#section-3.4']";
    wait(&tab, &format!("document.querySelector(`{rfc}`) !== null"));

    click(&tab, "main a[href='../README.html']");
    wait(&tab, "location.pathname.endsWith('/book/index.html')");

    let names = [
        "index",
        "interfaces/types",
        "interfaces/origin",
        "worlds/proxy",
    ];
    shoot(&tab, &book, &names, &target_dir().join("book"));
    let heard = heard.lock().unwrap();
    assert!(heard.is_empty(), "{heard:#?}");
}

#[test]
fn the_manual_is_read_without_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let book = dir.path().join("manual");
    build(&root().join("docs"), &book);
    let _alone = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    let browser = open();
    let tab = browser.new_tab().unwrap();
    let heard = listen(&tab);
    let links = read_all(&tab, &book);
    assert!(links > 200, "only {links} links");

    set_width(&tab, DESK_WIDTH);
    visit(&tab, &book.join("maintaining.html"));
    let version = format!("witgen {}", env!("CARGO_PKG_VERSION"));
    let last = evaluate(
        &tab,
        "document.querySelector('main').lastElementChild.textContent",
    );
    assert_eq!(last.as_str().unwrap().trim(), version);
    assert_eq!(colored(&tab, "main pre", "title"), "open");
    assert_eq!(colored(&tab, "main pre", "type"), "string bool");

    // A search finds a page.
    visit(&tab, &book.join("index.html?search=backpressure"));
    wait(
        &tab,
        "document.querySelectorAll('#mdbook-searchresults a').length > 0",
    );

    let names = [
        "index",
        "maintaining",
        "components",
        "embedding",
        "lint/boolean-pair",
    ];
    shoot(&tab, &book, &names, &target_dir().join("manual-pictures"));
    let heard = heard.lock().unwrap();
    assert!(heard.is_empty(), "{heard:#?}");
}

#[test]
fn the_manual_s_grammar_of_wit_is_the_parser_s() {
    let file = root().join("docs/wit.js");
    testkit::golden::assert_golden(&file, &witgen::emit::docs::wit_grammar());
}

/// Returns all pages of the manual, by their paths from `docs/`.
fn manual_pages() -> Vec<String> {
    let docs = root().join("docs");
    let mut folders = vec![docs.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let path = path.strip_prefix(&docs).unwrap();
                found.push(path.display().to_string().replace('\\', "/"));
            }
        }
    }
    found.retain(|path| path.ends_with(".md") && path != "SUMMARY.md");
    found.sort();
    found
}

#[test]
fn every_page_of_the_manual_is_in_its_summary_once() {
    let docs = root().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let links = summary.split("](").skip(1);
    let mut listed: Vec<_> = links.map(|link| link.split_once(')').unwrap().0).collect();
    listed.sort();
    assert_eq!(listed, manual_pages());
}

/// Returns the lines of code blocks that rustdoc hides, and that readers of the Markdown see.
fn hidden_lines(page: &str) -> Vec<&str> {
    let mut is_rust = false;
    let lines = page.lines().filter(|line| {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            is_rust = language.starts_with("rust") || language.starts_with("rs");
        }
        is_rust && (*line == "#" || line.starts_with("# "))
    });
    lines.collect()
}

#[test]
fn code_has_no_lines_that_only_rustdoc_hides() {
    let none: Vec<&str> = Vec::new();
    let docs = root().join("docs");
    let pages = manual_pages().into_iter().map(|page| docs.join(page));
    for page in pages.chain([root().join("README.md")]) {
        let text = fs::read_to_string(&page).unwrap();
        assert_eq!(hidden_lines(&text), none, "{}", page.display());
    }
}

/// A script in the place of Mermaid's, which draws nothing.
const STAND_IN: &str = "window.mermaid = {
    initialize() {},
    run({ querySelector }) {
        for (const diagram of document.querySelectorAll(querySelector)) {
            diagram.replaceChildren(document.createElementNS('http://www.w3.org/2000/svg', 'svg'));
        }
    },
};";

#[test]
fn a_diagram_of_the_author_s_is_drawn_by_the_script_that_the_options_name() {
    let dir = tempfile::tempdir().unwrap();
    let wit = "/// ```mermaid\n/// flowchart TB\n/// ```\npackage a:b;\ninterface i {}\n";
    fs::write(dir.path().join("a.wit"), wit).unwrap();
    let made = Command::new(assert_cmd::cargo::cargo_bin("witgen"))
        .args(["docs", "a.wit", "--mermaid", "stand-in.js", "--out", "spec"])
        .current_dir(dir.path())
        .status();
    assert!(made.unwrap().success());
    let spec = dir.path().join("spec");
    fs::write(spec.join("stand-in.js"), STAND_IN).unwrap();
    build(&spec, &spec.join("book"));
    let _alone = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    let browser = open();
    let tab = browser.new_tab().unwrap();
    set_width(&tab, PHONE_WIDTH);
    visit(&tab, &spec.join("book/index.html"));
    wait(&tab, "document.querySelector('.mermaid svg') !== null");
}
