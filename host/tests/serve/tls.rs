//! `witgen-serve` with TLS: who it is to its clients, and whom it trusts.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use http::Version;
use pretty_assertions::assert_eq;
use rustls::pki_types::ServerName;
use testkit_serve::network::{Network, Running, to};
use testkit_serve::serve::{Served, TIMEOUT, client, file, serve, witgen_serve};
use testkit_serve::text;
use testkit_serve::tls::{Authority, Identity, trusting};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use witgen_serve::proxy::{HttpUpstream, Request, Upstream as _};

/// Files of a certificate and its key.
struct Files {
    certificate: String,
    key: String,
}

impl Files {
    fn write(dir: &Path, identity: &Identity) -> Self {
        let at = |name: &str| dir.join(name).to_str().unwrap().to_owned();
        let files = Files {
            certificate: at("cert.pem"),
            key: at("key.pem"),
        };
        files.replace(identity);
        files
    }

    fn replace(&self, identity: &Identity) {
        fs::write(&self.certificate, &identity.certificate).unwrap();
        fs::write(&self.key, &identity.key).unwrap();
    }

    fn args(&self) -> [&str; 4] {
        ["--tls-cert", &self.certificate, "--tls-key", &self.key]
    }
}

/// Sends a request on a new connection that trusts only this authority.
async fn answer(served: &Served, authority: &Authority) -> Result<String, String> {
    let port = served.address().rsplit_once(':').unwrap().1;
    let request: Request = http::Request::get(format!("https://localhost:{port}/"))
        .body(String::new().into())
        .unwrap();
    let client = HttpUpstream::to_target().tls(trusting(authority));
    match client.send(request).await {
        Ok(response) => Ok(text(response.into_body()).await),
        Err(code) => Err(format!("{code:?}")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_spoken_with_both_versions_and_the_component_knows() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let network = Network::new(version);
        let dir = tempfile::tempdir().unwrap();
        let files = Files::write(dir.path(), &network.identity());
        let args = [&["stamp", "hello"][..], &files.args()].concat();
        let served = serve(dir.path(), &args);
        assert!(served.url.starts_with("https://"), "{}", served.url);
        let at = Running::at(served.address());
        let mut client = network.client(&at).await;
        let response = client.send(to(&at, "/")).await.unwrap();
        assert_eq!(response.version(), version);
        assert_eq!(response.headers()["x-stamp"], "1");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_renewed_while_it_is_served() {
    let (old, new) = (Authority::new(), Authority::new());
    let dir = tempfile::tempdir().unwrap();
    let files = Files::write(dir.path(), &old.identity("localhost", 2100));
    let args = [&["hello"][..], &files.args()].concat();
    let served = serve(dir.path(), &args);
    assert_eq!(answer(&served, &old).await.unwrap(), "hello\n");
    assert_eq!(
        answer(&served, &new).await.unwrap_err(),
        "ErrorCode::TlsCertificateError"
    );

    files.replace(&new.identity("localhost", 2100));
    served.signal("HUP");
    served.logs(&["reloaded the certificate"]);
    assert_eq!(answer(&served, &new).await.unwrap(), "hello\n");

    // What can't be used is refused, and said. Nothing else changes either.
    fs::write(&files.key, new.identity("localhost", 2100).key).unwrap();
    fs::write(
        file(dir.path(), "hello"),
        testkit_serve::component("length"),
    )
    .unwrap();
    served.signal("HUP");
    served.logs(&["the certificate stays as it was", "don't belong together"]);
    assert_eq!(answer(&served, &new).await.unwrap(), "hello\n");
    files.replace(&new.identity("localhost", 2100));
    served.signal("HUP");
    let begin = Instant::now();
    while answer(&served, &new).await.unwrap() != "0\n" {
        assert!(begin.elapsed() < TIMEOUT, "{:#?}", served.log());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_changes_is_watched_as_well() {
    let (old, new) = (Authority::new(), Authority::new());
    let dir = tempfile::tempdir().unwrap();
    let files = Files::write(dir.path(), &old.identity("localhost", 2100));
    let args = [&["hello", "--watch"][..], &files.args()].concat();
    let served = serve(dir.path(), &args);
    files.replace(&new.identity("localhost", 2100));
    served.logs(&["reloaded the certificate"]);
    assert_eq!(answer(&served, &new).await.unwrap(), "hello\n");
}

/// A pipe has nothing more to say; it is read once.
#[cfg(unix)]
#[test]
fn a_key_out_of_a_pipe_is_kept() {
    let authority = Authority::new();
    let dir = tempfile::tempdir().unwrap();
    let files = Files::write(dir.path(), &authority.identity("localhost", 2100));
    let key = fs::read_to_string(&files.key).unwrap();
    fs::remove_file(&files.key).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&files.key).status();
    assert!(made.unwrap().success());
    let pipe = files.key.clone();
    std::thread::spawn(move || fs::write(pipe, key).unwrap());
    let args = [&["hello"][..], &files.args()].concat();
    let mut served = serve(dir.path(), &args);
    served.signal("HUP");
    served.logs(&["reloaded the components"]);
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
}

/// A session that is resumed would be one of the certificate that it was begun with.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_renewed_is_that_of_resumed_sessions_too() {
    let (old, new) = (Authority::new(), Authority::new());
    let dir = tempfile::tempdir().unwrap();
    let files = Files::write(dir.path(), &old.identity("localhost", 2100));
    let args = [&["hello"][..], &files.args()].concat();
    let served = serve(dir.path(), &args);
    let config = Arc::new(trusting(&old));
    let resumes = async || {
        let connector = tokio_rustls::TlsConnector::from(config.clone());
        let stream = tokio::net::TcpStream::connect(served.address()).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let mut stream = connector.connect(name, stream).await?;
        // Tickets come behind the handshake.
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let _ = stream.read_to_end(&mut Vec::new()).await;
        let kind = stream.get_ref().1.handshake_kind();
        std::io::Result::Ok(kind == Some(rustls::HandshakeKind::Resumed))
    };
    assert!(!resumes().await.unwrap());
    assert!(resumes().await.unwrap());
    // One that is still the same keeps them.
    served.signal("HUP");
    served.logs(&["reloaded the components"]);
    assert!(resumes().await.unwrap());
    files.replace(&new.identity("localhost", 2100));
    served.signal("HUP");
    served.logs(&["reloaded the certificate"]);
    assert!(resumes().await.is_err());
}

#[test]
fn an_authority_of_ones_own_is_trusted_where_it_is_named() {
    let authority = Authority::new();
    let dir = tempfile::tempdir().unwrap();
    let files = Files::write(dir.path(), &authority.identity("localhost", 2100));
    let args = [&["hello"][..], &files.args()].concat();
    let origin = serve(dir.path(), &args);
    let port = origin.address().rsplit_once(':').unwrap().1;
    let url = format!("https://localhost:{port}");
    let root = dir.path().join("root.pem");
    fs::write(&root, authority.root()).unwrap();

    let open = ["stamp", "--origin", &url];
    let chain = serve(dir.path(), &open);
    let mut response = client().get(&chain.url).call().unwrap();
    assert_eq!(response.status(), 502);
    let why = response.body_mut().read_to_string().unwrap();
    assert_eq!(why, "Bad Gateway\n");
    chain.logs(&["\"failure\":\"TLS certificate error\""]);

    let args = [&open[..], &["--ca", root.to_str().unwrap()]].concat();
    let chain = serve(dir.path(), &args);
    let mut response = client().get(&chain.url).call().unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello\n");
}

#[test]
fn files_that_cannot_be_used_are_explained() {
    let authority = Authority::new();
    let dir = tempfile::tempdir().unwrap();
    let files = Files::write(dir.path(), &authority.identity("localhost", 2100));
    let hello = file(dir.path(), "hello");
    let refusal = |args: &[&str]| {
        let args = [&[hello.to_str().unwrap()], args].concat();
        let output = witgen_serve(&args).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.starts_with("error["), "{stderr}");
        stderr
    };
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    for (key, part) in [
        (
            authority.identity("localhost", 2100).key.as_str(),
            "= help: pass the key that the first certificate of the file was issued for",
        ),
        (encrypted, "has an encrypted key"),
        ("nothing", "contains no key"),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n",
            "has a damaged key: missing section end",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "has a key of a kind that can't be used",
        ),
    ] {
        fs::write(&files.key, key).unwrap();
        let stderr = refusal(&files.args());
        assert!(stderr.contains(part), "{stderr}");
    }
    let stderr = refusal(&["--ca", &files.key]);
    assert!(stderr.contains("it contains no certificate"), "{stderr}");
    let stderr = refusal(&["--ca", "/dev/zero"]);
    assert!(stderr.contains("it is not a regular file"), "{stderr}");
}

/// Connects with these protocols in ALPN, sends bytes, and returns what comes until the connection ends.
async fn exchange(served: &Served, authority: &Authority, alpn: &[&str], bytes: &[u8]) -> Vec<u8> {
    let mut config = trusting(authority);
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = tokio::net::TcpStream::connect(served.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // It may end without a word.
    let read = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(TIMEOUT, read).await.expect("it stays open");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_version_that_was_negotiated_is_the_one_that_is_spoken() {
    let authority = Authority::new();
    let dir = tempfile::tempdir().unwrap();
    let files = Files::write(dir.path(), &authority.identity("localhost", 2100));
    let args = [&["hello"][..], &files.args()].concat();
    let served = serve(dir.path(), &args);
    let http1 = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let http2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for alpn in [&["http/1.1"][..], &[]] {
        let answer = exchange(&served, &authority, alpn, http1).await;
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{alpn:?}");
        // Frames of HTTP/2 would be no text.
        let answer = exchange(&served, &authority, alpn, http2).await;
        let is_http1 = answer.is_empty() || answer.starts_with(b"HTTP/1.1 ");
        assert!(is_http1, "{alpn:?}: {answer:?}");
    }
    let answer = exchange(&served, &authority, &["h2"], http1).await;
    assert!(!answer.starts_with(b"HTTP/1.1 "), "{answer:?}");
}
