//! Components with next hops of any name, run: which way each request goes.

use pretty_assertions::assert_eq;
use testkit::routers::{LABELS, NextHop, SPELLINGS, router};
use testkit_serve::{ENGINE, component, content};
use wasmtime::component::Component;
use witgen::compose::{Chain, Member, Target};
use witgen_serve::proxy::{Body, BuildErrorKind, ErrorCode, Proxy, Request, Response};

fn guest(name: &str) -> Member {
    Member::new(name, &component(name)).unwrap()
}

fn routing(name: &str, hops: &[NextHop], position: usize) -> Member {
    Member::new(name, &router(hops, position)).unwrap()
}

fn to(member: &str) -> Target {
    Target::Member(member.to_owned())
}

/// The proxy of a closed chain.
fn proxy(chain: &Chain) -> Proxy {
    let composition = chain.compose().unwrap();
    assert_eq!(composition.world, "wasi:http/service@0.3.1002");
    assert!(composition.open_hops.is_empty());
    let component = Component::new(&ENGINE, &composition.component).unwrap();
    Proxy::builder(&ENGINE, &component)
        .on_failure(|error| eprintln!("{error:?}"))
        .build()
        .unwrap()
}

/// What comes back for a path: the content, after `stamped` if a `stamp` was on the way; or the error.
async fn answer(proxy: &Proxy, path: &str) -> String {
    let mut request = Request::new(Body::from("echo\n"));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = format!("http://example.com{path}").parse().unwrap();
    match proxy.handle(request).await {
        Ok(response) => {
            let is_stamped = response.headers().contains_key("x-stamp");
            let content = String::from_utf8(content(response).await.into()).unwrap();
            let stamp = if is_stamped { "stamped " } else { "" };
            format!("{stamp}{}", content.trim_end())
        }
        Err(code) => format!("{code:?}"),
    }
}

#[tokio::test]
async fn requests_go_through_a_next_hop_of_any_name() {
    for hop in SPELLINGS {
        let line = vec![routing("router", &[hop], 1), guest("hello")];
        let chain = Chain::new(line).unwrap();
        assert_eq!(answer(&proxy(&chain), "/a").await, "hello", "{}", hop.name);
    }
}

#[tokio::test]
async fn a_router_chooses_between_three_next_hops_of_different_names() {
    let hops = [SPELLINGS[0], SPELLINGS[2], SPELLINGS[4]];
    let chain = Chain::new(vec![routing("router", &hops, 1), guest("hello")])
        .unwrap()
        .with_member(guest("echo"))
        .unwrap()
        .hop("router", Some("primary"), to("echo"))
        .unwrap()
        .hop("router", Some("upstream"), Target::Denied)
        .unwrap();
    let proxy = proxy(&chain);
    for (path, expected) in [
        ("/a", "hello"),
        ("/b", "echo"),
        ("/c", "ErrorCode::HttpRequestDenied"),
    ] {
        assert_eq!(answer(&proxy, path).await, expected, "{path}");
    }
}

/// `outer` leads to `stamp`, and that to `inner`, or to `last`; these choose again.
fn tree_of_depth_three() -> Chain {
    let added = [
        guest("stamp"),
        routing("inner", &LABELS, 2),
        routing("last", &LABELS, 3),
        guest("hello"),
        guest("echo"),
    ];
    let chain = Chain::new(vec![routing("outer", &LABELS, 1)]).unwrap();
    let chain = added
        .into_iter()
        .fold(chain, |chain, member| chain.with_member(member).unwrap());
    [
        ("outer", "primary", to("stamp")),
        ("outer", "fallback", to("inner")),
        ("stamp", "origin", to("inner")),
        ("inner", "primary", to("hello")),
        ("inner", "fallback", to("last")),
        ("last", "primary", to("echo")),
        ("last", "fallback", Target::Denied),
    ]
    .into_iter()
    .fold(chain, |chain, (member, hop, target)| {
        chain.hop(member, Some(hop), target).unwrap()
    })
}

#[tokio::test]
async fn requests_find_their_way_through_a_tree() {
    let proxy = proxy(&tree_of_depth_three());
    for (path, expected) in [
        ("/aa", "stamped hello"),
        ("/ba", "hello"),
        ("/aba", "stamped echo"),
        ("/bba", "echo"),
        ("/bbb", "ErrorCode::HttpRequestDenied"),
    ] {
        assert_eq!(answer(&proxy, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn open_next_hops_of_members_go_to_upstreams_of_their_own() {
    let line = vec![routing("first", &LABELS, 1), routing("second", &LABELS, 2)];
    let chain = Chain::new(line).unwrap().hop("first", Some("primary"), to("second"));
    let composition = chain.unwrap().split_imports(true).compose().unwrap();
    let component = Component::new(&ENGINE, &composition.component).unwrap();
    let upstream = |name: &'static str| {
        move |_: Request| async move { Ok::<_, ErrorCode>(Response::new(Body::from(name))) }
    };
    let builder = || {
        Proxy::builder(&ENGINE, &component)
            .import_upstream("first-fallback", upstream("first-fallback"))
            .import_upstream("second-primary", upstream("second-primary"))
    };
    let proxy = builder().import_upstream("second-fallback", upstream("second-fallback"));
    let proxy = proxy.build().unwrap();
    for (path, expected) in [
        ("/b", "first-fallback"),
        ("/aa", "second-primary"),
        ("/ab", "second-fallback"),
    ] {
        assert_eq!(answer(&proxy, path).await, expected, "{path}");
    }
    let error = builder().import_upstream("third", upstream("third")).build().err().unwrap();
    let BuildErrorKind::UnknownImport(import) = error.kind() else {
        panic!("{error:?}");
    };
    assert_eq!(import, "third");
}
