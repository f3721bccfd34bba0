//! What is wrong with a file, and where.

use pretty_assertions::assert_eq;
use witgen::diagnostic::Place;

use super::{FILE, parse};

/// Returns the codes, lines and messages of what is wrong.
fn problems(text: &str) -> Vec<(String, usize, String)> {
    let failure = parse(text).expect_err("it is accepted");
    let shown = failure.diagnostics().iter().map(|problem| {
        let line = match problem.places.first() {
            Some(Place::Source(position)) => position.line(),
            _ => 0,
        };
        (problem.code.id().to_owned(), line, problem.message.clone())
    });
    shown.collect()
}

#[test]
fn each_mistake_is_reported_where_it_is() {
    for (from, to, code, line, message) in [
        (
            "component = 'gate.wasm'",
            "componnet = 'gate.wasm'\ncomponent = 'a'",
            "invalid-chain-file",
            2,
            "`members.gate` has no key `componnet`",
        ),
        (
            "[chains.web]",
            "[chain.web]\n[chains.web]",
            "invalid-chain-file",
            12,
            "the file has no key `chain`",
        ),
        (
            "'auth.wasm'",
            "5",
            "invalid-chain-file",
            10,
            "`members.auth.component` is an integer, but must be a string",
        ),
        (
            "component = 'auth.wasm'",
            "",
            "invalid-chain-file",
            9,
            "`members.auth` has no `component`",
        ),
        (
            "members = ['gate']",
            "members = 'gate'",
            "invalid-chain-file",
            13,
            "`chains.web.members` is a string, but must be a list",
        ),
        (
            "['gate']",
            "['gat']",
            "unknown-member",
            13,
            "no member is called `gat`",
        ),
        (
            "['gate']",
            "['gate', 'gate']",
            "member-name",
            13,
            "the chain `web` lists the member `gate` twice",
        ),
        (
            "['gate']",
            "[]",
            "no-members",
            13,
            "the chain `web` has no members",
        ),
        (
            "'stamp' }",
            "'stmp' }",
            "unknown-member",
            3,
            "`stmp` is neither a member nor an origin",
        ),
        (
            "'stamp' }",
            "'host' }",
            "unknown-member",
            3,
            "`host` is neither a member nor an origin",
        ),
        (
            "'stamp' }",
            "'ftp://a' }",
            "invalid-chain-file",
            3,
            "`ftp://a` is not the URL of a server",
        ),
        (
            "clients = 'auth'",
            "clients = 'auht'",
            "unknown-member",
            4,
            "no member is called `auht`",
        ),
        (
            "clients = 'auth'",
            "clients = { a = 'auht' }",
            "unknown-member",
            4,
            "no member is called `auht`",
        ),
        (
            "clients = 'auth'",
            "clients = 'stamp'",
            "member-name",
            4,
            "in the chain `web`, `stamp` handles requests and is also the target of side calls",
        ),
        (
            "'acme:stamp@1.2.0'",
            "'acme:stamp@1.2.0'\nhops = { origin = 'gate' }",
            "hop-cycle",
            8,
            "the next hops form a cycle: gate.origin -> stamp.origin -> gate",
        ),
        (
            "['gate']",
            "['gate', 'stamp', 'auth']\n[chains.b]\nmembers=['auth']",
            "member-name",
            4,
            "in the chain `web`, `auth` handles requests and is also the target of side calls",
        ),
        (
            "origin = 'app'",
            "origin = 'ap'",
            "unknown-origin",
            14,
            "no origin is called `ap`",
        ),
        (
            "['http://127.0.0.1:3000']",
            "[]",
            "invalid-chain-file",
            17,
            "the origin `app` has no servers",
        ),
        (
            "['http://127.0.0.1:3000']",
            "['a']",
            "invalid-chain-file",
            17,
            "`a` is not the URL of a server",
        ),
        (
            "[origins.app]",
            "[origins.gate]\nservers = ['http://a']\n[origins.app]",
            "invalid-chain-file",
            16,
            "`gate` is the name of an origin and of a member",
        ),
        (
            "[members.gate]",
            "[members.Gate]",
            "member-name",
            1,
            "`Gate` is not a valid name for a member",
        ),
        (
            "[origins.app]",
            "[limits]\nmax-memory = 'much'\n[origins.app]",
            "invalid-chain-file",
            17,
            "`much` is not a size",
        ),
        (
            "[origins.app]",
            "[limits]\nmax-requests = 0\n[origins.app]",
            "invalid-chain-file",
            17,
            "`limits.max-requests` is 0, but must be at least 1",
        ),
        (
            "[origins.app]",
            "[limits]\ncpu-timeout = '0s'\n[origins.app]",
            "invalid-chain-file",
            17,
            "`0s` is no time above zero",
        ),
        (
            "[origins.app]",
            "[log]\nformat = 'jsn'\n[origins.app]",
            "invalid-chain-file",
            17,
            "`log.format` can't be `jsn`",
        ),
        (
            "'gate.wasm'",
            "'${COMPONENT}'",
            "unset-variable",
            2,
            "the variable `COMPONENT` of the environment isn't set",
        ),
        (
            "'gate.wasm'",
            "'$COMPONENT'",
            "invalid-chain-file",
            2,
            "`$` in `members.gate.component` doesn't start a variable",
        ),
        (
            "'gate.wasm'",
            "'gate.wasm'\ndigest = 'sha256:12'",
            "invalid-chain-file",
            3,
            "`sha256:12` is not a digest",
        ),
        (
            "'gate.wasm'",
            "'gate.wasm'\nenvironment = { A = 1 }",
            "invalid-chain-file",
            3,
            "`members.gate.environment.A` is an integer, but must be a string or a table",
        ),
        (
            "'gate.wasm'",
            "'gate.wasm'\nenvironment = { A = { file = 'missing' } }",
            "unreadable",
            3,
            "cannot read the value in `missing`: No such file or directory (os error 2)",
        ),
    ] {
        assert!(FILE.contains(from), "{from}");
        let found = problems(&FILE.replacen(from, to, 1));
        let expected = (code.to_owned(), line, message.to_owned());
        assert!(found.contains(&expected), "{to}: {found:#?}");
    }
}

#[test]
fn routes_lead_to_chains_and_no_two_claim_the_same_requests() {
    let with =
        |routes: &str| format!("{FILE}[chains.api]\nmembers = ['stamp']\norigin = 'app'\n{routes}");
    let first = |text: &str| problems(text).remove(0);
    let (code, line, message) = first(&with(""));
    assert_eq!(
        (code.as_str(), line),
        ("invalid-chain-file", 18),
        "{message}"
    );
    assert_eq!(message, "the file has several chains and no routes");
    for (routes, code, message) in [
        (
            "[[routes]]\nchain = 'wev'\n",
            "unknown-chain",
            "no chain is called `wev`",
        ),
        (
            "[[routes]]\nchain = 'web'\n[[routes]]\nchain = 'api'\n",
            "route-conflict",
            "the chains `web` and `api` both claim all requests",
        ),
        (
            "[[routes]]\nhost = 'A.example'\npath='/a'\nchain = 'web'\n[[routes]]\nhost = 'a.example.'\npath='/a/'\nchain = 'api'\n",
            "route-conflict",
            "the chains `web` and `api` both claim requests to `a.example/a`",
        ),
        (
            "[[routes]]\npath = '/a/b'\nchain = 'web'\n[[routes]]\npath = '/x/..//%61/b'\nchain = 'api'\n",
            "route-conflict",
            "the chains `web` and `api` both claim requests to `/a/b`",
        ),
        (
            "[[routes]]\npath = '/a'\nchain = 'web'\n[[routes]]\npath = '/a'\nchain = 'web'\n",
            "route-conflict",
            "two routes claim requests to `/a`",
        ),
        (
            "[[routes]]\nhost = 'a.example:80'\nchain = 'web'\n",
            "invalid-chain-file",
            "`a.example:80` is not a host",
        ),
        (
            "[[routes]]\npath = 'a'\nchain = 'web'\n",
            "invalid-chain-file",
            "`a` is not a path",
        ),
    ] {
        let found = first(&with(routes));
        assert_eq!(
            (found.0.as_str(), found.2.as_str()),
            (code, message),
            "{routes}"
        );
    }
    let file = parse(&with("[[routes]]\npath = '/a'\nchain = 'web'\n")).unwrap();
    assert_eq!(
        file.warnings()[0].message,
        "the chain `api` isn't used: no route leads to it"
    );
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_the_file() {
    let text = "\
[members.gate]
componnet = 'gate.wasm'
hops = { origin = 'nobody' }
[chains.web]
members = ['gate', 'stmp']
[[routes]]
chain = 'wev'
[limits]
max-memory = true
";
    let found = problems(text);
    let lines: Vec<usize> = found.iter().map(|(_, line, _)| *line).collect();
    assert_eq!(lines, [1, 2, 3, 5, 7, 9], "{found:#?}");
    let shown = parse(text).unwrap_err().to_string();
    assert!(shown.contains("--> chain.toml:5:20"), "{shown}");
    assert!(shown.contains("did you mean `component`?"), "{shown}");
}

#[test]
fn what_only_follows_from_a_mistake_is_not_reported() {
    for (from, to, code) in [
        (
            "['http://127.0.0.1:3000']",
            "['ftp://a']",
            "invalid-chain-file",
        ),
        (
            "members = ['gate']",
            "members = 'gate'",
            "invalid-chain-file",
        ),
        ("['gate']", "['gate', 'gate']", "member-name"),
        (
            "[origins.app]",
            "[[routes]]\nchain = 'web'\n[[routes]]\nhost = '*'\nchain = 'web'\n[origins.app]",
            "invalid-chain-file",
        ),
    ] {
        let found = problems(&FILE.replacen(from, to, 1));
        let codes: Vec<&str> = found.iter().map(|(code, ..)| code.as_str()).collect();
        assert_eq!(codes, [code], "{to}: {found:#?}");
    }
    // A problem of another table doesn't follow from it.
    let text = FILE.replacen("['gate']", "['nobody']", 1);
    let found =
        problems(&text.replacen("[origins.app]", "[[routes]]\npath = '/a'\n[origins.app]", 1));
    let codes: Vec<&str> = found.iter().map(|(code, ..)| code.as_str()).collect();
    assert_eq!(
        codes,
        ["unknown-member", "invalid-chain-file"],
        "{found:#?}"
    );
}

#[test]
fn mistakes_of_syntax_are_reported_at_once_too() {
    let found = problems("[members.gate]\ncomponent = \nhops = {\n[chains\n");
    assert!(found.len() >= 2, "{found:#?}");
}

#[test]
fn what_nothing_uses_is_a_warning() {
    let text =
        format!("{FILE}[members.other]\ncomponent = 'a'\n[origins.rest]\nservers = ['http://a']\n");
    let file = parse(&text).unwrap();
    let warnings: Vec<_> = file.warnings().iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        warnings,
        [
            "the member `other` isn't used: no chain, next hop or side call leads to it",
            "the origin `rest` isn't used: no chain and no next hop leads to it",
        ]
    );
}
