//! `witgen-serve --check-ready`, the health check of containers.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

/// Checks a server.
fn check(address: SocketAddr) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_witgen-serve"));
    // What a container sets for the server isn't in the way.
    command
        .args(["--check-ready", &address.to_string()])
        .env("WKG_CONFIG_FILE", "registries.toml");
    command.output().unwrap()
}

/// Starts a server that responds once; returns its address.
fn responding(response: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut request = [0; 512];
        let length = client.read(&mut request).unwrap();
        assert!(request[..length].starts_with(b"GET /readyz HTTP/1.1\r\n"));
        let _ = client.write_all(response.as_bytes());
    });
    address
}

#[test]
fn a_server_that_is_ready_passes() {
    let output = check(responding(
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nready\n",
    ));
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_server_that_is_not_ready_or_not_there_fails() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (address, why) in [
        (
            responding("HTTP/1.1 503 Service Unavailable\r\n\r\n"),
            "503",
        ),
        (responding(""), "``"),
        (responding("200"), "`200`"),
        (unused, "refused"),
    ] {
        let output = check(address);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains("not-ready") && stderr.contains(why),
            "{stderr}"
        );
    }
}

#[test]
fn a_server_that_responds_slowly_has_two_seconds_in_all() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        for byte in b"HTTP/1.1 200 OK\r\n\r\n" {
            thread::sleep(Duration::from_millis(500));
            if client.write_all(&[*byte]).is_err() {
                return;
            }
        }
    });
    let begin = Instant::now();
    let output = check(address);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        begin.elapsed() < Duration::from_secs(6),
        "{:?}",
        begin.elapsed()
    );
}
