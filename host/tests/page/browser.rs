//! The page in a browser: what an operator sees, with which devices.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use headless_chrome::protocol::cdp::Emulation;
use headless_chrome::protocol::cdp::types::Method;
use headless_chrome::{Browser, Tab};
use pretty_assertions::assert_eq;
use serde::Serialize;
use serde_json::Value;
use testkit::browser::{
    DESK_WIDTH, PHONE_WIDTH, click, evaluate, listen, open, picture, set_width, wait,
};
use testkit::toolchain::target_dir;
use testkit_serve::serve::{Served, serve};

use super::chains::{Chains, chains};
use super::contrast::faint_texts;

/// Opens the page of a server, and waits until it shows something.
fn visit(tab: &Tab, admin: &str) {
    tab.navigate_to(admin).unwrap();
    wait(
        tab,
        "document.readyState === 'complete' && document.querySelectorAll('#member-list tbody tr').length > 0",
    );
}

fn text(tab: &Tab, selector: &str) -> String {
    let script = format!("document.querySelector(`{selector}`)?.innerText ?? ''");
    evaluate(tab, &script).as_str().unwrap().to_owned()
}

fn prefer(tab: &Tab, scheme: &str) {
    let feature = Emulation::MediaFeature {
        name: "prefers-color-scheme".to_owned(),
        value: scheme.to_owned(),
    };
    tab.call_method(Emulation::SetEmulatedMedia {
        media: None,
        features: Some(vec![feature]),
    })
    .unwrap();
}

fn two_chains(dir: &std::path::Path) -> Chains {
    chains(dir, &["--admin", "127.0.0.1:0", "--member-times"])
}

#[test]
fn an_operator_sees_chains_requests_and_what_went_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let chains = two_chains(dir.path());
    let browser = open();
    let tab = browser.new_tab().unwrap();
    let errors = listen(&tab);
    visit(&tab, chains.served.admin.as_deref().unwrap());

    let drawn = text(&tab, "#chain-list");
    for name in [
        "web",
        "closed",
        "Clients",
        "gate",
        "stamp",
        "bad",
        "guard",
        "auth.example",
    ] {
        assert!(drawn.contains(name), "{name} is not in {drawn}");
    }
    assert_eq!(text(&tab, "#request-list"), "No requests yet.");

    // Numbers change while requests arrive.
    for _ in 0..30 {
        assert_eq!(chains.get("/item"), 200);
    }
    assert_eq!(chains.get("/closed"), 403);
    assert_eq!(chains.get("/panic"), 500);
    wait(
        &tab,
        "document.getElementById('tiles').innerText.includes('32 in the last minute')",
    );
    wait(
        &tab,
        "document.getElementById('member-list').innerText.includes('31 answered')",
    );
    for (list, expected) in [
        ("#event-list", "guard → auth.example denied"),
        ("#event-list", "wasm trap"),
        ("#charts", "32 requests in the last five minutes"),
        ("#served-list", "sha256:"),
    ] {
        wait(
            &tab,
            &format!(
                "document.querySelector(`{list}`).innerText.replace(/\\s+/g, ' ').includes(`{expected}`)"
            ),
        );
    }

    // A request as a waterfall, which stays open while others arrive.
    let row =
        "[...document.querySelectorAll('tr.request')].find(row => row.innerText.includes('/item'))";
    evaluate(&tab, &format!("{row}.querySelector('button').click()"));
    let bars = evaluate(
        &tab,
        "[...document.querySelectorAll('.bars .row-name')].map(name => name.innerText)",
    );
    let expected = [
        "Request",
        "gate member",
        "auth.example side call",
        "stamp member",
        "bad member",
        "Content",
    ];
    assert_eq!(bars, serde_json::json!(expected));
    let drawn = evaluate(
        &tab,
        "[...document.querySelectorAll('.bars rect:not(.track)')].map(bar => [bar.getAttribute('class'), Number(bar.getAttribute('x')), Number(bar.getAttribute('width'))])",
    );
    let kinds = [
        "request",
        "member",
        "side-call",
        "member",
        "member",
        "content",
    ];
    for (bar, kind) in drawn.as_array().unwrap().iter().zip(kinds) {
        let (start, width) = (bar[1].as_f64().unwrap(), bar[2].as_f64().unwrap());
        assert_eq!(bar[0], kind);
        assert!(
            width > 0.0 && start >= 0.0 && start + width <= 100.7,
            "{drawn}"
        );
    }
    for _ in 0..40 {
        assert_eq!(chains.get("/later"), 200);
    }
    wait(
        &tab,
        "document.getElementById('request-list').innerText.includes('/later')",
    );
    assert!(text(&tab, ".bars").contains("auth.example"));

    // The other lists.
    click(&tab, "input[value=failed] + span");
    wait(
        &tab,
        "document.getElementById('request-list').innerText.includes('/panic')",
    );
    click(&tab, "input[value=slowest] + span");
    wait(
        &tab,
        "document.getElementById('requests-note').innerText.includes('five minutes')",
    );

    // Paused, it asks for nothing.
    click(&tab, "#pause");
    wait(
        &tab,
        "document.getElementById('state').innerText === 'Paused'",
    );
    let asked = "performance.getEntriesByName(`${location.origin}/status.json`).length";
    let before = evaluate(&tab, asked);
    std::thread::sleep(std::time::Duration::from_millis(2500));
    assert_eq!(evaluate(&tab, asked), before);
    click(&tab, "#pause");
    wait(
        &tab,
        "document.getElementById('state').innerText === 'Live'",
    );
    let errors = errors.lock().unwrap();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn the_page_suits_phones_dark_rooms_keyboards_and_screen_readers() {
    let dir = tempfile::tempdir().unwrap();
    let chains = two_chains(dir.path());
    for path in [
        "/item",
        "/closed",
        "/panic",
        &format!("/{}", "long/".repeat(60)),
    ] {
        chains.get(path);
    }
    let browser = open();
    let tab = browser.new_tab().unwrap();
    let errors = listen(&tab);
    let pictures = target_dir().join("page");
    fs::create_dir_all(&pictures).unwrap();
    for width in [PHONE_WIDTH, DESK_WIDTH] {
        for scheme in ["light", "dark"] {
            set_width(&tab, width);
            prefer(&tab, scheme);
            visit(&tab, chains.served.admin.as_deref().unwrap());
            wait(
                &tab,
                "document.getElementById('event-list').innerText.includes('denied')",
            );
            click(&tab, "tr.request button");
            wait(&tab, "document.querySelector('.waterfall') !== null");
            let name = format!("{width}.{scheme}.png");
            fs::write(pictures.join(&name), picture(&tab)).unwrap();
            let needed = evaluate(&tab, "document.documentElement.scrollWidth");
            assert!(
                needed.as_u64().unwrap() <= u64::from(width),
                "{name}: {needed}"
            );
            assert_eq!(faint_texts(&tab), Vec::<String>::new(), "{name}");
        }
    }
    check_accessibility_tree(&tab);
    check_keyboard(&tab);
    let errors = errors.lock().unwrap();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Returns what screen readers get. `headless_chrome` doesn't know all properties that Chromium has.
#[derive(Debug, Serialize)]
struct GetFullAxTree {}

impl Method for GetFullAxTree {
    const NAME: &'static str = "Accessibility.getFullAXTree";

    type ReturnObject = Value;
}

/// Checks what screen readers get: landmarks, headings, names of controls, tables.
fn check_accessibility_tree(tab: &Tab) {
    let tree = tab.call_method(GetFullAxTree {}).unwrap();
    let value = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
    let shown = tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] == false);
    let nodes: Vec<(String, String)> =
        shown.map(|node| (value(&node["role"]), value(&node["name"]))).collect();
    let named = |role: &str| -> Vec<&str> {
        let of_role = nodes.iter().filter(|(own, _)| own == role);
        of_role.map(|(_, name)| name.as_str()).collect()
    };
    for landmark in ["banner", "navigation", "main"] {
        assert_eq!(named(landmark).len(), 1, "{landmark}: {nodes:?}");
    }
    let regions: BTreeSet<_> = named("region").into_iter().collect();
    for section in ["Now", "Chains", "Requests", "Members", "Events", "Versions"] {
        assert!(regions.contains(section), "{section}: {regions:?}");
    }
    for control in ["button", "link", "radio", "table", "list", "img", "image"] {
        let unnamed = named(control).into_iter().filter(|name| name.is_empty());
        let names = unnamed.count();
        // Lists of events stand under their headings.
        assert!(names == 0 || control == "list", "{control}: {nodes:?}");
    }
    assert!(named("columnheader").contains(&"Duration"), "{nodes:?}");
    assert!(named("rowheader").contains(&"gate"), "{nodes:?}");
    assert_eq!(named("heading")[..2], ["witgen serve", "Now"]);
    // Only the state is read aloud when it changes.
    assert_eq!(named("status").len(), 1);
    assert_eq!(
        evaluate(tab, "document.querySelectorAll('[aria-live]').length"),
        0
    );
}

/// Checks that the tabulator key reaches every control, and that keys operate it.
fn check_keyboard(tab: &Tab) {
    let controls = "document.querySelectorAll('a[href], button, input, summary, [tabindex=\"0\"]')";
    // A group of radio buttons is one stop; it is hidden what has nothing to show.
    let expected = format!(
        "[...{controls}].filter(e => e.getClientRects().length > 0 && (e.type !== 'radio' || e.checked)).length"
    );
    evaluate(tab, "document.getElementById('pause').click()");
    evaluate(tab, "document.activeElement.blur()");
    let expected = evaluate(tab, &expected).as_u64().unwrap();
    evaluate(
        tab,
        "(window.reached = new Set(), document.addEventListener('focusin', e => reached.add(e.target)), 0)",
    );
    for _ in 0..expected + 5 {
        tab.press_key("Tab").unwrap();
    }
    let reached = evaluate(
        tab,
        "[...reached].filter(e => e.matches('a[href], button, input, summary, [tabindex=\"0\"]')).length",
    );
    assert_eq!(reached.as_u64(), Some(expected));
    let is_open = "document.querySelector('tr.request button').getAttribute('aria-expanded')";
    let before = evaluate(tab, is_open);
    evaluate(tab, "document.querySelector('tr.request button').focus()");
    tab.press_key("Enter").unwrap();
    assert_ne!(evaluate(tab, is_open), before);
    // The focus stays where it was.
    assert_eq!(
        evaluate(
            tab,
            "document.activeElement === document.querySelector('tr.request button')"
        ),
        true
    );
}

#[test]
fn text_of_others_is_only_text() {
    let dir = tempfile::tempdir().unwrap();
    let chains = two_chains(dir.path());
    let address = chains.served.address().to_owned();
    for path in [
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/\"'{img}\u{202e}gpj.exe",
    ] {
        let mut stream = TcpStream::connect(&address).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    }
    let browser = open();
    let tab = browser.new_tab().unwrap();
    let errors = listen(&tab);
    visit(&tab, chains.served.admin.as_deref().unwrap());
    wait(&tab, "document.querySelectorAll('tr.request').length === 2");
    let shown = text(&tab, "#request-list");
    for path in [
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/\"'{img}\\u{202e}gpj.exe",
    ] {
        assert!(shown.contains(path), "{path} is not in {shown}");
    }

    // Whatever text there is in the status, nothing becomes an element.
    chains.get("/closed");
    chains.get("/panic");
    wait(
        &tab,
        "state.status.events.traps.length > 0 && state.status.requests.failed.length > 0",
    );
    evaluate(&tab, "document.getElementById('pause').click()");
    evaluate(
        &tab,
        r#"(() => {
            const kept = new Set(["version", "to", "kind", "end", "outcome", "result"]);
            const hostile = (value, key) => {
                if (typeof value === "string") {
                    return kept.has(key) ? value : `<img src=x onerror="window.hit = 1">\u202e${value}`;
                }
                if (Array.isArray(value)) {
                    return value.map((item) => hostile(item, key));
                }
                if (value !== null && typeof value === "object") {
                    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hostile(item, key)]));
                }
                return value;
            };
            accept(hostile(state.status));
            document.querySelectorAll("tr.request button").forEach((button) => button.click());
        })()"#,
    );
    let shown = text(&tab, "main");
    for part in [
        "#chain-list",
        "#request-list",
        "#member-list",
        "#event-list",
        "#served-list",
    ] {
        let shown = text(&tab, part);
        assert!(
            shown.contains("<img src=x onerror=\"window.hit = 1\">\\u{202e}"),
            "{part}: {shown}"
        );
    }
    assert!(!shown.contains('\u{202e}'), "{shown}");
    assert_eq!(evaluate(&tab, "document.querySelectorAll('img').length"), 0);
    assert_eq!(evaluate(&tab, "window.hit ?? null"), Value::Null);
    let errors = errors.lock().unwrap();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn the_page_comes_back_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let start = |admin: &str| serve(dir.path(), &["hello", "--admin", admin]).with_admin();
    let served: Served = start("127.0.0.1:0");
    let admin = served.admin.clone().unwrap();
    let browser: Browser = open();
    let tab = browser.new_tab().unwrap();
    visit(&tab, &admin);
    wait(
        &tab,
        "document.getElementById('state').innerText === 'Live'",
    );
    drop(served);
    wait(
        &tab,
        "document.getElementById('state').innerText.startsWith('No response from the server since')",
    );
    // What it showed is still there.
    assert!(text(&tab, "#chain-list").contains("hello"));
    let _served = start(admin.strip_prefix("http://").unwrap());
    wait(
        &tab,
        "document.getElementById('state').innerText === 'Live'",
    );

    // A hidden page sends no requests.
    let hide = "(Object.defineProperty(document, 'hidden', { value: true, configurable: true }), document.dispatchEvent(new Event('visibilitychange')), 0)";
    evaluate(&tab, hide);
    std::thread::sleep(std::time::Duration::from_millis(500));
    let asked = "performance.getEntriesByName(`${location.origin}/status.json`).length";
    let before = evaluate(&tab, asked);
    std::thread::sleep(std::time::Duration::from_millis(2500));
    assert_eq!(evaluate(&tab, asked), before);
    evaluate(
        &tab,
        "(delete document.hidden, document.dispatchEvent(new Event('visibilitychange')), 0)",
    );
    wait(&tab, &format!("{asked} > {before}"));
}
