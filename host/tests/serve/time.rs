//! Components that wait, limit how long their next hop may take, and fail with errors of any type.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use http::StatusCode;
use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, client, serve};

/// Sends a GET request, and returns the status and the content of the response.
fn get(served: &Served, path: &str) -> (StatusCode, String) {
    let url = format!("{}{path}", served.url);
    let request = client().get(&url).config().http_status_as_error(false).build();
    let mut response = request.call().unwrap();
    let content = response.body_mut().read_to_string().unwrap();
    (response.status(), content)
}

#[test]
fn a_component_can_wait() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["timely", "hello"]);
    let begin = Instant::now();
    let (status, milliseconds) = get(&served, "/sleep/200");
    assert_eq!(status, StatusCode::OK);
    assert!(milliseconds.parse::<u64>().unwrap() >= 200);
    assert!(begin.elapsed() >= Duration::from_millis(200));
}

#[test]
fn a_component_can_give_up_a_next_hop_that_takes_too_long() {
    // It accepts connections, and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", silent.local_addr().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["timely", "--origin", &origin]);
    let begin = Instant::now();
    assert_eq!(get(&served, "/within/300").0, StatusCode::GATEWAY_TIMEOUT);
    assert!(begin.elapsed() < Duration::from_secs(20));
    let served = serve(dir.path(), &["timely", "hello"]);
    assert_eq!(get(&served, "/within/20000").0, StatusCode::OK);
    // The instance goes on.
    assert_eq!(get(&served, "/within/20000").0, StatusCode::OK);
}

#[test]
fn the_log_has_the_text_of_an_error_and_the_client_has_not() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["timely", "hello"]);
    let (status, content) = get(&served, "/sleep/soon");
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!content.contains("invalid digit"), "{content}");
    served.logs(&["invalid digit found in string", "GET /sleep/soon"]);
}

#[test]
fn the_clocks_and_the_random_numbers_are_the_systems() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(dir.path(), &["timely", "hello"]);
    let year: u32 = get(&served, "/year").1.parse().unwrap();
    assert!(year > 2025, "{year}");
    assert!(get(&served, "/number").1 != get(&served, "/number").1);
}
