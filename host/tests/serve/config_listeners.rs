//! `witgen-serve chain.toml`: Unix sockets, sockets of systemd, the PROXY protocol, and rates.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, client, serve, witgen_serve};

use super::config::chain_file;
use super::config_reloads::reload;
use super::listeners::{activated, get};

const HELLO: &str = "\
[members.hello]
component = 'hello.wasm'
[chains.web]
members = ['hello']
[admin]
listen = '127.0.0.1:0'
";

fn status(url: &str) -> u16 {
    client().get(url).call().unwrap().status().as_u16()
}

/// Serves a file at the listeners that it has, so many of them.
fn served(dir: &Path, text: &str, listeners: usize) -> Served {
    let path = chain_file(dir, &["hello", "gate"], text);
    let served = Served::of(witgen_serve(&[&path]));
    served.with_other_urls(listeners - 1).with_admin()
}

#[test]
fn a_unix_socket_of_a_file_is_kept_until_it_is_no_longer_there() {
    let dir = tempfile::tempdir().unwrap();
    let tcp = format!("{HELLO}[[listeners]]\naddress = '127.0.0.1:0'\n");
    let both = format!("{tcp}[[listeners]]\naddress = 'unix:a.sock'\n");
    // The path starts from the folder of the file.
    let socket = dir.path().join("a.sock");
    let mut served = served(dir.path(), &both, 2);
    assert_eq!(served.other_urls, [format!("unix:{}", socket.display())]);
    assert!(get(&socket, "/").unwrap().ends_with("hello\n"));
    let inode = || fs::symlink_metadata(&socket).unwrap().ino();
    let before = inode();
    reload(&served, dir.path(), &both, "served");
    assert_eq!(inode(), before);
    assert!(get(&socket, "/").unwrap().ends_with("hello\n"));
    reload(&served, dir.path(), &tcp, "served");
    assert!(!socket.exists());
    assert_eq!(status(&served.url), 200);
    reload(&served, dir.path(), &both, "served");
    assert!(get(&socket, "/").unwrap().ends_with("hello\n"));
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
    assert!(!socket.exists());
}

#[test]
fn sockets_of_systemd_can_be_left_out_and_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let listener = |address: &str| format!("[[listeners]]\naddress = '{address}'\n");
    let web = format!("{HELLO}{}", listener("systemd:web"));
    let both = format!("{web}{}", listener("systemd"));
    let (first, second) = (
        TcpListener::bind("127.0.0.1:0").unwrap(),
        TcpListener::bind("127.0.0.1:0").unwrap(),
    );
    let url = |socket: &TcpListener| format!("http://{}", socket.local_addr().unwrap());
    let path = chain_file(dir.path(), &["hello"], &both);
    let sockets = [&first as &dyn std::os::fd::AsFd, &second];
    let served = Served::of(activated(&sockets, "web:other", &[&path]));
    let served = served.with_other_urls(1).with_admin();
    assert_eq!(served.url, url(&first));
    assert_eq!(served.other_urls, [url(&second)]);
    for text in [&both, &web, &both] {
        reload(&served, dir.path(), text, "served");
        assert_eq!(status(&url(&first)), 200);
    }
    assert_eq!(status(&url(&second)), 200);
    // A reload that is refused loses none of them.
    reload(
        &served,
        dir.path(),
        &format!("{both}{}", listener("systemd:no")),
        "refused",
    );
    reload(
        &served,
        dir.path(),
        &format!("{HELLO}{}", listener("systemd")),
        "served",
    );
    for socket in [&first, &second] {
        assert_eq!(status(&url(socket)), 200);
    }
}

#[test]
fn each_listener_has_the_proxy_protocol_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let listener = "[[listeners]]\naddress = '127.0.0.1:0'\n";
    let text = format!(
        "{HELLO}[limits]\ntrusted-proxies = ['127.0.0.1']\n{listener}{listener}proxy-protocol = true\n"
    );
    let served = served(dir.path(), &text, 2);
    assert_eq!(status(&served.url), 200);
    let address = served.other_urls[0].strip_prefix("http://").unwrap();
    let ask = || {
        let mut stream = TcpStream::connect(address).unwrap();
        let header = "PROXY TCP4 192.0.2.7 192.0.2.8 4000 80\r\n";
        let request = "GET /seven HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        stream.write_all(format!("{header}{request}").as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    };
    assert!(ask().ends_with("hello\n"));
    served.logs(&["\"path\":\"/seven\"", "192.0.2.7:4000"]);
    let without = text.replace("proxy-protocol = true\n", "");
    reload(&served, dir.path(), &without, "refused");
    served.logs(&["`proxy-protocol` of the listener `"]);
    // Nobody could connect any more.
    let untrusted = text.replace("['127.0.0.1']", "['unix']");
    reload(&served, dir.path(), &untrusted, "refused");
    served.logs(&["pass --trusted-proxy", "chain.toml"]);
    assert!(ask().ends_with("hello\n"));
}

#[test]
fn what_clients_have_used_of_a_rate_is_kept_as_long_as_the_rate_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let limited = |rate: &str| {
        format!("{HELLO}[limits]\nrate-limit = '{rate}'\n[[listeners]]\naddress = '127.0.0.1:0'\n")
    };
    let served = served(dir.path(), &limited("2/h"), 1);
    let statuses = |count: usize| -> Vec<u16> { (0..count).map(|_| status(&served.url)).collect() };
    assert_eq!(statuses(3), [200, 200, 429]);
    reload(&served, dir.path(), &limited("2/h"), "served");
    assert_eq!(statuses(1), [429]);
    reload(&served, dir.path(), &limited("3/h"), "served");
    assert_eq!(statuses(4), [200, 200, 200, 429]);
}

#[test]
fn a_file_limits_the_side_calls_of_a_member() {
    let dir = tempfile::tempdir().unwrap();
    let auth = serve(dir.path(), &["hello"]);
    let text = format!(
        "{}[members.gate]\ncomponent = 'gate.wasm'\nallow = ['auth.example']\nrate-limit = '2/h'\n[side-calls.routes]\n'auth.example' = '{}'\n[[listeners]]\naddress = '127.0.0.1:0'\n",
        HELLO.replace("['hello']", "['gate', 'hello']"),
        auth.url
    );
    let served = served(dir.path(), &text, 1);
    let statuses = |count: usize| -> Vec<u16> { (0..count).map(|_| status(&served.url)).collect() };
    assert_eq!(statuses(3), [200, 200, 503]);
    reload(&served, dir.path(), &text, "served");
    assert_eq!(statuses(1), [503]);
    let more = text.replace("2/h", "1/h");
    reload(&served, dir.path(), &more, "served");
    assert_eq!(statuses(2), [200, 503]);
}
