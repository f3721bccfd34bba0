//! `chain.toml`: what it may say, and what is wrong with one.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use testkit::command::{findings, witgen};
use testkit::components::member;
use testkit::golden::assert_golden;
use testkit::root;
use witgen::chain_file::{ChainFile, Scope, schema};

/// A file in which everything is right.
const FILE: &str = "\
[members.gate]
component = 'gate.wasm'
hops = { origin = 'stamp' }
clients = 'auth'

[members.stamp]
component = 'acme:stamp@1.2.0'

[members.auth]
component = 'auth.wasm'

[chains.web]
members = ['gate']
origin = 'app'

[origins.app]
servers = ['http://127.0.0.1:3000']
";

fn parse(text: &str) -> witgen::diagnostic::Result<ChainFile> {
    let variables = |name: &str| match name {
        "REGION" => Some("eu".to_owned()),
        "PORT" => Some("3000".to_owned()),
        _ => None,
    };
    ChainFile::parse("chain.toml", text, &variables, Scope::Everything)
}

/// Returns the codes, lines and messages of what is wrong.
fn problems(text: &str) -> Vec<(String, usize, String)> {
    let failure = parse(text).expect_err("it is accepted");
    let shown = failure.diagnostics().iter().map(|problem| {
        let line = match problem.places.first() {
            Some(witgen::diagnostic::Place::Source(position)) => position.line(),
            _ => 0,
        };
        (problem.code.id().to_owned(), line, problem.message.clone())
    });
    shown.collect()
}

#[test]
fn a_file_says_what_a_process_serves() {
    let file = parse(FILE).unwrap();
    assert_eq!(file.warnings(), []);
    assert_eq!(file.contents().members_of("web"), ["gate", "stamp", "auth"]);
    assert_eq!(file.component("gate.wasm"), Path::new("gate.wasm"));
    assert_eq!(
        file.component("acme:stamp@1.2.0"),
        Path::new("acme:stamp@1.2.0")
    );
    assert_eq!(file.chain(None).unwrap(), "web");
}

#[test]
fn paths_start_from_the_folder_of_the_file() {
    let variables = |_: &str| None;
    let file = ChainFile::parse("etc/chain.toml", FILE, &variables, Scope::Everything).unwrap();
    assert_eq!(file.component("gate.wasm"), Path::new("etc/gate.wasm"));
    assert_eq!(file.resolve("/a.pem"), Path::new("/a.pem"));
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
            "`members.auth.component` is an integer, and has to be a string",
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
            "`chains.web.members` is a string, and has to be a list",
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
            "in the chain `web`, requests pass `stamp`, which also answers side calls",
        ),
        (
            "'acme:stamp@1.2.0'",
            "'acme:stamp@1.2.0'\nhops = { origin = 'gate' }",
            "hop-cycle",
            8,
            "the next hops lead in a cycle: gate.origin -> stamp.origin -> gate",
        ),
        (
            "['gate']",
            "['gate', 'stamp', 'auth']\n[chains.b]\nmembers=['auth']",
            "member-name",
            4,
            "in the chain `web`, requests pass `auth`, which also answers side calls",
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
            "`Gate` is no name for a member",
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
            "`limits.max-requests` is 0, and has to be at least 1",
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
            "`$` in `members.gate.component` starts no variable",
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
            "`members.gate.environment.A` is an integer, and has to be a string or a table",
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

#[test]
fn variables_are_replaced_in_strings_alone() {
    let text = "\
[members.gate]
component = 'gate-${REGION}.wasm'
environment = { LEVEL = '${LEVEL:-debug}', COST = '5$$' }
[chains.web]
members = ['gate']
origin = 'http://127.0.0.1:${PORT}'
";
    let file = parse(text).unwrap();
    let contents = file.contents();
    assert_eq!(*contents.members["gate"].component, "gate-eu.wasm");
    let environment: Vec<_> = file.environment("gate").to_vec();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(environment, [pair("COST", "5$"), pair("LEVEL", "debug")]);
    let origin = contents.chains["web"].origin.as_ref().unwrap();
    assert_eq!(**origin, "http://127.0.0.1:3000");
}

/// Who composes needs no secrets of those who serve.
#[test]
fn a_composition_needs_no_variables_and_secrets_of_the_server() {
    let text = "\
[members.gate]
component = 'gate.wasm'
environment = { TOKEN = '${TOKEN}', KEY = { file = '/missing' } }
[chains.web]
members = ['gate']
[admin]
listen = '${ADMIN}'
";
    let read = |scope| ChainFile::parse("chain.toml", text, &|_| None, scope);
    assert_eq!(read(Scope::Everything).unwrap_err().diagnostics().len(), 3);
    assert!(read(Scope::Composition).is_ok());
    let used = text.replace("gate.wasm", "${GATE}");
    let error = ChainFile::parse("chain.toml", &used, &|_| None, Scope::Composition).unwrap_err();
    assert_eq!(error.code().id(), "unset-variable");
}

#[cfg(unix)]
#[test]
fn a_secret_is_read_from_a_file_that_only_its_owner_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("token");
    fs::write(&secret, "${REGION} is text\r\n").unwrap();
    let text = "\
[members.gate]
component = 'gate.wasm'
environment = { TOKEN = { file = 'token' } }
[chains.web]
members = ['gate']
";
    let path = dir.path().join("chain.toml");
    fs::write(&path, text).unwrap();
    let set_mode = |mode| fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
    for mode in [0o644, 0o640, 0o604, 0o610] {
        set_mode(mode);
        let error = ChainFile::read(&path, Scope::Everything).unwrap_err();
        assert_eq!(error.code().id(), "secret-permissions", "{mode:o}");
        let shown = error.to_string();
        assert!(
            shown.contains(&format!("its mode is {mode:04o}")),
            "{shown}"
        );
        assert!(shown.contains("chain.toml:3:"), "{shown}");
        assert!(!shown.contains("is text"), "{shown}");
    }
    set_mode(0o600);
    let file = ChainFile::read(&path, Scope::Everything).unwrap();
    let token = ("TOKEN".to_owned(), "${REGION} is text".to_owned());
    assert_eq!(file.environment("gate"), [token]);
    assert!(file.files().contains(&secret));
    // A directory and a device have no value.
    fs::remove_file(&secret).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &secret).unwrap();
    let error = ChainFile::read(&path, Scope::Everything).unwrap_err();
    assert!(
        error.to_string().contains("it is not a regular file"),
        "{error}"
    );
}

#[test]
fn the_schema_is_that_of_the_documentation_and_describes_every_key() {
    assert_golden(&root().join("docs/chain.schema.json"), &schema());
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let documented = fs::read_to_string(root().join("docs/chain-file.md")).unwrap();
    let definitions = schema["$defs"].as_object().unwrap().values();
    for table in definitions.chain([&schema]) {
        for (key, value) in table["properties"].as_object().into_iter().flatten() {
            assert!(
                value["description"].is_string() || value["$ref"].is_string(),
                "{key} has no description"
            );
            let is_documented =
                documented.contains(&format!("`{key}`")) || documented.contains(&format!("[{key}"));
            assert!(is_documented, "docs/chain-file.md has no `{key}`");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let (status, printed) = findings(dir.path(), &["schema", "chain.toml"]);
    assert_eq!(status, 0);
    assert_eq!(printed, witgen::chain_file::schema());
}

/// The schema of editors accepts what the program accepts.
#[test]
fn the_examples_of_the_documentation_fit_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("chain.json", schema).unwrap();
    let compiled = compiler.compile("chain.json", &mut schemas).unwrap();
    let documented = fs::read_to_string(root().join("docs/chain-file.md")).unwrap();
    let examples: Vec<&str> = documented
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(!examples.is_empty());
    for example in examples.iter().copied().chain([FILE]) {
        let value: serde_json::Value = toml::from_str(example).unwrap();
        if let Err(error) = schemas.validate(&value, compiled) {
            panic!("{error}\n{example}");
        }
        if example.contains("[chains.") {
            let text = example.replace("{ file = \"/run/secrets/token\" }", "\"\"");
            ChainFile::parse("chain.toml", &text, &|_| None, Scope::Everything)
                .unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

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
