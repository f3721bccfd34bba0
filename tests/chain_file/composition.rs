//! `witgen compose` with a file.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::components::member;

use super::FILE;

#[test]
fn compose_rejects_what_the_file_says_already() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("chain.toml"), FILE).unwrap();
    for (args, part) in [
        (
            &["chain.toml", "gate.wasm"][..],
            "leave out the other members",
        ),
        (
            &["chain.toml", "--client", "gate=deny"],
            "leave out the other members",
        ),
        (
            &["chain.toml", "--chain", "wev"],
            "no chain is called `wev`",
        ),
        (&["gate.wasm", "--chain", "web"], "none is given"),
        (&["chain.toml"], "chain.toml:2:13"),
    ] {
        let args = [&["compose"], args, &["-o", "out.wasm"]].concat();
        let (status, stderr) = witgen(dir.path(), &args);
        assert_eq!(status, 2, "{stderr}");
        assert!(stderr.contains(part), "{args:?}: {stderr}");
    }
}

/// Returns what a command composes.
fn composed(dir: &Path, args: &[&str]) -> Vec<u8> {
    let args = [&["compose", "--force", "-o", "out.wasm"], args].concat();
    let (status, stderr) = witgen(dir, &args);
    assert_eq!(status, 0, "{args:?}: {stderr}");
    fs::read(dir.join("out.wasm")).unwrap()
}

#[test]
fn a_file_composes_to_the_bytes_that_options_compose_to() {
    let dir = tempfile::tempdir().unwrap();
    let primary = "import primary: wasi:http/handler@0.3.1002;";
    let both = format!("{primary} import fallback: wasi:http/handler@0.3.1002;");
    let client = "import wasi:http/client@0.3.1002;";
    for (name, world, others) in [
        ("gate", "proxy", client),
        ("router", "service", both.as_str()),
        ("hello", "service", ""),
        ("sorry", "service", ""),
        ("auth", "service", ""),
    ] {
        let member = member(name, world, others);
        fs::write(dir.path().join(format!("{name}.wasm")), member.component()).unwrap();
    }
    let members = "\
[members.gate]
component = 'gate.wasm'
CLIENTS
[members.router]
component = 'router.wasm'
HOPS
[members.hello]
component = 'hello.wasm'
[members.sorry]
component = 'sorry.wasm'
[members.auth]
component = 'auth.wasm'
[origins.app]
servers = ['http://127.0.0.1:3000']
[chains.tree]
members = ['gate', 'router']
[chains.line]
members = ['gate', 'hello']
[chains.open]
members = ['gate']
origin = 'app'
[[routes]]
chain = 'tree'
";
    for (clients, hops, chain, args) in [
        ("", "", "line", &["gate.wasm", "hello.wasm"][..]),
        (
            "",
            "",
            "open",
            &["gate.wasm", "--origin", "http://127.0.0.1:3000"],
        ),
        (
            "clients = 'auth'",
            "",
            "line",
            &["gate.wasm", "hello.wasm", "--client", "gate=auth.wasm"],
        ),
        (
            "clients = { client = 'deny' }",
            "",
            "line",
            &["gate.wasm", "hello.wasm", "--client", "gate.client=deny"],
        ),
        (
            "",
            "hops = { fallback = 'sorry', primary = 'hello' }",
            "tree",
            &[
                "gate.wasm",
                "router.wasm",
                "--hop",
                "router.fallback=sorry.wasm",
                "--hop",
                "router.primary=hello.wasm",
            ],
        ),
        (
            "",
            "hops = { fallback = 'deny', primary = 'https://a.example/base' }",
            "tree",
            &[
                "gate.wasm",
                "router.wasm",
                "--hop",
                "router.fallback=deny",
                "--hop",
                "router.primary=https://a.example/base",
            ],
        ),
    ] {
        let text = members.replace("CLIENTS", clients).replace("HOPS", hops);
        fs::write(dir.path().join("chain.toml"), text).unwrap();
        let from_file = composed(dir.path(), &["chain.toml", "--chain", chain]);
        assert!(from_file == composed(dir.path(), args), "{args:?}");
    }
    // Options for the result apply to both.
    let split = ["--split-imports"];
    let from_file = composed(
        dir.path(),
        &[&["chain.toml", "--chain", "open"], &split[..]].concat(),
    );
    let args = ["gate.wasm", "--origin", "http://127.0.0.1:3000"];
    assert!(from_file == composed(dir.path(), &[&args[..], &split].concat()));
}

#[test]
fn a_component_with_another_digest_is_rejected_with_the_digest_that_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let hello = member("hello", "service", "");
    fs::write(dir.path().join("hello.wasm"), hello.component()).unwrap();
    let write = |digest: &str| {
        let text = format!(
            "[members.hello]\ncomponent = 'hello.wasm'\ndigest = '{digest}'\n\
             [chains.web]\nmembers = ['hello']\n"
        );
        fs::write(dir.path().join("chain.toml"), text).unwrap();
    };
    write(&format!("sha256:{}", "0".repeat(64)));
    let (status, stderr) = witgen(dir.path(), &["compose", "chain.toml", "-o", "out.wasm"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("error[component-digest]"), "{stderr}");
    assert!(stderr.contains("chain.toml:3:10"), "{stderr}");
    let digest = stderr
        .split("has the digest ")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    write(digest);
    composed(dir.path(), &["chain.toml"]);
}
