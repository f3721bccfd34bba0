//! Bodies that guests make, and the peers of their tests.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as _, Frame};

use witgen_runtime::guest::testing::{Host, block_on, counted};
use witgen_runtime::guest::{Body, BodyWriter, ErrorCode, Peer, Request, Response};

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

#[test]
fn a_function_writes_a_body_as_fast_as_it_is_read() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = written.clone();
    let mut body = Body::stream(async move |mut writer| {
        for piece in ["ab", "", "cd"] {
            count.fetch_add(1, Ordering::Relaxed);
            writer.write(piece).await;
        }
        writer.write_trailers(trailers("x-end")).await;
        Ok(())
    });
    assert_eq!(written.load(Ordering::Relaxed), 0);
    assert_eq!(block_on(body.data()).unwrap().unwrap(), "ab");
    assert_eq!(written.load(Ordering::Relaxed), 1);
    // An empty piece isn't a frame.
    assert_eq!(block_on(body.data()).unwrap().unwrap(), "cd");
    assert_eq!(written.load(Ordering::Relaxed), 3);
    let last = block_on(body.frame()).unwrap().unwrap();
    assert!(last.into_trailers().unwrap().contains_key("x-end"));
    assert!(block_on(body.frame()).is_none());
    assert!(block_on(body.frame()).is_none());
}

#[test]
fn an_error_of_the_function_ends_its_body() {
    let mut body = Body::stream(async |mut writer| {
        writer.write("ab").await;
        Err(ErrorCode::ConnectionTerminated)
    });
    assert_eq!(block_on(body.data()).unwrap().unwrap(), "ab");
    let error = block_on(body.data()).unwrap_err();
    assert!(matches!(error, ErrorCode::ConnectionTerminated));
    assert!(block_on(body.data()).unwrap().is_none());
}

/// A write that is dropped before it is done neither hides the error nor loses its frame.
#[test]
fn a_cancelled_write_leaves_the_body_as_it_is() {
    let poll_once = async |writer: &mut BodyWriter, piece: &'static str| {
        let mut write = Box::pin(writer.write(piece));
        std::future::poll_fn(|context| {
            assert!(write.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    };
    let failing = Body::stream(async move |mut writer| {
        poll_once(&mut writer, "ab").await;
        Err(ErrorCode::ConnectionTerminated)
    });
    assert!(block_on(failing.bytes(10)).is_err());
    let both = Body::stream(async move |mut writer| {
        poll_once(&mut writer, "ab").await;
        writer.write("cd").await;
        Ok(())
    });
    assert_eq!(block_on(both.bytes(10)).unwrap(), "abcd");
}

#[test]
fn the_function_of_a_body_that_nobody_reads_is_dropped() {
    let held = Arc::new(());
    let kept = held.clone();
    let mut body = Body::stream(async move |mut writer| {
        let _kept = kept;
        loop {
            writer.write("ab").await;
        }
    });
    assert!(block_on(body.data()).unwrap().is_some());
    drop(body);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_body_can_be_written_from_another_one() {
    let mut source = scripted([
        data("ab"),
        Ok(Frame::trailers(trailers("x-one"))),
        data("c"),
    ]);
    let body = Body::stream(async move |mut writer| {
        while let Some(piece) = source.data().await? {
            writer.write(piece.repeat(2)).await;
        }
        Ok(())
    });
    assert_eq!(block_on(body.bytes(10)).unwrap(), "ababcc");
}

#[test]
fn content_is_passed_through_a_function_to_its_end() {
    let source = || {
        scripted([
            data("ab"),
            data("cd"),
            Ok(Frame::trailers(trailers("x-one"))),
        ])
    };
    let mut kept = Vec::new();
    let mut body = source().transform(move |piece| {
        let piece = piece.unwrap_or(Bytes::from_static(b"!"));
        kept.extend_from_slice(&piece);
        // Pieces may be kept back.
        Ok(if kept.len() < 4 {
            Vec::new()
        } else {
            std::mem::take(&mut kept)
        })
    });
    assert_eq!(block_on(body.data()).unwrap().unwrap(), "abcd");
    assert_eq!(body.size_hint().exact(), None);
    let last = block_on(body.frame()).unwrap().unwrap();
    assert!(last.into_trailers().unwrap().contains_key("x-one"));
    let failing = source().transform(|_| Err::<Bytes, _>(ErrorCode::ConnectionTerminated.into()));
    let error = block_on(failing.bytes(10)).unwrap_err();
    assert!(matches!(error, ErrorCode::ConnectionTerminated));
}

#[test]
fn the_content_of_a_body_can_be_changed_and_its_trailers_stay() {
    let mut body = scripted([
        data("ab"),
        data("cd"),
        Ok(Frame::trailers(trailers("x-one"))),
    ])
    .map_data(|piece| piece.to_ascii_uppercase().into());
    assert_eq!(body.size_hint().exact(), None);
    assert_eq!(block_on(body.data()).unwrap().unwrap(), "AB");
    assert_eq!(block_on(body.data()).unwrap().unwrap(), "CD");
    let last = block_on(body.frame()).unwrap().unwrap();
    assert!(last.into_trailers().unwrap().contains_key("x-one"));
    assert!(block_on(body.frame()).is_none());
}

const ORIGIN: Peer = Peer::next_hop("acme:test/origin@1.0.0", "origin");
const CLIENT: Peer = Peer::client("acme:test/client@1.0.0", "client", true);

/// The content of a peer's response.
async fn ask(peer: &Peer) -> Result<Bytes, ErrorCode> {
    let response = peer.send(Request::default(), |_| async {
        unreachable!("outside of wasm, no import is called")
    });
    response.await?.into_body().bytes(10).await
}

fn with(peer: &Peer, answer: &'static str) -> Host {
    Host::default().answer(
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
