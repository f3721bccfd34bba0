//! Bodies that guests make, and the peers of their tests.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as _, Frame};

use witgen_runtime::guest::testing::{Peers, block_on, counted};
use witgen_runtime::guest::{Body, ErrorCode, Peer, Request, Response};

type Frames = VecDeque<Result<Frame<Bytes>, ErrorCode>>;

/// A body with these frames, which must not be polled after the end.
struct Scripted(Option<Frames>);

impl http_body::Body for Scripted {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let frame = self.0.as_mut().expect("polled after the end").pop_front();
        if frame.is_none() {
            self.0 = None;
        }
        Poll::Ready(frame)
    }
}

fn scripted(frames: impl IntoIterator<Item = Result<Frame<Bytes>, ErrorCode>>) -> Body {
    Body::new(Scripted(Some(frames.into_iter().collect())))
}

fn data(text: &'static str) -> Result<Frame<Bytes>, ErrorCode> {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

fn trailers(name: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(name.parse().unwrap(), "1".parse().unwrap())])
}

#[test]
fn content_up_to_the_limit_is_read() {
    let body = || scripted([data("ab"), data(""), data("cd")]);
    assert_eq!(block_on(body().bytes(4)).unwrap(), "abcd");
    assert!(matches!(
        block_on(body().bytes(3)),
        Err(ErrorCode::HttpRequestBodySize(None))
    ));
    let whole = Body::from("abcd");
    assert!(matches!(
        block_on(whole.bytes(3)),
        Err(ErrorCode::HttpRequestBodySize(Some(4)))
    ));
    assert_eq!(block_on(Body::empty().bytes(0)).unwrap(), "");
}

#[test]
fn a_body_that_states_a_size_above_the_limit_is_not_read() {
    let (body, reads) = counted("abcd");
    assert!(block_on(body.bytes(3)).is_err());
    assert_eq!(reads.count(), 0);
}

#[test]
fn added_trailers_follow_those_of_the_content() {
    let mut body = scripted([data("ab"), Ok(Frame::trailers(trailers("x-one")))])
        .with_trailers(trailers("x-two"));
    assert!(block_on(body.frame()).unwrap().unwrap().is_data());
    let last = block_on(body.frame())
        .unwrap()
        .unwrap()
        .into_trailers()
        .unwrap();
    assert!(last.contains_key("x-one") && last.contains_key("x-two"));
    assert!(block_on(body.frame()).is_none());
    assert!(block_on(body.frame()).is_none());
}

#[test]
fn a_body_of_known_size_can_have_trailers() {
    let mut body = Body::from("ab").with_trailers(trailers("x-one"));
    assert!(!body.is_end_stream());
    assert!(block_on(body.frame()).unwrap().unwrap().is_data());
    assert!(block_on(body.frame()).unwrap().unwrap().is_trailers());
    assert!(body.is_end_stream());
}

#[test]
fn an_error_keeps_its_code_and_ends_the_body() {
    let mut body = scripted([data("ab"), Err(ErrorCode::ConnectionTerminated)]);
    assert!(block_on(body.frame()).unwrap().is_ok());
    let error = block_on(body.frame()).unwrap().unwrap_err();
    assert!(matches!(error, ErrorCode::ConnectionTerminated));
    assert!(block_on(body.frame()).is_none());
}

#[test]
fn a_body_is_not_wrapped_twice() {
    let body = Body::new(Body::from("ab"));
    assert_eq!(body.size_hint().exact(), Some(2));
}

#[test]
fn bodies_can_move_to_other_threads() {
    fn is_send<T: Send>() {}
    is_send::<Body>();
}

const ORIGIN: Peer = Peer::next_hop("acme:test/origin@1.0.0", "origin");
const CLIENT: Peer = Peer::client("acme:test/client@1.0.0", "client", true);

/// The content that a peer answers with.
async fn ask(peer: &Peer) -> Result<Bytes, ErrorCode> {
    let response = peer.send(Request::default(), |_| async {
        unreachable!("outside of wasm, no import is called")
    });
    response.await?.into_body().bytes(10).await
}

fn with(peer: &Peer, answer: &'static str) -> Peers {
    Peers::default().answer(
        peer,
        move |_| async move { Ok(Response::new(answer.into())) },
    )
}

#[test]
fn peers_are_reachable_where_they_were_added() {
    with(&ORIGIN, "outer").run(async {
        let inner = with(&ORIGIN, "inner").around(ask(&ORIGIN));
        assert_eq!(inner.await.unwrap(), "inner");
        assert_eq!(ask(&ORIGIN).await.unwrap(), "outer");
    });
}

#[test]
fn peers_of_several_worlds_are_reachable_together() {
    let both = with(&ORIGIN, "origin").and(with(&CLIENT, "client"));
    both.run(async {
        assert_eq!(ask(&ORIGIN).await.unwrap(), "origin");
        assert_eq!(ask(&CLIENT).await.unwrap(), "client");
    });
}

#[test]
fn a_request_without_a_peer_is_an_error_that_names_it() {
    let error = block_on(ask(&ORIGIN)).unwrap_err();
    assert!(
        matches!(&error, ErrorCode::InternalError(Some(why)) if why.contains("with().origin(")),
        "{error:?}"
    );
    // As a host that doesn't allow side calls.
    let error = block_on(ask(&CLIENT)).unwrap_err();
    assert!(matches!(error, ErrorCode::HttpRequestDenied), "{error:?}");
}
