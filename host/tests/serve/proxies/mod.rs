//! The proxies of `examples/proxies`, as their README says: with glue of `witgen generate`, tested natively, and served.
//! Those that are written by hand on the bindings pass the same tests.

mod exchanges;
mod lines;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
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
        let components = target.join(WASIP2).join("release");
        for proxy in PROXIES {
            let [glue, raw] = FORMS.map(|form| {
                let file = file(&components, form, proxy);
                fs::metadata(file).unwrap().len()
            });
            eprintln!("{proxy}: {glue} bytes, {raw} by hand");
        }
        components
    })
}

/// The proxies, each in both forms.
const PROXIES: [&str; 5] = ["bearer", "rate-limit", "html", "gzip", "cache"];

/// What the names of components begin with: with glue, and on the bindings alone.
const FORMS: [&str; 2] = ["", "raw-"];

/// The file of a component.
fn file(folder: &Path, form: &str, proxy: &str) -> PathBuf {
    folder.join(format!("{form}{proxy}.wasm").replace('-', "_"))
}

/// Serves a proxy before a service of the tests, or before an origin: `--origin URL`.
fn serve_before(dir: &Path, form: &str, proxy: &str, options: &[&str]) -> Served {
    let member = format!("{proxy}={}", file(built(), form, proxy).display());
    serve(dir, &[&[&*member], options].concat())
}

/// Sends a GET request with a header, and returns the response.
fn get(served: &Served, header: (&str, &str)) -> http::Response<ureq::Body> {
    let request = client().get(&served.url).header(header.0, header.1);
    request.config().http_status_as_error(false).build().call().unwrap()
}

#[test]
fn a_client_that_sends_too_much_is_limited() {
    if !wasip2_is_installed() {
        return;
    }
    for form in FORMS {
        let dir = tempfile::tempdir().unwrap();
        let options = ["hello", "--max-instances", "1"];
        let served = serve_before(dir.path(), form, "rate-limit", &options);
        let responses = (0..40).map(|_| get(&served, ("x-api-key", "a")));
        let (allowed, refused): (Vec<_>, Vec<_>) =
            responses.partition(|response| response.status().is_success());
        assert!((10..35).contains(&allowed.len()), "{}", allowed.len());
        for mut response in refused {
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.headers()["retry-after"], "1");
            let content = response.body_mut().read_to_string().unwrap();
            assert_eq!(content, "too many requests\n");
        }
        assert_eq!(get(&served, ("x-api-key", "b")).status(), StatusCode::OK);
    }
}

#[test]
fn responses_are_compressed_for_clients_that_accept_it() {
    if !wasip2_is_installed() {
        return;
    }
    for form in FORMS {
        let dir = tempfile::tempdir().unwrap();
        let served = serve_before(dir.path(), form, "gzip", &["echo"]);
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
}

/// `WITGEN_MEGABYTES=1024` sends a gigabyte.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_body_is_compressed_in_little_memory() {
    if !wasip2_is_installed() {
        return;
    }
    for form in FORMS {
        assert_long_bodies_take_little_memory(form).await;
    }
}

#[cfg(target_os = "linux")]
async fn assert_long_bodies_take_little_memory(form: &str) {
    let dir = tempfile::tempdir().unwrap();
    let served = serve_before(dir.path(), form, "gzip", &["echo"]);
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
