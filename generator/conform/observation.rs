//! The observation of a case: the responses, the requests at the servers, and the report of the scripted guest.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::case::{Case, Exchange, Protocol, StepEntry, script};
use super::events::Events;
use super::host::Output;
use super::http::Received;
use super::peer::client::Client;
use super::peer::{Places, Server};

/// The observation of a case.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// One for each exchange.
    pub exchanges: Vec<Seen>,
    /// The requests at the next hop, with the number of the case's call.
    pub origin: Vec<(Option<usize>, Received)>,
    /// Those at the server of side calls.
    pub side: Vec<(Option<usize>, Received)>,
    /// Events that were waited for in vain.
    pub missed: Vec<String>,
    /// By how many mebibytes the host's memory has grown.
    pub memory_growth: Option<u64>,
}

/// The observation of an exchange.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub response: Received,
    /// The results of the guest's steps, by their numbers.
    pub results: BTreeMap<usize, String>,
}

/// Where a case runs.
pub struct Session<'a> {
    pub places: Places,
    pub origin: &'a Server,
    pub side: &'a Server,
    /// The output of the host, if it is read.
    pub output: Option<&'a Output>,
    /// Header fields that all requests have.
    pub headers: &'a [(String, String)],
    /// The host's process, to measure its memory.
    pub process: Option<u32>,
    /// How long to wait for an event, or for a message.
    pub timeout: Duration,
}

/// Steps that return a response of the script's own.
const ANSWERS: [&str; 4] = ["return", "respond", "fail", "pass"];

/// How long the memory may take to be measured.
const SETTLING: Duration = Duration::from_millis(50);

impl Session<'_> {
    /// Runs a case. An event that is suppressed is one that a mutant doesn't let happen.
    pub fn observe(
        &self,
        case: &Case,
        protocol: Protocol,
        suppressed: Option<&str>,
    ) -> Observation {
        let events = Events::new(self.timeout, suppressed);
        self.origin.begin(&case.origin, &events, &self.places);
        self.side.begin(&case.side, &events, &self.places);
        let before = case.memory_growth.and_then(|_| self.memory());
        let exchange = |exchange: &Exchange| self.exchange(exchange, protocol, &events);
        let exchanges = if case.at_once {
            thread::scope(|scope| {
                let running: Vec<_> =
                    case.exchanges.iter().map(|it| scope.spawn(|| exchange(it))).collect();
                running.into_iter().map(|it| it.join().unwrap_or_default()).collect()
            })
        } else {
            case.exchanges.iter().map(exchange).collect()
        };
        let (origin, side) = (self.origin.end(), self.side.end());
        let growth = before.and_then(|before| {
            thread::sleep(SETTLING);
            Some(self.memory()?.saturating_sub(before))
        });
        Observation {
            exchanges,
            origin,
            side,
            missed: events.end(),
            memory_growth: growth,
        }
    }

    fn exchange(&self, exchange: &Exchange, protocol: Protocol, events: &Events) -> Seen {
        let fill = |text: &str| self.fill(text);
        let id = unique_id(must_print(&exchange.steps));
        let script = (!exchange.steps.is_empty()).then(|| script(&id, &exchange.steps, &fill));
        let client = Client {
            address: self.places.address,
            protocol,
            events,
            headers: self.headers,
            script: script.as_deref(),
            fill: &fill,
        };
        let response = client.exchange(&exchange.request);
        let mut results = BTreeMap::new();
        if script.is_some() {
            if !answers(&exchange.steps) {
                read_lines(&super::http::text(&response.body), &mut results);
            }
            let fields = response.headers.iter().chain(&response.trailers);
            for (_, value) in fields.filter(|(name, _)| name == "conform-report") {
                let decoded = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
                read_lines(&decoded, &mut results);
            }
            if let Some(output) = self.output.filter(|_| must_print(&exchange.steps)) {
                for line in output.report(&id, self.timeout) {
                    read_lines(&line, &mut results);
                }
            }
        }
        for text in results.values_mut() {
            *text = self.places.unfill(text);
        }
        Seen { response, results }
    }

    /// Replaces placeholders: addresses, and `{received NAME}` by a field of the last request at the next hop.
    fn fill(&self, text: &str) -> String {
        let field = text.strip_prefix("{received ").and_then(|rest| rest.strip_suffix('}'));
        match field {
            Some(field) => self.origin.last_value(field),
            None => self.places.fill(text),
        }
    }

    /// Returns the host's resident memory in mebibytes.
    fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kibibytes / 1024)
    }
}

/// Returns a word that no other exchange of this process has. The guest prints its report for one that ends in `+`.
fn unique_id(prints: bool) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{number}{}", if prints { "+" } else { "" })
}

/// Whether the response is one of the script's own.
pub fn answers(steps: &[StepEntry]) -> bool {
    steps.iter().any(|step| {
        step.call.as_deref().is_some_and(|call| ANSWERS.contains(&call))
            || answers(&step.spawn)
            || answers(&step.repeat)
    })
}

/// Whether results are only in the host's output: those of steps after the one that returns a response, and those of steps before it
/// if the response has no report.
pub fn must_print(steps: &[StepEntry]) -> bool {
    let calls = |step: &StepEntry, name: &str| step.call.as_deref() == Some(name);
    let is_answer = |step: &StepEntry| ANSWERS.iter().any(|name| calls(step, name));
    let Some(answer) = steps.iter().position(is_answer) else {
        return false;
    };
    let (before, after) = steps.split_at(answer);
    let has_report = calls(&steps[answer], "respond") || steps.iter().any(|it| calls(it, "report"));
    let is_in_branch = |step: &StepEntry| step.spawn.iter().any(StepEntry::has_expectation);
    let is_expected = |step: &StepEntry| step.has_expectation() || is_in_branch(step);
    after.iter().any(is_expected)
        || before.iter().any(is_in_branch)
        || !has_report && before.iter().any(is_expected)
}

/// Reads lines of a report: the number of a step, and its result.
fn read_lines(text: &str, results: &mut BTreeMap<usize, String>) {
    for line in text.lines() {
        if let Some((number, result)) = line.split_once(' ')
            && let Ok(number) = number.parse()
        {
            results.insert(number, result.to_owned());
        }
    }
}
