//! Runs the program `witgen-serve`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The longest wait for a server in a test; test machines are slow, and run other tests meanwhile.
pub const TIMEOUT: Duration = Duration::from_secs(120);

/// A running `witgen-serve`, which is killed when this is dropped.
pub struct Served {
    child: Child,
    /// The URL that it serves at.
    pub url: String,
    /// Where else it serves.
    pub other_urls: Vec<String>,
    log: Arc<Mutex<Vec<String>>>,
    /// The URL of its admin endpoint, if it has one.
    pub admin: Option<String>,
    stdout: Receiver<String>,
}

/// Returns the file of `witgen-serve`.
pub fn program() -> PathBuf {
    assert_cmd::cargo::cargo_bin("witgen-serve")
}

/// Returns a command that runs `witgen-serve` with these arguments.
pub fn witgen_serve(args: &[&str]) -> Command {
    let mut command = Command::new(program());
    // Of the tests, not of the user who runs them. A default cache that can't be used is left out.
    command.env(
        "XDG_CACHE_HOME",
        testkit::toolchain::target_dir().join("caches"),
    );
    command.args(args);
    command
}

/// Writes a component to a directory, and returns its file.
pub fn file(dir: &Path, name: &str) -> PathBuf {
    let file = dir.join(format!("{name}.wasm"));
    if !file.exists() {
        fs::write(&file, crate::component(name)).unwrap();
    }
    file
}

/// Serves components on a free port, outermost first. An argument that is the name of a guest becomes its file.
pub fn serve(dir: &Path, args: &[&str]) -> Served {
    let args: Vec<_> = args
        .iter()
        .map(|arg| {
            let (label, name) =
                arg.split_once('=').map_or((None, *arg), |(label, name)| (Some(label), name));
            let is_guest = crate::guest_names().contains(&name);
            match (is_guest, label) {
                (true, Some(label)) => format!("{label}={}", file(dir, name).display()),
                (true, None) => file(dir, name).display().to_string(),
                (false, _) => (*arg).to_owned(),
            }
        })
        .collect();
    let mut all = vec!["--listen", "127.0.0.1:0"];
    all.extend(args.iter().map(String::as_str));
    Served::of(witgen_serve(&all))
}

impl Served {
    /// Runs a command, and waits until it listens.
    pub fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines, stdout) = channel();
        let reader = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                if lines.send(line).is_err() {
                    return;
                }
            }
        });
        let log = Arc::<Mutex<Vec<String>>>::default();
        let (written, reader) = (log.clone(), BufReader::new(child.stderr.take().unwrap()));
        thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                written.lock().unwrap().push(line);
            }
        });
        let mut served = Served {
            child,
            url: String::new(),
            other_urls: Vec::new(),
            log,
            admin: None,
            stdout,
        };
        let line = served.line().unwrap_or_else(|| panic!("it ended: {:?}", served.log()));
        served.url = line.strip_prefix("listening on ").unwrap().to_owned();
        served
    }

    /// Waits for the next line of its stdout.
    fn line(&self) -> Option<String> {
        match self.stdout.recv_timeout(TIMEOUT) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("it says nothing"),
        }
    }

    /// Reads where else it listens, at so many sockets.
    pub fn with_other_urls(mut self, count: usize) -> Self {
        for _ in 0..count {
            let line = self.line().unwrap();
            self.other_urls.push(line.strip_prefix("listening on ").unwrap().to_owned());
        }
        self
    }

    /// Reads the URL of its admin endpoint.
    pub fn with_admin(mut self) -> Self {
        let line = self.line().unwrap();
        self.admin = Some(line.strip_prefix("admin on ").unwrap().to_owned());
        self
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }

    /// Returns the id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns the lines of its log so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Waits for a line of its log that contains all of these.
    pub fn logs(&self, parts: &[&str]) -> String {
        let begin = Instant::now();
        loop {
            let found =
                self.log().into_iter().find(|line| parts.iter().all(|part| line.contains(part)));
            if let Some(line) = found {
                return line;
            }
            assert!(
                begin.elapsed() < TIMEOUT,
                "no {parts:?} in {:#?}",
                self.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Reads its metrics.
    pub fn metrics(&self) -> String {
        let url = format!("{}/metrics", self.admin.as_deref().unwrap());
        let mut response = ureq::get(&url).call().unwrap();
        response.body_mut().read_to_string().unwrap()
    }

    /// Reads one of its metrics; 0 if it is missing.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.metrics();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Sends it a signal.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits until it ends, and returns its exit status.
    pub fn end(&mut self) -> Option<i32> {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(begin.elapsed() < TIMEOUT, "it doesn't end");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Returns its resident memory in megabytes.
    #[cfg(target_os = "linux")]
    pub fn memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
        kilobytes.unwrap() / 1024
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns an HTTP client that accepts every status code.
pub fn client() -> ureq::Agent {
    let config = ureq::Agent::config_builder();
    config.http_status_as_error(false).build().into()
}
