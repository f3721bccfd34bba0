//! What stays from the start of the process to its end.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use witgen::diagnostic::Failure;

use super::args::Args;
use super::code_cache::CodeCache;
use super::files::Files;
use super::log::Log;
use super::metrics::Metrics;
use super::origins::Origins;
use super::page::recorder::Recorder;
use super::settings::Command;
use super::trace::Tracing;
use super::trace::settings::TraceArgs;

/// What stays from the start of the process to its end.
pub struct Process {
    pub command: Command,
    pub code: Arc<CodeCache>,
    pub metrics: Arc<Metrics>,
    /// Sends traces, if a collector is named.
    pub tracing: Option<Arc<Tracing>>,
    /// The pools of servers that chains use.
    pub origins: Arc<Origins>,
    pub files: Arc<Files>,
    pub log: Log,
    /// The name for `Via` and `CDN-Loop` if none is set.
    pub pseudonym: String,
    /// Records what the page of operators shows, once there is one.
    recorder: OnceLock<Arc<Recorder>>,
    /// Whether the server accepts requests, as `/readyz` reports it.
    pub is_ready: Arc<AtomicBool>,
}

impl Process {
    /// Prepares what each loading of chains needs.
    ///
    /// # Errors
    ///
    /// If the code cache can't be used.
    pub fn new(command: Command, log: Log) -> Result<Self, Failure> {
        let origins = Arc::<Origins>::default();
        Ok(Process {
            code: Arc::new(CodeCache::open(&command.args.code_cache)?),
            command,
            metrics: Arc::new(Metrics::new(&origins)),
            origins,
            tracing: None,
            files: Arc::new(Files::default()),
            log,
            pseudonym: random_pseudonym(),
            recorder: OnceLock::new(),
            is_ready: Arc::default(),
        })
    }
}

impl Process {
    /// Starts to send traces, if a collector is named.
    ///
    /// # Errors
    ///
    /// Settings that aren't supported.
    pub fn start_tracing(&mut self, args: &Args) -> Result<(), Failure> {
        self.tracing = args.trace.start(&args.ca, &self.files, &self.metrics)?;
        Ok(())
    }

    /// Returns what records what the page of operators shows, if these options serve one.
    pub fn recorder(&self, args: &Args) -> Option<&Arc<Recorder>> {
        args.admin.as_ref().map(|_| self.page_recorder())
    }

    /// Returns what the page of operators shows.
    pub fn page_recorder(&self) -> &Arc<Recorder> {
        self.recorder.get_or_init(Arc::default)
    }

    /// Whether members are called through the host, which measures their times and makes their spans.
    pub fn observes_members(&self, args: &TraceArgs) -> bool {
        self.tracing.is_some() || args.measures_members()
    }
}

fn random_pseudonym() -> String {
    format!(
        "witgen-{:08x}",
        RandomState::new().build_hasher().finish() as u32
    )
}
