//! What an author's first crate can do: print, read its environment and the clocks, and panic where it can be seen.

use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;
use testkit::toolchain::{WASIP2, cargo, lock, target_dir, wasip2_is_installed};
use testkit_serve::serve::{client, serve};
use witgen::emit::scaffold::{self, Target};
use witgen::fileset::WriteOptions;

/// A service that uses the standard library as any program does.
const CODE: &str = r#"
mod service;
use std::time::{Instant, SystemTime};
use service::{ErrorCode, Handler, Request, Response};

struct Component;

impl Handler for Component {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let begin = Instant::now();
        println!("asked {}", request.uri().path());
        eprintln!("to stderr");
        if request.uri().path() == "/panic" {
            fail_for_a_reason();
        }
        let level = std::env::var("LEVEL").unwrap_or_default();
        let is_now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() > 1_700_000_000;
        let is_measured = begin.elapsed().as_nanos() > 0;
        Ok(Response::new(format!("{level} {is_now} {is_measured}").into()))
    }
}

#[inline(never)]
fn fail_for_a_reason() {
    panic!("for a reason");
}

service::export!(Component);
"#;

/// Builds the crate that `witgen new service author` makes, with this code.
fn build() -> PathBuf {
    let _lock = lock("author");
    let folder = target_dir().join("author");
    // What cargo has built stays.
    let _ = fs::remove_dir_all(folder.join("src"));
    fs::create_dir_all(folder.join("src")).unwrap();
    let crate_files = scaffold::render("service", "author", Target::Wasip2).unwrap();
    for (path, contents) in crate_files.files.iter() {
        fs::write(folder.join(path), contents).unwrap();
    }
    fs::write(folder.join("src/lib.rs"), CODE).unwrap();
    let glue = folder.join(&crate_files.glue_folder);
    crate_files.glue.write(&glue, &WriteOptions { force: true }).unwrap();
    let locked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests/Cargo.lock");
    fs::copy(locked, folder.join("Cargo.lock")).unwrap();
    let build = ["build", "--release", "--target", WASIP2];
    let output = cargo().args(build).current_dir(&folder).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    folder.join(format!("target/{WASIP2}/release/author.wasm"))
}

#[test]
fn the_standard_library_works_and_panics_are_visible() {
    if !wasip2_is_installed() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::copy(build(), dir.path().join("author.wasm")).unwrap();
    let file = dir.path().join("author.wasm").display().to_string();
    let served = serve(
        dir.path(),
        &[&format!("author={file}"), "--env", "author:LEVEL=debug"],
    );
    let get = |path: &str| {
        let url = format!("{}{path}", served.url);
        let request = client().get(&url).config().http_status_as_error(false).build();
        let mut response = request.call().unwrap();
        let content = response.body_mut().read_to_string().unwrap();
        format!("{} {content}", response.status().as_u16())
    };
    assert_eq!(get("/a"), "200 debug true true");
    served.logs(&[
        r#""message":"asked /a""#,
        r#""stream":"stdout""#,
        r#""member":"author""#,
    ]);
    served.logs(&[r#""message":"to stderr""#, r#""stream":"stderr""#]);
    assert!(get("/panic").starts_with("500 "));
    let access = served.logs(&[r#""target":"access""#, "GET /panic"]);
    let (_, request) = access.split_once(r#""request":""#).unwrap();
    let (request, _) = request.split_once('"').unwrap();
    let trap = served.logs(&[
        r#""target":"trap""#,
        r#""message":"panicked at src/lib.rs:25:5: for a reason""#,
        r#""member":"author""#,
        &format!(r#""requests":"{request}""#),
    ]);
    // The names of functions are demangled.
    assert!(trap.contains("author::fail_for_a_reason"), "{trap}");
}
