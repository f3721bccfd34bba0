//! The state that stays from the start of the process to its exit.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use witgen::diagnostic::Failure;

use super::args::Args;
use super::code_cache::CodeCache;
use super::files::Files;
use super::http_metrics::HttpMetrics;
use super::log::Log;
use super::metrics::Metrics;
use super::origins::Origins;
use super::page::recorder::Recorder;
use super::settings::Command;
use super::trace::Exporters;

/// The state that stays from the start of the process to its exit.
pub struct Process {
    pub command: Command,
    pub code: Arc<CodeCache>,
    pub metrics: Arc<Metrics>,
    /// The pools of servers that chains use.
    pub origins: Arc<Origins>,
    pub files: Arc<Files>,
    pub log: Log,
    /// The tasks that send traces.
    pub exporters: Exporters,
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
            files: Arc::new(Files::default()),
            log,
            exporters: Exporters::default(),
            pseudonym: random_pseudonym(),
            recorder: OnceLock::new(),
            is_ready: Arc::default(),
        })
    }

    /// Returns the metrics of OpenTelemetry's conventions, if `--admin` serves them.
    pub fn http_metrics(&self, args: &Args) -> Option<Arc<HttpMetrics>> {
        args.admin.is_some().then(|| self.metrics.http.clone())
    }

    /// Returns what records what the page of operators shows, if these options serve one.
    pub fn recorder(&self, args: &Args) -> Option<&Arc<Recorder>> {
        args.admin.as_ref().map(|_| self.page_recorder())
    }

    /// Returns what the page of operators shows.
    pub fn page_recorder(&self) -> &Arc<Recorder> {
        self.recorder.get_or_init(Arc::default)
    }
}

fn random_pseudonym() -> String {
    format!(
        "witgen-{:08x}",
        RandomState::new().build_hasher().finish() as u32
    )
}
