//! Faults between a registry and us: each has its own message and its own help, and leaves nothing half done.
//!
//! A file of this folder is a fault, done by a proxy in front of a real registry.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use testkit::home::Home;
use testkit::proxy::{self, Answer, Proxy, Request};
use testkit::registry::Registry;
use testkit::root;
use testkit::tree::tree;
use witgen::registry::{Options, Reference, Registries};

const UNITS: &str = "package acme:units@1.0.0; interface weight { type gram = u64; }";
const APP: &str = "package me:app; world app { import acme:units/weight@1.0.0; }";

/// A fault, and what a user sees of it.
struct Case {
    /// What is done at the registry.
    task: Task,
    /// What becomes of each request.
    rule: fn(&Request, usize) -> Answer,
    /// What the message has in it; `HOST` is the registry's.
    says: &'static [&'static str],
    /// What comes of it.
    end: End,
    /// So many requests are made at most.
    requests: usize,
}

/// What a user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Publish,
    PublishDocs,
    Fetch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Nothing is done.
    Fails,
    /// All is done.
    Recovers,
    /// The task fails, and the version is there, whole.
    FailsWhole,
}

/// A fault by which fetching fails.
const FETCH: Case = Case {
    task: Task::Fetch,
    rule: |_, _| Answer::Own,
    says: &[],
    end: End::Fails,
    requests: 4,
};

/// A fault by which publishing fails.
const PUBLISH: Case = Case {
    task: Task::Publish,
    requests: 20,
    ..FETCH
};

/// Asks for a password, and answers the request that has it.
fn after_login(request: &Request, answer: impl FnOnce() -> Answer) -> Answer {
    if request.field("authorization").starts_with("basic") {
        return answer();
    }
    proxy::answer(
        "401 Unauthorized",
        "www-authenticate: Basic realm=\"r\"\r\n",
        "",
    )
}

/// A manifest with one layer of this media type; the version is JSON.
fn manifest(media_type: &str, version: &str) -> String {
    let digest = "0".repeat(64);
    let descriptor = |media_type: &str| {
        format!(r#"{{"mediaType": "{media_type}", "digest": "sha256:{digest}", "size": 1}}"#)
    };
    let (config, layer) = (descriptor("application/json"), descriptor(media_type));
    format!(r#"{{"schemaVersion": {version}, "config": {config}, "layers": [{layer}]}}"#)
}

/// One module and one test for each fault.
macro_rules! faults {
    ($($name:ident)*) => {
        $(mod $name;)*

        const NAMES: &[&str] = &[$(stringify!($name)),*];

        mod tests {
            $(
                #[test]
                fn $name() {
                    super::try_out(&super::$name::CASE);
                }
            )*
        }
    };
}

faults! {
    a_cut_blob
    a_date_to_wait_for
    a_deep_manifest
    a_failing_upload
    a_failing_upload_once
    a_failure_after_the_deed
    a_huge_manifest
    a_layer_of_text
    a_layer_that_climbs
    a_layer_that_is_no_wasm
    a_layer_without_end
    a_long_secret_repeated
    a_long_wait
    a_manifest_cut_short
    a_manifest_of_another_digest
    a_manifest_refused
    a_page_for_people
    a_password_in_a_body
    a_password_in_a_header
    a_password_in_a_json_value
    a_password_in_a_media_type
    a_password_in_a_tag
    a_password_repeated
    a_private_package
    a_redirect_to_a_thief
    a_redirect_within
    a_rival
    a_rival_with_the_same
    a_short_wait
    a_tag_forgotten
    a_token_refused
    a_token_server
    a_token_server_elsewhere
    a_wrong_digest
    an_upload_elsewhere
    an_upload_nowhere
    failing_lookups
    failing_lookups_once
    many_tags
    missing_package
    nothing_that_is_http
    pages_that_stay_out
    redirects_without_end
    silence
    tags_without_end
    two_challenges
    unauthorized
}

#[test]
fn every_file_of_a_fault_is_a_test() {
    let there: BTreeSet<String> = fs::read_dir(root().join("tests/registry/faults"))
        .unwrap()
        .map(|file| file.unwrap().file_name().display().to_string())
        .filter(|file| file != "mod.rs")
        .collect();
    let tried: BTreeSet<String> = NAMES.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(there, tried);
}

/// Does the task before the fault, and looks at what the user reads and at what is left.
#[track_caller]
fn try_out(case: &Case) {
    let Some(registry) = Registry::start() else {
        return;
    };
    let direct = Home::with_registry(&registry.host, &["acme"]);
    if case.task == Task::Fetch {
        direct.publish("units", UNITS);
    }
    let proxy = Proxy::before(&registry.host, case.rule);
    let home = Home::with_registry(&proxy.host, &["acme"]);
    home.write(
        ".docker/config.json",
        r#"{"auths": {"HOST": {"auth": "bWU6c2VzYW1l"}}}"#.replace("HOST", &proxy.host),
    );
    let app = home.package("app", APP);
    let units = home.package("units", UNITS);
    let before = tree(&app);
    let run = match case.task {
        Task::Fetch => home.run(&app, &["fetch", "--timeout", "1"]),
        Task::Publish => home.run(&units, &["publish", "--timeout", "1"]),
        Task::PublishDocs => home.run(&units, &["publish", "--docs", "--timeout", "1"]),
    };

    let seen = proxy.seen();
    assert!(
        seen.len() <= case.requests,
        "{} requests: {seen:#?}",
        seen.len()
    );
    let secrets = ["sesame", "bWU6c2VzYW1l", "backtrace"];
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(
        !secrets.iter().any(|secret| said.contains(secret)),
        "{said}"
    );
    if case.end == End::Recovers {
        run.printed();
    } else {
        let message = run.failed(2);
        for part in case.says {
            let part = part.replace("HOST", &proxy.host);
            assert!(message.contains(&part), "{part}\n\n{message}");
        }
        assert!(
            message.contains("\n = help: "),
            "it says what to do: {message}"
        );
        assert_eq!(tree(&app), before, "nothing is half written");
    }
    match (case.task, case.end) {
        (Task::Fetch, _) => {}
        (_, End::Fails) => assert_eq!(
            registry.tags("acme/units"),
            [""; 0],
            "nothing is under a tag"
        ),
        (_, End::Recovers | End::FailsWhole) => {
            assert!(registry.tags("acme/units").contains(&"1.0.0".to_owned()));
        }
    }
    // Without the fault all goes well, and what is there is whole.
    if case.task != Task::Fetch {
        let again = direct.run(&direct.package("units", UNITS), &["publish"]);
        assert!(
            again.status == 0 || case.end == End::FailsWhole,
            "{}",
            again.stderr
        );
    }
    let app = direct.package("app", APP);
    direct.run(&app, &["fetch"]).printed();
    direct.run(&app, &["inspect"]).printed();
}

/// Registries that are asked by a program of somebody's own.
fn registries(home: &Home, timeout: Duration) -> Registries {
    Registries::new(Options {
        config: Some(home.path("registries.toml")),
        cache: Some(home.path("cache")),
        timeout: Some(timeout),
        ..Options::default()
    })
}

#[test]
fn a_slow_registry_times_out() {
    let Some(registry) = Registry::start() else {
        return;
    };
    Home::with_registry(&registry.host, &["acme"]).publish("units", UNITS);
    // Something always comes in time, and it would take minutes.
    let proxy = Proxy::before(&registry.host, |_, _| {
        Answer::Slowly(Duration::from_millis(100))
    });
    let home = Home::with_registry(&proxy.host, &["acme"]);
    let begin = Instant::now();
    let reference: Reference = "acme:units@1.0.0".parse().unwrap();
    let error = registries(&home, Duration::from_millis(150)).fetch(&reference).unwrap_err();
    assert_eq!(error.code(), "registry-too-slow");
    assert!(
        error.first().message.contains("wasn't complete after 3 s"),
        "{error}"
    );
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_refused_connection_and_an_unknown_host_have_different_messages() {
    for (host, says) in [
        (
            "127.0.0.1:1",
            "error[registry-unreachable]: cannot look up 1.0.0: `127.0.0.1:1` refuses the connection",
        ),
        (
            "no.such.host.invalid",
            "the host `no.such.host.invalid` is unknown",
        ),
    ] {
        let home = Home::with_registry(host, &["acme"]);
        let app = home.package("app", APP);
        let before = tree(&app);
        let message = home.run(&app, &["fetch"]).failed(2);
        assert!(
            message.contains(says) && message.contains("help: "),
            "{message}"
        );
        assert_eq!(tree(&app), before);
        let message = home.run(&home.package("units", UNITS), &["publish"]).failed(2);
        assert!(
            message.contains(says) && message.contains("help: "),
            "{message}"
        );
    }
}

#[test]
fn an_unavailable_well_known_document_does_not_change_the_registry() {
    let Some(registry) = Registry::start() else {
        return;
    };
    Home::with_registry(&registry.host, &["acme"]).publish("units", UNITS);
    let home = Home::new();
    let ask = |answer: fn() -> Answer| {
        let proxy = Proxy::before(&registry.host, move |request, _| {
            if request.target.contains("well-known") {
                answer()
            } else {
                Answer::Own
            }
        });
        // Nobody says that it is of OCI, so it is asked.
        home.configure(&format!(
            "[namespace_registries]\nacme = \"{}\"\n",
            proxy.host
        ));
        let run = home.run(&home.path("."), &["inspect", "--wit", "acme:units@1.0.0"]);
        (run, proxy.seen())
    };
    for answer in [
        (|| proxy::answer("404 Not Found", "", "")) as fn() -> Answer,
        || proxy::answer("200 OK", "", "<h1>Welcome</h1>"),
        || proxy::answer("200 OK", "", r#"{"preferredProtocol": "oci", "oci": {}}"#),
    ] {
        let (run, seen) = ask(answer);
        run.printed();
        assert!(
            seen[0].contains("/.well-known/wasm-pkg/registry.json"),
            "{seen:?}"
        );
    }
    let (run, seen) = ask(|| proxy::answer("503 Service Unavailable", "", ""));
    let message = run.failed(2);
    assert!(
        message.contains("cannot find the location of packages"),
        "{message}"
    );
    assert_eq!(
        seen.len(),
        3,
        "it is asked again, and nobody else: {seen:?}"
    );
}

/// How many places of each message are cut through; more in the tests at length.
fn cuts() -> usize {
    std::env::var("WITGEN_CUTS").map_or(6, |cuts| cuts.parse().unwrap())
}

/// Places in a message of a length, with both of its ends.
fn places(length: usize) -> BTreeSet<usize> {
    let steps = cuts();
    (0..=steps).map(|step| length * step / steps).collect()
}

#[test]
fn an_interrupted_connection_publishes_a_complete_version_or_none() {
    let Some(registry) = Registry::start() else {
        return;
    };
    // How many requests there are, and how long they are, is what a run without a fault shows.
    let count = {
        let proxy = Proxy::before(&registry.host, |_, _| Answer::Own);
        Home::with_registry(&proxy.host, &["acme"])
            .publish("units", &UNITS.replace("units", "first"));
        proxy.seen().len()
    };
    let faults: Vec<(usize, usize, bool)> = (0..count)
        .flat_map(|nth| {
            let asks = places(900).into_iter().map(move |at| (nth, at, true));
            asks.chain(places(1500).into_iter().map(move |at| (nth, at, false)))
        })
        .collect();
    let outcomes = in_parallel(&faults, |at, (nth, cut, of_request)| {
        let proxy = Proxy::before(&registry.host, move |_, before| {
            match (before == nth, of_request) {
                (false, _) => Answer::Own,
                (true, true) => Answer::CutRequest(cut),
                (true, false) => Answer::Cut(cut),
            }
        });
        let name = format!("p{at}");
        let wit = UNITS.replace("units", &name);
        let home = Home::with_registry(&proxy.host, &["acme"]);
        let dir = home.package("units", &wit);
        let run = home.run(&dir, &["publish", "--timeout", "5"]);
        let tags = registry.tags(&format!("acme/{name}"));
        let what = format!("request {nth} cut at {cut}: {}", run.stderr);
        match run.status {
            0 => assert_eq!(tags, ["1.0.0"], "{what}"),
            _ => assert!(
                run.stderr.contains("error[registry-cut-off]")
                    || run.stderr.contains("error[not-a-registry]"),
                "{what}"
            ),
        }
        // What is under a tag is whole, and what isn't can be published now.
        let direct = Home::with_registry(&registry.host, &["acme"]);
        direct.publish("units", &wit);
        let reference = format!("acme:{name}@1.0.0");
        direct.run(&direct.path("."), &["inspect", "--wit", &reference]).printed();
        run.status == 0
    });
    // What may be repeated is: most of it succeeds all the same.
    let recovered = outcomes.iter().filter(|recovered| **recovered).count();
    assert!(
        recovered * 10 > outcomes.len() * 8,
        "{recovered} of {}",
        outcomes.len()
    );
}

#[test]
fn connections_that_are_always_cut_leave_no_partial_package() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let direct = Home::with_registry(&registry.host, &["acme"]);
    direct.publish("units", UNITS);
    let faults: Vec<(bool, usize)> =
        places(1500).into_iter().flat_map(|at| [(true, at), (false, at)]).collect();
    in_parallel(&faults, |_, (of_blob, cut)| {
        let part = if of_blob { "blobs" } else { "manifests" };
        let proxy = Proxy::before(&registry.host, move |request, _| {
            if request.target.contains(part) {
                Answer::Cut(cut)
            } else {
                Answer::Own
            }
        });
        let home = Home::with_registry(&proxy.host, &["acme"]);
        let app = home.package("app", APP);
        let before = tree(&app);
        let run = home.run(&app, &["fetch"]);
        if run.status == 0 {
            // The cut came behind the answer.
            home.run(&app, &["inspect"]).printed();
        } else {
            assert_eq!(tree(&app), before);
            assert!(proxy.seen().len() <= 4, "{:?}", proxy.seen());
            home.run(&app, &["fetch", "--offline"]).failed(2);
        }
    });
}

/// Tries out many faults, a few at the same time: they wait more than they work.
fn in_parallel<F: Copy + Send + Sync, T: Send>(
    faults: &[F],
    try_out: impl Fn(usize, F) -> T + Sync,
) -> Vec<T> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let outcomes = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(fault) = faults.get(at) else { break };
                    let outcome = try_out(at, *fault);
                    outcomes.lock().unwrap().push(outcome);
                }
            });
        }
    });
    outcomes.into_inner().unwrap()
}
