//! What `witgen-serve chain.toml` rejects in the file, and what it warns of.

use testkit_serve::serve::serve;

use super::config::{TWO, chain_file, refusal};

#[test]
fn what_the_file_can_not_say_is_rejected_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    for (from, to, line, part) in [
        (
            "[members.hello]",
            "[limit]\n[members.hello]",
            1,
            "has no key `limit`",
        ),
        (
            "[members.hello]",
            "[log]\nlevel = 'loud'\n[members.hello]",
            2,
            "`log-level` can't be `loud`",
        ),
        (
            "[members.hello]",
            "[limits]\ntrusted-proxies = ['a']\n[members.hello]",
            2,
            "`trusted-proxy` can't be `a`",
        ),
        (
            "[members.hello]",
            "[log]\naccess-log-fields = ['a']\n[members.hello]",
            2,
            "`access-log-fields` can't be `a`",
        ),
        (
            "[members.hello]",
            "[server]\nname = 'a b'\n[members.hello]",
            2,
            "`name` can't be `a b`",
        ),
        (
            "[members.hello]",
            "[admin]\nlisten = 'nowhere'\n[members.hello]",
            2,
            "`admin` can't be `nowhere`",
        ),
        (
            "[members.hello]",
            "[limits]\nrate-limit = '1'\n[members.hello]",
            2,
            "`rate-limit` can't be `1`",
        ),
        (
            "'hello.wasm'",
            "'hello.wasm'\nrate-limit = 'soon'",
            3,
            "`soon` is not a rate",
        ),
        (
            "['hello']",
            "['hello']\nrate-limit = '1/d'",
            9,
            "`1/d` is not a rate",
        ),
        (
            "'hello.wasm'",
            "'hello.wasm'\nallow = ['a b']",
            3,
            "`a b` is not a host",
        ),
        (
            "'hello.wasm'",
            "'hello.wasm'\nhops = { origin = 'length' }",
            3,
            "is a service and imports no next hop",
        ),
        (
            "[[routes]]",
            "[[routes]]\nrate-limit = '0/s'",
            14,
            "`0/s` is not a rate",
        ),
        (
            "[members.hello]",
            "[tracing]\nendpoint = 'collector:4318'\n[members.hello]",
            2,
            "`tracing.endpoint` is not the URL of a collector",
        ),
        (
            "[members.hello]",
            "[tracing.headers]\n'a b' = 'c'\n[members.hello]",
            2,
            "`a b` is not the name of a header",
        ),
        (
            "[members.hello]",
            "[tracing.headers]\na = \"\\n\"\n[members.hello]",
            2,
            "the value of `a` is not valid in a header",
        ),
        (
            "[[routes]]",
            "[[listeners]]\naddress = 'nowhere'\n[[routes]]",
            14,
            "`nowhere` is not an address",
        ),
        (
            "[[routes]]",
            "[[listeners]]\naddress = '127.0.0.1:0'\nproxy-protocol = true\n[[routes]]",
            15,
            "no client could connect to 127.0.0.1:0",
        ),
    ] {
        let path = chain_file(
            dir.path(),
            &["hello", "length", "stamp"],
            &TWO.replacen(from, to, 1),
        );
        let stderr = refusal(&[&path, "--check-config"]);
        assert!(stderr.contains(part), "{to}: {stderr}");
        assert!(
            stderr.contains(&format!("chain.toml:{line}:")),
            "{to}: {stderr}"
        );
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for key in ["[admin]\nlisten", "[[listeners]]\naddress"] {
        let text = format!("{key} = '{address}'\n{TWO}");
        let path = chain_file(dir.path(), &[], &text);
        let mut args = vec![path.as_str()];
        if key.starts_with("[admin]") {
            args.extend(["--listen", "127.0.0.1:0"]);
        }
        let stderr = refusal(&args);
        assert!(stderr.contains("error[cannot-listen]"), "{stderr}");
        assert!(stderr.contains("chain.toml:2:"), "{stderr}");
    }
    // A message about an option says what that is in the file.
    let open = TWO.replace("['stamp', 'hello']", "['stamp']");
    let path = chain_file(dir.path(), &[], &open);
    let stderr = refusal(&[&path, "--check-config"]);
    for part in [
        "error[no-origin]: the next hop `origin` of `stamp` has no target",
        "chain.toml:9:9",
        "in the file, `--origin` is `origin` of the chain",
    ] {
        assert!(stderr.contains(part), "{stderr}");
    }
    let path = chain_file(dir.path(), &[], TWO);
    for (args, part) in [
        (
            &["--hop", "stamp=deny"][..],
            "leave this out, and change the file",
        ),
        (&["hello.wasm"], "leave this out, and change the file"),
        (&["--env", "nobody:A=1"], "no member `nobody`"),
        (&["--allow", "nobody=a.example"], "no member `nobody`"),
        (&["--side-call-rate", "nobody=1/s"], "no member `nobody`"),
    ] {
        let stderr = refusal(&[&[path.as_str()], args].concat());
        assert!(stderr.contains(part), "{args:?}: {stderr}");
    }
}

#[test]
fn wrong_values_of_all_sections_are_reported_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let text = "\
[members.hello]
component = 'hello.wasm'
allow = ['a b']
rate-limit = 'soon'
[chains.web]
members = ['hello']
rate-limit = 'soon'
[chains.api]
members = ['hello']
[[routes]]
path = '/api'
chain = 'api'
[[routes]]
chain = 'web'
[[listeners]]
address = 'nowhere'
[admin]
listen = 'elsewhere'
[log]
level = 'loud'
";
    let stderr = refusal(&[&chain_file(dir.path(), &["hello"], text), "--check-config"]);
    for line in [3, 4, 7, 16, 18, 20] {
        let place = format!("chain.toml:{line}:");
        assert_eq!(stderr.matches(&place).count(), 1, "{stderr}");
    }
}

#[test]
fn what_has_no_effect_is_logged() {
    let dir = tempfile::tempdir().unwrap();
    let text = "\
[members.hello]
component = 'hello.wasm'
environment = { A = '1' }
[members.other]
component = 'other.wasm'
[chains.web]
members = ['hello']
";
    let path = chain_file(dir.path(), &["hello"], text);
    let served = serve(dir.path(), &[&path]);
    served.logs(&["the member `other` isn't used", "chain.toml"]);
    served.logs(&["`environment` has no effect", "\"member\":\"hello\""]);
}
