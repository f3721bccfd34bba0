//! Queries whether a running server is ready, for health checks of containers whose images have no other program.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use witgen::diagnostic::{Diagnostic, Place, codes};

use super::failure::report;
use super::log::args::LogForm;

/// How long the server may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Reports success if the server whose endpoint for operators is at this address is ready.
pub fn check(address: SocketAddr, form: LogForm) -> ExitCode {
    let why = match status_line(address) {
        Ok(line) if line.split(' ').nth(1) == Some("200") => return ExitCode::SUCCESS,
        Ok(line) => format!("it responded with `{}`", line.escape_debug()),
        Err(error) => error.to_string(),
    };
    let message = format!("the server at {address} isn't ready: {why}");
    let error = Diagnostic::error(codes::NOT_READY, message)
        .at(Place::argument(format!("--check-ready {address}")))
        .help("the server's log states what it waits for; use the address of its --admin");
    report(&error.into(), form);
    ExitCode::from(1)
}

/// Requests `/readyz`, and returns the first line of the response.
fn status_line(address: SocketAddr) -> io::Result<String> {
    /// Enough for a status line.
    const MAX_BYTES: usize = 512;
    let deadline = Instant::now() + TIMEOUT;
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_write_timeout(Some(time_until(deadline)?))?;
    // In one piece: the server may respond and close before it has read another one.
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = [0; MAX_BYTES];
    let mut length = 0;
    while length < MAX_BYTES && !head[..length].contains(&b'\n') {
        stream.set_read_timeout(Some(time_until(deadline)?))?;
        match stream.read(&mut head[length..])? {
            0 => break,
            read => length += read,
        }
    }
    let head = String::from_utf8_lossy(&head[..length]);
    Ok(head.lines().next().unwrap_or_default().to_owned())
}

/// Returns the time until a deadline.
fn time_until(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "no response in time",
        ));
    }
    Ok(left)
}
