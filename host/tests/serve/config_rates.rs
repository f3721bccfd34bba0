//! `witgen-serve chain.toml`: rates of chains and routes.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, client, file, serve};

use crate::config_reloads::reload;

const MEMBERS: &str = "\
[members.hello]
component = 'hello.wasm'
[members.length]
component = 'length.wasm'
";

/// Serves a file that says this.
fn served(dir: &Path, text: &str) -> Served {
    for guest in ["hello", "length"] {
        file(dir, guest);
    }
    let path = dir.join("chain.toml");
    fs::write(&path, text).unwrap();
    serve(dir, &[path.to_str().unwrap(), "--admin", "127.0.0.1:0"]).with_admin()
}

/// Returns the statuses of so many requests.
fn statuses(served: &Served, path: &str, count: usize) -> Vec<u16> {
    let url = format!("{}{path}", served.url);
    let ask = || client().get(&url).call().unwrap().status().as_u16();
    (0..count).map(|_| ask()).collect()
}

#[test]
fn a_chain_limits_all_its_requests_together() {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("{MEMBERS}[chains.web]\nmembers = ['hello']\nrate-limit = '3/h'\n");
    let served = served(dir.path(), &text);
    let limited = "witgen_overloads_total{of=\"route-rate\"}";
    assert_eq!(served.metric(limited), 0.0);
    assert_eq!(statuses(&served, "/", 2), [200, 200]);
    let mut other = another_client(&served);
    assert_eq!(ask(&mut other), "HTTP/1.1 200 OK");
    assert_eq!(ask(&mut other), "HTTP/1.1 429 Too Many Requests");
    let response = client().get(&served.url).call().unwrap();
    assert_eq!(response.status(), 429);
    let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1100..=1200).contains(&wait), "{wait}");
    assert_eq!(served.metric(limited), 2.0);
    let url = format!("{}/status.json", served.admin.as_deref().unwrap());
    let status = client().get(&url).call().unwrap().body_mut().read_to_string().unwrap();
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["rejected"]["route-rate"], 2);
    served.logs(&["\"overload\"", "a route exceeded its rate of requests"]);
    served.logs(&["\"access\"", "\"status\":429", "\"chain\":\"web\""]);
}

/// Connects from another address.
fn another_client(served: &Served) -> TcpStream {
    use std::os::fd::AsFd as _;
    let address: SocketAddr = served.address().parse().unwrap();
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        None,
    )
    .unwrap();
    let other = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)), 0);
    rustix::net::bind(socket.as_fd(), &other).unwrap();
    rustix::net::connect(socket.as_fd(), &address).unwrap();
    socket.into()
}

/// Returns the status line of a response.
fn ask(stream: &mut TcpStream) -> String {
    use std::io::{Read as _, Write as _};
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut bytes = [0; 4096];
    let read = stream.read(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_route_has_a_rate_of_its_own_within_that_of_its_chain() {
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "{MEMBERS}[chains.web]\nmembers = ['hello']\nrate-limit = '4/h'\n\
         [chains.length]\nmembers = ['length']\n\
         [[routes]]\nchain = 'web'\n\
         [[routes]]\nchain = 'web'\npath = '/api'\nrate-limit = '2/h'\n\
         [[routes]]\nchain = 'length'\npath = '/length'\n"
    );
    let served = served(dir.path(), &text);
    // What the route rejects doesn't count for the chain.
    assert_eq!(statuses(&served, "/api", 4), [200, 200, 429, 429]);
    assert_eq!(statuses(&served, "/", 3), [200, 200, 429]);
    assert_eq!(statuses(&served, "/length", 3), [200, 200, 200]);

    reload(&served, dir.path(), &text, "served");
    assert_eq!(statuses(&served, "/api", 1), [429]);
    let more = text.replace("2/h", "1/h").replace("4/h", "2/h");
    reload(&served, dir.path(), &more, "served");
    assert_eq!(statuses(&served, "/api", 2), [200, 429]);
    assert_eq!(statuses(&served, "/", 2), [200, 429]);
    let none = text.replace("rate-limit = '2/h'\n", "").replace("rate-limit = '4/h'\n", "");
    reload(&served, dir.path(), &none, "served");
    assert_eq!(statuses(&served, "/api", 5), [200; 5]);
}

#[test]
fn requests_in_a_loop_use_up_no_rate() {
    let dir = tempfile::tempdir().unwrap();
    let origin = serve(dir.path(), &["hello"]);
    file(dir.path(), "stamp");
    let text = format!(
        "[members.stamp]\ncomponent = 'stamp.wasm'\n[server]\nname = 'us'\n\
         [chains.web]\nmembers = ['stamp']\norigin = '{}'\nrate-limit = '1/h'\n",
        origin.url
    );
    let served = served(dir.path(), &text);
    for _ in 0..3 {
        let response = client().get(&served.url).header("cdn-loop", "us").call().unwrap();
        assert_eq!(response.status(), 508);
    }
    assert_eq!(statuses(&served, "/", 2), [200, 429]);
}
