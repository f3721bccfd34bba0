//! What `witgen-serve` tells a service manager, by the protocol of sd_notify(3).

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use testkit_serve::component;
use testkit_serve::serve::{Served, TIMEOUT, client, file, witgen_serve};

/// A service manager.
struct Manager(UnixDatagram);

impl Manager {
    fn listen(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        Manager(socket)
    }

    /// The next message.
    fn message(&self) -> String {
        let mut bytes = [0; 4096];
        let count = self.0.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..count].to_vec()).unwrap()
    }

    /// The next message that isn't one for the watchdog.
    fn state(&self) -> String {
        loop {
            let message = self.message();
            if message != "WATCHDOG=1" {
                return message;
            }
        }
    }
}

/// Starts `hello` for a service manager.
fn start(dir: &Path, manager: &str, variables: &[(&str, &str)]) -> Served {
    let hello = file(dir, "hello");
    let mut command = witgen_serve(&[hello.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", manager).envs(variables.iter().copied());
    Served::of(command)
}

#[test]
fn a_service_manager_is_told_of_starts_reloads_and_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let manager = Manager::listen(&path);
    let mut served = start(dir.path(), path.to_str().unwrap(), &[]);
    assert_eq!(manager.state(), "STATUS=loading the components");
    let ready = format!("READY=1\nSTATUS=listening on {}", served.url);
    assert_eq!(manager.state(), ready);
    assert_eq!(client().get(&served.url).call().unwrap().status(), 200);

    served.signal("HUP");
    let reloading = manager.state();
    let time = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
    let (time, status) = time.split_once('\n').unwrap();
    assert_eq!(status, "STATUS=reloading");
    // The clock that systemd compares it with.
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic).tv_sec;
    let seconds = time.parse::<i64>().unwrap() / 1_000_000;
    assert!(
        (seconds - 60..=seconds + 60).contains(&now),
        "{now}: {time}"
    );
    assert_eq!(manager.state(), ready);

    // A reload that is refused ends too.
    fs::write(file(dir.path(), "hello"), "no component").unwrap();
    served.signal("HUP");
    assert!(manager.state().starts_with("RELOADING=1\n"));
    assert_eq!(
        manager.state(),
        format!("{ready}; the last reload was refused")
    );
    fs::write(file(dir.path(), "hello"), component("hello")).unwrap();
    served.signal("HUP");
    assert!(manager.state().starts_with("RELOADING=1\n"));
    assert_eq!(manager.state(), ready);

    served.signal("TERM");
    assert!(manager.state().starts_with("STOPPING=1\n"));
    assert_eq!(served.end(), Some(0));
}

#[test]
fn a_watchdog_is_told_twice_in_its_time_unless_it_is_another_ones() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let manager = Manager::listen(&path);
    let name = path.to_str().unwrap();
    let served = start(dir.path(), name, &[("WATCHDOG_USEC", "200000")]);
    // Messages that have come until now wait to be read.
    manager.0.set_nonblocking(true).unwrap();
    while manager.0.recv(&mut [0; 4096]).is_ok() {}
    manager.0.set_nonblocking(false).unwrap();
    let begin = Instant::now();
    for _ in 0..10 {
        while manager.message() != "WATCHDOG=1" {}
    }
    assert!(
        begin.elapsed() >= Duration::from_millis(800),
        "{:?}",
        begin.elapsed()
    );
    drop(served);

    let other = process::id().to_string();
    let path = dir.path().join("other");
    let manager = Manager::listen(&path);
    let variables = [("WATCHDOG_USEC", "1000"), ("WATCHDOG_PID", &*other)];
    let _served = start(dir.path(), path.to_str().unwrap(), &variables);
    assert_eq!(manager.message(), "STATUS=loading the components");
    assert!(manager.message().starts_with("READY=1\n"));
    manager.0.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(manager.0.recv(&mut [0; 100]).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn a_service_manager_may_have_an_abstract_socket() {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::SocketAddr;
    let dir = tempfile::tempdir().unwrap();
    let name = format!("witgen-test-{}", process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let manager = Manager(UnixDatagram::bind_addr(&address).unwrap());
    manager.0.set_read_timeout(Some(TIMEOUT)).unwrap();
    let _served = start(dir.path(), &format!("@{name}"), &[]);
    assert_eq!(manager.state(), "STATUS=loading the components");
    assert!(manager.state().starts_with("READY=1\n"));
}

#[test]
fn a_service_manager_that_is_gone_or_does_not_read_holds_nothing_up() {
    let dir = tempfile::tempdir().unwrap();
    let gone = dir.path().join("gone");
    drop(UnixDatagram::bind(&gone).unwrap());
    let served = start(dir.path(), gone.to_str().unwrap(), &[]);
    served.logs(&[
        "\"level\":\"WARN\"",
        "cannot send messages to the service manager",
    ]);
    assert_eq!(client().get(&served.url).call().unwrap().status(), 200);

    let served = start(dir.path(), "vsock:2:1234", &[]);
    served.logs(&["\"level\":\"WARN\"", "NOTIFY_SOCKET is not a path"]);

    let path = dir.path().join("unread");
    let _manager = Manager::listen(&path);
    let variables = [("WATCHDOG_USEC", "2000")];
    let mut served = start(dir.path(), path.to_str().unwrap(), &variables);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(client().get(&served.url).call().unwrap().status(), 200);
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
}
