//! A host that runs, with the servers around it: starts it, runs cases on it, and ends it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::case::message::Request;
use super::case::{Capability, Case, Kind, MutantEntry, Protocol, Suite, Version, flatten};
use super::events::Events;
use super::fault;
use super::host::{Output, Process, Profile, StartError};
use super::http::http1::SILENCE;
use super::judge::judge;
use super::observation::{Observation, Seen, Session, must_print};
use super::outcome::{Outcome, Variant};
use super::peer::client::Client;
use super::peer::{Places, SILENT, Server, free_address, silent_address};
use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// How often a host gets another port, if it doesn't get the one that was free.
const START_ATTEMPTS: u32 = 3;
/// How long status 404 or 500 may mean that the host doesn't serve the component yet. After that, it comes from the component.
const FIRST_RESPONSE_GRACE: Duration = Duration::from_secs(5);
/// The timeout of a case that the host is known to fail: what it waits for probably doesn't happen.
const KNOWN_FAILURE_TIMEOUT: Duration = Duration::from_secs(2);
/// How many cases in a row may get no response.
const MAX_SILENT_CASES: u32 = 5;

/// Settings of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How long to wait for a host to listen.
    pub start_timeout: Duration,
    /// How long to wait for a message, or for an event of a case.
    pub timeout: Duration,
    /// Header fields of all requests, such as credentials.
    pub headers: Vec<(String, String)>,
    /// Whether each case is run with each of its mutants instead, to see whether it finds them.
    pub mutants: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            start_timeout: Duration::from_secs(60),
            timeout: Duration::from_secs(10),
            headers: Vec::new(),
            mutants: false,
        }
    }
}

/// The component that is served: one of the suite's, or the user's.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub kind: Kind,
    pub version: Version,
    pub component: Vec<u8>,
}

/// Whether a host has responded to a first request.
#[derive(Clone, Debug)]
pub(super) enum Start {
    /// No case needed it.
    NotTried,
    /// It has.
    Succeeded,
    /// Why it hasn't.
    Failed(String),
}

/// A host that runs, with the servers around it.
pub(super) struct Running<'a> {
    profile: &'a Profile,
    subject: &'a Subject,
    options: &'a Options,
    /// The script of each request, if the component has a fault.
    pub script: Option<String>,
    origin: Server,
    side: Server,
    folder: TempDir,
    process: Option<(Process, Places)>,
    /// Whether it has responded to a first request.
    has_run: bool,
    /// Why the host isn't started again.
    failed: Option<String>,
    /// How many cases in a row got nothing from the host.
    silent_cases: u32,
    /// Notes about hosts that have ended.
    notes: BTreeSet<String>,
}

pub(super) fn cannot_run(reason: impl Into<String>) -> crate::diagnostic::Failure {
    Diagnostic::error(codes::CANNOT_RUN_HOST, reason)
        .at(Place::argument("conform"))
        .into()
}

/// Whether a script connects to the address that doesn't respond.
fn needs_silence(case: &Case) -> bool {
    let steps = case.exchanges.iter().flat_map(|exchange| flatten(&exchange.steps));
    steps.into_iter().any(|step| step.shown.contains(SILENT))
}

fn no_loopback(error: io::Error) -> crate::diagnostic::Failure {
    cannot_run(format!("cannot listen on 127.0.0.1: {error}"))
}

impl<'a> Running<'a> {
    pub fn new(profile: &'a Profile, subject: &'a Subject, options: &'a Options) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("witgen-conform-").tempdir();
        let folder =
            folder.map_err(|error| cannot_run(format!("no temporary directory: {error}")))?;
        fs::write(folder.path().join("component.wasm"), &subject.component)
            .map_err(|error| cannot_run(format!("cannot write a component: {error}")))?;
        Ok(Running {
            profile,
            subject,
            options,
            script: None,
            origin: Server::start("origin").map_err(no_loopback)?,
            side: Server::start("side").map_err(no_loopback)?,
            folder,
            process: None,
            has_run: false,
            failed: None,
            silent_cases: 0,
            notes: BTreeSet::new(),
        })
    }

    fn component_file(&self) -> PathBuf {
        self.folder.path().join("component.wasm")
    }

    /// Starts the host, if it doesn't run. An error is why it doesn't; it is not tried again then.
    fn start(&mut self) -> std::result::Result<(), String> {
        if let Some(reason) = &self.failed {
            return Err(reason.clone());
        }
        self.start_host().inspect_err(|reason| {
            self.stop();
            self.failed = Some(reason.clone());
        })
    }

    fn start_host(&mut self) -> std::result::Result<(), String> {
        if let Some((process, _)) = &mut self.process {
            if process.exit().is_none() {
                return Ok(());
            }
            self.stop();
        }
        let mut reason = String::new();
        for _ in 0..START_ATTEMPTS {
            let address = match self.profile.port {
                Some(port) => ([127, 0, 0, 1], port).into(),
                None => free_address().map_err(|error| error.to_string())?,
            };
            let places = Places {
                address,
                origin: self.origin.address,
                side: self.side.address,
                refused: free_address().map_err(|error| error.to_string())?,
                silent: silent_address(),
            };
            let folder = self.folder.path();
            let mut command = self
                .profile
                .serve(self.subject.kind, &self.component_file(), &places, folder)
                .map_err(|error| format!("its files can't be written: {error}"))?;
            match Process::start(&mut command, address, self.options.start_timeout) {
                Ok(process) => {
                    self.process = Some((process, places));
                    self.wait_until_ready()?;
                    self.has_run = true;
                    return Ok(());
                }
                Err(StartError::CannotRun(error)) => {
                    let program = self.profile.command.first().map_or("", String::as_str);
                    return Err(format!("the host can't be run: `{program}`: {error}"));
                }
                Err(StartError::NotListening(output)) => {
                    let seconds = self.options.start_timeout.as_secs();
                    let reason = format!(
                        "the host doesn't listen on the address that it was given within {seconds} s"
                    );
                    return Err(self.with_output(reason, &output, &places));
                }
                Err(StartError::Exited(status, output)) => {
                    let ended = format!("the host ended before it listened ({status})");
                    reason = self.with_output(ended, &output, &places);
                }
            }
        }
        Err(reason)
    }

    /// Adds the last lines of a host's output to what is wrong with it.
    fn with_output(&self, reason: String, output: &Output, places: &Places) -> String {
        let lines = output.last_lines();
        if lines.is_empty() {
            return reason;
        }
        let folder = self.folder.path().display().to_string();
        let lines = places.unfill(&lines.join("\n  ")).replace(&folder, "{folder}");
        format!("{reason}; it wrote last:\n  {lines}")
    }

    /// Waits for a response to a request without a script.
    fn wait_until_ready(&mut self) -> std::result::Result<(), String> {
        let begin = Instant::now();
        let end = begin + self.options.start_timeout;
        loop {
            let Some((process, places)) = &mut self.process else {
                return Err("the host has ended".to_owned());
            };
            if let Some(status) = process.exit() {
                let (output, places) = (process.output.clone(), places.clone());
                let reason = format!("the host ended during a first request ({status})");
                return Err(self.with_output(reason, &output, &places));
            }
            let events = Events::new(self.options.timeout, None);
            self.origin.begin(&[], &events, places);
            let client = Client {
                address: places.address,
                protocol: Protocol::Http1,
                events: &events,
                headers: &self.options.headers,
                script: None,
                fill: &str::to_owned,
            };
            let response = client.exchange(&Request::default());
            let status = response.status.unwrap_or_default();
            let end = match status {
                // A host may listen before it serves the component.
                404 | 500 => end.min(begin + FIRST_RESPONSE_GRACE),
                _ => end,
            };
            let reason = match response.broken {
                None if status < 500 && status != 404 => return Ok(()),
                _ if Instant::now() < end => {
                    thread::sleep(Duration::from_millis(50));
                    continue;
                }
                None if status == 404 => return Ok(()),
                None => {
                    format!("the host responds to a first request, `GET /`, with status {status}")
                }
                Some(reason) => format!("the host doesn't respond to a first request: {reason}"),
            };
            let (output, places) = (process.output.clone(), places.clone());
            return Err(self.with_output(reason, &output, &places));
        }
    }

    /// Returns whether the host has ever run.
    pub fn first_start(&self) -> Start {
        match &self.failed {
            _ if self.has_run => Start::Succeeded,
            Some(reason) => Start::Failed(reason.clone()),
            None => Start::NotTried,
        }
    }

    /// Restarts a host that hangs, and doesn't start one again that always does.
    fn watch_silence(&mut self, seen: &Observation) {
        let is_silent = |it: &Seen| it.response.broken.as_deref() == Some(SILENCE);
        if !seen.exchanges.iter().any(is_silent) {
            self.silent_cases = 0;
            return;
        }
        self.stop();
        self.silent_cases += 1;
        if self.silent_cases >= MAX_SILENT_CASES {
            let reason =
                format!("the host hangs: {MAX_SILENT_CASES} cases in a row got no response");
            self.failed = Some(reason);
        }
    }

    fn stop(&mut self) {
        if let Some((mut process, _)) = self.process.take() {
            let ended = process.end();
            if ended.was_killed {
                self.notes
                    .insert("the host didn't end after SIGTERM, and was killed".to_owned());
            }
            for name in ended.left {
                self.notes.insert(format!("the host left a process behind: {name}"));
            }
        }
    }

    /// Ends the host, and returns what was noticed.
    pub fn end(mut self) -> BTreeSet<String> {
        self.stop();
        std::mem::take(&mut self.notes)
    }

    /// Runs a case in all its protocols.
    pub fn run(&mut self, case: &Case) -> Vec<(Variant, Outcome)> {
        let protocols = case.protocols.iter();
        let outcomes = protocols.map(|&protocol| {
            let variant = Variant {
                kind: self.subject.kind,
                version: self.subject.version,
                protocol,
            };
            let outcome = match self.missing(case, protocol) {
                Some(missing) => {
                    let reason = format!("the host has no {}", missing.as_str());
                    Outcome::NotApplicable(reason)
                }
                None if needs_silence(case) && silent_address().is_none() => {
                    let reason = "this system responds to all attempts to connect";
                    Outcome::NotApplicable(reason.to_owned())
                }
                None if self.options.mutants => self.run_mutants(case, protocol),
                None => self.run_once(case, protocol),
            };
            (variant, outcome)
        });
        outcomes.collect()
    }

    /// Returns what the case needs and the host can't do.
    fn missing(&self, case: &Case, protocol: Protocol) -> Option<Capability> {
        let mut needs = case.needs.clone();
        if protocol == Protocol::Http2 {
            needs.push(Capability::Http2);
        }
        needs.push(match self.subject.kind {
            Kind::Wasi02 => Capability::Wasi02,
            _ => Capability::Wasi03,
        });
        if self.subject.kind == Kind::Proxy {
            needs.push(Capability::Origin);
        }
        if case.exchanges.iter().any(|exchange| must_print(&exchange.steps)) {
            needs.push(Capability::Stderr);
        }
        needs.into_iter().find(|it| !self.profile.capabilities.contains(it))
    }

    fn run_once(&mut self, case: &Case, protocol: Protocol) -> Outcome {
        match self.difference(case, protocol, None) {
            Ok(None) => Outcome::Pass,
            Ok(Some(Outcome::Fail(difference))) | Err(difference) => {
                let known = case.known.iter().find(|known| known.host == self.profile.name);
                match known {
                    Some(known) => Outcome::Known {
                        because: known.because.clone(),
                        upstream: known.upstream.clone(),
                    },
                    None => Outcome::Fail(difference),
                }
            }
            Ok(Some(outcome)) => outcome,
        }
    }

    /// Runs a case with each mutant that is a fault of an intermediary, and fails if it doesn't find one.
    fn run_mutants(&mut self, case: &Case, protocol: Protocol) -> Outcome {
        let mutants = case.mutants.iter().enumerate().filter(|(_, it)| it.steps.is_none());
        for (at, mutant) in mutants {
            let seen = self.difference(case, protocol, Some(mutant));
            if matches!(seen, Ok(None)) {
                return Outcome::Fail(format!("mutant {} isn't found", at + 1));
            }
        }
        Outcome::Pass
    }

    /// Returns what differs from what the case expects; an error is a host that doesn't run.
    pub fn difference(
        &mut self,
        case: &Case,
        protocol: Protocol,
        mutant: Option<&MutantEntry>,
    ) -> std::result::Result<Option<Outcome>, String> {
        self.start()?;
        let Some((process, places)) = &mut self.process else {
            return Err("the host has ended".to_owned());
        };
        let suppressed = mutant.and_then(fault::suppressed_event);
        let is_known = case.known.iter().any(|known| known.host == self.profile.name);
        let script = self.script.iter().map(|it| ("conform-script".to_owned(), it.clone()));
        let headers: Vec<_> = self.options.headers.iter().cloned().chain(script).collect();
        let session = Session {
            places: places.clone(),
            origin: &self.origin,
            side: &self.side,
            output: Some(&process.output),
            headers: &headers,
            process: Some(process.id()),
            timeout: match suppressed {
                // Nothing is going to happen.
                Some(_) => Duration::from_millis(500),
                None if is_known => KNOWN_FAILURE_TIMEOUT.min(self.options.timeout),
                None => self.options.timeout,
            },
        };
        let mut seen = session.observe(case, protocol, suppressed);
        if let Some(mutant) = mutant {
            fault::apply(mutant, &mut seen);
        }
        let places = places.clone();
        let difference = judge(case, &seen, &places);
        if let Some(status) = process.exit() {
            let output = process.output.clone();
            self.stop();
            let reason = format!("the host ended during the case ({status})");
            return Err(self.with_output(reason, &output, &places));
        }
        self.watch_silence(&seen);
        let Some(difference) = difference else {
            return Ok(None);
        };
        // A proxy that refuses the request, or responds from a store, need not call its next hop.
        let responds_itself = mutant.is_none()
            && case.suite == Suite::Component
            && !case.origin.is_empty()
            && !case.without_origin
            && seen.origin.is_empty()
            && seen.exchanges.iter().all(|it| {
                it.response.broken.is_none()
                    && it.response.status.is_some_and(|it| (300..500).contains(&it))
            });
        if responds_itself {
            let status = seen.exchanges.first().and_then(|it| it.response.status);
            let status = status.unwrap_or_default();
            return Ok(Some(Outcome::NotApplicable(format!(
                "the component responds with {status} and calls no next hop"
            ))));
        }
        Ok(Some(Outcome::Fail(difference)))
    }
}
