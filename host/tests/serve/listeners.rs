//! `witgen-serve` with several listeners: addresses, Unix sockets, and sockets that systemd has opened.

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use testkit_serve::serve::{Served, TIMEOUT, client, file, program, serve, witgen_serve};

/// Sends a request to a Unix socket, and returns the response.
pub fn get(socket: &Path, path: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

/// The option's value for a Unix socket.
fn unix(path: &Path) -> String {
    format!("unix:{}", path.display())
}

/// Runs a server that can't start, and returns what it reports.
fn refusal(args: &[&str]) -> String {
    let output = witgen_serve(args).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    stderr
}

#[test]
fn requests_are_served_at_every_listener_until_it_stops() {
    let dir = tempfile::tempdir().unwrap();
    let (socket, admin) = (dir.path().join("a.sock"), dir.path().join("admin.sock"));
    let args = [
        "stamp",
        "hello",
        "--listen",
        "127.0.0.1:0",
        "--listen",
        &unix(&socket),
        "--admin",
        &unix(&admin),
    ];
    let mut served = serve(dir.path(), &args).with_other_urls(2).with_admin();
    let urls = served.other_urls.clone();
    assert_eq!(urls[1], unix(&socket));
    for url in [&served.url, &urls[0]] {
        let mut response = client().get(url).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello\n");
    }
    let response = get(&socket, "/here").unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.ends_with("hello\n"), "{response}");
    served.logs(&["\"path\":\"/here\"", "\"client\":\"unix\""]);
    assert!(get(&admin, "/readyz").unwrap().ends_with("ready\n"));
    assert_eq!((mode(&socket), mode(&admin)), (0o660, 0o660));
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
    assert!(!socket.exists() && !admin.exists());
}

#[test]
fn the_mode_of_a_unix_socket_can_be_chosen() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("a.sock");
    let args = ["hello", "--listen", &unix(&socket), "--unix-mode", "0606"];
    let _served = serve(dir.path(), &args).with_other_urls(1);
    assert_eq!(mode(&socket), 0o606);
}

#[test]
fn only_the_socket_of_a_process_that_has_ended_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    let hello = hello.to_str().unwrap();
    let path = |name: &str| dir.path().join(name);

    // A process that was killed leaves its socket.
    let killed = path("killed.sock");
    drop(serve(dir.path(), &["hello", "--listen", &unix(&killed)]).with_other_urls(1));
    assert!(fs::symlink_metadata(&killed).unwrap().file_type().is_socket());
    assert!(get(&killed, "/").is_err());
    let served = serve(dir.path(), &["hello", "--listen", &unix(&killed)]).with_other_urls(1);
    assert!(get(&killed, "/").unwrap().ends_with("hello\n"));

    fs::write(path("text"), "kept").unwrap();
    fs::create_dir(path("dir")).unwrap();
    symlink(&killed, path("link")).unwrap();
    symlink(path("nowhere"), path("dangling")).unwrap();
    let _datagram = UnixDatagram::bind(path("datagram")).unwrap();
    let busy = UnixListener::bind(path("busy")).unwrap();
    for (name, why) in [
        ("text", "the file exists and is not a socket"),
        ("dir", "the file exists and is not a socket"),
        ("link", "the file exists and is not a socket"),
        ("dangling", "the file exists and is not a socket"),
        ("datagram", "can't check whether a process uses it"),
        ("busy", "another process listens on it"),
        ("killed.sock", "another process listens on it"),
        ("none/a.sock", "create the directory first"),
        (&"long".repeat(40), "100 bytes at most"),
    ] {
        let before = fs::symlink_metadata(path(name)).ok().map(|file| file.file_type());
        let option = unix(&path(name));
        let stderr = refusal(&[hello, "--listen", &option, "--log", "human"]);
        assert!(
            stderr.starts_with("error[cannot-listen]: cannot listen on unix:"),
            "{stderr}"
        );
        assert!(stderr.contains(why), "{name}: {stderr}");
        assert!(
            stderr.contains(&format!("--> --listen {option}")),
            "{stderr}"
        );
        let after = fs::symlink_metadata(path(name)).ok().map(|file| file.file_type());
        assert_eq!(before, after, "{name}");
    }
    assert_eq!(fs::read_to_string(path("text")).unwrap(), "kept");
    assert!(get(&killed, "/").unwrap().ends_with("hello\n"));
    drop((busy, served));
}

#[test]
fn the_socket_of_a_successor_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("a.sock");
    let mut first = serve(dir.path(), &["hello", "--listen", &unix(&socket)]).with_other_urls(1);
    fs::remove_file(&socket).unwrap();
    let second = serve(dir.path(), &["hello", "--listen", &unix(&socket)]).with_other_urls(1);
    first.signal("TERM");
    assert_eq!(first.end(), Some(0));
    assert!(get(&socket, "/").unwrap().ends_with("hello\n"));
    drop(second);
}

#[test]
fn every_address_that_is_taken_is_reported_and_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let (free, busy) = (dir.path().join("free.sock"), dir.path().join("busy.sock"));
    let _busy = UnixListener::bind(&busy).unwrap();
    let stderr = refusal(&[
        hello.to_str().unwrap(),
        "--listen",
        &taken,
        "--listen",
        &unix(&free),
        "--admin",
        &unix(&busy),
        "--log",
        "human",
    ]);
    assert!(
        stderr.contains(&format!("--> --listen {taken}")),
        "{stderr}"
    );
    assert!(
        stderr.contains(&format!("--> --admin {}", unix(&busy))),
        "{stderr}"
    );
    assert!(!free.exists());
}

#[test]
fn a_server_that_drains_accepts_connections_at_all_listeners() {
    let dir = tempfile::tempdir().unwrap();
    let (socket, admin) = (dir.path().join("a.sock"), dir.path().join("admin.sock"));
    let args = [
        "hello",
        "--listen",
        "127.0.0.1:0",
        "--listen",
        &unix(&socket),
        "--admin",
        &unix(&admin),
        "--drain-delay",
        "3s",
    ];
    let mut served = serve(dir.path(), &args).with_other_urls(2).with_admin();
    let other = served.other_urls[0].clone();
    served.signal("TERM");
    served.logs(&["shutting down: not ready, but connections are accepted for 3s"]);
    assert!(get(&admin, "/readyz").unwrap().ends_with("not ready\n"));
    for url in [&served.url, &other] {
        assert_eq!(client().get(url).call().unwrap().status(), 200);
    }
    assert!(get(&socket, "/").unwrap().ends_with("hello\n"));
    assert_eq!(served.end(), Some(0));
    assert!(!socket.exists());
    assert!(client().get(&other).call().is_err());
}

#[test]
fn requests_at_all_listeners_are_completed_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("a.sock");
    let mut served = serve(dir.path(), &["echo", "--listen", &unix(&socket)]).with_other_urls(1);
    let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 8\r\n\r\n";
    let mut tcp = std::net::TcpStream::connect(served.address()).unwrap();
    let mut unix = UnixStream::connect(&socket).unwrap();
    for stream in [&mut tcp as &mut dyn Write, &mut unix] {
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(b"ques").unwrap();
    }
    let mut begun = [0; 15];
    tcp.read_exact(&mut begun).unwrap();
    unix.read_exact(&mut begun).unwrap();
    served.signal("TERM");
    served.logs(&["shutting down"]);
    for stream in [&mut tcp as &mut dyn ReadWrite, &mut unix] {
        stream.write_all(b"tion").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        assert!(response.ends_with("question"), "{response}");
    }
    assert_eq!(served.end(), Some(0));
}

trait ReadWrite: Read + Write {}

impl<S: Read + Write> ReadWrite for S {}

/// Starts a server with sockets as systemd passes them: from descriptor 3 on, with these names.
pub(super) fn activated(sockets: &[&dyn std::os::fd::AsFd], names: &str, args: &[&str]) -> Command {
    // A shell passes them on, since Rust closes what its children don't know of.
    let duplicates: Vec<_> = sockets
        .iter()
        .map(|socket| rustix::io::fcntl_dupfd_cloexec(socket.as_fd(), 100).unwrap())
        .collect();
    for duplicate in &duplicates {
        rustix::io::fcntl_setfd(duplicate, rustix::io::FdFlags::empty()).unwrap();
    }
    let mut script = String::new();
    for (index, duplicate) in duplicates.iter().enumerate() {
        use std::os::fd::AsRawFd as _;
        script += &format!("exec {}<&{}; ", index + 3, duplicate.as_raw_fd());
    }
    script += "export LISTEN_PID=$$; exec \"$@\"";
    let mut command = Command::new("bash");
    command.args(["-c", &script, "bash"]).arg(program());
    command.arg("--no-code-cache").args(args);
    command.env("LISTEN_FDS", sockets.len().to_string());
    if !names.is_empty() {
        command.env("LISTEN_FDNAMES", names);
    }
    // They stay open until the command has been started.
    std::mem::forget(duplicates);
    command
}

#[test]
fn sockets_of_systemd_are_served() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    let hello = hello.to_str().unwrap();
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let path = dir.path().join("a.sock");
    let unix_socket = UnixListener::bind(&path).unwrap();
    let admin = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let sockets = [&tcp as &dyn std::os::fd::AsFd, &admin, &unix_socket];
    let args = [hello, "--listen", "systemd", "--admin", "systemd:admin"];
    let served = Served::of(activated(&sockets, "web:admin:web", &args));
    let mut served = served.with_other_urls(1).with_admin();
    assert_eq!(served.url, format!("http://{}", tcp.local_addr().unwrap()));
    assert_eq!(served.other_urls, [unix(&path)]);
    assert_eq!(client().get(&served.url).call().unwrap().status(), 200);
    assert!(get(&path, "/").unwrap().ends_with("hello\n"));
    assert_eq!(served.metric("witgen_requests_total{status=\"200\"}"), 2.0);
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
    // It is systemd's.
    assert!(path.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn sockets_that_systemd_has_not_opened_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    let hello = hello.to_str().unwrap();
    let stderr = refusal(&[hello, "--listen", "systemd", "--log", "human"]);
    assert!(
        stderr.contains("systemd has opened no socket for this process"),
        "{stderr}"
    );
    assert!(stderr.contains("--> --listen systemd\n"), "{stderr}");
    for count in ["0", "-1", "many", "99999999999999"] {
        let mut command = witgen_serve(&[hello, "--listen", "systemd"]);
        let output = command.env("LISTEN_FDS", count).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{count}: {stderr}");
        assert!(
            stderr.contains("systemd has opened no socket"),
            "{count}: {stderr}"
        );
    }

    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let connected = std::net::TcpStream::connect(tcp.local_addr().unwrap()).unwrap();
    let datagram = UnixDatagram::unbound().unwrap();
    let text = fs::File::open(hello).unwrap();
    let sockets = [&tcp as &dyn std::os::fd::AsFd, &connected, &datagram, &text];
    for (args, parts) in [
        (&["--listen", "systemd:other"][..], "with the name `other`"),
        (
            &["--listen", "systemd:other"],
            "the sockets are `a`, `b`, `c`, `d`",
        ),
        (
            &["--listen", "systemd:b"],
            "cannot listen on systemd:b: the socket doesn't listen",
        ),
        (
            &["--listen", "systemd:c"],
            "cannot listen on systemd:c: fd 5 is not a valid",
        ),
        (
            &["--listen", "systemd:d"],
            "cannot listen on systemd:d: fd 6 is not a socket",
        ),
        (
            &["--listen", "systemd:a", "--listen", "systemd:a"],
            "systemd has opened no further socket with the name `a`",
        ),
    ] {
        let args = [&[hello, "--log", "human"], args].concat();
        let output = activated(&sockets, "a:b:c:d", &args).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(parts), "{args:?}: {stderr}");
    }
    let args = [hello, "--listen", "127.0.0.1:0", "--admin", "systemd"];
    let output = activated(&[&tcp, &tcp], "a:b", &args).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("systemd has opened 2 sockets"), "{stderr}");
}

/// Where there is no systemd, the other tests have to do.
#[test]
fn systemd_socket_activate_starts_it() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    let free: PathBuf = dir.path().join("a.sock");
    let mut command = Command::new("systemd-socket-activate");
    command.arg("--listen").arg(&free).args(["--fdname", "web"]);
    command
        .arg(program())
        .arg(&hello)
        .args(["--listen", "systemd:web", "--no-code-cache"]);
    let mut child = match command.stdout(std::process::Stdio::null()).spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => panic!("{error}"),
    };
    let begin = Instant::now();
    // The first connection starts it.
    while !get(&free, "/").is_ok_and(|response| response.ends_with("hello\n")) {
        assert!(begin.elapsed() < TIMEOUT);
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
