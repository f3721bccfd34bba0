//! Relations of `witgen.toml`: each is broken in one place, and the message names it.

use std::fs;
use std::path::Path;

use testkit::root;
use testkit::tree::copy;
use witgen::config::Config;
use witgen::diagnostic::{Diagnostic, Place};
use witgen::project::relations;
use witgen::relation::check;
use witgen::source::{Features, Source, load};

/// What the relations of a manifest say about this repository's package, with one edit in it.
fn findings(manifest: &str, file: &str, from: &str, to: &str) -> Vec<Diagnostic> {
    let dir = tempfile::tempdir().unwrap();
    copy(&root().join("wit"), dir.path());
    let edited = dir.path().join(file);
    let text = fs::read_to_string(&edited).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(&edited, text.replacen(from, to, 1)).unwrap();
    let source = Source::Directory(dir.path().to_owned());
    let package = load(&source, &Features::default()).unwrap_or_else(|error| panic!("{error}"));
    let config = Config::parse("witgen.toml", manifest).unwrap();
    check(&package, &relations(&config))
}

/// The file and the text that a finding points at first.
fn pointed_at(finding: &Diagnostic) -> (String, String) {
    match &finding.places[0] {
        Place::Source(position) => {
            let text = &position.file().text()[position.start()..];
            let line = text.lines().next().unwrap_or_default();
            let file = Path::new(&**position.path()).file_name().unwrap();
            (file.to_str().unwrap().to_owned(), line.to_owned())
        }
        place => panic!("{place:?}"),
    }
}

/// One finding, with these words, which points at this text first.
#[track_caller]
fn one(findings: &[Diagnostic], rule: &str, words: &str, file: &str, text: &str) {
    let [finding] = findings else {
        panic!("{} findings: {findings:?}", findings.len());
    };
    assert_eq!(finding.code, rule);
    assert!(finding.message.contains(words), "{}", finding.message);
    let (found_file, found_text) = pointed_at(finding);
    assert_eq!(found_file, file);
    assert!(found_text.starts_with(text), "{found_text}");
    let last = finding.places.last();
    assert!(
        matches!(last, Some(Place::Source(position)) if &**position.path() == "witgen.toml"),
        "{finding}"
    );
    assert!(!finding.help.is_empty(), "{finding}");
}

const EXTENDS: &str =
    "[[relation]]\nworld = 'proxy'\nextends = 'service'\nadds = ['import origin']\n";
const SHAPE: &str =
    "[[relation]]\nsame-shape = ['handler.handle', 'origin.handle', 'client.send']\n";

fn composes(members: &str, what: &str) -> String {
    format!("[[relation]]\ncompose = {members}\n{what}\n")
}

#[test]
fn relations_that_hold_have_no_findings() {
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("witgen.toml")).unwrap();
    assert!(manifest.matches("[[relation]]").count() >= 9);
    let found = findings(&manifest, "worlds.wit", "world proxy", "world proxy");
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_world_that_lost_an_export_does_not_extend() {
    let found = findings(
        EXTENDS,
        "worlds.wit",
        "include service;",
        "include imports;",
    );
    let words = "it has no `export wasi:http/handler@0.3.1002`";
    one(&found, "relation-extends", words, "worlds.wit", "proxy {");
}

#[test]
fn a_world_that_adds_more_than_it_says_is_found() {
    let (from, to) = (
        "import origin;",
        "import origin; @since(version = 0.3.1002) import handler;",
    );
    let found = findings(EXTENDS, "worlds.wit", from, to);
    let words = "adds `import wasi:http/handler@0.3.1002` to `service`";
    one(&found, "relation-adds", words, "worlds.wit", "handler;");
}

#[test]
fn a_world_that_adds_less_than_it_says_is_found() {
    let manifest = EXTENDS.replace("proxy", "middleware");
    let found = findings(&manifest, "worlds.wit", "world", "world");
    let rules: Vec<_> = found.iter().map(|finding| finding.code).collect();
    assert_eq!(rules, ["relation-adds", "relation-adds"]);
    let message = &found[1].message;
    assert!(
        message.contains("does not add `import wasi:http/origin@0.3.1002`"),
        "{message}"
    );
}

#[test]
fn another_name_of_a_parameter_is_another_shape() {
    let found = findings(
        SHAPE,
        "origin.wit",
        "handle: async func(request:",
        "handle: async func(req:",
    );
    let words = "parameter 1 is called `req` where `request` is expected";
    one(
        &found,
        "relation-same-shape",
        words,
        "origin.wit",
        "handle: async func(req:",
    );
}

#[test]
fn a_function_that_is_not_async_is_another_shape() {
    let found = findings(SHAPE, "client.wit", "send: async func", "send: func");
    let words = "it is `func` where `async func` is expected";
    one(
        &found,
        "relation-same-shape",
        words,
        "client.wit",
        "send: func",
    );
}

#[test]
fn a_type_of_the_same_name_is_another_type() {
    let (from, to) = (
        "use types.{request, response, error-code};",
        "use types.{request, response}; @since(version = 0.3.1002) enum error-code { no }",
    );
    let found = findings(SHAPE, "origin.wit", from, to);
    let words = "`result<wasi:http/types@0.3.1002.response, wasi:http/origin@0.3.1002.error-code>`";
    one(
        &found,
        "relation-same-shape",
        words,
        "origin.wit",
        "handle: async func",
    );
}

#[test]
fn a_chain_that_does_not_link_says_what_differs() {
    let manifest = composes("['proxy', 'proxy', 'service']", "is = 'service'");
    let found = findings(
        &manifest,
        "origin.wit",
        "handle: async func(request: request)",
        "handle: async func()",
    );
    let words = "proxy over proxy over service is not a `service`: `origin`, which `proxy` imports, \
                 doesn't match the `handler` that `proxy` exports: in `handle`, parameter `request` is missing";
    one(
        &found,
        "relation-compose",
        words,
        "origin.wit",
        "handle: async func()",
    );
}

#[test]
fn a_chain_that_links_and_is_of_another_world_says_so() {
    let manifest = composes("['proxy', 'proxy']", "is = 'service'");
    let found = findings(&manifest, "worlds.wit", "world", "world");
    let words = "proxy over proxy is not a `service`: missing import";
    one(&found, "relation-compose", words, "worlds.wit", "service {");
}

#[test]
fn a_chain_that_should_not_be_of_a_world_and_is_says_so() {
    let manifest = composes("['proxy', 'service']", "is-not = 'service'");
    let found = findings(&manifest, "worlds.wit", "world", "world");
    let words = "proxy over service is a `service`, but the relation forbids it";
    one(&found, "relation-compose", words, "worlds.wit", "service {");
}

#[test]
fn a_world_without_a_handler_is_in_no_chain_even_if_the_chain_should_not_be() {
    let manifest = composes("['imports', 'service']", "is-not = 'service'");
    let found = findings(&manifest, "worlds.wit", "world", "world");
    let words = "world `imports` can't be that of a member of a chain";
    one(&found, "relation-compose", words, "worlds.wit", "imports {");
}

/// A world that chooses between next hops of the same interface, and one with a next hop by another name.
const ROUTERS: &str = "world router { include service; import primary: handler; \
     import fallback: handler; }\nworld relay { include service; import upstream: handler; }\n\
     world imports";

/// What a relation says about the package with these worlds.
fn with_routers(manifest: &str) -> Vec<Diagnostic> {
    findings(manifest, "worlds.wit", "world imports", ROUTERS)
}

fn extends(adds: &str) -> String {
    format!("[[relation]]\nworld = 'router'\nextends = 'service'\nadds = {adds}\n")
}

#[test]
fn labelled_imports_are_added_by_label_and_interface() {
    for adds in [
        "['import primary: handler', 'import fallback: handler']",
        "['import primary: wasi:http/handler', 'import fallback:handler']",
        "['import primary', 'import fallback: wasi:http/handler@0.3.1002']",
    ] {
        let found = with_routers(&extends(adds));
        assert!(found.is_empty(), "{adds}: {found:?}");
    }
}

#[test]
fn a_labelled_import_that_adds_does_not_say_is_found_with_its_interface() {
    let found = with_routers(&extends("['import primary: handler']"));
    let words = "world `router` adds `import fallback: wasi:http/handler@0.3.1002` to `service`";
    one(
        &found,
        "relation-adds",
        words,
        "worlds.wit",
        "fallback: handler",
    );
}

#[test]
fn a_label_on_another_interface_is_another_import() {
    let found = with_routers(&extends(
        "['import primary: client', 'import fallback: handler']",
    ));
    let messages: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "world `router` adds `import primary: wasi:http/handler@0.3.1002` to `service`, but `adds` \
             doesn't list it",
            "world `router` does not add `import primary: wasi:http/client@0.3.1002` to `service`, but \
             `adds` lists it",
        ]
    );
    let swapped =
        "world other { include service; import primary: client; import fallback: handler; }";
    let found = findings(
        "[[relation]]\nworld = 'router'\nextends = 'other'\n",
        "worlds.wit",
        "world imports",
        &format!("{swapped}\n{ROUTERS}"),
    );
    let words = "`import primary: wasi:http/client@0.3.1002` differs: it is `wasi:http/handler@0.3.1002` \
                 where `wasi:http/client@0.3.1002` is expected";
    one(
        &found,
        "relation-extends",
        words,
        "worlds.wit",
        "primary: handler",
    );
}

#[test]
fn chains_of_worlds_with_several_next_hops_hold() {
    for (members, what) in [
        ("['relay', 'service']", "is = 'service'"),
        ("['relay', 'relay']", "is = 'relay'"),
        ("['relay', 'router']", "is = 'router'"),
        ("['router']", "is-not = 'service'"),
        // Without `hops`, it isn't clear which of the two leads to the service.
        ("['router', 'service']", "is-not = 'service'"),
        (
            "['router', 'service']",
            "hops = { 'router.primary' = 'service', 'router.fallback' = 'service' }\nis = 'service'",
        ),
        (
            "['proxy', 'router', 'service']",
            "hops = { primary = 'service', fallback = 'deny' }\nis = 'service'",
        ),
        // The members that are added have next hops themselves.
        (
            "['router', 'proxy', 'service']",
            "hops = { 'router.primary' = 'proxy', 'router.fallback' = 'relay', relay = 'service' }\n\
             is = 'service'",
        ),
        (
            "['router', 'service']",
            "hops = { 'router.primary' = 'service', 'router.fallback' = 'router', \
             'router-again.primary' = 'service', 'router-again.fallback' = 'deny' }\nis = 'service'",
        ),
        (
            "['relay']",
            "hops = { 'relay.upstream' = 'host' }\nis = 'relay'",
        ),
        (
            "['router', 'service']",
            "hops = { 'router.primary' = 'service', 'router.fallback' = 'host' }\nis-not = 'service'",
        ),
    ] {
        let found = with_routers(&composes(members, what));
        assert!(found.is_empty(), "{members} {what}: {found:?}");
    }
}

#[test]
fn next_hops_that_lead_nowhere_are_to_be_chosen_in_the_manifest() {
    let choose = "choose a target for each: `hops = { \"router.primary\" = \"…\", \"router.fallback\" = \
                  \"…\" }`, with a world, \"host\" or \"deny\" for `…`";
    let free = "hops = { 'router.primary' = 'service' }\nis = 'service'";
    for (what, words) in [
        (
            "is = 'service'",
            "`router` has several next hops, and each could lead to `service`, which follows it: `primary`, `fallback`",
        ),
        (
            free,
            "the next hop `fallback` of `router` is open, although the last member closes the chain",
        ),
    ] {
        let found = with_routers(&composes("['router', 'service']", what));
        one(&found, "relation-compose", words, "worlds.wit", "router {");
        assert_eq!(found[0].help, [choose]);
    }
}

#[test]
fn hops_that_mean_nothing_are_found_even_if_the_chain_should_not_be() {
    for (hops, code, help) in [
        (
            "'router.primry' = 'service'",
            "unknown-hop",
            "did you mean `primary`? its next hops: primary, fallback",
        ),
        (
            "'ruoter.primary' = 'service'",
            "unknown-member",
            "did you mean `router`? members: router, service",
        ),
        (
            "'router.primary' = 'servce'",
            "unknown-world",
            "did you mean `service`? worlds: imports, service, router, relay, proxy, middleware",
        ),
        (
            "'service.origin' = 'host'",
            "unknown-hop",
            "remove it from `hops`, which is for next hops",
        ),
        (
            "'router.client' = 'service'",
            "unknown-hop",
            "remove it from `hops`, which is for next hops",
        ),
    ] {
        let what = format!("hops = {{ {hops} }}\nis-not = 'service'");
        let found = with_routers(&composes("['router', 'service']", &what));
        assert_eq!(found.len(), 1, "{hops}: {found:?}");
        assert_eq!(found[0].code, code, "{hops}");
        assert_eq!(found[0].help, [help], "{hops}");
        assert!(
            found[0].to_string().contains("witgen.toml:1:1"),
            "{}",
            found[0]
        );
    }
}

#[test]
fn a_labelled_next_hop_of_another_shape_is_named_by_its_label() {
    let manifest = composes("['relay', 'service']", "is = 'service'");
    let dir = tempfile::tempdir().unwrap();
    copy(&root().join("wit"), dir.path());
    let other =
        "world relay { include imports; import upstream: origin; export handler; }\nworld imports";
    for (file, from, to) in [
        ("worlds.wit", "world imports", other),
        (
            "origin.wit",
            "handle: async func(request: request)",
            "handle: async func(request: request, hop: u8)",
        ),
    ] {
        let path = dir.path().join(file);
        let text = fs::read_to_string(&path).unwrap().replacen(from, to, 1);
        fs::write(path, text).unwrap();
    }
    let package = load(
        &Source::Directory(dir.path().to_owned()),
        &Features::default(),
    )
    .unwrap();
    let config = Config::parse("witgen.toml", &manifest).unwrap();
    let found = check(&package, &relations(&config));
    let words = "`upstream`, which `relay` imports, doesn't match the `handler` that `service` exports: in \
                 `handle`, parameter `hop` is not expected";
    assert!(found[0].message.contains(words), "{}", found[0]);
}

#[test]
fn an_unknown_name_is_found_where_it_is_written() {
    let found = findings(
        &EXTENDS.replace("'service'", "'sevrice'"),
        "worlds.wit",
        "world",
        "world",
    );
    assert_eq!(found[0].code, "unknown-world");
    let help = "did you mean `service`? worlds: imports, service, proxy, middleware";
    assert_eq!(found[0].help, [help]);
    let found = findings(
        &SHAPE.replace("origin.handle", "orign.handle"),
        "worlds.wit",
        "world",
        "world",
    );
    assert_eq!(found[0].code, "unknown-item");
    assert!(
        found[0].to_string().contains("witgen.toml:1:1"),
        "{}",
        found[0]
    );
}
