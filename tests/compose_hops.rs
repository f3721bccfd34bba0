//! `witgen::compose`: next hops of any name, several in one component, and trees of members.

use std::fs;

use indexmap::IndexMap;
use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::components::{assert_valid, including, member, of_wit, outside, parts};
use wac_graph::types::BorrowedPackageKey;
use wac_parser::Document;
use wasmparser::WasmFeatures;
use witgen::compose::{Chain, Client, Composition, Hop, Member, Target};

/// Two next hops under labels.
const ROUTER: &str =
    "import primary: wasi:http/handler@0.3.1002; import fallback: wasi:http/handler@0.3.1002;";

/// What a handler's interface has, under a name of one's own.
const SHAPE: &str = "use wasi:http/types@0.3.1002.{request, response, error-code};
    handle: async func(request: request) -> result<response, error-code>;";

fn service(name: &str) -> Member {
    member(name, "service", "")
}

fn proxy(name: &str) -> Member {
    member(name, "proxy", "")
}

/// A service that imports more than a service does.
fn with(name: &str, more: &str) -> Member {
    member(name, "service", more)
}

fn to(member: &str) -> Target {
    Target::Member(member.to_owned())
}

/// A chain of one member and others that hops lead to: `("router.primary", "hello")`.
fn tree(line: Vec<Member>, added: Vec<Member>, hops: &[(&str, &str)]) -> Chain {
    let chain = Chain::new(line).unwrap();
    let chain = added
        .into_iter()
        .fold(chain, |chain, member| chain.with_member(member).unwrap());
    hops.iter().fold(chain, |chain, (hop, target)| {
        let (member, name) = hop.split_once('.').unwrap();
        chain.hop(member, Some(name), to(target)).unwrap()
    })
}

fn composed(chain: &Chain) -> Composition {
    let composition = chain.compose().unwrap();
    assert_valid(&composition.component, WasmFeatures::all());
    composition
}

fn names<'a>(hops: impl IntoIterator<Item = &'a Hop>) -> Vec<String> {
    hops.into_iter().map(|hop| hop.name().to_owned()).collect()
}

#[test]
fn a_next_hop_is_one_by_whatever_name_it_is_imported() {
    let inline = format!("import upstream: interface {{ {SHAPE} }}");
    for (import, name, shown) in [
        (
            "import wasi:http/origin@0.3.1002;",
            "origin",
            "wasi:http/origin@0.3.1002",
        ),
        (
            "import wasi:http/handler@0.3.1002;",
            "handler",
            "wasi:http/handler@0.3.1002",
        ),
        (
            "import origin: wasi:http/handler@0.3.1002;",
            "origin",
            "origin: wasi:http/handler@0.3.1002",
        ),
        (
            "import primary: wasi:http/origin@0.3.1002;",
            "primary",
            "primary: wasi:http/origin@0.3.1002",
        ),
        ("import up;", "up", "test:member/up"),
        ("import edge: up;", "edge", "edge: test:member/up"),
        (&inline, "upstream", "upstream"),
    ] {
        let wit = format!(
            "package test:member;\ninterface up {{ {SHAPE} }}\n\
             world member {{ include wasi:http/service@0.3.1002; {import} }}"
        );
        let member = Member::new("member", &of_wit(&wit)).unwrap();
        let hops: Vec<_> = member.next_hops().collect();
        let found: Vec<_> = hops.iter().map(|hop| (hop.name(), hop.to_string())).collect();
        assert_eq!(found, [(name, shown.to_owned())], "{import}");

        let open = composed(&Chain::new(vec![member.clone()]).unwrap());
        assert_eq!(names(&open.open_hops), [name], "{import}");
        assert_eq!(open.extra_imports, [""; 0], "{import}");
        let closed = composed(&Chain::new(vec![member, service("hello")]).unwrap());
        assert_eq!(closed.world, "wasi:http/service@0.3.1002", "{import}");
        assert_eq!(names(&closed.open_hops), [""; 0], "{import}");
        assert_eq!(closed.extra_imports, [""; 0], "{import}");
    }
}

#[test]
fn an_interface_of_another_shape_is_no_next_hop() {
    for functions in [
        "handle: func(request: request) -> result<response, error-code>;",
        "handle: async func(request: request) -> result<response>;",
        "handle: async func(request: request) -> response;",
        "handle: async func(request: borrow<request>) -> result<response, error-code>;",
        "handle: async func(request: response) -> result<response, error-code>;",
        "handle: async func(request: request, again: bool) -> result<response, error-code>;",
        "pass: async func(request: request) -> result<response, error-code>;",
        "handle: async func(request: request) -> result<response, error-code>; count: func() -> u32;",
    ] {
        let wit = format!(
            "package test:member;\n\
             interface up {{ use wasi:http/types@0.3.1002.{{request, response, error-code}}; {functions} }}\n\
             world member {{ include wasi:http/service@0.3.1002; import up; }}"
        );
        let member = Member::new("member", &of_wit(&wit)).unwrap();
        assert_eq!(names(member.next_hops()), [""; 0], "{functions}");
        let composition = composed(&Chain::new(vec![member]).unwrap());
        assert_eq!(composition.extra_imports, ["test:member/up"], "{functions}");
    }
}

#[test]
fn hops_of_one_component_have_names_of_their_own() {
    let imports = "import wasi:http/handler@0.3.1002; import handler: wasi:http/origin@0.3.1002; \
                   import auth: wasi:http/client@0.3.1002;";
    let member = with("member", imports);
    assert_eq!(
        names(member.next_hops()),
        ["wasi:http/handler@0.3.1002", "handler"]
    );
    assert_eq!(names(member.side_calls()), ["auth", "client"]);
}

#[test]
fn the_following_member_fills_the_origin_or_else_the_handler_or_else_the_only_next_hop() {
    let chain = |imports: &str| {
        let members = vec![with("router", imports), service("hello")];
        Chain::new(members).unwrap().hop("router", Some("spare"), Target::Host)
    };
    let spare = "import spare: wasi:http/handler@0.3.1002;";
    for (imports, filled) in [
        ("import other: wasi:http/origin@0.3.1002;", "other"),
        ("import wasi:http/handler@0.3.1002;", "handler"),
        (
            "import wasi:http/origin@0.3.1002; import wasi:http/handler@0.3.1002;",
            "origin",
        ),
        (
            "import origin: wasi:http/handler@0.3.1002; import wasi:http/handler@0.3.1002;",
            "origin",
        ),
        (
            "import other: wasi:http/handler@0.3.1002; import wasi:http/handler@0.3.1002;",
            "handler",
        ),
    ] {
        let chain = chain(&format!("{spare} {imports}")).unwrap();
        // What the line doesn't fill is open, which is said for each in a closed chain.
        let names = names(chain.members()[0].next_hops());
        let others = names.iter().filter(|name| *name != filled && *name != "spare");
        let chain = others.fold(chain, |chain, name| {
            chain.hop("router", Some(name), Target::Host).unwrap()
        });
        let plan = composed(&chain).plan;
        let call = plan.calls.iter().find(|call| call.hop.as_deref() == Some(filled)).unwrap();
        assert_eq!(
            call.to,
            witgen::compose::Callee::Member("hello".to_owned()),
            "{imports}"
        );
    }
    let error = Chain::new(vec![with("router", ROUTER), service("hello")]).unwrap();
    let error = error.compose().unwrap_err();
    assert_eq!(error.code(), "ambiguous-hop");
    for name in ["router.primary", "router.fallback"] {
        assert!(error.to_string().contains(name), "{error}");
    }
}

/// Depth three: `router` chooses between `stamp`, which leads to `inner`, and `sorry`; `inner` chooses again.
fn tree_of_depth_three() -> Chain {
    let added = vec![
        proxy("stamp"),
        with("inner", ROUTER),
        service("left"),
        service("right"),
        service("sorry"),
    ];
    let hops = [
        ("router.primary", "stamp"),
        ("router.fallback", "sorry"),
        ("stamp.origin", "inner"),
        ("inner.primary", "left"),
        ("inner.fallback", "right"),
    ];
    tree(vec![proxy("gate"), with("router", ROUTER)], added, &hops)
}

#[test]
fn a_tree_is_proven_and_planned_like_a_chain() {
    let composition = composed(&tree_of_depth_three());
    assert_eq!(composition.world, "wasi:http/service@0.3.1002");
    assert_eq!(composition.open_hops, []);
    let plan = composition.plan;
    assert_eq!(
        plan.members,
        ["gate", "router", "stamp", "inner", "left", "right", "sorry"]
    );
    let text = plan.to_string();
    for line in [
        "a tree of 7 members that fits wasi:http/service@0.3.1002",
        "  gate   -> router  wasi:http/origin@0.3.1002",
        "  router -> stamp   primary: wasi:http/handler@0.3.1002",
        "  router -> sorry   fallback: wasi:http/handler@0.3.1002",
        "  stamp  -> inner   wasi:http/origin@0.3.1002",
        "  inner  -> left    primary: wasi:http/handler@0.3.1002",
        "  inner  -> right   fallback: wasi:http/handler@0.3.1002",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let diagram = plan.mermaid();
    for line in [
        "m-gate -->|origin| m-router",
        "m-router -->|primary| m-stamp",
        "m-inner -->|fallback| m-right",
    ] {
        assert!(
            diagram.lines().any(|found| found.trim() == line),
            "{diagram}"
        );
    }
}

#[test]
fn a_closed_tree_runs_where_labels_are_unknown() {
    let without_labels = WasmFeatures::all() & !WasmFeatures::CM_IMPLEMENTS;
    let closed = composed(&tree_of_depth_three());
    assert_valid(&closed.component, without_labels);
    // As a member of another chain, too.
    let member = Member::new("closed", &closed.component).unwrap();
    let longer = composed(&Chain::new(vec![proxy("gate"), member]).unwrap());
    assert_valid(&longer.component, without_labels);
    // Labels that lead nowhere, and those of side calls.
    let more = format!(
        "{ROUTER} import auth: wasi:http/client@0.3.1002; import log: wasi:http/client@0.3.1002;"
    );
    let denied = tree(
        vec![with("router", &more)],
        vec![service("hello")],
        &[("router.primary", "hello")],
    )
    .hop("router", Some("fallback"), Target::Denied)
    .unwrap()
    .named_client("router", "auth", Client::Denied)
    .unwrap()
    .named_client(
        "router",
        "log",
        Client::linked(service("log-service")).unwrap(),
    )
    .unwrap();
    assert_valid(&composed(&denied).component, without_labels);
}

#[test]
fn open_hops_stay_imports_and_compose_further() {
    let chain = tree(
        vec![with("router", ROUTER)],
        vec![service("hello")],
        &[("router.primary", "hello")],
    );
    let composition = composed(&chain);
    assert_eq!(composition.world, "wasi:http/service@0.3.1002");
    assert_eq!(names(&composition.open_hops), ["fallback"]);
    let title = composition.plan.to_string();
    assert!(
        title.starts_with(
            "a chain of 2 that fits wasi:http/service@0.3.1002, with the next hop `fallback`\n"
        ),
        "{title}"
    );
    assert!(outside(&composition.component).0.contains("fallback"));
    let open = Member::new("open", &composition.component).unwrap();
    let shown: Vec<_> = open.next_hops().map(ToString::to_string).collect();
    assert_eq!(shown, ["fallback: wasi:http/handler@0.3.1002"]);
    let closed = composed(&Chain::new(vec![open, service("sorry")]).unwrap());
    assert_eq!(closed.open_hops, []);
}

#[test]
fn several_next_hops_may_lead_to_one_instance() {
    let one = tree(
        vec![with("router", ROUTER)],
        vec![service("hello")],
        &[("router.primary", "hello"), ("router.fallback", "hello")],
    );
    let two = tree(
        vec![with("router", ROUTER)],
        vec![service("hello"), service("again")],
        &[("router.primary", "hello"), ("router.fallback", "again")],
    );
    let instances = |chain: &Chain| parts(&composed(chain).component).1;
    assert_eq!((instances(&one), instances(&two)), (2, 3));
    assert!(!one.compose().unwrap().plan.is_tree);
    assert!(two.compose().unwrap().plan.is_tree);
}

#[test]
fn the_line_may_name_the_hop_that_leads_to_the_following_member() {
    let chain = tree(
        vec![with("router", ROUTER), service("hello")],
        vec![service("sorry")],
        &[("router.primary", "sorry")],
    );
    let filled = |chain: &Chain| {
        let calls = composed(chain).plan.calls;
        let call = calls.into_iter().find(|call| call.hop.as_deref() == Some("fallback"));
        call.unwrap().to
    };
    let hello = witgen::compose::Callee::Member("hello".to_owned());
    assert_eq!(filled(&chain), hello);
    let chain = chain.hop("router", Some("fallback"), to("hello")).unwrap();
    assert_eq!(filled(&chain), hello);
}

#[test]
fn a_next_hop_may_lead_nowhere_or_to_the_host() {
    let chain = |target| {
        let hops = [("router.primary", "hello")];
        let chain = tree(vec![with("router", ROUTER)], vec![service("hello")], &hops);
        chain.hop("router", Some("fallback"), target).unwrap()
    };
    let denied = composed(&chain(Target::Denied));
    assert_eq!(denied.open_hops, []);
    assert!(!outside(&denied.component).0.contains("fallback"));
    let text = denied.plan.to_string();
    let line = "  router -> nobody  fallback: wasi:http/handler@0.3.1002: denied";
    assert!(text.lines().any(|found| found == line), "{text}");
    let open = composed(&chain(Target::Host));
    assert_eq!(names(&open.open_hops), ["fallback"]);
}

#[test]
fn side_calls_by_different_names_go_to_different_places() {
    let imports = "import wasi:http/client@0.3.1002; import auth: wasi:http/client@0.3.1002; \
                   import log: wasi:http/client@0.3.1002;";
    let chain = || Chain::new(vec![with("gate", imports)]).unwrap();
    let linked = || Client::linked(service("accounts")).unwrap();
    let own_imports = |chain: Chain| {
        let (imports, _) = outside(&composed(&chain).component);
        let own = ["auth", "log", "wasi:http/client@0.3.1002"];
        own.map(|name| imports.contains(name))
    };
    assert_eq!(own_imports(chain()), [true; 3]);
    assert_eq!(
        own_imports(chain().client("gate", Client::Denied).unwrap()),
        [false; 3]
    );
    let only_auth = chain().named_client("gate", "auth", linked()).unwrap();
    assert_eq!(own_imports(only_auth), [false, true, true]);
    // What is said of a name counts for more than what is said of its member.
    let all_but_log = chain()
        .client("gate", Client::Denied)
        .unwrap()
        .named_client("gate", "log", Client::Host)
        .unwrap();
    assert_eq!(own_imports(all_but_log), [false, true, false]);
    let unknown = chain().named_client("gate", "lgo", Client::Denied).unwrap_err();
    assert!(
        unknown.to_string().contains("did you mean `log`?"),
        "{unknown}"
    );
}

#[test]
fn one_service_instance_answers_all_side_calls_of_a_member() {
    let imports = "import auth: wasi:http/client@0.3.1002; import log: wasi:http/client@0.3.1002;";
    let chain = Chain::new(vec![with("gate", imports)]).unwrap();
    let chain = chain.client("gate", Client::linked(service("hello")).unwrap()).unwrap();
    let (components, _) = parts(&composed(&chain).component);
    // The gate, the service, and what stands between them, for each of three names.
    assert_eq!(components.len(), 2 + 3);
}

#[test]
fn a_tree_gives_the_same_bytes_each_time() {
    let make = || tree_of_depth_three().split_imports(true).compose().unwrap().component;
    assert_eq!(make(), make());
}

#[test]
fn the_source_of_a_tree_in_wac_gives_an_equivalent_component() {
    let hops = [("router.primary", "stamp"), ("stamp.origin", "hello")];
    let added = vec![proxy("stamp"), service("hello")];
    let chain = tree(vec![with("router", ROUTER)], added, &hops);
    let chain = chain.hop("router", Some("fallback"), to("hello")).unwrap();
    let source = chain.wac().unwrap();
    let document = Document::parse(&source).unwrap();
    let names: Vec<_> = chain.members().iter().map(|m| format!("member:{}", m.name())).collect();
    let packages: IndexMap<_, _> = names
        .iter()
        .zip(chain.members())
        .map(|(name, member)| {
            let key = BorrowedPackageKey::from_name_and_version(name, None);
            (key, member.component().to_vec())
        })
        .collect();
    let resolution = document.resolve(packages).unwrap();
    let component = resolution.encode(wac_graph::EncodeOptions::default()).unwrap();
    let composition = composed(&chain);
    assert_eq!(outside(&component), outside(&composition.component));
    let (components, instances) = parts(&component);
    let (own_components, own_instances) = parts(&composition.component);
    assert_eq!(
        (components.len(), instances),
        (own_components.len(), own_instances)
    );
    let denied = chain.clone().with_member(proxy("last")).unwrap();
    let denied = denied.hop("last", None, Target::Denied).unwrap();
    assert_eq!(denied.wac().unwrap_err().code(), "unreachable-member");
}

#[test]
fn the_command_composes_trees() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| fs::write(dir.path().join(name), bytes).unwrap();
    write("router.wasm", including("service", ROUTER));
    write("stamp.wasm", including("proxy", ""));
    write("hello.wasm", including("service", ""));
    let run = |args: &[&str]| {
        witgen(
            dir.path(),
            &[&["compose"], args, &["-o", "out.wasm"]].concat(),
        )
    };
    let primary = ["router.wasm", "--hop", "router.primary=stamp.wasm"];
    // A member's name may come before the file that gives it.
    let closed = [
        "--hop",
        "router.fallback=hello",
        "--hop",
        "stamp=hello.wasm",
    ];
    let (status, stderr) = run(&[&primary[..], &closed].concat());
    assert_eq!(
        (status, stderr.trim()),
        (0, "fits wasi:http/service@0.3.1002")
    );
    let two = [
        "--hop",
        "router.fallback=first=hello.wasm",
        "--hop",
        "stamp=hello.wasm",
    ];
    let (status, stderr) = run(&[&primary[..], &two].concat());
    assert_eq!(
        (status, stderr.trim()),
        (0, "fits wasi:http/service@0.3.1002")
    );
    let open = ["router.wasm", "--hop", "router.fallback=deny"];
    let (status, stderr) = run(&open);
    let expected = "fits wasi:http/service@0.3.1002, with the next hop `primary`";
    assert_eq!((status, stderr.trim()), (0, expected));
    let (status, stderr) = run(&["router.wasm"]);
    let expected = "fits wasi:http/service@0.3.1002, with the next hops `primary`, `fallback`";
    assert_eq!((status, stderr.trim()), (0, expected));
    let host = [
        &primary[..],
        &["--hop", "stamp=host", "--hop", "router.fallback=deny"],
    ]
    .concat();
    let (status, stderr) = run(&host);
    assert_eq!(
        (status, stderr.trim()),
        (0, "fits wasi:http/proxy@0.3.1002")
    );
}
