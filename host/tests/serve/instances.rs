//! `witgen-serve` over real sockets: instances that handle requests at the same time.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Barrier};
use std::thread;

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, client, serve};
use witgen::compose::{Chain, Member};

/// Starts a server that responds as soon as as many requests have arrived, and returns its URL.
fn origin_that_waits(requests: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let all = Arc::new(Barrier::new(requests));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, all) = (stream.unwrap(), all.clone());
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 1000]);
                all.wait();
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
            });
        }
    });
    url
}

/// Sends requests at the same time, each of which must have the origin's response.
fn send_at_once(served: &Served, requests: usize) {
    let requests: Vec<_> = (0..requests)
        .map(|_| {
            let url = served.url.clone();
            thread::spawn(move || client().get(&url).call().unwrap().status().as_u16())
        })
        .collect();
    for request in requests {
        assert_eq!(request.join().unwrap(), 204);
    }
}

#[test]
fn requests_that_wait_for_the_origin_keep_no_others_from_starting() {
    const REQUESTS: usize = 48;
    let dir = tempfile::tempdir().unwrap();
    let origin = origin_that_waits(REQUESTS);
    let args = ["pass", "--origin", &origin, "--instance-idle", "1m"];
    send_at_once(&serve(dir.path(), &args), REQUESTS);
}

#[test]
fn all_components_of_all_instances_may_block() {
    const INSTANCES: usize = 5;
    let dir = tempfile::tempdir().unwrap();
    let blocking = |n| Member::new(format!("m{n}"), &testkit_serve::component("blocking")).unwrap();
    let chain = Chain::new((0..6).map(blocking).collect()).unwrap().leave_open();
    // Composed beforehand, it is one member.
    let composed = dir.path().join("composed.wasm");
    std::fs::write(&composed, chain.compose().unwrap().component).unwrap();
    let origin = origin_that_waits(INSTANCES);
    let (composed, max) = (composed.to_str().unwrap(), INSTANCES.to_string());
    let limits = ["--max-instances", &max, "--instance-concurrency", "1"];
    let args = [&[composed, "--origin", &origin], &limits[..]].concat();
    send_at_once(&serve(dir.path(), &args), INSTANCES);
}

#[test]
fn every_instance_has_memory_for_what_rejects_requests() {
    const INSTANCES: usize = 4;
    let dir = tempfile::tempdir().unwrap();
    let fallback = format!("fallback={}", origin_that_waits(INSTANCES));
    let max = INSTANCES.to_string();
    let hops = ["--hop", "primary=deny", "--hop", &fallback];
    let limits = ["--max-instances", &max, "--instance-concurrency", "1"];
    let args = [&["choice-unread"], &hops[..], &limits[..]].concat();
    send_at_once(&serve(dir.path(), &args), INSTANCES);
}
