//! Random schedules of what a client and an origin do with their ends of two bodies, against what has to arrive.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderValue};
use http_body::{Body as _, Frame};
use http_body_util::StreamBody;
use proptest::prelude::*;
use testkit_serve::builder;
use testkit_serve::watched::Watched;
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio_stream::wrappers::ReceiverStream;
use witgen_serve::proxy::{Body, ErrorCode, Limits, Request, Response, Reuse};

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Plain,
    Trailers,
    Failure,
}

/// What is written: pieces of these lengths, with so many turns of others before each, and an end.
#[derive(Clone, Debug)]
struct Writing {
    pieces: Vec<(usize, u8)>,
    end: End,
}

/// What is read: at most so many bytes, with so many turns of others before each piece.
#[derive(Clone, Debug)]
struct Reading {
    limit: Option<usize>,
    turns: u8,
}

/// What an origin does.
#[derive(Clone, Debug)]
struct Origin {
    /// So many bytes of the request before it answers.
    before: usize,
    /// None refuses.
    answer: Option<Writing>,
    /// And the rest of it.
    reading: Reading,
}

#[derive(Clone, Debug)]
struct Schedule {
    guest: &'static str,
    request: Writing,
    origin: Origin,
    response: Reading,
}

fn writing() -> impl Strategy<Value = Writing> {
    let piece = (prop_oneof![0..10usize, 1..200_000usize], 0..4u8);
    let end = prop_oneof![3 => Just(End::Plain), 1 => Just(End::Trailers), 1 => Just(End::Failure)];
    let pieces = prop::collection::vec(piece, 0..6);
    (pieces, end).prop_map(|(pieces, end)| Writing { pieces, end })
}

fn reading() -> impl Strategy<Value = Reading> {
    let limit = prop_oneof![3 => Just(None), 1 => (0..300_000usize).prop_map(Some)];
    (limit, 0..4u8).prop_map(|(limit, turns)| Reading { limit, turns })
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let guest = prop::sample::select(vec![
        "pass",
        "pass-unread",
        "stamp",
        "stamp-unread",
        "rewrite",
        "echo",
    ]);
    let before = prop_oneof![Just(0), 0..300_000usize];
    let answer = prop_oneof![4 => writing().prop_map(Some), 1 => Just(None)];
    let origin = (before, answer, reading()).prop_map(|(before, answer, reading)| Origin {
        before,
        answer,
        reading,
    });
    (guest, writing(), origin, reading()).prop_map(|(guest, request, origin, response)| Schedule {
        guest,
        request,
        origin,
        response,
    })
}

impl Writing {
    /// All of its bytes. `rewrite` leaves them as they are.
    fn content(&self) -> Vec<u8> {
        let length = self.pieces.iter().map(|(length, _)| length).sum();
        (b'A'..=b'Z').cycle().take(length).collect()
    }

    /// A body that is written so, by a task of its own.
    fn body(self) -> Body {
        let (sender, pieces) = mpsc::channel(1);
        let body = Body::new(StreamBody::new(ReceiverStream::new(pieces)));
        tokio::spawn(async move {
            let mut content = Bytes::from(self.content());
            for (length, turns) in self.pieces {
                for _ in 0..turns {
                    yield_now().await;
                }
                let piece = Frame::data(content.split_to(length));
                if sender.send(Ok(piece)).await.is_err() {
                    return;
                }
            }
            let last = match self.end {
                End::Plain => return,
                End::Trailers => Ok(Frame::trailers(trailers())),
                End::Failure => Err(ErrorCode::ConnectionTerminated),
            };
            // Who reads may have had enough.
            let _ = sender.send(last).await;
        });
        body
    }
}

fn trailers() -> HeaderMap {
    let value = HeaderValue::from_static("1");
    HeaderMap::from_iter([(http::HeaderName::from_static("x-sum"), value)])
}

/// What has arrived of a body.
#[derive(Clone, Debug, Default)]
struct Arrived {
    content: Vec<u8>,
    /// How it ended, if that was seen.
    end: Option<End>,
}

impl Arrived {
    /// Reads on, up to a limit for all there is.
    async fn read(&mut self, body: &mut Body, reading: &Reading) {
        let mut body = Pin::new(body);
        while self.end.is_none() && reading.limit.is_none_or(|limit| self.content.len() < limit) {
            for _ in 0..reading.turns {
                yield_now().await;
            }
            match poll_fn(|context| body.as_mut().poll_frame(context)).await {
                None => self.end = Some(End::Plain),
                Some(Err(_)) => self.end = Some(End::Failure),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.content.extend_from_slice(&data),
                    Err(frame) => {
                        assert_eq!(frame.into_trailers().unwrap(), trailers());
                        self.end = Some(End::Trailers);
                    }
                },
            }
        }
    }

    /// Whether this is what can have arrived of what was written. `is_whole` says that nobody kept it from
    /// arriving, or from being read to its end.
    fn check(&self, writing: &Writing, is_whole: bool, what: &str) {
        let content = writing.content();
        assert!(content.starts_with(&self.content), "{what}: other bytes");
        match self.end {
            Some(End::Failure) if is_whole => assert_eq!(writing.end, End::Failure, "{what}"),
            // Or the other end was given up.
            Some(End::Failure) => {}
            Some(end) => {
                assert_eq!(end, writing.end, "{what}");
                assert_eq!(self.content.len(), content.len(), "{what} looks whole");
            }
            None => assert!(!is_whole, "{what} has no end"),
        }
    }
}

async fn run(schedule: Schedule) {
    let (seen, mut at_origin) = mpsc::unbounded_channel();
    let plan = schedule.origin.clone();
    let origin = move |request: Request| {
        let (seen, plan) = (seen.clone(), plan.clone());
        async move {
            let (mut body, mut arrived) = (request.into_body(), Arrived::default());
            let before = Reading {
                limit: Some(plan.before),
                ..plan.reading
            };
            arrived.read(&mut body, &before).await;
            let (done, reading) = (plan.answer.is_none(), plan.reading);
            if done {
                let _ = seen.send(arrived);
                return Err(ErrorCode::ConnectionRefused);
            }
            tokio::spawn(async move {
                arrived.read(&mut body, &reading).await;
                let _ = seen.send(arrived);
            });
            Ok(Response::new(
                plan.answer.map(Writing::body).unwrap_or_default(),
            ))
        }
    };
    let limits = Limits {
        post_response: Duration::from_secs(2),
        ..Limits::default()
    };
    // One that isn't kept ends with what it does.
    let reuse = Reuse {
        total: 1,
        ..Reuse::default()
    };
    let component = builder(schedule.guest).origin(origin);
    let watched = Watched::new(component.limits(limits).reuse(reuse));
    let mut request = Request::new(schedule.request.clone().body());
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = "http://example.com/".parse().unwrap();
    let answer = watched.component.handle(request).await;

    let mut arrived = Arrived::default();
    let is_echo = schedule.guest == "echo";
    let answered = match &schedule.origin.answer {
        _ if is_echo => Some(&schedule.request),
        answer => answer.as_ref(),
    };
    match (answered, answer) {
        (None, Err(code)) => assert!(matches!(code, ErrorCode::ConnectionRefused), "{code}"),
        (Some(written), Ok(response)) => {
            let mut body = response.into_body();
            arrived.read(&mut body, &schedule.response).await;
            drop(body);
            arrived.check(written, schedule.response.limit.is_none(), "the response");
        }
        (_, answer) => panic!("{answer:?}"),
    }
    // At the latest when its time is over.
    watched.are_gone(Duration::from_secs(20)).await;
    assert_eq!(watched.failures(), [""; 0]);
    if !is_echo {
        let at_origin = at_origin.recv().await.expect("it was asked");
        let reads_all = schedule.origin.answer.is_some() && schedule.origin.reading.limit.is_none();
        let is_whole = reads_all && schedule.response.limit.is_none();
        at_origin.check(&schedule.request, is_whole, "the request");
    }
}

#[test]
fn what_is_written_at_one_end_is_what_arrives_at_the_other() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let cases = std::env::var("PROPTEST_CASES").map_or(100, |cases| cases.parse().unwrap());
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let result = runner.run(&schedule(), |schedule| {
        let ran = runtime.block_on(async {
            let ran = tokio::spawn(run(schedule));
            tokio::time::timeout(Duration::from_secs(40), ran).await
        });
        match ran {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(TestCaseError::fail(error.to_string())),
            Err(_) => Err(TestCaseError::fail("it hangs")),
        }
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
