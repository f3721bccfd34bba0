//! `witgen-serve` over real sockets: next hops of any name, which lead to servers, components, or nowhere.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use testkit::components::including;
use testkit::routers::{LABELS, NextHop, SPELLINGS, router};
use testkit_serve::serve::{Served, client, file, serve, witgen_serve};
use witgen::compose::{Chain, Member};

/// Writes a router to a directory, and returns its file.
fn routing(dir: &Path, name: &str, hops: &[NextHop], position: usize) -> String {
    let path = dir.join(format!("{name}.wasm"));
    fs::write(&path, router(hops, position)).unwrap();
    path.display().to_string()
}

/// The status and the content for a path, after `stamped` if a `stamp` was on the way.
fn answer(served: &Served, path: &str) -> String {
    let agent = client();
    let url = format!("{}{path}", served.url);
    let mut response = agent
        .post(&url)
        .config()
        .http_status_as_error(false)
        .build()
        .send("echo\n")
        .unwrap();
    let stamp = if response.headers().contains_key("x-stamp") {
        "stamped "
    } else {
        ""
    };
    let content = response.body_mut().read_to_string().unwrap();
    format!(
        "{} {stamp}{}",
        response.status().as_u16(),
        content.trim_end()
    )
}

#[test]
fn a_middleware_at_the_open_end_leads_to_the_origin() {
    let dir = tempfile::tempdir().unwrap();
    let origin = serve(dir.path(), &["hello"]);
    for hop in SPELLINGS {
        let router = routing(dir.path(), "router", &[hop], 1);
        let chain = serve(dir.path(), &["stamp", &router, "--origin", &origin.url]);
        assert_eq!(answer(&chain, "/a"), "200 stamped hello", "{}", hop.name);
    }
}

#[test]
fn each_next_hop_leads_where_its_option_says() {
    let dir = tempfile::tempdir().unwrap();
    let (hello, echo) = (
        serve(dir.path(), &["hello"]),
        serve(dir.path(), &["stamp", "echo"]),
    );
    let hops = [SPELLINGS[0], SPELLINGS[2], SPELLINGS[4]];
    let router = routing(dir.path(), "router", &hops, 1);
    let chain = serve(
        dir.path(),
        &[
            &router,
            "--hop",
            &format!("router.primary={}", echo.url),
            // One member alone has a next hop with this name.
            "--hop",
            "upstream=deny",
            "--origin",
            &hello.url,
        ],
    );
    assert_eq!(answer(&chain, "/a"), "200 hello");
    assert_eq!(answer(&chain, "/b"), "200 stamped echo");
    assert_eq!(answer(&chain, "/c"), "403 Forbidden");
}

#[test]
fn a_tree_of_components_and_servers_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let origin = serve(dir.path(), &["hello"]);
    let outer = routing(dir.path(), "outer", &LABELS, 1);
    let inner = routing(dir.path(), "inner", &LABELS, 2);
    let (stamp, echo) = (file(dir.path(), "stamp"), file(dir.path(), "echo"));
    let tree = serve(
        dir.path(),
        &[
            &outer,
            "--hop",
            &format!("outer.primary={}", stamp.display()),
            "--hop",
            &format!("outer.fallback={inner}"),
            "--hop",
            "stamp=inner",
            "--hop",
            &format!("inner.primary={}", echo.display()),
            "--hop",
            &format!("inner.fallback={}", origin.url),
        ],
    );
    for (path, expected) in [
        ("/aa", "200 stamped echo"),
        ("/ab", "200 stamped hello"),
        ("/ba", "200 echo"),
        ("/bb", "200 hello"),
    ] {
        assert_eq!(answer(&tree, path), expected, "{path}");
    }
}

#[test]
fn the_forwarder_of_a_composed_chain_needs_permission_for_its_server() {
    let dir = tempfile::tempdir().unwrap();
    let origin = serve(dir.path(), &["hello"]);
    let stamp = Member::new("stamp", &testkit_serve::component("stamp")).unwrap();
    let chain = Chain::new(vec![stamp]).unwrap().origin(&origin.url.parse().unwrap()).unwrap();
    let path = dir.path().join("gateway.wasm");
    fs::write(&path, chain.compose().unwrap().component).unwrap();
    let gateway = path.display().to_string();
    let served = serve(dir.path(), &[&gateway]);
    assert_eq!(answer(&served, "/a"), "403 Forbidden");
    let server = origin.url.trim_start_matches("http://");
    let served = serve(dir.path(), &[&gateway, "--allow", server]);
    assert_eq!(answer(&served, "/a"), "200 stamped hello");
}

/// What the program writes when it can't serve.
fn refusal(args: &[&str]) -> String {
    let output = witgen_serve(&["--listen", "127.0.0.1:0"]).args(args).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    stderr
}

#[test]
fn every_next_hop_that_leads_nowhere_is_reported_with_the_option_to_pass() {
    let dir = tempfile::tempdir().unwrap();
    let router = routing(dir.path(), "router", &LABELS, 1);
    let expected = "\
error[no-origin]: the next hop `primary` of `router` has no target
 |
 = help: pass --hop router.primary=URL or --hop router.primary=FILE, or --origin URL for all next hops without a --hop

error[no-origin]: the next hop `fallback` of `router` has no target
 |
 = help: pass --hop router.fallback=URL or --hop router.fallback=FILE, or --origin URL for all next hops without a --hop
";
    assert_eq!(refusal(&[&router]), expected);
    let stamp = file(dir.path(), "stamp");
    let stderr = refusal(&[stamp.to_str().unwrap()]);
    assert!(
        stderr.starts_with("error[no-origin]: the next hop `origin` of `stamp` has no target")
            && stderr.contains("help: pass --origin URL, or add the component"),
        "{stderr}"
    );
}

#[test]
fn an_origin_that_no_next_hop_needs_and_a_hop_of_nobody_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let router = routing(dir.path(), "router", &LABELS[..1], 1);
    let url = "http://127.0.0.1:1";
    let stderr = refusal(&[&router, "--hop", &format!("primary={url}"), "--origin", url]);
    assert!(
        stderr
            .starts_with("error[no-next-hop]: no next hop uses --origin, because each has a --hop"),
        "{stderr}"
    );
    let stderr = refusal(&[&router, "--hop", &format!("router.fallback={url}")]);
    assert!(
        stderr.starts_with("error[unknown-hop]: `router` has no next hop called `fallback`")
            && stderr.contains(&format!("::: --hop router.fallback={url}\n")),
        "{stderr}"
    );
}

#[test]
fn next_hops_of_branches_without_a_target_lead_to_the_origin() {
    let dir = tempfile::tempdir().unwrap();
    let origin = serve(dir.path(), &["hello"]);
    let router = routing(dir.path(), "router", &LABELS, 1);
    let stamp = file(dir.path(), "stamp");
    let tree = serve(
        dir.path(),
        &[
            &router,
            "--hop",
            &format!("router.primary={}", stamp.display()),
            "--hop",
            "router.fallback=deny",
            "--origin",
            &origin.url,
        ],
    );
    assert_eq!(answer(&tree, "/a"), "200 stamped hello");
    assert_eq!(answer(&tree, "/b"), "403 Forbidden");
}

#[test]
fn a_trap_of_a_service_of_side_calls_has_its_name() {
    let dir = tempfile::tempdir().unwrap();
    // It traps when it is called.
    let broken = dir.path().join("broken.wasm");
    fs::write(&broken, including("service", "")).unwrap();
    let client = format!("gate={}", broken.display());
    let args = [
        "gate",
        "echo",
        "--client",
        &client,
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &args).with_admin();
    assert_eq!(answer(&served, "/"), "500 Internal Server Error");
    assert_eq!(served.metric("witgen_traps_total{member=\"broken\"}"), 1.0);
}

#[test]
fn side_calls_go_to_the_service_that_the_option_names() {
    let dir = tempfile::tempdir().unwrap();
    let linked = serve(dir.path(), &["gate", "echo", "--client", "gate=hello"]);
    assert_eq!(answer(&linked, "/"), "200 echo");
    let denied = serve(dir.path(), &["gate", "echo", "--client", "*=deny"]);
    assert_eq!(answer(&denied, "/"), "403 Forbidden");
}
