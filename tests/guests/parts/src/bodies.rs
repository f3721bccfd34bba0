//! Bodies that are made here.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as _, Frame};

use crate::testing::{block_on, counted, with};
use crate::{Body, ErrorCode, Request, Response};

type Frames = VecDeque<Result<Frame<Bytes>, ErrorCode>>;

/// A body of somebody else's, which gives these frames and must not be asked after the end.
struct Scripted(Option<Frames>);

impl http_body::Body for Scripted {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let frame = self.0.as_mut().expect("asked after the end").pop_front();
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
fn a_limit_is_kept_to_the_byte() {
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
fn a_body_that_says_it_is_too_large_is_not_read() {
    let (body, reads) = counted("abcd");
    assert!(block_on(body.bytes(3)).is_err());
    assert_eq!(reads.count(), 0);
}

#[test]
fn trailers_follow_those_that_are_there() {
    let mut body = scripted([data("ab"), Ok(Frame::trailers(trailers("x-one")))])
        .with_trailers(trailers("x-two"));
    assert!(block_on(body.frame()).unwrap().unwrap().is_data());
    let last = block_on(body.frame()).unwrap().unwrap().into_trailers();
    let last = last.unwrap();
    assert!(last.contains_key("x-one") && last.contains_key("x-two"));
    assert!(block_on(body.frame()).is_none());
    assert!(block_on(body.frame()).is_none());
}

#[test]
fn a_whole_body_may_have_trailers() {
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
fn bodies_can_cross_threads() {
    fn is_send<T: Send>() {}
    is_send::<Body>();
}

#[test]
fn peers_are_there_where_they_were_given() {
    let outer = with().origin(async |_| Ok(Response::new("outer".into())));
    let inner = with().origin(async |_| Ok(Response::new("inner".into())));
    let ask = || async {
        let response = crate::testing::origin(Request::default()).await?;
        response.into_body().bytes(10).await
    };
    outer.run(async {
        assert_eq!(inner.around(ask()).await.unwrap(), "inner");
        assert_eq!(ask().await.unwrap(), "outer");
    });
    assert!(block_on(ask()).is_err());
}
