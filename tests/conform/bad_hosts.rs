//! Hosts that misbehave: each is bounded in time, cleaned up, and named in the report. The host's process is a shell; who listens
//! is the test.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use witgen::conform::{self, Case, Options, Outcome, Profile, Report, Suite};

const READY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\nready\n";

fn shell(script: &str) -> Profile {
    Profile::of_command(["sh", "-c", script].map(str::to_owned).into(), &[])
}

/// Two cases on one component, over one protocol.
fn cases() -> Vec<Case> {
    let mut cases = conform::cases(Suite::Host).unwrap();
    cases.retain(|case| ["fields/append", "fields/set"].contains(&case.name.as_str()));
    for case in &mut cases {
        case.versions.truncate(1);
        case.protocols.truncate(1);
    }
    cases
}

fn run(profile: &Profile) -> Report {
    let mut options = Options::default();
    options.start_timeout = Duration::from_secs(2);
    options.timeout = Duration::from_millis(500);
    let begin = Instant::now();
    let report = conform::host(profile, &cases(), &options).unwrap();
    assert!(
        begin.elapsed() < Duration::from_secs(60),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(report.cases.len(), 2);
    assert!(report.has_findings());
    report
}

/// Returns why each case fails.
fn reasons(report: &Report) -> Vec<String> {
    let reasons = report.cases.iter().map(|case| match case.outcome() {
        Outcome::Fail(reason) => reason.clone(),
        outcome => format!("{outcome:?}"),
    });
    reasons.collect()
}

/// Answers each connection as the function says, which is told how many there were before.
fn listen(answer: impl Fn(usize, &mut TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut requests = 0;
        for mut stream in listener.incoming().flatten() {
            // Who only looks whether somebody listens sends nothing.
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut head = [0; 16 << 10];
            if stream.read(&mut head).is_ok_and(|length| length > 0) {
                answer(requests, &mut stream);
                requests += 1;
            }
        }
    });
    port
}

#[test]
fn a_program_that_is_missing_is_named() {
    let profile = Profile::of_command(vec!["no-such-host".to_owned()], &[]);
    let expected = "the host can't be run: `no-such-host`: there is no such program";
    assert_eq!(reasons(&run(&profile)), [expected, expected]);
}

#[test]
fn a_host_that_ends_at_once_is_named_with_its_status() {
    for reason in reasons(&run(&shell("exit 3"))) {
        assert_eq!(reason, "the host ended before it listened (exit status: 3)");
    }
}

#[test]
fn a_host_that_listens_elsewhere_is_ended_after_the_timeout() {
    for reason in reasons(&run(&shell("sleep 300"))) {
        assert_eq!(
            reason,
            "the host doesn't listen on the address that it was given within 2 s"
        );
    }
}

#[test]
fn a_host_that_hangs_is_named() {
    let mut profile = shell("sleep 300");
    profile.port = Some(listen(|_, _| thread::sleep(Duration::from_secs(1))));
    for reason in reasons(&run(&profile)) {
        assert!(
            reason.starts_with("the host doesn't respond to a first request"),
            "{reason}"
        );
    }
}

#[test]
fn a_host_that_answers_garbage_is_shown_with_what_it_sent() {
    let mut profile = shell("sleep 300");
    profile.port = Some(listen(|requests, stream| {
        let answer = if requests == 0 {
            READY
        } else {
            b"GARBAGE\r\n\r\n"
        };
        stream.write_all(answer).unwrap();
    }));
    for reason in reasons(&run(&profile)) {
        assert!(reason.contains("GARBAGE"), "{reason}");
    }
}

#[test]
fn a_host_that_dies_midway_is_started_again() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("die");
    let script = "while [ ! -e FILE ]; do sleep 0.02; done; rm FILE; echo last words; exit 7";
    let mut profile = shell(&script.replace("FILE", &file.display().to_string()));
    // After each start, the first request asks whether it is ready, and the second one is a case's.
    profile.port = Some(listen(move |requests, stream| {
        if requests % 2 == 0 {
            stream.write_all(READY).unwrap();
            return;
        }
        fs::write(&file, "").unwrap();
        while Path::new(&file).exists() {
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(Duration::from_millis(200));
    }));
    for reason in reasons(&run(&profile)) {
        assert_eq!(
            reason,
            "the host ended during the case (exit status: 7); it wrote last:\n  last words"
        );
    }
}

#[test]
fn processes_that_a_host_leaves_behind_are_ended_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("id");
    // It has left the group of the host.
    let script = format!(
        "setsid sh -c 'echo $$ > {}; exec sleep 300' & exec sleep 300",
        file.display()
    );
    let mut profile = shell(&script);
    let left = file.clone();
    profile.port = Some(listen(move |_, stream| {
        while !fs::read_to_string(&left).is_ok_and(|id| id.ends_with('\n')) {
            thread::sleep(Duration::from_millis(5));
        }
        stream.write_all(READY).unwrap();
    }));
    let report = run(&profile);
    assert_eq!(report.notes, ["the host left a process behind: sleep"]);
    let id = fs::read_to_string(file).unwrap();
    let state = fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
    assert!(
        state.is_empty() || state.contains(") Z "),
        "it runs: {state}"
    );
}

#[test]
fn a_host_that_ignores_the_signal_is_killed_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ignores");
    let script = format!(
        "trap '' TERM; echo > {}; while true; do sleep 0.1; done",
        file.display()
    );
    let mut profile = shell(&script);
    profile.port = Some(listen(move |_, stream| {
        while !file.exists() {
            thread::sleep(Duration::from_millis(5));
        }
        stream.write_all(READY).unwrap();
    }));
    let notes = run(&profile).notes;
    assert_eq!(notes, ["the host didn't end after SIGTERM, and was killed"]);
}
