//! `witgen-serve` over real sockets: many requests at a time, large ones, and components that change under them.

use std::convert::Infallible;
use std::fs;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Version};
use http_body::Frame;
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, TIMEOUT, file, serve};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

pub(super) type Any = http_body_util::combinators::UnsyncBoxBody<Bytes, Infallible>;

pub(super) fn client(version: Version) -> Client<HttpConnector, Any> {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.http2_only(version == Version::HTTP_2).build_http()
}

fn get(url: &str) -> Request<Any> {
    Request::get(url).body(Empty::new().boxed_unsync()).unwrap()
}

/// Clients that send requests on new connections, until they are stopped or the server no longer listens.
struct Load {
    is_stopped: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    tasks: Vec<tokio::task::JoinHandle<Vec<String>>>,
}

impl Load {
    fn on(url: &str, count: usize) -> Self {
        let (is_stopped, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let tasks = (0..count)
            .map(|_| {
                let (url, is_stopped, answered) =
                    (url.to_owned(), is_stopped.clone(), answered.clone());
                tokio::spawn(async move {
                    let mut failures = Vec::new();
                    while !is_stopped.load(Ordering::Relaxed) {
                        let mut request = get(&url);
                        let close = HeaderValue::from_static("close");
                        request.headers_mut().insert("connection", close);
                        match client(Version::HTTP_11).request(request).await {
                            Ok(response) => {
                                let status = response.status();
                                let content = response.into_body().collect().await;
                                if status != 200 || content.is_err() {
                                    failures.push(format!("{status} {content:?}"));
                                }
                                answered.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(error) if error.is_connect() => return failures,
                            Err(error) => failures.push(format!("{error:?}")),
                        }
                    }
                    failures
                })
            })
            .collect();
        Load {
            is_stopped,
            answered,
            tasks,
        }
    }

    async fn wait_for_answers(&self, more: usize) {
        let (begin, before) = (Instant::now(), self.answered.load(Ordering::Relaxed));
        while self.answered.load(Ordering::Relaxed) < before + more {
            assert!(begin.elapsed() < TIMEOUT, "too few answers");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn failures(self) -> Vec<String> {
        self.is_stopped.store(true, Ordering::Relaxed);
        let mut failures = Vec::new();
        for task in self.tasks {
            failures.extend(task.await.unwrap());
        }
        failures
    }
}

async fn answer(url: &str) -> String {
    let response = client(Version::HTTP_11).request(get(url)).await.unwrap();
    let content = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(content.into()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn components_that_change_are_served_without_a_failure() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "hello",
        "--watch",
        "--no-access-log",
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &args).with_admin();
    let hello = file(dir.path(), "hello");
    let load = Load::on(&served.url, 4);
    load.wait_for_answers(50).await;
    assert_eq!(answer(&served.url).await, "hello\n");

    // What can't be served is refused, and said.
    fs::write(&hello, b"broken").unwrap();
    served.logs(&["\"target\":\"reload\"", "stay as they were"]);
    assert_eq!(answer(&served.url).await, "hello\n");
    fs::write(&hello, testkit_serve::component("stamp")).unwrap();
    served.logs(&["stay as they were", "has no target"]);
    load.wait_for_answers(50).await;

    fs::write(&hello, testkit_serve::component("length")).unwrap();
    served.logs(&["\"target\":\"reload\"", "reloaded the components"]);
    assert_eq!(answer(&served.url).await, "0\n");
    load.wait_for_answers(50).await;
    assert_eq!(load.failures().await, [""; 0]);
    assert_eq!(
        served.metric("witgen_reloads_total{result=\"served\"}"),
        1.0
    );
    assert!(served.metric("witgen_reloads_total{result=\"refused\"}") >= 2.0);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_turned_is_a_change() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for (version, name) in [("1", "hello"), ("2", "length")] {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("a.wasm"), testkit_serve::component(name)).unwrap();
    }
    std::os::unix::fs::symlink("1", at("current")).unwrap();
    let file = at("current").join("a.wasm");
    let served = serve(dir.path(), &[file.to_str().unwrap(), "--watch"]);
    assert_eq!(answer(&served.url).await, "hello\n");
    std::os::unix::fs::symlink("2", at("next")).unwrap();
    fs::rename(at("next"), at("current")).unwrap();
    served.logs(&["reloaded the components"]);
    assert_eq!(answer(&served.url).await, "0\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_made_again_is_watched_again() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("outer/inner");
    let file = folder.join("a.wasm");
    let make = |name: &str| {
        fs::create_dir_all(&folder).unwrap();
        fs::write(&file, testkit_serve::component(name)).unwrap();
    };
    make("hello");
    let served = serve(dir.path(), &[file.to_str().unwrap(), "--watch"]);
    fs::remove_dir_all(dir.path().join("outer")).unwrap();
    served.logs(&["stay as they were"]);
    assert_eq!(answer(&served.url).await, "hello\n");
    make("length");
    served.logs(&["reloaded the components"]);
    assert_eq!(answer(&served.url).await, "0\n");
    fs::write(&file, b"broken").unwrap();
    served.logs(&["stay as they were", "not WebAssembly"]);
}

/// As Kubernetes renews what it mounts: the file is a link through a link that is turned, and what was before goes.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_of_links_are_watched_wherever_they_lead_by_now() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let turn = |version: &str, name: &str| {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("a.wasm"), testkit_serve::component(name)).unwrap();
        std::os::unix::fs::symlink(version, at("next")).unwrap();
        fs::rename(at("next"), at("..data")).unwrap();
    };
    turn("1", "hello");
    std::os::unix::fs::symlink("..data/a.wasm", at("a.wasm")).unwrap();
    let file = at("a.wasm");
    let served = serve(dir.path(), &[file.to_str().unwrap(), "--watch"]);
    let is_now = async |expected: &str| {
        let begin = Instant::now();
        while answer(&served.url).await != expected {
            assert!(begin.elapsed() < TIMEOUT, "{:#?}", served.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    is_now("hello\n").await;
    for (version, name, expected) in [
        ("2", "length", "0\n"),
        ("3", "hello", "hello\n"),
        ("4", "length", "0\n"),
    ] {
        turn(version, name);
        is_now(expected).await;
    }
    // So is where they lead.
    fs::write(at("4").join("a.wasm"), testkit_serve::component("hello")).unwrap();
    is_now("hello\n").await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_reloads_and_another_stops_without_a_failure() {
    let dir = tempfile::tempdir().unwrap();
    let mut served = serve(dir.path(), &["bad"]);
    let bad = file(dir.path(), "bad");
    assert_eq!(answer(&served.url).await, "good\n");
    fs::write(&bad, testkit_serve::component("hello")).unwrap();
    let load = Load::on(&served.url, 4);
    load.wait_for_answers(20).await;
    served.signal("HUP");
    served.logs(&["reloaded the components"]);
    assert_eq!(answer(&served.url).await, "hello\n");
    load.wait_for_answers(50).await;
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
    let answered = load.answered.clone();
    let mut failures = load.failures().await;
    // Connections that the system had accepted, and the server hadn't: a client notices when it reads or when it writes.
    let is_reset =
        |failure: &str| ["ConnectionReset", "BrokenPipe"].iter().any(|kind| failure.contains(kind));
    failures.retain(|failure| !is_reset(failure));
    assert_eq!(failures, [""; 0]);
    // Every request that has come has been answered, and every answer has arrived.
    let log = served.log();
    let requests = log.iter().filter(|line| line.contains("\"target\":\"access\""));
    let (good, bad): (Vec<&String>, Vec<_>) = requests
        .partition(|line| line.contains("\"status\":200") && line.contains("\"end\":\"whole\""));
    assert_eq!(bad, [""; 0]);
    // Two were asked besides.
    assert_eq!(good.len(), answered.load(Ordering::Relaxed) + 2);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_drains_is_not_ready_and_accepts_connections_for_a_while() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["hello", "--drain-delay", "3s", "--admin", "127.0.0.1:0"];
    let mut served = serve(dir.path(), &args).with_admin();
    let ready = format!("{}/readyz", served.admin.as_deref().unwrap());
    assert_eq!(answer(&ready).await, "ready\n");
    served.signal("TERM");
    served.logs(&["shutting down: not ready, but connections are accepted for 3s"]);
    assert_eq!(answer(&ready).await, "not ready\n");
    assert_eq!(answer(&served.url).await, "hello\n");
    assert_eq!(served.end(), Some(0));

    // A second signal ends it at once.
    let mut served = serve(dir.path(), &["hello", "--drain-delay", "1h"]);
    served.signal("TERM");
    served.logs(&["not ready"]);
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_is_finished_when_the_server_stops_and_cut_after_its_time() {
    let dir = tempfile::tempdir().unwrap();
    for (grace, is_whole) in [("20s", true), ("200ms", false)] {
        let mut served = serve(dir.path(), &["echo", "--grace", grace]);
        let (pieces, frames) = mpsc::channel(1);
        let body = StreamBody::new(ReceiverStream::new(frames)).boxed_unsync();
        let request = Request::post(&served.url).body(body).unwrap();
        let response = client(Version::HTTP_11).request(request).await.unwrap();
        let piece = |text: &'static str| Ok::<_, Infallible>(Frame::data(Bytes::from(text)));
        pieces.send(piece("before ")).await.unwrap();
        let mut body = response.into_body();
        assert_eq!(
            body.frame().await.unwrap().unwrap().into_data().unwrap(),
            "before "
        );
        served.signal("TERM");
        served.logs(&["shutting down"]);
        if is_whole {
            pieces.send(piece("after")).await.unwrap();
            drop(pieces);
            assert_eq!(body.collect().await.unwrap().to_bytes(), "after");
        } else {
            assert!(body.frame().await.is_none_or(|frame| frame.is_err()));
            served.logs(&["\"end\":\"cut\"", "\"failure\":\"the server stops\""]);
        }
        assert_eq!(served.end(), Some(0), "{grace}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_streams_go_over_one_connection() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["stamp", "echo"]);
    let client = client(Version::HTTP_2);
    // All are there before the first is answered.
    let all = Arc::new(tokio::sync::Barrier::new(200));
    let requests: Vec<_> = (0..200)
        .map(|n| {
            let (client, all, url) = (client.clone(), all.clone(), served.url.clone());
            tokio::spawn(async move {
                let (pieces, frames) = mpsc::channel(1);
                let body = StreamBody::new(ReceiverStream::new(frames)).boxed_unsync();
                let request = Request::post(url).body(body).unwrap();
                let response = client.request(request).await.unwrap();
                assert_eq!(response.version(), Version::HTTP_2);
                assert_eq!(response.headers()["x-stamp"], "1");
                all.wait().await;
                let piece = Frame::data(Bytes::from(n.to_string()));
                pieces.send(Ok::<_, Infallible>(piece)).await.unwrap();
                drop(pieces);
                let content = response.into_body().collect().await.unwrap().to_bytes();
                assert_eq!(content, n.to_string());
            })
        })
        .collect();
    for request in requests {
        tokio::time::timeout(TIMEOUT, request).await.unwrap().unwrap();
    }
    served.logs(&["\"target\":\"access\"", "HTTP/2.0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trailers_go_from_end_to_end_and_both_bodies_at_the_same_time() {
    let dir = tempfile::tempdir().unwrap();
    let echo = serve(dir.path(), &["echo"]);
    let open = serve(dir.path(), &["stamp", "pass-unread", "--origin", &echo.url]);
    let closed = serve(dir.path(), &["stamp", "pass-unread", "echo"]);
    for (served, version) in [
        (&closed, Version::HTTP_11),
        (&closed, Version::HTTP_2),
        (&open, Version::HTTP_2),
    ] {
        let (pieces, frames) = mpsc::channel(1);
        let body = StreamBody::new(ReceiverStream::new(frames)).boxed_unsync();
        let mut request = Request::post(&served.url).body(body).unwrap();
        let fields = request.headers_mut();
        fields.insert("te", HeaderValue::from_static("trailers"));
        fields.insert("trailer", HeaderValue::from_static("x-sum"));
        let response = client(version).request(request).await.unwrap();
        let mut body = response.into_body();
        for n in 0..20 {
            let piece = Bytes::from(format!("piece {n}"));
            pieces.send(Ok::<_, Infallible>(Frame::data(piece.clone()))).await.unwrap();
            let frame = tokio::time::timeout(TIMEOUT, body.frame()).await.unwrap();
            assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), piece);
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", HeaderValue::from_static("20"));
        pieces.send(Ok(Frame::trailers(trailers.clone()))).await.unwrap();
        drop(pieces);
        let end = body.collect().await.unwrap();
        // `echo` announces none, and those that nobody announces are left out of HTTP/1.1.
        let expected =
            (version == Version::HTTP_2 && std::ptr::eq(served, &closed)).then_some(&trailers);
        assert_eq!(end.trailers(), expected, "{version:?}");
    }
}

/// A body of so many megabytes, made as it is read.
pub(super) struct Megabytes(pub(super) usize);

impl http_body::Body for Megabytes {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static MEGABYTE: [u8; 1 << 20] = [b'A'; 1 << 20];
        if self.0 == 0 {
            return Poll::Ready(None);
        }
        self.0 -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&MEGABYTE)))))
    }
}

/// How many megabytes go through; more in the tests at length.
pub(super) fn megabytes() -> usize {
    std::env::var("WITGEN_MEGABYTES").map_or(64, |count| count.parse().unwrap())
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_bodies_go_through_a_chain_in_little_memory() {
    let dir = tempfile::tempdir().unwrap();
    let echo = serve(dir.path(), &["echo"]);
    // One of them reads and writes every byte, both ways.
    let chain: Served = serve(
        dir.path(),
        &["stamp", "rewrite", "pass", "--origin", &echo.url],
    );
    let client = client(Version::HTTP_11);
    let warm = Request::post(&chain.url).body(Full::from("warm").boxed_unsync()).unwrap();
    client.request(warm).await.unwrap().into_body().collect().await.unwrap();
    let before = (chain.memory(), echo.memory());
    let body = Megabytes(megabytes()).boxed_unsync();
    let request = Request::post(&chain.url).body(body).unwrap();
    let mut body = client.request(request).await.unwrap().into_body();
    let (mut length, mut most) = (0, before);
    let mut looked = Instant::now();
    while let Some(frame) = body.frame().await {
        length += frame.unwrap().data_ref().map_or(0, Bytes::len);
        if looked.elapsed() > Duration::from_millis(20) {
            most = (most.0.max(chain.memory()), most.1.max(echo.memory()));
            looked = Instant::now();
        }
    }
    assert_eq!(length, megabytes() << 20);
    assert!(
        most.0 - before.0 < 48,
        "chain: {} MB, and then {} MB",
        before.0,
        most.0
    );
    assert!(
        most.1 - before.1 < 48,
        "echo: {} MB, and then {} MB",
        before.1,
        most.1
    );
}
