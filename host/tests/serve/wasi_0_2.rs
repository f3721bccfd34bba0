//! `witgen-serve` over real sockets: members of WASI 0.2, and of 0.3 with 0.2 beside it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, TIMEOUT, client, file, serve, witgen_serve};

/// The status, the header `x-stamp` and the content for a request with an authority to ask.
fn answer(served: &Served, path: &str, authority: &str) -> String {
    let agent = client();
    let url = format!("{}{path}", served.url);
    let request = agent.get(&url).header("x-authority", authority);
    let mut response = request.config().http_status_as_error(false).build().call().unwrap();
    let header = |name: &str| {
        let value = response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        value.map_or_else(String::new, |value| format!("{name}={value} "))
    };
    let headers = header("x-stamp") + &header("x-level");
    let content = response.body_mut().read_to_string().unwrap();
    format!(
        "{} {headers}{}",
        response.status().as_u16(),
        content.trim_end()
    )
}

fn host(served: &Served) -> String {
    served.url.trim_start_matches("http://").to_owned()
}

#[test]
fn a_service_of_wasi_0_2_is_served_alone_and_as_the_last_member() {
    let dir = tempfile::tempdir().unwrap();
    let hello = serve(dir.path(), &["hello"]);
    for (members, stamp) in [(&["legacy"][..], ""), (&["stamp", "legacy"], "x-stamp=1 ")] {
        let options = [
            "--env",
            "legacy:A=b",
            "--allow",
            &format!("legacy={}", host(&hello)),
        ];
        let served = serve(dir.path(), &[members, &options].concat());
        assert_eq!(
            answer(&served, "/environment", ""),
            format!("200 {stamp}A=b")
        );
        assert_eq!(answer(&served, "/fail", ""), "503 Service Unavailable");
        assert_eq!(
            answer(&served, "/ask", &host(&hello)).as_str().contains("hello"),
            true
        );
        assert_eq!(answer(&served, "/ask", "example.org"), "403 Forbidden");
        assert_eq!(answer(&served, "/print", ""), format!("200 {stamp}printed"));
        served.logs(&["printed by the component", r#""member":"legacy""#]);
        served.logs(&[
            "denied: no --allow names it",
            r#""member":"legacy""#,
            "example.org",
        ]);
        assert_eq!(answer(&served, "/exit", ""), "500 Internal Server Error");
        served.logs(&[
            r#""target":"trap""#,
            "exited with status 1",
            r#""member":"legacy""#,
        ]);
    }
}

#[test]
fn the_log_of_a_trap_has_the_panic_message_the_member_and_the_request() {
    let dir = tempfile::tempdir().unwrap();
    for members in [&["legacy"][..], &["stamp", "legacy"]] {
        let served = serve(dir.path(), members);
        assert_eq!(answer(&served, "/panic", ""), "500 Internal Server Error");
        let access = served.logs(&[r#""target":"access""#, "/panic"]);
        let (_, request) = access.split_once(r#""request":""#).unwrap();
        let (request, _) = request.split_once('"').unwrap();
        served.logs(&[
            r#""target":"trap""#,
            r#""message":"panicked at src/lib.rs:1:2: asked for""#,
            r#""member":"legacy""#,
            &format!(r#""requests":"{request}""#),
        ]);
    }
}

/// Each member has an instance of its own, and each instance handles one request.
#[test]
fn a_service_of_wasi_0_2_has_as_many_instances_as_the_chain_before_it() {
    const INSTANCES: usize = 4;
    let dir = tempfile::tempdir().unwrap();
    let count = INSTANCES.to_string();
    let options = [
        "stamp",
        "legacy",
        "--max-instances",
        &count,
        "--instance-concurrency",
        "1",
    ];
    let served = serve(dir.path(), &options);
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 7\r\n\r\n";
    let mut streams: Vec<_> = (0..INSTANCES - 1)
        .map(|_| TcpStream::connect(served.address()).unwrap())
        .collect();
    // A client leaves a quarter of the instances to others.
    for stream in &mut streams {
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
    }
    // `legacy` responds before it has the content, so all requests are in instances at the same time.
    for stream in &mut streams {
        let mut head = [0; 15];
        stream.read_exact(&mut head).unwrap();
        assert_eq!(&head, b"HTTP/1.1 200 OK");
    }
    for mut stream in streams {
        stream.write_all(b"content").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        assert!(response.contains("content"), "{response}");
    }
}

#[test]
fn members_of_0_3_have_an_environment_and_side_calls_of_0_2() {
    let dir = tempfile::tempdir().unwrap();
    let hello = serve(dir.path(), &["hello"]);
    let allow = format!("beside={}", host(&hello));
    let options = [
        "beside",
        "hello",
        "--env",
        "beside:LEVEL=debug",
        "--allow",
        &allow,
    ];
    let served = serve(dir.path(), &options);
    assert_eq!(answer(&served, "/", &host(&hello)), "200 x-level=debug 200");
    assert_eq!(
        answer(&served, "/", "example.org"),
        "200 x-level=debug ErrorCode::HttpRequestDenied"
    );
    served.logs(&[
        "printed beside",
        r#""member":"beside""#,
        r#""stream":"stderr""#,
    ]);
}

#[test]
fn side_calls_lead_to_services_of_either_version() {
    let dir = tempfile::tempdir().unwrap();
    let (legacy, hello) = (file(dir.path(), "legacy"), file(dir.path(), "hello"));
    let (legacy, hello) = (legacy.display(), hello.display());
    let served = serve(
        dir.path(),
        &["legacy", "--client", &format!("legacy={hello}")],
    );
    assert_eq!(answer(&served, "/ask", "anything"), "200 200 hello");
    // One service is linked to `gate`, and called by the host on behalf of `beside`.
    let members = ["gate", "beside", "legacy"];
    let served = serve(
        dir.path(),
        &[&members[..], &["--client", &format!("*={hello}")]].concat(),
    );
    assert_eq!(answer(&served, "/", "anything"), "200 x-level=none 200");
    let served = serve(dir.path(), &["legacy", "--client", "legacy=deny"]);
    assert_eq!(answer(&served, "/ask", "anything"), "403 Forbidden");
    let served = serve(
        dir.path(),
        &["beside", "hello", "--client", &format!("beside={legacy}")],
    );
    assert_eq!(answer(&served, "/", "anything"), "200 x-level=none 200");
}

#[test]
fn a_service_of_wasi_0_2_in_the_middle_is_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let (legacy, hello) = (file(dir.path(), "legacy"), file(dir.path(), "hello"));
    let mut serve = witgen_serve(&["--listen", "127.0.0.1:0"]);
    let output = serve.args([legacy, hello]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.contains("`legacy` is a service and imports no next hop"),
        "{stderr}"
    );
}
