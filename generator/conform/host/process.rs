//! A host's process, with all processes that it starts.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Output;

/// The variable by which processes of a host are found that have left its group.
const MARK: &str = "WITGEN_CONFORM_HOST";
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How long a host may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// A host that runs. Dropping it ends it.
pub struct Process {
    child: Child,
    mark: String,
    /// Its output.
    pub output: Output,
    status: Option<ExitStatus>,
}

/// Why a host doesn't run.
pub enum StartError {
    /// The program can't be run.
    CannotRun(String),
    /// It has ended with this status before it listened.
    Exited(String, Output),
    /// No process listens at the address before the timeout.
    NotListening(Output),
}

/// A host that listens.
pub type Started = Result<Process, StartError>;

/// How a host has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// It didn't end after SIGTERM, and was killed.
    pub was_killed: bool,
    /// The names of processes that it left behind, and that were killed.
    pub left: Vec<String>,
}

impl Process {
    /// Starts a host, and waits until it listens.
    ///
    /// # Errors
    ///
    /// A program that can't be run, that ends, or that doesn't listen in time. It is ended, then.
    pub fn start(command: &mut Command, address: SocketAddr, timeout: Duration) -> Started {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mark = format!("{}-{number}", std::process::id());
        command.env(MARK, &mark);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        own_group(command);
        let mut child = command.spawn().map_err(|error| StartError::CannotRun(reason(&error)))?;
        let output = Output::default();
        if let Some(stdout) = child.stdout.take() {
            output.read(stdout);
        }
        if let Some(stderr) = child.stderr.take() {
            output.read(stderr);
        }
        let mut process = Process {
            child,
            mark,
            output,
            status: None,
        };
        let end = Instant::now() + timeout;
        loop {
            if let Some(status) = process.exit_status() {
                let status = describe(status);
                process.end();
                // Its last lines may still be on their way.
                sleep(POLL_INTERVAL);
                return Err(StartError::Exited(status, process.output.clone()));
            }
            if TcpStream::connect_timeout(&address, POLL_INTERVAL * 10).is_ok() {
                return Ok(process);
            }
            if Instant::now() >= end {
                process.end();
                return Err(StartError::NotListening(process.output.clone()));
            }
            sleep(POLL_INTERVAL);
        }
    }

    /// Returns the id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the exit status in words, if it has ended.
    pub fn exit(&mut self) -> Option<String> {
        self.exit_status().map(describe)
    }

    fn exit_status(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
        }
        self.status
    }

    /// Ends the host and everything that it has started.
    pub fn end(&mut self) -> Ended {
        let mut ended = Ended::default();
        if self.exit_status().is_none() {
            signal_group(self.child.id(), Signal::Term);
            let end = Instant::now() + GRACE;
            while self.exit_status().is_none() && Instant::now() < end {
                sleep(POLL_INTERVAL);
            }
            if self.exit_status().is_none() {
                ended.was_killed = true;
                signal_group(self.child.id(), Signal::Kill);
                let _ = self.child.kill();
                self.status = self.child.wait().ok();
            }
        }
        // A process may be about to end just after its parent.
        let mut left = left_processes(&self.mark);
        let end = Instant::now() + Duration::from_secs(1);
        while !left.is_empty() && Instant::now() < end {
            sleep(POLL_INTERVAL);
            left = left_processes(&self.mark);
        }
        for (id, name) in left {
            kill(id);
            ended.left.push(name);
        }
        ended.left.sort();
        ended
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn describe(status: ExitStatus) -> String {
    status.to_string()
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such program".to_owned(),
        _ => error.to_string(),
    }
}

enum Signal {
    Term,
    Kill,
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

#[cfg(unix)]
fn signal_group(id: u32, signal: Signal) {
    use rustix::process::{Pid, Signal as Number, kill_process_group};
    let number = match signal {
        Signal::Term => Number::TERM,
        Signal::Kill => Number::KILL,
    };
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // It may have ended.
        let _ = kill_process_group(group, number);
    }
}

#[cfg(not(unix))]
fn signal_group(_: u32, _: Signal) {}

#[cfg(unix)]
fn kill(id: u32) {
    use rustix::process::{Pid, Signal as Number, kill_process};
    if let Some(process) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        let _ = kill_process(process, Number::KILL);
    }
}

#[cfg(not(unix))]
fn kill(_: u32) {}

/// Returns the processes that have a host's mark, by id and name.
#[cfg(target_os = "linux")]
fn left_processes(mark: &str) -> Vec<(u32, String)> {
    let wanted = format!("{MARK}={mark}");
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let marked = entries.filter_map(|entry| {
        let id: u32 = entry.file_name().to_str()?.parse().ok()?;
        let environment = std::fs::read(entry.path().join("environ")).ok()?;
        let is_marked = environment.split(|byte| *byte == 0).any(|it| it == wanted.as_bytes());
        // A process that has ended without a wait no longer has an environment.
        is_marked.then(|| (id, name_of(&entry.path())))
    });
    marked.collect()
}

#[cfg(target_os = "linux")]
fn name_of(process: &Path) -> String {
    let name = std::fs::read_to_string(process.join("comm")).unwrap_or_default();
    name.trim().to_owned()
}

/// Elsewhere, only the group is ended.
#[cfg(not(target_os = "linux"))]
fn left_processes(_: &str) -> Vec<(u32, String)> {
    Vec::new()
}

/// Returns what a program prints, in one line; nothing if it fails.
pub fn first_line(command: &[String], folder: &Path) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next()?.trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}
