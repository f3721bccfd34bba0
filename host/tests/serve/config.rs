//! `witgen-serve chain.toml`: what it serves, and what it rejects.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{Request, Version};
use http_body_util::{BodyExt as _, Empty};
use pretty_assertions::assert_eq;
use testkit_serve::serve::{client, file, serve, witgen_serve};

use super::load;

/// Writes components and a `chain.toml` to a directory, and returns the path of the file.
pub(super) fn chain_file(dir: &Path, guests: &[&str], text: &str) -> String {
    for guest in guests {
        file(dir, guest);
    }
    let path = dir.join("chain.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Two chains: one answers `hello`, with `x-stamp` at another host; one answers the length of a request.
pub(super) const TWO: &str = "\
[members.hello]
component = 'hello.wasm'
[members.length]
component = 'length.wasm'
[members.stamp]
component = 'stamp.wasm'
[chains.greet]
members = ['hello']
[chains.stamped]
members = ['stamp', 'hello']
[chains.count]
members = ['length']
[[routes]]
host = 'a.example'
chain = 'greet'
[[routes]]
host = 'a.example'
path = '/count'
chain = 'count'
[[routes]]
host = '*.example'
chain = 'stamped'
";

/// Runs a command that can't succeed, and returns what it reports.
pub(super) fn refusal(args: &[&str]) -> String {
    let output = witgen_serve(args).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    stderr
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_go_to_the_chain_of_their_host_and_path() {
    let dir = tempfile::tempdir().unwrap();
    let path = chain_file(dir.path(), &["hello", "length", "stamp"], TWO);
    let served = serve(dir.path(), &[&path, "--admin", "127.0.0.1:0"]).with_admin();
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let client = load::client(version);
        for (host, path, status, content, is_stamped) in [
            ("a.example", "/", 200, "hello\n", false),
            ("A.Example.", "/", 200, "hello\n", false),
            ("a.example", "/counts", 200, "hello\n", false),
            ("a.example", "/count", 200, "0\n", false),
            ("a.example", "/count/1?a=b", 200, "0\n", false),
            ("a.example", "/%63ount", 200, "0\n", false),
            ("a.example", "/x/../count", 200, "0\n", false),
            ("a.example", "//count/", 200, "0\n", false),
            ("b.example", "/count", 200, "hello\n", true),
            ("c.b.example", "/", 200, "hello\n", true),
            ("example", "/", 421, "no route for this host\n", false),
            ("other", "/count", 421, "no route for this host\n", false),
        ] {
            let (uri, header) = match version {
                // The client connects to the authority of the URI.
                Version::HTTP_2 => (format!("{}{path}", served.url), Some(host)),
                _ => (format!("{}{path}", served.url), Some(host)),
            };
            let mut request = Request::get(uri);
            if let Some(host) = header {
                request = request.header("host", host);
            }
            let empty = Empty::<Bytes>::new().boxed_unsync();
            if version == Version::HTTP_2 {
                let (status_of, stamped, text) = over_http2(served.address(), host, path).await;
                assert_eq!(
                    (status_of, text.as_str()),
                    (status, content),
                    "{host}{path}"
                );
                assert_eq!(stamped, is_stamped, "{host}{path}");
                continue;
            }
            let response = client.request(request.body(empty).unwrap()).await.unwrap();
            assert_eq!(response.status(), status, "{host}{path}");
            assert_eq!(
                response.headers().contains_key("x-stamp"),
                is_stamped,
                "{host}{path}"
            );
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(bytes, content, "{host}{path}");
        }
    }
    served.logs(&[
        "\"chain\":\"count\"",
        "\"route\":\"a.example/count\"",
        "\"path\":\"/%63ount\"",
    ]);
    served.logs(&["\"chain\":\"stamped\"", "\"route\":\"*.example/\""]);
    let count = |chain: &str, route: &str| {
        let name = "witgen_route_requests_total";
        served.metric(&format!(
            "{name}{{chain=\"{chain}\",route=\"{route}\",status=\"200\"}}"
        ))
    };
    assert_eq!(count("count", "a.example/count"), 10.0);
    assert_eq!(count("stamped", "*.example/"), 4.0);
    // The metric of all chains has the same labels as without a file.
    assert_eq!(served.metric("witgen_requests_total{status=\"200\"}"), 20.0);
    assert_eq!(served.metric("witgen_requests_total{status=\"421\"}"), 4.0);
}

/// Sends a request with an authority of its own over HTTP/2. Returns the status, whether the response is stamped, and its content.
async fn over_http2(address: &str, host: &str, path: &str) -> (u16, bool, String) {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (sender, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut sender = sender.ready().await.unwrap();
    let request = Request::get(format!("http://{host}{path}")).body(()).unwrap();
    let (response, _) = sender.send_request(request, true).unwrap();
    let response = response.await.unwrap();
    let (status, stamped) = (
        response.status().as_u16(),
        response.headers().contains_key("x-stamp"),
    );
    let mut body = response.into_body();
    let mut content = Vec::new();
    while let Some(piece) = body.data().await {
        content.extend(piece.unwrap());
    }
    connection.abort();
    (status, stamped, String::from_utf8(content).unwrap())
}

#[test]
fn a_known_host_without_a_route_for_the_path_is_404() {
    let dir = tempfile::tempdir().unwrap();
    let text = "\
[members.hello]
component = 'hello.wasm'
[chains.web]
members = ['hello']
[[routes]]
path = '/api'
chain = 'web'
";
    let path = chain_file(dir.path(), &["hello"], text);
    let served = serve(dir.path(), &[&path]);
    for (path, status) in [("/api", 200), ("/api/", 200), ("/", 404), ("/apis", 404)] {
        let response = client().get(format!("{}{path}", served.url)).call().unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
    served.logs(&["\"status\":404", "\"failure\":\"no route for this path\""]);
}

#[test]
fn members_have_what_the_file_gives_them_and_options_replace_it() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("secret"), "s3cret\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::Permissions::from_mode(0o400);
        fs::set_permissions(dir.path().join("secret"), mode).unwrap();
    }
    let text = "\
[members.first]
component = 'talker.wasm'
environment = { A = '${WITGEN_TEST_A:-1}', B = '2' }
[members.second]
component = 'talker.wasm'
environment = { A = { file = 'secret' } }
[members.hello]
component = 'hello.wasm'
[chains.web]
members = ['first', 'second', 'hello']
[log]
request-id = true
access-log-fields = ['status']
format = 'json'
";
    let path = chain_file(dir.path(), &["talker", "hello"], text);
    let environments = |args: &[&str]| {
        let served = serve(dir.path(), &[&[path.as_str()], args].concat());
        let response = client().get(&served.url).call().unwrap();
        assert!(response.headers().contains_key("x-request-id"));
        let environments = response.headers().get_all("x-environment").iter();
        let environments: Vec<_> =
            environments.map(|value| value.to_str().unwrap().to_owned()).collect();
        (environments, served)
    };
    let (found, served) = environments(&[]);
    assert_eq!(found, ["A=s3cret", "A=1,B=2"]);
    let line = served.logs(&["\"target\":\"access\""]);
    assert!(!line.contains("client"), "{line}");
    served.logs(&["\"member\":\"second\"", "\"message\":\"asked /\""]);
    let (found, served) = environments(&["--env", "first:B=3", "--access-log-fields", "client"]);
    assert_eq!(found, ["A=s3cret", "A=1,B=3"]);
    let line = served.logs(&["\"target\":\"access\""]);
    assert!(
        line.contains("client") && !line.contains("status"),
        "{line}"
    );
}

#[test]
fn hops_lead_to_members_and_origins_and_side_calls_to_members() {
    let dir = tempfile::tempdir().unwrap();
    let origin = serve(dir.path(), &["hello"]);
    let text = format!(
        "\
[members.router]
component = 'router.wasm'
hops = {{ primary = 'app', fallback = 'length' }}
[members.length]
component = 'length.wasm'
[chains.web]
members = ['router']
[origins.app]
servers = ['{}']
",
        origin.url
    );
    let path = chain_file(dir.path(), &["router", "length"], &text);
    let served = serve(dir.path(), &[&path]);
    let answer = |path: &str| {
        let response = client().get(format!("{}{path}", served.url)).call();
        response.unwrap().body_mut().read_to_string().unwrap()
    };
    let found = [answer("/primary"), answer("/fallback")];
    assert!(found.contains(&"hello\n".to_owned()), "{found:?}");
    assert!(found.contains(&"0\n".to_owned()), "{found:?}");

    // An origin of an option replaces that of the file.
    let text = "\
[members.stamp]
component = 'stamp.wasm'
[chains.web]
members = ['stamp']
origin = 'http://127.0.0.1:1'
";
    let path = chain_file(dir.path(), &["stamp"], text);
    let served = serve(dir.path(), &[&path, "--origin", &origin.url]);
    let response = client().get(&served.url).call().unwrap();
    assert_eq!(response.headers()["x-stamp"], "1");

    // What `allow` doesn't name, a member may not call.
    let gate = |allow: &str| {
        format!(
            "\
[members.gate]
component = 'gate.wasm'
{allow}
[members.hello]
component = 'hello.wasm'
[chains.web]
members = ['gate', 'hello']
[side-calls.routes]
'auth.example' = '{}'
",
            origin.url
        )
    };
    for (allow, args, status) in [
        ("allow = ['other.example']", &[][..], 200),
        ("clients = 'deny'", &[], 403),
        (
            "clients = 'auth'\n[members.auth]\ncomponent = 'hello.wasm'",
            &[],
            200,
        ),
        ("", &["--route", "other.example=http://127.0.0.1:1"], 403),
    ] {
        let path = chain_file(dir.path(), &["gate"], &gate(allow));
        let served = serve(dir.path(), &[&[path.as_str()], args].concat());
        let response = client().get(&served.url).call().unwrap();
        assert_eq!(response.status(), status, "{allow} {args:?}");
    }
}

#[test]
fn options_of_the_file_are_those_of_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let text = "\
[members.length]
component = 'length.wasm'
[chains.web]
members = ['length']
[limits]
max-body-size = '10B'
";
    let path = chain_file(dir.path(), &["length"], text);
    let post = |args: &[&str]| {
        let served = serve(dir.path(), &[&[path.as_str()], args].concat());
        client()
            .post(&served.url)
            .send("more than ten bytes")
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(post(&[]), 413);
    assert_eq!(post(&["--max-body-size", "1KiB"]), 200);
}

#[test]
fn several_listeners_serve_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let text = "\
[[listeners]]
address = '127.0.0.1:0'
[[listeners]]
address = '[::1]:0'
[members.hello]
component = 'hello.wasm'
[chains.web]
members = ['hello']
";
    let path = chain_file(dir.path(), &["hello"], text);
    let served = testkit_serve::serve::Served::of(witgen_serve(&[&path]));
    let line = served.logs(&["listening on http://[::1]:"]);
    let port = line.split("[::1]:").nth(1).unwrap().split('"').next().unwrap();
    for url in [served.url.clone(), format!("http://[::1]:{port}")] {
        let mut response = client().get(&url).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello\n");
    }
}

#[test]
fn a_check_shows_what_would_be_served_and_serves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = chain_file(dir.path(), &["hello", "length", "stamp"], TWO);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = witgen_serve(&[&path, "--check-config", "--listen", &address]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let expected = format!(
        "\
listeners
  http://{address}
chains
  count: length (closed)
  greet: hello (closed)
  stamped: stamp, hello (closed)
routes
  a.example/ -> greet
  a.example/count -> count
  *.example/ -> stamped
"
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);

    // Components are read and linked.
    let open = TWO.replace("['stamp', 'hello']", "['hello', 'stamp']");
    let path = chain_file(dir.path(), &[], &open);
    let stderr = refusal(&[&path, "--check-config"]);
    assert!(stderr.contains("error[service-in-the-middle]"), "{stderr}");
    assert!(stderr.contains("chain.toml:2:13"), "{stderr}");
    // All chains and certificates are.
    let broken = TWO.replace("hello.wasm", "hallo.wasm").replace("length.wasm", "lange.wasm");
    let tls = "[[listeners]]\naddress='127.0.0.1:0'\ntls={certificate='a.pem',key='a.pem'}\n";
    let path = chain_file(dir.path(), &[], &format!("{broken}{tls}"));
    let stderr = refusal(&[&path, "--check-config"]);
    for part in ["`hallo.wasm`", "`lange.wasm`", "a.pem"] {
        assert!(stderr.contains(part.trim_matches('`')), "{part}: {stderr}");
    }
}

/// The example of the documentation, with origins and files of the test's own.
#[test]
fn the_example_of_the_documentation_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let documented = fs::read_to_string(testkit::root().join("docs/chain-file.md")).unwrap();
    let example = documented.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let origin = serve(dir.path(), &["hello"]);
    let example = example
        .replace("{ file = \"/run/secrets/token\" }", "\"token\"")
        .replace("http://10.0.0.1:8080", &origin.url)
        .replace("0.0.0.0:8080", "127.0.0.1:0")
        .replace("127.0.0.1:9090", "127.0.0.1:0");
    let path: PathBuf = chain_file(dir.path(), &["gate", "stamp", "hello"], &example).into();
    let served = testkit_serve::serve::Served::of(witgen_serve(&[path.to_str().unwrap()]));
    let get = |path: &str| {
        let request = client().get(format!("{}{path}", served.url)).header("host", "example.com");
        request.call().unwrap()
    };
    assert_eq!(get("/status").headers()["x-stamp"], "1");
    // Nobody answers at the authority that `gate` asks.
    assert!(get("/").status() != 421);
}
