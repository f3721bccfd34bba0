//! `witgen-serve chain.toml`: what a reload changes, and what it leaves as it was.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, TIMEOUT, client, file, serve, witgen_serve};
use testkit_serve::tls::Authority;

use super::config::chain_file;

const HELLO: &str = "\
[members.hello]
component = 'hello.wasm'
[members.length]
component = 'length.wasm'
[chains.web]
members = ['hello']
";

fn answer(url: &str) -> (u16, String) {
    let mut response = client().get(url).call().unwrap();
    let status = response.status().as_u16();
    (status, response.body_mut().read_to_string().unwrap())
}

fn hello() -> (u16, String) {
    (200, "hello\n".to_owned())
}

/// Serves a file that says this, with an endpoint for operators.
fn served(dir: &Path, text: &str, args: &[&str]) -> Served {
    let path = chain_file(dir, &["hello", "length", "stamp", "talker"], text);
    serve(
        dir,
        &[&[path.as_str(), "--admin", "127.0.0.1:0"], args].concat(),
    )
    .with_admin()
}

/// Replaces the file and reloads it. Returns once the reload has been counted.
pub(super) fn reload(served: &Served, dir: &Path, text: &str, result: &str) {
    let name = format!("witgen_reloads_total{{result=\"{result}\"}}");
    let before = served.metric(&name);
    fs::write(dir.join("chain.toml"), text).unwrap();
    served.signal("HUP");
    let begin = Instant::now();
    while served.metric(&name) <= before {
        assert!(
            begin.elapsed() < TIMEOUT,
            "not {result}: {:#?}",
            served.log()
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn every_setting_is_replaced_by_a_reload() {
    let dir = tempfile::tempdir().unwrap();
    let served = served(dir.path(), HELLO, &[]);
    assert_eq!(answer(&served.url), hello());
    let change = |text: &str| reload(&served, dir.path(), text, "served");

    // The members of a chain, and chains with routes.
    change(&HELLO.replace("['hello']", "['length']"));
    assert_eq!(answer(&served.url), (200, "0\n".to_owned()));
    let routes = "[chains.api]\nmembers = ['length']\n[[routes]]\nchain = 'web'\n[[routes]]\npath = '/api'\nchain = 'api'\n";
    change(&format!("{HELLO}{routes}"));
    assert_eq!(answer(&served.url), hello());
    assert_eq!(
        answer(&format!("{}/api", served.url)),
        (200, "0\n".to_owned())
    );

    // The environment of a member.
    for value in ["1", "2"] {
        let talker = format!(
            "[members.talker]\ncomponent = 'talker.wasm'\nenvironment = {{ A = '{value}' }}\n"
        );
        change(&format!(
            "{talker}{}",
            HELLO.replace("['hello']", "['talker', 'hello']")
        ));
        let response = client().get(&served.url).call().unwrap();
        assert_eq!(
            response.headers()["x-environment"],
            format!("A={value}").as_str()
        );
    }

    // An origin: the chain is open from now on, and the server an intermediary.
    let origin = serve(dir.path(), &["talker", "hello"]);
    let open = format!(
        "[members.stamp]\ncomponent = 'stamp.wasm'\n[chains.web]\nmembers = ['stamp']\norigin = '{}'\n[server]\nname = 'us'\n",
        origin.url
    );
    change(&open);
    let response = client().get(&served.url).call().unwrap();
    assert_eq!(response.headers()["x-stamp"], "1");
    let response = client().get(&served.url).header("cdn-loop", "us").call().unwrap();
    assert_eq!(response.status(), 508);
    change(&open.replace("'us'", "'them'"));
    let response = client().get(&served.url).header("cdn-loop", "us").call().unwrap();
    assert_eq!(response.status(), 200);

    // Limits of clients and of components, and more memory than was preallocated.
    let limits = |limits: &str| {
        format!(
            "{}[limits]\n{limits}\n",
            HELLO.replace("['hello']", "['length']")
        )
    };
    let post = || {
        client()
            .post(&served.url)
            .send("more than ten bytes")
            .unwrap()
            .status()
            .as_u16()
    };
    change(&limits("max-body-size = '10B'"));
    assert_eq!(post(), 413);
    change(&limits("max-body-size = '1KiB'"));
    assert_eq!(post(), 200);
    // So far, the memory that was reserved at the start was enough.
    let log = served.log().join("\n");
    assert!(!log.contains("no memory pool"), "{log}");
    change(&limits("max-memory = '512MiB'\nmax-instances = 3"));
    assert_eq!(answer(&served.url), (200, "0\n".to_owned()));
    reload(
        &served,
        dir.path(),
        &limits("max-memory = '64KiB'"),
        "refused",
    );
    served.logs(&[
        "the components stay as they were",
        "more memory at its start",
    ]);
    assert_eq!(answer(&served.url), (200, "0\n".to_owned()));
}

#[test]
fn the_log_is_replaced_by_a_reload_except_for_its_form() {
    let dir = tempfile::tempdir().unwrap();
    let served = served(dir.path(), HELLO, &[]);
    let change = |text: &str, result: &str| {
        reload(
            &served,
            dir.path(),
            &format!("{HELLO}[log]\n{text}\n"),
            result,
        );
    };
    let get = |path: &str| answer(&format!("{}{path}", served.url));
    get("/first");
    served.logs(&["\"path\":\"/first\"", "\"status\":200"]);
    change("access-log-fields = ['path']", "served");
    get("/second");
    let line = served.logs(&["\"path\":\"/second\""]);
    assert!(!line.contains("status"), "{line}");
    change("access-log = false\nrequest-id = true", "served");
    let response = client().get(format!("{}/third", served.url)).call().unwrap();
    assert!(response.headers().contains_key("x-request-id"));
    change("level = 'error'", "served");
    get("/fourth");
    change("level = 'info'", "served");
    get("/fifth");
    served.logs(&["\"path\":\"/fifth\""]);
    let log = served.log().join("\n");
    assert!(!log.contains("/third") && !log.contains("/fourth"), "{log}");

    change("format = 'human'", "refused");
    served.logs(&[
        "`log.format` can't change while the server runs",
        "restart-required",
    ]);
    get("/sixth");
    served.logs(&["\"path\":\"/sixth\""]);
}

#[test]
fn listeners_are_opened_and_closed_by_a_reload() {
    let dir = tempfile::tempdir().unwrap();
    let free = || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let (first, second, third) = (free(), free(), free());
    let file = |addresses: &[&str], admin: &str| {
        let listeners = addresses
            .iter()
            .map(|address| format!("[[listeners]]\naddress = '{address}'\n"));
        let admin = format!("[admin]\nlisten = '{admin}'\n");
        listeners.collect::<String>() + &admin + HELLO
    };
    let path = chain_file(dir.path(), &["hello", "length"], &file(&[&first], &third));
    let served = Served::of(witgen_serve(&[&path])).with_admin();
    assert_eq!(served.address(), first);
    let url = |address: &str| format!("http://{address}");
    assert_eq!(answer(&url(&first)), hello());

    // One more, and then the first one no more.
    reload(
        &served,
        dir.path(),
        &file(&[&first, &second], &third),
        "served",
    );
    assert_eq!(answer(&url(&first)), hello());
    assert_eq!(answer(&url(&second)), hello());
    reload(&served, dir.path(), &file(&[&second], &third), "served");
    assert_eq!(answer(&url(&second)), hello());
    let begin = Instant::now();
    while client().get(url(&first)).call().is_ok() {
        assert!(begin.elapsed() < TIMEOUT, "it still listens");
        thread::sleep(Duration::from_millis(20));
    }

    // An address that is taken: nothing changes, not even the components.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let text = file(&[&second, &address], &third).replace("['hello']", "['length']");
    reload(&served, dir.path(), &text, "refused");
    served.logs(&["the listeners stay as they were", &address, "cannot-listen"]);
    assert_eq!(answer(&url(&second)), hello());

    // The endpoint for operators.
    let fourth = free();
    fs::write(dir.path().join("chain.toml"), file(&[&second], &fourth)).unwrap();
    served.signal("HUP");
    served.logs(&["admin on", &fourth]);
    assert_eq!(answer(&format!("http://{fourth}/readyz")).1, "ready\n");
    assert_eq!(answer(&url(&second)), hello());
}

#[test]
fn a_reload_that_fails_in_any_part_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let served = served(dir.path(), HELLO, &[]);
    let length = HELLO.replace("['hello']", "['length']");
    for (text, part) in [
        ("not toml".to_owned(), "the settings stay as they were"),
        (format!("{length}[limit]\n"), "has no key `limit`"),
        (format!("{length}[limt]\n"), "chain.toml:7:2\""),
        (length.replace("length.wasm", "missing.wasm"), "cannot read"),
        (format!("{length}[limits]\nmax-memory = '0B'\n"), "is zero"),
        (
            format!("{length}[log]\nlevel = 'loud'\n"),
            "can't be `loud`",
        ),
        (
            format!("{length}[tls]\nca = ['missing.pem']\n"),
            "missing.pem",
        ),
        (
            format!(
                "[members.b]\ncomponent = 'b.wasm'\nenvironment = {{ A = '${{WITGEN_UNSET}}' }}\n{length}"
            ),
            "`WITGEN_UNSET` of the environment isn't set",
        ),
        (
            format!(
                "[members.other]\ncomponent = 'missing.wasm'\n[chains.other]\nmembers = ['other']\n[[routes]]\nchain = 'web'\n[[routes]]\npath = '/o'\nchain = 'other'\n{length}"
            ),
            "missing.wasm",
        ),
    ] {
        reload(&served, dir.path(), &text, "refused");
        served.logs(&["\"target\":\"reload\"", part]);
        assert_eq!(answer(&served.url), hello(), "{text}");
    }
    // The file itself is gone.
    fs::remove_file(dir.path().join("chain.toml")).unwrap();
    served.signal("HUP");
    served.logs(&["cannot read", "chain.toml"]);
    assert_eq!(answer(&served.url), hello());
    reload(&served, dir.path(), &length, "served");
    assert_eq!(answer(&served.url), (200, "0\n".to_owned()));
}

#[test]
fn no_request_is_lost_while_settings_are_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let served = served(dir.path(), HELLO, &["--no-access-log"]);
    let (is_stopped, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
    let load = {
        let (is_stopped, answered) = (is_stopped.clone(), answered.clone());
        let url = served.url.clone();
        move || {
            let client = client();
            let mut failures = Vec::new();
            while !is_stopped.load(Ordering::Relaxed) {
                match client.get(&url).call() {
                    Ok(response) if response.status() == 200 => {}
                    other => failures.push(format!("{other:?}")),
                }
                answered.fetch_add(1, Ordering::Relaxed);
            }
            failures
        }
    };
    let clients: Vec<_> = (0..4).map(|_| thread::spawn(load.clone())).collect();
    for number in 0..6 {
        let chain = if number % 2 == 0 { "length" } else { "hello" };
        let text = format!(
            "{}[limits]\nmax-requests = {}\nmax-instances = {}\nmax-total-memory = '{}GiB'\n",
            HELLO.replace("['hello']", &format!("['{chain}']")),
            100 + number,
            50 + number,
            1 + number
        );
        let before = answered.load(Ordering::Relaxed);
        reload(&served, dir.path(), &text, "served");
        let begin = Instant::now();
        while answered.load(Ordering::Relaxed) < before + 50 {
            assert!(begin.elapsed() < TIMEOUT, "too few answers");
            thread::sleep(Duration::from_millis(5));
        }
    }
    is_stopped.store(true, Ordering::Relaxed);
    for client in clients {
        assert_eq!(client.join().unwrap(), [""; 0]);
    }
}

#[test]
fn the_file_and_what_it_names_are_watched() {
    let dir = tempfile::tempdir().unwrap();
    let served = served(dir.path(), HELLO, &["--watch"]);
    let becomes = |expected: &str| {
        let begin = Instant::now();
        while answer(&served.url).1 != expected {
            assert!(begin.elapsed() < TIMEOUT, "{expected}: {:#?}", served.log());
            thread::sleep(Duration::from_millis(50));
        }
    };
    // A component that the file didn't name at the start, and that doesn't exist yet.
    let later = HELLO.replace("hello.wasm", "later.wasm");
    fs::write(dir.path().join("chain.toml"), later).unwrap();
    served.logs(&["the components stay as they were", "later.wasm"]);
    becomes("hello\n");
    fs::copy(
        dir.path().join("length.wasm"),
        dir.path().join("later.wasm"),
    )
    .unwrap();
    becomes("0\n");
    fs::copy(dir.path().join("hello.wasm"), dir.path().join("later.wasm")).unwrap();
    becomes("hello\n");
}

#[test]
fn certificates_are_those_of_the_file_and_tls_is_not_switched() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    for name in ["a", "b"] {
        let identity = authority.identity("localhost", 2100);
        fs::write(
            dir.path().join(format!("{name}.pem")),
            &identity.certificate,
        )
        .unwrap();
        fs::write(dir.path().join(format!("{name}.key")), &identity.key).unwrap();
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let text = |tls: &str| format!("[[listeners]]\naddress = '{free}'\n{tls}\n{HELLO}");
    let with = |name: &str| {
        text(&format!(
            "tls = {{ certificate = '{name}.pem', key = '{name}.key' }}"
        ))
    };
    let path = chain_file(dir.path(), &["hello", "length"], &with("a"));
    file(dir.path(), "hello");
    let served = Served::of(witgen_serve(&[&path, "--admin", "127.0.0.1:0"])).with_admin();
    assert!(served.url.starts_with("https://"));
    reload(&served, dir.path(), &with("b"), "served");
    served.logs(&["reloaded the certificate"]);
    reload(&served, dir.path(), &text(""), "refused");
    served.logs(&["`tls` of the listener `", "restart-required"]);
    reload(
        &served,
        dir.path(),
        &with("a").replace("a.key", "b.key"),
        "refused",
    );
    served.logs(&["the certificate stays as it was", "don't belong together"]);
}
