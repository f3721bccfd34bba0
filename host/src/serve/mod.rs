//! The command `witgen-serve`, which `witgen serve` runs.

use std::future::pending;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tracing::info;
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};

mod admin;
mod app;
pub mod args;
mod calls;
mod code_cache;
mod components;
mod conventions;
mod engine;
pub mod failure;
mod files;
mod host_calls;
mod http_metrics;
mod imports;
mod listen;
mod listeners;
mod loaded;
pub mod log;
mod metrics;
mod notify;
mod origin_metrics;
mod origins;
mod output;
mod page;
mod panics;
mod policy;
pub mod process;
#[cfg(target_os = "linux")]
mod process_metrics;
mod rate_limits;
pub mod ready;
mod reload;
mod report;
mod resources;
pub mod settings;
mod side_call_rates;
mod side_calls;
mod signals;
mod stopping;
mod tls;
mod trace;
mod traps;
mod values;
mod watch;

use listeners::Listeners;
use loaded::Loaded;
use metrics::Metrics;
use notify::ServiceManager;
use process::Process;
use reload::Running;
use settings::Settings;
use signals::{Hangup, Stop};

/// How long the server waits for requests that it cuts off when it stops.
const CUT_TIMEOUT: Duration = Duration::from_secs(1);
const CUT_POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Serves until the process receives a signal to stop.
///
/// # Errors
///
/// If the server can't start, or stops because of an error.
pub async fn run(process: Process, settings: Settings) -> Result<(), Failure> {
    let mut hangup = Hangup::new();
    let process = Arc::new(process);
    settings.log_warnings();
    let args = &settings.args;
    if args.code_cache.compile_only || args.check_config {
        return check(&process, settings).await;
    }
    let manager = ServiceManager::from_env();
    manager.start_watchdog();
    manager.status("loading the components");
    // Files that change while they are read are read again.
    let (changes, settings) = match settings.args.watch {
        true => (
            Some(watch_files(&settings)?),
            Settings::read(&process.command)?,
        ),
        false => (None, settings),
    };
    let certificates = Loaded::certificates(&process, &settings)?;
    let mut listeners = Listeners::new(process.clone());
    let mut change = listeners.prepare(&settings, certificates).await?;
    listeners.warn_of_unused();
    let addresses = change.addresses();
    listeners.start_admin(&mut change);
    let loaded = load(&process, settings).await?;
    process.files.end_start();
    let running = Running::start(process.clone(), listeners, change, loaded);
    let mut stop = Stop::new();
    process.is_ready.store(true, Ordering::Relaxed);
    // The log has the addresses if stdout is closed.
    let mut stdout = io::stdout().lock();
    for address in &addresses {
        let _ = writeln!(stdout, "{address}");
        info!(target: "server", "{address}");
    }
    drop(stdout);
    let running = Arc::new(running);
    running.loaded().log();
    manager.ready(&running.status().await);
    let (reloading, reload_manager) = (running.clone(), manager.clone());
    tokio::spawn(async move {
        reload_on_change(&reloading, changes, &mut hangup, &reload_manager).await;
    });
    let first_signal = async {
        stop.recv().await;
        process.is_ready.store(false, Ordering::Relaxed);
        manager.stopping();
        let delay = running.loaded().settings.args.drain_delay;
        if !delay.is_zero() {
            info!(target: "server", "shutting down: not ready, but connections are accepted for {delay:?}");
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                // A second signal ends everything.
                () = stop.recv() => return,
            }
        }
        info!(target: "server", "shutting down: draining in-flight requests");
        tokio::select! {
            () = running.drain() => {}
            () = stop.recv() => {}
        }
    };
    let served = tokio::select! {
        () = first_signal => Ok(()),
        failure = running.failure() => Err(failure),
    };
    stopping::record();
    running.close().await;
    end_cut_requests(&process.metrics).await;
    process.exporters.finish().await;
    info!(target: "server", "stopped");
    served
}

/// Waits until the requests that are cut off have ended: their spans are sent before the process ends.
async fn end_cut_requests(metrics: &Metrics) {
    let ended = async {
        while metrics.in_flight.get() > 0 {
            tokio::time::sleep(CUT_POLL_INTERVAL).await;
        }
    };
    let _ = tokio::time::timeout(CUT_TIMEOUT, ended).await;
}

/// Loads everything, and reports what would be served, or where compiled code is.
async fn check(process: &Arc<Process>, settings: Settings) -> Result<(), Failure> {
    let is_compiling = settings.args.code_cache.compile_only;
    let certificates = Loaded::certificates(process, &settings);
    let loaded = load(process, settings).await;
    let loaded = match (certificates, loaded) {
        (Ok(_), loaded) => loaded?,
        (Err(failure), Ok(_)) => return Err(failure),
        (Err(first), Err(second)) => return Err(first.and(second)),
    };
    if is_compiling {
        if let Some(dir) = process.code.dir() {
            info!(target: "server", "compiled into {}", dir.display());
        }
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    let _ = write!(stdout, "{}", report::Report(&loaded));
    Ok(())
}

/// Watches the files that settings depend on.
fn watch_files(settings: &Settings) -> Result<Receiver<()>, Failure> {
    // Missing files are reported when they are read.
    let files: Vec<_> = settings.paths().into_iter().filter(|file| file.exists()).collect();
    watch::watch(&files).map_err(|error| {
        let message = format!("cannot watch the files: {error}");
        Diagnostic::error(codes::CANNOT_WATCH, message)
            .at(Place::argument("--watch"))
            .help("leave out --watch, and send SIGHUP after a change")
            .into()
    })
}

/// Loads the chains on a thread that may block.
async fn load(process: &Arc<Process>, settings: Settings) -> Result<Loaded, Failure> {
    let process = process.clone();
    let loaded = tokio::task::spawn_blocking(move || Loaded::load(&process, settings, None)).await;
    loaded.map_err(|panic| failure::internal("the components could not be read", &panic))?
}

/// Reloads the files whenever they change or SIGHUP arrives.
async fn reload_on_change(
    running: &Arc<Running>,
    mut changes: Option<Receiver<()>>,
    hangup: &mut Hangup,
    manager: &ServiceManager,
) {
    loop {
        let changed = async {
            match &mut changes {
                Some(changes) => {
                    if changes.recv().await.is_none() {
                        pending::<()>().await;
                    }
                }
                None => pending().await,
            }
        };
        tokio::select! {
            () = changed => {}
            () = hangup.recv() => {}
        }
        manager.reloading();
        let is_served = reload::reload(running).await;
        let status = running.status().await;
        if is_served {
            manager.ready(&status);
        } else {
            manager.ready(&format!("{status}; the last reload was refused"));
        }
        if let Some(others) = running.take_changes() {
            changes = Some(others);
        }
    }
}
