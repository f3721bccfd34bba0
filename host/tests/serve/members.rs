//! `witgen-serve` over real sockets: what each member of a chain has for itself.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use testkit::components::of_wit;
use testkit_serve::serve::{TIMEOUT, client, serve, witgen_serve};

#[test]
fn output_and_environment_are_each_members_own() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "first=talker",
        "second=talker",
        "hello",
        "--env",
        "first:A=1",
        "--env",
        "first:B=2",
        "--env",
        "second:A=3",
    ];
    let chain = serve(dir.path(), &args);
    let response = client().get(format!("{}/path", chain.url)).call().unwrap();
    let variables: Vec<_> = response.headers().get_all("x-environment").iter().collect();
    // The inner one answers first.
    assert_eq!(variables, ["A=3", "A=1,B=2"]);
    for member in ["first", "second"] {
        let member = format!("\"member\":\"{member}\"");
        chain.logs(&[
            &member,
            "\"stream\":\"stdout\"",
            "\"message\":\"asked /path\"",
        ]);
        chain.logs(&[
            &member,
            "\"stream\":\"stderr\"",
            "\"message\":\"warned of /path\"",
        ]);
    }
}

#[test]
fn interfaces_under_labels_of_an_author_are_the_members_own() {
    let dir = tempfile::tempdir().unwrap();
    // Members whose names begin alike.
    let origin = serve(dir.path(), &["hello"]);
    let host = origin.address().to_owned();
    let allowed = format!("mine={host}");
    let args = [
        "mi=talker",
        "mine=labels",
        "--env",
        "mine:COLOR=green",
        "--env",
        "mi:COLOR=red",
        "--allow",
        &allowed,
        "--allow-address",
        "127.0.0.0/8",
    ];
    let chain = serve(dir.path(), &args);
    let content = |path: &str| {
        let request = client().get(format!("{}{path}", chain.url)).header("x-ask", &host);
        let mut response = request.call().unwrap();
        response.body_mut().read_to_string().unwrap()
    };
    for (path, expected) in [
        ("/clock", "waited: true"),
        ("/dice", "8 bytes"),
        ("/print", "printed: true"),
        ("/variables", "COLOR=green"),
        ("/ask", "hello"),
    ] {
        assert_eq!(content(path).trim_end(), expected);
    }
    chain.logs(&[
        "\"member\":\"mine\"",
        "\"stream\":\"stdout\"",
        "\"message\":\"printed by a label\"",
    ]);
}

#[test]
fn imports_that_no_label_can_stand_for_are_rejected_before_anything_is_compiled() {
    let dir = tempfile::tempdir().unwrap();
    // Versions beside the newest, with interfaces that the package of this repository doesn't have.
    let wasi = "package wasi:cli@0.3.0 {
            interface exit { exit: func(status: result); }
            interface terminal-output { resource terminal-output; }
            interface terminal-stdout {
                use terminal-output.{terminal-output};
                get-terminal-stdout: func() -> option<terminal-output>;
            }
        }
        package wasi:clocks@0.3.0 {
            interface timezone { iana-id: func() -> option<string>; }
        }";
    let write = |imports: &str| {
        let world = format!("world member {{ include wasi:http/service@0.3.1002; {imports} }}");
        let path = dir.path().join("mine.wasm");
        std::fs::write(
            &path,
            of_wit(&format!("package test:member;\n{world}\n{wasi}")),
        )
        .unwrap();
        path.display().to_string()
    };
    for import in [
        "my-types: wasi:http/types@0.3.1002",
        "here: wasi:clocks/timezone@0.3.0",
    ] {
        let file = write(&format!("import {import};"));
        let output = witgen_serve(&[&file, "--listen", "127.0.0.1:0"]).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        let expected = format!("mine imports `{import}`");
        assert!(
            message.contains("missing-import") && message.contains(&expected),
            "{message}"
        );
        assert!(!message.contains("compiling"), "{message}");
    }
    // These are served, whatever the label is.
    for imports in [
        "import leave: wasi:cli/exit@0.3.0;",
        "import terminal: wasi:cli/terminal-stdout@0.3.0;",
        "import wasi:cli/exit@0.3.0;",
        "import day: wasi:clocks/system-clock@0.3.2; import out: wasi:cli/stderr@0.3.2;",
        "import seed: wasi:random/insecure-seed@0.3.2;",
    ] {
        serve(dir.path(), &[&write(imports)]);
    }
}

/// The number of a field in a line of the log, which is JSON.
fn number(line: &str, field: &str) -> u64 {
    let start = line.find(&format!("\"{field}\":")).unwrap() + field.len() + 3;
    let digits: String = line[start..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn a_member_that_floods_the_log_is_limited_and_the_rest_is_counted() {
    const LINES: u64 = 100_000;
    let dir = tempfile::tempdir().unwrap();
    for (args, max_lines) in [(&[][..], 1000), (&["--max-output-lines", "10"][..], 10)] {
        let begin = Instant::now();
        let chain = serve(
            dir.path(),
            &[&["loud=talker", "quiet=talker", "hello"][..], args].concat(),
        );
        client().get(format!("{}/flood", chain.url)).call().unwrap();
        for member in ["loud", "quiet"] {
            let member = format!("\"member\":\"{member}\"");
            let of_member = || -> Vec<_> {
                let log = chain.log().into_iter().filter(|line| line.contains(&member));
                log.filter(|line| line.contains("\"target\":\"output\"")).collect()
            };
            // One line more on stderr.
            let count = || {
                let lines = of_member();
                let is_count = |line: &&String| line.contains("\"message\":\"omitted ");
                let (counts, written): (Vec<_>, Vec<_>) = lines.iter().partition(is_count);
                let omitted: u64 = counts.iter().map(|line| number(line, "lines")).sum();
                (written.len() as u64, omitted)
            };
            while count().0 + count().1 < LINES + 1 {
                assert!(begin.elapsed() < 2 * TIMEOUT, "{:?}", count());
                thread::sleep(Duration::from_millis(100));
            }
            let (written, omitted) = count();
            assert_eq!(written + omitted, LINES + 1);
            let seconds = begin.elapsed().as_secs() + 1;
            assert!(written >= max_lines && omitted > 0, "{written} lines");
            assert!(written <= max_lines * seconds, "{written} lines");
        }
    }
}

#[test]
fn a_log_for_people_has_no_control_characters() {
    let dir = tempfile::tempdir().unwrap();
    let chain = serve(dir.path(), &["talker", "hello", "--log", "human"]);
    let mut stream = TcpStream::connect(chain.address()).unwrap();
    let request = "GET /a\u{202e}b\u{2028}c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    client().get(format!("{}/controls", chain.url)).call().unwrap();
    chain.logs(&["GET /a\\u{202e}b\\u{2028}c"]);
    chain.logs(&[
        " output: a\\rb\\0c\\u{b}d\\u{202e}e\\u{2028}f member=\"talker\" stream=\"stdout\"",
    ]);
    let is_raw =
        |character: char| character.is_control() || matches!(character, '\u{2028}'..='\u{202e}');
    let log = chain.log();
    assert!(!log.iter().any(|line| line.contains(is_raw)), "{log:#?}");
}

#[test]
fn what_a_member_has_no_use_for_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "talker",
        "gate",
        "hello",
        "--allow",
        "hello=a.example",
        "--env",
        "gate:A=1",
    ];
    let used = ["--allow", "gate=a.example", "--env", "talker:A=1"];
    let chain = serve(dir.path(), &[&args[..], &used].concat());
    let has = |member: &str, option: &str| {
        let is_so = |line: &String| {
            line.contains(&format!("\"member\":\"{member}\"")) && line.contains(option)
        };
        chain.log().iter().any(is_so)
    };
    chain.logs(&["\"target\":\"server\"", "listening on"]);
    assert!(has("hello", "--allow has no effect") && has("gate", "--env has no effect"));
    assert!(!has("gate", "--allow") && !has("talker", "--env"));
}

/// A server that answers each connection with this.
fn server(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 1000]);
                let length = answer.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
                );
                let _ = stream.write_all([head.as_str(), answer].concat().as_bytes());
            });
        }
    });
    port
}

#[test]
fn each_member_asks_whom_it_may_and_denials_tell_whose_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let port = server("told");
    let allow = [
        format!("asker=localhost:{port}"),
        format!("127.0.0.1:{port}"),
        "named.localhost".to_owned(),
    ];
    let args = [
        "other=fanout",
        "asker=fanout",
        "hello",
        "--allow",
        &allow[0],
        "--allow",
        &allow[1],
        "--allow",
        &allow[2],
        "--admin",
        "127.0.0.1:0",
    ];
    let chain = serve(dir.path(), &args).with_admin();
    let ask = |hosts: &str| {
        let mut response = client().get(&chain.url).header("x-ask", hosts).call().unwrap();
        response.body_mut().read_to_string().unwrap()
    };
    // The outer one answers, and has no rule of its own.
    let text = ask(&format!(
        "127.0.0.1:{port}, localhost:{port}, 127.0.0.1:1, example.com"
    ));
    let denied = "ErrorCode::HttpRequestDenied";
    let answers: Vec<_> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(answers, ["told", denied, denied, denied]);
    chain.logs(&[
        "\"target\":\"side-call\"",
        "\"member\":\"other\"",
        "\"host\":\"example.com\"",
        "denied",
    ]);
    assert_eq!(
        chain.metric("witgen_side_calls_total{member=\"other\",outcome=\"denied\"}"),
        3.0
    );
    assert_eq!(
        chain.metric("witgen_side_calls_total{member=\"other\",outcome=\"answered\"}"),
        1.0
    );
    assert_eq!(
        chain.metric("witgen_side_calls_total{member=\"asker\",outcome=\"denied\"}"),
        0.0
    );
    assert!(chain.metrics().contains("witgen_traps_total{member=\"hello\"} 0"));
    chain.logs(&["\"target\":\"access\"", "\"side_calls\":4"]);
}

#[test]
fn names_that_lead_into_this_machine_are_no_way_in() {
    let dir = tempfile::tempdir().unwrap();
    let port = server("secret");
    let ask = |args: &[&str]| {
        let mut all = vec!["fanout", "hello"];
        all.extend(args);
        let chain = serve(dir.path(), &all);
        let host = format!(
            "localhost:{port}, 127.0.0.1:{port}, [::ffff:127.0.0.1]:{port}, 169.254.169.254"
        );
        let mut response = client().get(&chain.url).header("x-ask", host).call().unwrap();
        let answers = response.body_mut().read_to_string().unwrap();
        let logged = chain.logs(&["\"target\":\"side-call\"", "169.254.169.254"]);
        assert!(
            logged.contains("no --allow-address includes it"),
            "{logged}"
        );
        answers
            .lines()
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let prohibited = "ErrorCode::DestinationIpProhibited";
    assert_eq!(ask(&["--allow-all"]), [prohibited; 4]);
    let named = ask(&["--allow-all", "--allow-address", "127.0.0.0/8"]);
    assert_eq!(named[..2], ["secret", "secret"]);
    assert_eq!(named[3], prohibited);
}

#[test]
fn the_log_explains_a_trap_of_a_member_that_receives_its_own_trailers() {
    let dir = tempfile::tempdir().unwrap();
    let chain = serve(dir.path(), &["rewrite", "mirror"]);
    chain.logs(&[
        "\"target\":\"chain\"",
        "`mirror` returns the body of its request: if `rewrite` has written",
    ]);
    let url = format!("{}/", chain.url);
    // The head of the response has been sent when the member traps.
    let mut response = client().post(&url).send("content").unwrap();
    assert!(response.body_mut().read_to_string().is_err());
    chain.logs(&[
        "\"target\":\"trap\"",
        "\"member\":\"rewrite\"",
        "a service after it may return the request's body",
    ]);
}

#[test]
fn with_one_request_in_an_instance_a_trap_costs_its_own_alone() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "front=stamp",
        "worker=bad",
        "--instance-concurrency",
        "1",
        "--instance-requests",
        "1",
        "--admin",
        "127.0.0.1:0",
    ];
    let chain = serve(dir.path(), &args).with_admin();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let url = chain.url.clone();
            thread::spawn(move || {
                let client = client();
                let mut failed = Vec::new();
                for n in 0..50 {
                    let is_bad = n % 10 == 0;
                    let path = if is_bad { "/panic" } else { "/good" };
                    let response = client.get(format!("{url}{path}")).call().unwrap();
                    let expected = if is_bad { 500 } else { 200 };
                    if response.status() != expected {
                        failed.push((path, response.status()));
                    }
                }
                failed
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), []);
    }
    assert_eq!(chain.metric("witgen_traps_total{member=\"worker\"}"), 20.0);
    assert_eq!(chain.metric("witgen_traps_total{member=\"front\"}"), 0.0);
    assert_eq!(chain.metric("witgen_requests_total{status=\"200\"}"), 180.0);
    assert_eq!(chain.metric("witgen_requests_total{status=\"500\"}"), 20.0);
}

#[test]
fn a_route_is_for_those_whom_a_rule_names() {
    let dir = tempfile::tempdir().unwrap();
    let route = format!("stand.example=http://127.0.0.1:{}", server("told"));
    let ask = |args: &[&str], host: &str| {
        let mut all = vec!["asker=fanout", "hello", "--route", &route];
        all.extend(args);
        let chain = serve(dir.path(), &all);
        let mut response = client().get(&chain.url).header("x-ask", host).call().unwrap();
        response.body_mut().read_to_string().unwrap()
    };
    assert_eq!(ask(&[], "stand.example"), "told");
    assert_eq!(ask(&[], "STAND.example.:8080"), "told");
    let rule = ["--allow", "asker=stand.example:80"];
    assert_eq!(ask(&rule, "stand.example"), "told");
    let denied = "ErrorCode::HttpRequestDenied";
    assert!(ask(&rule, "stand.example:8080").starts_with(denied));
    assert!(ask(&["--allow", "hello=stand.example"], "stand.example").starts_with(denied));
}

#[test]
fn a_log_that_nobody_reads_holds_nobody_up() {
    let dir = tempfile::tempdir().unwrap();
    let hello = testkit_serve::serve::file(dir.path(), "hello");
    for is_closed in [true, false] {
        let mut command = testkit_serve::serve::witgen_serve(&[
            hello.to_str().unwrap(),
            "--listen",
            "127.0.0.1:0",
        ]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap();
        let stderr = child.stderr.take().unwrap();
        // Closed, or full: it takes a few hundred lines.
        let kept = (!is_closed).then_some(stderr);
        let client = client();
        for _ in 0..600 {
            assert_eq!(client.get(url).call().unwrap().status(), 200);
        }
        drop(kept);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
