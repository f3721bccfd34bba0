//! Chains that `witgen compose` links, run: what comes back, and who was asked what.

use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};

use http::StatusCode;
use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http_body_util::{BodyExt as _, Full};
use pretty_assertions::assert_eq;
use testkit_serve::{ENGINE, component, content};
use wasmtime::component::Component;
use witgen::compose::{Chain, Client, Composition, Member};
use witgen_serve::proxy::{Body, BuildErrorKind, ErrorCode, Inbound, Proxy, Request, Response};

/// A chain of these guests, outermost first, under names that tell equal ones apart.
fn chain(guests: &[&str]) -> Chain {
    let members = guests
        .iter()
        .enumerate()
        .map(|(at, guest)| member(&format!("{guest}{at}"), guest))
        .collect();
    Chain::new(members).unwrap()
}

fn member(name: &str, guest: &str) -> Member {
    Member::new(name, &component(guest)).unwrap()
}

/// What the host was asked, in the order in which it was.
type Asked = Arc<Mutex<Vec<String>>>;

/// Builds a chain in a host that records the requests it receives. The origin responds with two headers, and the client
/// accepts requests with credentials.
fn with_recording_host(composition: &Composition, is_open: bool) -> (Proxy, Asked) {
    let asked = Asked::default();
    let answer = |asked: &Asked, who: &'static str, response: fn(&Request) -> Response| {
        let asked = asked.clone();
        move |request: Request| {
            let asked = asked.clone();
            async move {
                asked.lock().unwrap().push(format!("{who} {}", request.uri()));
                Ok::<_, ErrorCode>(response(&request))
            }
        }
    };
    let client = answer(&asked, "client", |question| {
        let mut response = Response::default();
        if !question.headers().contains_key(AUTHORIZATION) {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
        }
        response
    });
    let origin = answer(&asked, "origin", |_| {
        let mut response = Response::new(Body::from("origin"));
        response.headers_mut().insert("x-first", "1".parse().unwrap());
        response.headers_mut().insert("x-second", "2".parse().unwrap());
        response
    });
    let component = Component::new(&ENGINE, &composition.component).unwrap();
    let builder = Proxy::builder(&ENGINE, &component).client(client);
    let builder = if is_open {
        builder.origin(origin)
    } else {
        builder
    };
    (builder.build().unwrap(), asked)
}

fn request(has_credentials: bool) -> Request {
    let mut request = Request::new(Body::from("question"));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = "http://example.com/path".parse().unwrap();
    if has_credentials {
        let credentials = "Bearer 1".parse().unwrap();
        request.headers_mut().insert(AUTHORIZATION, credentials);
    }
    request
}

/// Status, headers but for the content's length, and content.
async fn answer(proxy: &Proxy, request: Request) -> (u16, Vec<String>, String) {
    let response = proxy.handle(request).await.unwrap();
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .filter(|(name, _)| **name != CONTENT_LENGTH)
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    let content = String::from_utf8(content(response).await.into()).unwrap();
    (status, headers, content)
}

/// What a chain answers, from what each guest does, and whom the host is asked for on the way.
fn expected(guests: &[&str], has_credentials: bool) -> ((u16, Vec<String>, String), Vec<String>) {
    let Some((guest, inner)) = guests.split_first() else {
        let headers = vec!["x-first: 1".to_owned(), "x-second: 2".to_owned()];
        let asked = vec!["origin http://example.com/path".to_owned()];
        return ((200, headers, "origin".to_owned()), asked);
    };
    let inside = || expected(inner, has_credentials);
    match *guest {
        "hello" => ((200, Vec::new(), "hello\n".to_owned()), Vec::new()),
        "echo" => ((200, Vec::new(), "question".to_owned()), Vec::new()),
        "pass" => inside(),
        "stamp" => {
            let ((status, mut headers, content), asked) = inside();
            headers.retain(|header| header != "x-stamp: 1");
            headers.push("x-stamp: 1".to_owned());
            ((status, headers, content), asked)
        }
        "gate" => {
            let question = "client http://auth.example/check".to_owned();
            if !has_credentials {
                let answer = (403, Vec::new(), "forbidden\n".to_owned());
                return (answer, vec![question]);
            }
            let (answer, asked) = inside();
            (answer, [vec![question], asked].concat())
        }
        other => unreachable!("{other} has no part in this"),
    }
}

/// What a client was asked by, and what it says.
fn client(
    asked: &Arc<Mutex<Vec<String>>>,
    name: &'static str,
    status: StatusCode,
) -> impl Fn(Request) -> Ready<Result<Response, ErrorCode>> + Send + Sync + use<> {
    let asked = asked.clone();
    move |_| {
        asked.lock().unwrap().push(name.to_owned());
        let mut response = Response::default();
        *response.status_mut() = status;
        ready(Ok(response))
    }
}

/// `rewrite` writes the body of the request, and `echo` returns it: `rewrite` reads what it wrote.
#[tokio::test]
async fn a_member_can_read_a_body_that_it_wrote_itself() {
    let composition = chain(&["rewrite", "echo"]).compose().unwrap();
    let (proxy, _) = with_recording_host(&composition, false);
    for keeps in [false, true] {
        let mut request = request(false);
        if keeps {
            request.headers_mut().insert("x-keep-bodies", "1".parse().unwrap());
        }
        let trailers = http::HeaderMap::from_iter([(
            http::HeaderName::from_static("x-end"),
            http::HeaderValue::from_static("1"),
        )]);
        *request.body_mut() = Body::new(
            Full::<bytes::Bytes>::from("question")
                .with_trailers(std::future::ready(Some(Ok(trailers.clone())))),
        );
        let response = proxy.handle(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap();
        assert_eq!(body.trailers(), Some(&trailers));
        let expected = if keeps { "question" } else { "QUESTION" };
        assert_eq!(body.to_bytes(), expected);
    }
}

#[tokio::test]
async fn members_whose_imports_are_their_own_have_side_calls_of_their_own() {
    let chain = Chain::new(vec![
        member("outer", "gate"),
        member("inner", "gate"),
        member("hello", "hello"),
    ]);
    let composition = chain.unwrap().split_imports(true).compose().unwrap();
    let component = Component::new(&ENGINE, &composition.component).unwrap();
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let builder = || Proxy::builder(&ENGINE, &component);
    let (yes, no) = (StatusCode::OK, StatusCode::FORBIDDEN);

    let proxy = builder()
        .member_client("outer", client(&asked, "outer", yes))
        .member_client("inner", client(&asked, "inner", no))
        .build()
        .unwrap();
    let (status, _, content) = answer(&proxy, request(false)).await;
    assert_eq!((status, content.as_str()), (403, "forbidden\n"));
    assert_eq!(*asked.lock().unwrap(), ["outer", "inner"]);

    // Whoever has none of its own has that of all; without one, it is denied.
    let proxy = builder()
        .client(client(&asked, "all", yes))
        .member_client("outer", client(&asked, "outer", yes));
    let (status, _, content) = answer(&proxy.build().unwrap(), request(false)).await;
    assert_eq!((status, content.as_str()), (200, "hello\n"));
    assert_eq!(asked.lock().unwrap()[2..], ["outer", "all"]);
    let proxy = builder().member_client("outer", client(&asked, "outer", yes));
    let code = proxy.build().unwrap().handle(request(false)).await.unwrap_err();
    assert!(matches!(code, ErrorCode::HttpRequestDenied), "{code}");

    let error = builder()
        .member_client("hello", client(&asked, "none", yes))
        .build()
        .err()
        .unwrap();
    let BuildErrorKind::NoMember(member) = error.kind() else {
        panic!("{error:?}");
    };
    assert_eq!(member, "hello");
}

/// All chains of so many members: proxies, and after them a service, a proxy or nothing.
fn chains(length: usize) -> Vec<Vec<&'static str>> {
    let mut chains: Vec<Vec<&str>> = vec![Vec::new()];
    for at in 1..=length {
        let ends: &[&str] = match at == length {
            true => &["pass", "stamp", "gate", "hello", "echo"],
            false => &["pass", "stamp", "gate"],
        };
        let longer = |chain: &Vec<&'static str>| {
            let chain = chain.clone();
            ends.iter().map(move |end| [&chain[..], &[*end]].concat())
        };
        chains = chains.iter().flat_map(longer).collect();
    }
    chains
}

/// Runs chains on several threads, because compiling them takes most of the time.
fn assert_chains_respond_as_their_members(chains: &[Vec<&str>]) {
    let threads = std::thread::available_parallelism().unwrap();
    std::thread::scope(|scope| {
        for share in chains.chunks(chains.len().div_ceil(threads.get())) {
            scope.spawn(move || {
                let runtime =
                    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                for guests in share {
                    runtime.block_on(assert_chain_responds_as_its_members(guests));
                }
            });
        }
    });
}

async fn assert_chain_responds_as_its_members(guests: &[&str]) {
    let chain = chain(guests);
    let composition = chain.compose().unwrap();
    let is_open = !chain.open_hops().unwrap().is_empty();
    let world = if is_open { "proxy" } else { "service" };
    assert_eq!(composition.world, format!("wasi:http/{world}@0.3.1002"));
    let (proxy, asked) = with_recording_host(&composition, is_open);
    for has_credentials in [true, false] {
        asked.lock().unwrap().clear();
        let (answered, told) = expected(guests, has_credentials);
        let answer = answer(&proxy, request(has_credentials)).await;
        assert_eq!(answer, answered, "{guests:?}");
        assert_eq!(*asked.lock().unwrap(), told, "{guests:?}");
    }
}

#[test]
fn every_chain_of_up_to_three_answers_as_its_members_do() {
    let chains = [chains(1), chains(2), chains(3)].concat();
    assert_eq!(chains.len(), 65);
    assert_chains_respond_as_their_members(&chains);
}

#[test]
#[ignore = "takes minutes; scripts/test-at-length.sh runs it"]
fn every_chain_of_four_answers_as_its_members_do() {
    let chains = chains(4);
    assert_eq!(chains.len(), 135);
    assert_chains_respond_as_their_members(&chains);
}

#[tokio::test]
async fn side_calls_go_to_the_service_that_is_linked_to_them() {
    // `echo` answers with 200 whatever it is asked: it lets everybody in.
    let linked = Client::linked(member("auth", "echo")).unwrap();
    let chain = chain(&["gate", "hello"]).client("gate0", linked).unwrap();
    let composition = chain.compose().unwrap();
    let (proxy, asked) = with_recording_host(&composition, false);
    let answered = answer(&proxy, request(false)).await;
    assert_eq!(answered, (200, Vec::new(), "hello\n".to_owned()));
    assert_eq!(*asked.lock().unwrap(), [""; 0]);
}

#[tokio::test]
async fn side_calls_that_are_denied_fail_where_they_are_made() {
    for guests in [["gate", "hello"], ["stamp", "gate"]] {
        let chain = chain(&guests).other_clients(Client::Denied);
        let is_open = !chain.open_hops().unwrap().is_empty();
        let (proxy, asked) = with_recording_host(&chain.compose().unwrap(), is_open);
        for _ in 0..3 {
            let error = proxy.handle(request(true)).await.unwrap_err();
            assert!(matches!(error, ErrorCode::HttpRequestDenied), "{error:?}");
        }
        assert_eq!(*asked.lock().unwrap(), [""; 0]);
    }
}

#[tokio::test]
async fn a_denied_member_leaves_the_others_their_side_calls() {
    let chain = chain(&["gate", "gate", "hello"]).client("gate1", Client::Denied).unwrap();
    let (proxy, asked) = with_recording_host(&chain.compose().unwrap(), false);
    let error = proxy.handle(request(true)).await.unwrap_err();
    assert!(matches!(error, ErrorCode::HttpRequestDenied), "{error:?}");
    assert_eq!(*asked.lock().unwrap(), ["client http://auth.example/check"]);
}

#[tokio::test]
async fn a_middleware_composes_wherever_a_proxy_does() {
    for (guests, content) in [
        (["relay", "stamp", "hello"], "hello\n"),
        (["stamp", "relay", "hello"], "hello\n"),
        (["stamp", "pass", "relay"], "origin"),
    ] {
        let composition = chain(&guests).compose().unwrap();
        let is_open = guests[2] == "relay";
        let world = if is_open { "middleware" } else { "service" };
        assert_eq!(composition.world, format!("wasi:http/{world}@0.3.1002"));
        if !is_open {
            let (proxy, _) = with_recording_host(&composition, false);
            let (status, headers, answered) = answer(&proxy, request(true)).await;
            assert_eq!((status, &*answered), (200, content), "{guests:?}");
            assert!(headers.contains(&"x-stamp: 1".to_owned()), "{guests:?}");
        }
    }
}

#[tokio::test]
async fn components_of_the_released_version_stand_wherever_they_fit() {
    for (guests, expected) in [
        (
            &["stamp", "released"][..],
            &["x-released: 0.3.2", "x-stamp: 1"][..],
        ),
        (
            &["old-relay", "released"],
            &["x-released: 0.3.2", "x-old-relay: 1"],
        ),
        (
            &["old-relay", "stamp", "hello"],
            &["x-stamp: 1", "x-old-relay: 1"],
        ),
        (
            &["stamp", "old-relay", "old-relay", "pass", "released"],
            &["x-released: 0.3.2", "x-old-relay: 1", "x-stamp: 1"],
        ),
        (
            &["old-relay", "stamp"],
            &["x-first: 1", "x-second: 2", "x-stamp: 1", "x-old-relay: 1"],
        ),
    ] {
        let chain = chain(guests);
        let (proxy, _) = with_recording_host(
            &chain.compose().unwrap(),
            !chain.open_hops().unwrap().is_empty(),
        );
        let (status, headers, _) = answer(&proxy, request(true)).await;
        assert_eq!(status, 200, "{guests:?}");
        assert_eq!(headers, expected, "{guests:?}");
    }
}

/// Composes a chain of two members with imports of their own, the second of which makes side calls.
fn composition_with_side_calls() -> Composition {
    let members = vec![member("first", "stamp"), member("second", "fanout")];
    let chain = Chain::new(members).unwrap().split_imports(true);
    chain.compose().unwrap()
}

#[tokio::test]
async fn a_call_tells_whose_request_it_is_made_for() {
    let component = Component::new(&ENGINE, &composition_with_side_calls().component).unwrap();
    let client = |question: Request| async move {
        // Others come meanwhile.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let inbound = question.extensions().get::<Inbound>().unwrap();
        let number = inbound.get::<usize>().unwrap();
        Ok(Response::new(format!("for {number}").into()))
    };
    let origin = |request: Request| async move {
        let inbound = request.extensions().get::<Inbound>().unwrap();
        let number = inbound.get::<usize>().unwrap();
        Ok(Response::new(format!("for {number}").into()))
    };
    let proxy = Proxy::builder(&ENGINE, &component)
        .on_failure(|error| eprintln!("{error:?}"))
        .member_client("second", client)
        .origin(origin)
        .build()
        .unwrap();
    let mut asked = Vec::new();
    for number in 0..20_usize {
        let proxy = proxy.clone();
        asked.push(tokio::spawn(async move {
            let mut request = request(false);
            if number % 2 == 0 {
                let ask = http::HeaderValue::from_static("a.example,b.example");
                request.headers_mut().insert("x-ask", ask);
            }
            request.extensions_mut().insert(number);
            let response = proxy.handle(request).await.unwrap();
            (number, content(response).await)
        }));
    }
    for answer in asked {
        let (number, answer) = answer.await.unwrap();
        let times = if number % 2 == 0 { 2 } else { 1 };
        let expected = vec![format!("for {number}"); times];
        assert_eq!(answer, expected.join("\n"));
    }
}

#[tokio::test]
async fn a_trap_shows_the_name_of_its_member() {
    let members = vec![member("front", "stamp"), member("worker", "bad")];
    let named = Chain::new(members).unwrap().name_modules().compose().unwrap();
    let failures = Arc::<Mutex<Vec<String>>>::default();
    let recorded = failures.clone();
    let component = Component::new(&ENGINE, &named.component).unwrap();
    let proxy = Proxy::builder(&ENGINE, &component)
        .on_failure(move |error| recorded.lock().unwrap().push(format!("{error:?}")))
        .build()
        .unwrap();
    let mut request = request(false);
    *request.uri_mut() = "http://example.com/panic".parse().unwrap();
    proxy.handle(request).await.unwrap_err();
    let failures = failures.lock().unwrap();
    assert!(failures[0].contains("worker!"), "{failures:?}");
    assert!(!failures[0].contains("front!"), "{failures:?}");
}
