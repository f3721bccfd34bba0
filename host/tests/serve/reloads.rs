//! `witgen-serve` over real sockets: files that are no files any more when they are read again.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use testkit_serve::component;
use testkit_serve::serve::{TIMEOUT, client, file, serve};
use testkit_serve::tls::Authority;

fn answer(url: &str) -> String {
    let mut response = client().get(url).call().unwrap();
    response.body_mut().read_to_string().unwrap()
}

fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

fn make_endless(path: &Path) {
    symlink("/dev/zero", path).unwrap();
}

#[test]
fn a_file_without_an_end_stops_no_later_reload() {
    let dir = tempfile::tempdir().unwrap();
    let authority = dir.path().join("ca.pem");
    fs::write(&authority, Authority::new().root()).unwrap();
    let args = [
        "hello",
        "--ca",
        authority.to_str().unwrap(),
        "--admin",
        "127.0.0.1:0",
    ];
    let served = serve(dir.path(), &args).with_admin();
    let hello = file(dir.path(), "hello");
    let kept = dir.path().join("kept");
    let ready = format!("{}/readyz", served.admin.as_deref().unwrap());
    let mut refused = 0.0;
    for path in [&hello, &authority] {
        fs::copy(path, &kept).unwrap();
        for (make, why) in [
            (make_pipe as fn(&Path), "the file is now a pipe"),
            (make_endless as fn(&Path), "it is not a regular file"),
        ] {
            fs::remove_file(path).unwrap();
            make(path);
            served.signal("HUP");
            refused += 1.0;
            let begin = Instant::now();
            while served.metric("witgen_reloads_total{result=\"refused\"}") < refused {
                assert!(begin.elapsed() < TIMEOUT, "{why}: {:#?}", served.log());
                std::thread::sleep(Duration::from_millis(20));
            }
            let name = path.file_name().unwrap().to_str().unwrap();
            served.logs(&[
                "the components stay as they were",
                name,
                why,
                "\"code\":\"unreadable\"",
            ]);
            // What is served still is what was.
            assert_eq!(answer(&served.url), "hello\n");
            assert_eq!(answer(&ready), "ready\n");
        }
        fs::remove_file(path).unwrap();
        fs::copy(&kept, path).unwrap();
    }
    fs::write(&hello, component("length")).unwrap();
    served.signal("HUP");
    served.logs(&["reloaded the components"]);
    assert_eq!(answer(&served.url), "0\n");
}

/// As with `witgen serve <(curl ...)`.
#[test]
fn a_component_out_of_a_pipe_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("a.wasm");
    make_pipe(&pipe);
    let writer = pipe.clone();
    std::thread::spawn(move || fs::write(writer, component("stamp")).unwrap());
    let served = serve(dir.path(), &[pipe.to_str().unwrap(), "hello"]);
    assert_eq!(answer(&served.url), "hello\n");
    fs::write(file(dir.path(), "hello"), component("length")).unwrap();
    served.signal("HUP");
    served.logs(&["reloaded the components"]);
    assert_eq!(answer(&served.url), "0\n");
}

#[test]
fn a_file_without_an_end_is_not_served() {
    let dir = tempfile::tempdir().unwrap();
    let endless = dir.path().join("a.wasm");
    make_endless(&endless);
    let mut command = testkit_serve::serve::witgen_serve(&[endless.to_str().unwrap()]);
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("it is not a regular file"), "{stderr}");
}
