//! Books of mdBook: built, and read in Chromium.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use headless_chrome::Tab;

use crate::browser::{DESK_WIDTH, PHONE_WIDTH, picture, set_width, wait};
use crate::peers::program;

/// Builds a book from a folder with a `book.toml`.
///
/// # Panics
///
/// If mdBook fails or warns.
pub fn build(folder: &Path, into: &Path) {
    let mut mdbook = Command::new(program("mdbook", "0.5.4"));
    let built = mdbook.arg("build").arg(folder).arg("--dest-dir").arg(into).output().unwrap();
    let log = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{log}");
    let has_complaint = log.contains("WARN") || log.contains("ERROR");
    assert!(!has_complaint && log.contains("HTML book written"), "{log}");
}

/// Opens a page, with an optional query.
pub fn visit(tab: &Tab, page: &Path) {
    let url = format!("file://{}", page.display());
    tab.navigate_to(&url).unwrap();
    let (path, _) = url.split_once('?').unwrap_or((&url, ""));
    wait(
        tab,
        &format!("document.readyState === 'complete' && location.href.startsWith('{path}')"),
    );
}

/// Returns every page that mdBook made of one of a book's own.
pub fn pages(folder: &Path) -> Vec<PathBuf> {
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

/// What a page shows.
struct Seen {
    width: u32,
    window: u32,
    ids: BTreeSet<String>,
    /// Protocol, path and fragment.
    links: Vec<[String; 3]>,
    /// What the page loaded over a network.
    loaded: Vec<String>,
}

fn look(tab: &Tab) -> Seen {
    let script = "(() => {
        const links = [...document.querySelectorAll('main a[href]')];
        const loaded = performance.getEntriesByType('resource').map(entry => entry.name);
        return JSON.stringify([
            document.documentElement.scrollWidth,
            window.innerWidth,
            [...document.querySelectorAll('[id]')].map(e => e.id),
            links.map(a => [a.protocol, a.pathname, a.hash]),
            loaded.filter(name => !/^(file|data|blob):/.test(name)),
        ]);
    })()";
    let json = tab.evaluate(script, true).unwrap().value.unwrap();
    let (width, window, ids, links, loaded) = serde_json::from_str(json.as_str().unwrap()).unwrap();
    Seen {
        width,
        window,
        ids,
        links,
        loaded,
    }
}

/// Reads all pages on a phone, and returns how many links within the book they have.
///
/// # Panics
///
/// If a page is too wide or loads anything over a network, or if a link leads nowhere.
pub fn read_all(tab: &Tab, book: &Path) -> usize {
    let mut anchors: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut links: Vec<(String, [String; 3])> = Vec::new();
    let pages = pages(book);
    assert!(pages.len() >= 20, "{pages:?}");
    set_width(tab, PHONE_WIDTH);
    for page in &pages {
        visit(tab, page);
        let seen = look(tab);
        let name = page.strip_prefix(book).unwrap().display().to_string();
        assert!(
            seen.width <= seen.window,
            "{name} is {} wide, on a phone",
            seen.width
        );
        assert!(seen.loaded.is_empty(), "{name} loads {:?}", seen.loaded);
        anchors.insert(page.display().to_string(), seen.ids);
        let inside = seen.links.into_iter().filter(|[protocol, ..]| protocol == "file:");
        links.extend(inside.map(|link| (name.clone(), link)));
    }
    for (from, [_, path, hash]) in &links {
        // An index has two names.
        let target = path.replace("%40", "@").replace("README.html", "index.html");
        let anchor = hash.trim_start_matches('#');
        let Some(ids) = anchors.get(&target) else {
            let is_file = !target.ends_with(".html") && Path::new(&target).exists();
            assert!(is_file, "{from}: no page {target}");
            continue;
        };
        assert!(
            anchor.is_empty() || ids.contains(anchor),
            "{from}: no {target}{hash}"
        );
    }
    links.len()
}

/// Takes pictures of some pages at both widths, for people to look at.
pub fn shoot(tab: &Tab, book: &Path, names: &[&str], into: &Path) {
    fs::create_dir_all(into).unwrap();
    for width in [PHONE_WIDTH, DESK_WIDTH] {
        set_width(tab, width);
        for name in names {
            visit(tab, &book.join(name).with_extension("html"));
            let file = format!("{}.{width}.png", name.replace('/', "-"));
            fs::write(into.join(file), picture(tab)).unwrap();
        }
    }
}
