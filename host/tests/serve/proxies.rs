//! The proxies of `examples/proxies`, as their README says: with glue of `witgen generate`, tested natively, and served.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::{Request, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use pretty_assertions::assert_eq;
use testkit::root;
use testkit::toolchain::{WASIP2, cargo, lock, target_dir, wasip2_is_installed};
use testkit::tree::copy;
use testkit_serve::serve::{Served, client, serve};
use witgen::fileset::WriteOptions;
use witgen::project::Project;

use super::load;

/// Builds the components, and returns their folder.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let _lock = lock("proxies");
        let folder = target_dir().join("proxies/workspace");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        copy(&root().join("examples/proxies"), &folder);
        let project = Project::find(&folder).unwrap();
        project.derive().unwrap().write(&WriteOptions { force: true }).unwrap();
        let target = target_dir().join("proxies/target");
        let build = ["build", "--release", "--locked", "--target", WASIP2];
        let clippy = [
            "clippy",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ];
        for arguments in [
            &["fmt", "--check"][..],
            &["test", "--locked"],
            &clippy,
            &build,
        ] {
            let mut cargo = cargo();
            cargo.args(arguments).env("CARGO_TARGET_DIR", &target);
            let output = cargo.current_dir(&folder).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            let stdout = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{arguments:?}\n{stdout}{stderr}");
        }
        target.join(WASIP2).join("release")
    })
}

/// Serves a proxy before a service of the tests.
fn serve_before(dir: &Path, proxy: &str, service: &str, options: &[&str]) -> Served {
    let file = built().join(format!("{}.wasm", proxy.replace('-', "_")));
    let member = format!("{proxy}={}", file.display());
    serve(dir, &[&[&*member, service], options].concat())
}

/// Sends a GET request with a header, and returns the response.
fn get(served: &Served, header: (&str, &str)) -> http::Response<ureq::Body> {
    let request = client().get(&served.url).header(header.0, header.1);
    request.config().http_status_as_error(false).build().call().unwrap()
}

#[test]
fn a_bearer_token_is_required() {
    if !wasip2_is_installed() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let served = serve_before(
        dir.path(),
        "bearer",
        "hello",
        &["--env", "bearer:TOKEN=secret"],
    );
    let status = |token: &str| get(&served, ("authorization", token)).status();
    assert_eq!(status("Bearer secret"), StatusCode::OK);
    assert_eq!(status("Bearer other"), StatusCode::UNAUTHORIZED);
}

#[test]
fn a_client_that_sends_too_much_is_limited() {
    if !wasip2_is_installed() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let served = serve_before(dir.path(), "rate-limit", "hello", &["--max-instances", "1"]);
    let status = |key: &str| get(&served, ("x-api-key", key)).status();
    let allowed = (0..40).filter(|_| status("a").is_success()).count();
    assert!((10..35).contains(&allowed), "{allowed}");
    assert_eq!(status("b"), StatusCode::OK);
}

#[test]
fn responses_are_compressed_for_clients_that_accept_it() {
    if !wasip2_is_installed() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let served = serve_before(dir.path(), "gzip", "echo", &[]);
    let content = "content ".repeat(50_000);
    // This client doesn't decompress what it receives.
    let send = |accepted: &str| {
        let request = client().post(&served.url).header("accept-encoding", accepted);
        let mut response = request.send(&content).unwrap();
        let encoding = response.headers().get("content-encoding").is_some();
        let mut received = Vec::new();
        response.body_mut().as_reader().read_to_end(&mut received).unwrap();
        (encoding, received)
    };
    let (is_encoded, received) = send("gzip");
    // RFC 1952, section 2.3.1
    assert!(is_encoded && received.starts_with(&[0x1f, 0x8b]));
    assert!(received.len() < content.len() / 10, "{}", received.len());
    assert_eq!(send("identity"), (false, content.into_bytes()));
}

/// `WITGEN_MEGABYTES=1024` sends a gigabyte.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_body_is_compressed_in_little_memory() {
    if !wasip2_is_installed() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let served = serve_before(dir.path(), "gzip", "echo", &[]);
    let client = load::client(Version::HTTP_11);
    let send = |body: load::Any| {
        let request = Request::post(&served.url).header("accept-encoding", "gzip");
        client.request(request.body(body).unwrap())
    };
    let warm = send(Full::from("warm").boxed_unsync()).await.unwrap();
    warm.into_body().collect().await.unwrap();
    let before = served.memory();
    let megabytes = load::megabytes();
    let response = send(load::Megabytes(megabytes).boxed_unsync()).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let (mut body, mut end, mut peak) = (response.into_body(), Vec::new(), before);
    let mut measured = Instant::now();
    while let Some(frame) = body.frame().await {
        end.extend_from_slice(frame.unwrap().data_ref().unwrap());
        end.drain(..end.len().saturating_sub(4));
        if measured.elapsed() > Duration::from_millis(20) {
            peak = peak.max(served.memory());
            measured = Instant::now();
        }
    }
    // RFC 1952, section 2.3.1: it ends in the length of what was compressed.
    let length = u32::from_le_bytes(end.try_into().unwrap());
    assert_eq!(length as usize, megabytes << 20);
    assert!(peak - before < 48, "{before} MB, and then {peak} MB");
}

/// Starts an origin that answers every request with this, and returns its URL and the number of requests.
fn origin(response: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::<AtomicUsize>::default();
    let count = requests.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            count.fetch_add(1, Ordering::Relaxed);
            let _ = stream.write_all(response.as_bytes());
        }
    });
    (url, requests)
}

/// Serves a proxy before an origin.
fn serve_at(dir: &Path, proxy: &str, origin: &str) -> Served {
    let member = format!(
        "{proxy}={}",
        built().join(format!("{proxy}.wasm")).display()
    );
    serve(dir, &[&member, "--origin", origin])
}

#[test]
fn links_of_pages_are_changed() {
    if !wasip2_is_installed() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (url, _) = origin(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\n\r\n<a href=\"/a\">a</a>",
    );
    let served = serve_at(dir.path(), "html", &url);
    let mut response = get(&served, ("accept", "text/html"));
    let page = response.body_mut().read_to_string().unwrap();
    assert_eq!(page, "<a href=\"/a\" rel=\"noopener\">a</a>");
}

#[test]
fn fresh_responses_come_from_memory() {
    if !wasip2_is_installed() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (url, requests) = origin(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\nCache-Control: max-age=60\r\n\r\ncontent",
    );
    let served = serve_at(dir.path(), "cache", &url);
    for _ in 0..5 {
        let mut response = get(&served, ("accept", "*/*"));
        assert_eq!(response.body_mut().read_to_string().unwrap(), "content");
    }
    assert_eq!(requests.load(Ordering::Relaxed), 1);
    // What is for one client isn't stored for all.
    for _ in 0..2 {
        get(&served, ("authorization", "Bearer a"));
    }
    assert_eq!(requests.load(Ordering::Relaxed), 3);
}
