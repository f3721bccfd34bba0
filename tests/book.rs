//! The specification as a book: built by mdBook, read in a browser.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use headless_chrome::Tab;
use testkit::browser::{
    DESK_WIDTH, PHONE_WIDTH, click, evaluate, listen, open, picture, set_width, wait,
};
use testkit::peers::program;
use testkit::toolchain::target_dir;

/// The book, built; where its pages are.
fn build(dir: &Path) -> PathBuf {
    let root = env!("CARGO_MANIFEST_DIR");
    let spec = dir.join("spec");
    let made = Command::new(assert_cmd::cargo::cargo_bin("witgen"))
        .args([
            "docs",
            "--deps",
            "--book",
            "--mermaid",
            "mermaid.min.js",
            "--out",
        ])
        .arg(&spec)
        .current_dir(root)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    fs::copy(mermaid(dir), spec.join("mermaid.min.js")).unwrap();
    let built = Command::new(program("mdbook", "0.5.4"))
        .arg("build")
        .arg(&spec)
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{log}");
    let has_complaint = log.contains("WARN") || log.contains("ERROR");
    assert!(!has_complaint && log.contains("HTML book written"), "{log}");
    spec.join("book")
}

/// Mermaid's script, which a program of crates.io carries.
fn mermaid(dir: &Path) -> PathBuf {
    let folder = dir.join("mermaid");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("book.toml"), "[book]\n").unwrap();
    let mut install = Command::new(program("mdbook-mermaid", "0.17.1"));
    let output = install.arg("install").arg(&folder).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    folder.join("mermaid.min.js")
}

fn visit(tab: &Tab, page: &Path) {
    let url = format!("file://{}", page.display());
    tab.navigate_to(&url).unwrap();
    wait(
        tab,
        &format!("document.readyState === 'complete' && location.href === '{url}'"),
    );
}

/// Every page that mdBook made of one of ours.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            files.extend(pages(&path));
        } else if name.ends_with(".html")
            && !["404.html", "README.html", "print.html", "toc.html"].contains(&name)
        {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn the_book_is_read_without_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let book = build(dir.path());
    let browser = open();
    let tab = browser.new_tab().unwrap();
    let heard = listen(&tab);

    let mut anchors: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut links: Vec<(String, [String; 3])> = Vec::new();
    let pages = pages(&book);
    assert!(pages.len() >= 20, "{pages:?}");
    set_width(&tab, PHONE_WIDTH);
    for page in &pages {
        visit(&tab, page);
        let seen = look(&tab);
        let name = page.strip_prefix(&book).unwrap().display().to_string();
        assert!(
            seen.width <= seen.window,
            "{name} is {} wide, on a phone",
            seen.width
        );
        anchors.insert(page.display().to_string(), seen.ids);
        let inside = seen.links.into_iter().filter(|[protocol, ..]| protocol == "file:");
        links.extend(inside.map(|link| (name.clone(), link)));
    }

    assert!(links.len() > 500, "only {} links", links.len());
    for (from, [_, path, hash]) in &links {
        // An index has two names.
        let target = path.replace("%40", "@").replace("README.html", "index.html");
        let ids = anchors.get(&target).unwrap_or_else(|| panic!("{from}: no page {target}"));
        let anchor = hash.trim_start_matches('#');
        assert!(
            anchor.is_empty() || ids.contains(anchor),
            "{from}: no {target}{hash}"
        );
    }

    // A reader follows a link of a diagram's page, and one of a signature.
    set_width(&tab, DESK_WIDTH);
    visit(&tab, &book.join("index.html"));
    wait(
        &tab,
        "document.querySelectorAll('.mermaid svg .node').length === 5",
    );
    let drawn = evaluate(&tab, "document.querySelector('.mermaid svg').textContent");
    for word in [
        "caller",
        "proxy",
        "origin",
        "service",
        "client",
        "elsewhere",
    ] {
        assert!(
            drawn.as_str().unwrap().contains(word),
            "{word} is not in {drawn}"
        );
    }
    click(&tab, "main a[href='interfaces/origin.html']");
    wait(
        &tab,
        "location.pathname.endsWith('/interfaces/origin.html')",
    );
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

    click(&tab, "main a[href='../README.html']");
    wait(&tab, "location.pathname.endsWith('/book/index.html')");

    shoot(&tab, &book, &target_dir().join("book"));
    let heard = heard.lock().unwrap();
    assert!(heard.is_empty(), "{heard:#?}");
}

/// What a page shows, when it has drawn its diagrams.
#[derive(serde::Deserialize)]
struct Seen {
    width: u32,
    window: u32,
    ids: BTreeSet<String>,
    /// Protocol, path and fragment.
    links: Vec<[String; 3]>,
}

fn look(tab: &Tab) -> Seen {
    let script = "(async () => {
        const isDrawn = () => document.querySelector('code.language-mermaid') === null
            && [...document.querySelectorAll('.mermaid')].every(e => e.querySelector('svg'));
        for (let tries = 0; !isDrawn() && tries < 300; tries++) {
            await new Promise(resolve => setTimeout(resolve, 100));
        }
        const links = [...document.querySelectorAll('main a[href]')];
        return JSON.stringify({
            width: isDrawn() ? document.documentElement.scrollWidth : 0,
            window: window.innerWidth,
            ids: [...document.querySelectorAll('[id]')].map(e => e.id),
            links: links.map(a => [a.protocol, a.pathname, a.hash]),
        });
    })()";
    let json = tab.evaluate(script, true).unwrap().value.unwrap();
    let seen: Seen = serde_json::from_str(json.as_str().unwrap()).unwrap();
    assert!(seen.width > 0, "a diagram is not drawn");
    seen
}

/// Pictures of some pages at both widths, for people to look at.
fn shoot(tab: &Tab, book: &Path, into: &Path) {
    fs::create_dir_all(into).unwrap();
    for width in [PHONE_WIDTH, DESK_WIDTH] {
        set_width(tab, width);
        for name in ["index", "interfaces/types", "worlds/proxy"] {
            visit(tab, &book.join(name).with_extension("html"));
            look(tab);
            let file = format!("{}.{width}.png", name.replace('/', "-"));
            fs::write(into.join(file), picture(tab)).unwrap();
        }
    }
}
