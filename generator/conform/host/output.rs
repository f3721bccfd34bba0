//! The output of a host, including the scripted guest's report after its response.

use std::borrow::Cow;
use std::io::{BufRead as _, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How many lines are kept.
const MAX_LINES: usize = 5_000;
const MAX_LINE: u64 = 16 << 10;
/// How many of the last lines a message shows.
const SHOWN_LINES: usize = 5;
const REPORT: &str = "conform-report: ";

/// The lines that a process has written. Clones share them.
#[derive(Clone, Default)]
pub struct Output(Arc<(Mutex<Vec<String>>, Condvar)>);

impl Output {
    /// Reads a stream of the process until it ends.
    pub fn read(&self, stream: impl Read + Send + 'static) {
        let output = self.clone();
        thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            loop {
                let mut line = Vec::new();
                match (&mut reader).take(MAX_LINE).read_until(b'\n', &mut line) {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {
                        let line = String::from_utf8_lossy(&line);
                        output.push(written(line.trim_end()).into_owned());
                    }
                }
            }
        });
    }

    fn push(&self, line: String) {
        let mut lines = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= MAX_LINES {
            // Only new lines are needed.
            lines.drain(..MAX_LINES / 2);
        }
        lines.push(line);
        self.0.1.notify_all();
    }

    /// Returns the lines of a script's report, once it has ended or so much time has passed.
    pub fn report(&self, id: &str, timeout: Duration) -> Vec<String> {
        let end = Instant::now() + timeout;
        let prefix = format!("{REPORT}{id} ");
        let mut lines = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let of_script = lines.iter().filter_map(|line| Some(line.split_once(&prefix)?.1));
            let report: Vec<String> = of_script.map(str::to_owned).collect();
            let has_ended = report.iter().any(|line| line == "end" || line == "stopped");
            let left = end.saturating_duration_since(Instant::now());
            if has_ended || left.is_zero() {
                return report;
            }
            let waited = self.0.1.wait_timeout(lines, left);
            lines = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Returns the last lines.
    pub fn last_lines(&self) -> Vec<String> {
        let lines = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines[lines.len().saturating_sub(SHOWN_LINES)..].to_vec()
    }
}

/// Returns a line of the component's as it wrote it: hosts may write it as a value of JSON.
fn written(line: &str) -> Cow<'_, str> {
    let Ok(serde_json::Value::Object(event)) = serde_json::from_str(line) else {
        return line.into();
    };
    let mut values = event.into_iter().filter_map(|(_, value)| match value {
        serde_json::Value::String(text) if text.contains(REPORT) => Some(text),
        _ => None,
    });
    values.next().map_or(line.into(), Cow::Owned)
}
