//! Reloads the settings, certificates and components while the server runs. A reload that fails in any part changes nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::mpsc::{Receiver, UnboundedReceiver};
use tracing::info;
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen_serve::server::{Current, Server};

use super::failure;
use super::listeners::{Change, Listeners};
use super::loaded::Loaded;
use super::metrics::{REFUSED, SERVED};
use super::page::describe;
use super::process::Process;
use super::settings::Settings;
use super::tls::Certificate;
use super::watch;

/// A server that runs.
pub struct Running {
    process: Arc<Process>,
    server: Server,
    current: Current,
    loaded: Mutex<Arc<Loaded>>,
    listeners: tokio::sync::Mutex<Listeners>,
    failures: tokio::sync::Mutex<Option<UnboundedReceiver<Failure>>>,
    /// The files of what is served, and of what couldn't be served since.
    paths: Mutex<BTreeSet<PathBuf>>,
    changes: Mutex<Option<Receiver<()>>>,
}

impl Running {
    /// Starts to serve.
    pub fn start(
        process: Arc<Process>,
        mut listeners: Listeners,
        change: Change,
        mut loaded: Loaded,
    ) -> Self {
        loaded.commit_origins();
        let server = loaded.server(&process);
        let current = server.current();
        let routes = loaded.routes();
        process.metrics.http.serve(loaded.names(&routes, &process));
        current.replace_routes(routes);
        process.metrics.components.replace(loaded.components());
        process.metrics.add_reload(SERVED, None);
        loaded.log_tracing(None);
        listeners.apply(change, &server);
        describe::update(&process, &loaded, &listeners);
        Running {
            process,
            server,
            current,
            paths: Mutex::new(loaded.settings.paths().into_iter().collect()),
            changes: Mutex::default(),
            loaded: Mutex::new(Arc::new(loaded)),
            failures: tokio::sync::Mutex::new(listeners.take_failures()),
            listeners: tokio::sync::Mutex::new(listeners),
        }
    }

    /// Returns what is served.
    pub fn loaded(&self) -> Arc<Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lock_paths(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches these files too, before they are read. Those that are missing now may come back.
    fn watch(&self, others: Vec<PathBuf>) {
        let mut paths = self.lock_paths();
        let before = paths.len();
        paths.extend(others);
        if paths.len() == before || !self.loaded().settings.args.watch {
            return;
        }
        let files: Vec<PathBuf> = paths.iter().cloned().collect();
        // If a folder is missing, the files before stay watched.
        if let Ok(changes) = watch::watch(&files) {
            *self.lock_changes() = Some(changes);
        }
    }

    /// Returns the changes of the files that are watched from now on, if these have changed.
    pub fn take_changes(&self) -> Option<Receiver<()>> {
        self.lock_changes().take()
    }

    fn lock_changes(&self) -> MutexGuard<'_, Option<Receiver<()>>> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what the server does, for operators.
    pub async fn status(&self) -> String {
        format!(
            "listening on {}",
            self.listeners.lock().await.urls().join(", ")
        )
    }

    /// Removes the files of all sockets, at the end.
    pub async fn close(&self) {
        self.listeners.lock().await.close();
    }

    /// Waits until a socket can no longer accept connections.
    pub async fn failure(&self) -> Failure {
        if let Some(failures) = &mut *self.failures.lock().await
            && let Some(failure) = failures.recv().await
        {
            return failure;
        }
        std::future::pending().await
    }

    /// Accepts no further connections, and waits until the requests in flight are complete, or for as long as they may take.
    pub async fn drain(&self) {
        let tasks = self.listeners.lock().await.stop();
        let completed = async {
            for task in tasks {
                let _ = task.await;
            }
        };
        let grace = self.loaded().settings.args.grace;
        // Requests that take longer are cut off.
        let _ = tokio::time::timeout(grace, completed).await;
    }
}

/// Reads everything again, and serves it from now on. If any part can't be read, everything stays as it was, and the log says why.
/// Returns whether everything is served as it is now.
pub async fn reload(running: &Arc<Running>) -> bool {
    let begun = Instant::now();
    let problems = match next(running).await {
        Ok((loaded, change)) => {
            replace(running, loaded, change).await;
            Vec::new()
        }
        Err(problems) => problems,
    };
    let is_served = problems.is_empty();
    let result = if is_served { SERVED } else { REFUSED };
    let process = &running.process;
    process.metrics.add_reload(result, Some(begun.elapsed()));
    if let Some(recorder) = process.recorder(&running.loaded().settings.args) {
        recorder.reload(&problems);
    }
    is_served
}

/// The problems of a reload, which are logged.
type Problems = Vec<String>;

/// Logs why a reload is refused.
fn refused(what_stays: &str, failure: &Failure) -> Problems {
    failure::log(what_stays, failure);
    failure.diagnostics().iter().map(failure::line).collect()
}

/// Prepares the chains that will be served next.
async fn next(running: &Arc<Running>) -> Result<(Loaded, Change), Problems> {
    let loading = running.clone();
    let read = tokio::task::spawn_blocking(move || read(&loading)).await;
    let (loaded, certificates) = match read {
        Ok(read) => read?,
        Err(panic) => {
            let failure = failure::internal("a reload failed", &panic).into();
            return Err(refused("everything stays as it was", &failure));
        }
    };
    let prepared = running.listeners.lock().await.prepare(&loaded.settings, certificates).await;
    match prepared {
        Ok(change) => Ok((loaded, change)),
        Err(failure) => Err(refused("the listeners stay as they were", &failure)),
    }
}

/// Reads the settings, and what they name.
fn read(running: &Running) -> Result<(Loaded, Vec<Option<Certificate>>), Problems> {
    let process = &running.process;
    let previous = running.loaded();
    let settings = Settings::read(&process.command).and_then(|settings| {
        running.watch(settings.paths());
        check_fixed(&previous.settings, &settings)?;
        Ok(settings)
    });
    let settings =
        settings.map_err(|failure| refused("the settings stay as they were", &failure))?;
    let certificates = Loaded::certificates(process, &settings)
        .map_err(|failure| refused("the certificate stays as it was", &failure));
    let loaded = Loaded::load(process, settings, Some(&previous))
        .map_err(|failure| refused("the components stay as they were", &failure));
    match (loaded, certificates) {
        (Ok(loaded), Ok(certificates)) => Ok((loaded, certificates)),
        (loaded, certificates) => {
            let problems = certificates.err().into_iter().chain(loaded.err());
            Err(problems.flatten().collect())
        }
    }
}

/// Rejects a change of what is fixed at the start.
fn check_fixed(previous: &Settings, next: &Settings) -> Result<(), Failure> {
    if previous.args.log.is_for_people() == next.args.log.is_for_people() {
        return Ok(());
    }
    let file = next.file.as_deref();
    let format = file.and_then(|file| Some((file, file.contents().log.format.as_ref()?)));
    let place = match (format, file) {
        (Some((file, format)), _) => file.place(format),
        (None, Some(file)) => Place::path(file.path()),
        (None, None) => Place::argument("--log"),
    };
    let message = "`log.format` can't change while the server runs";
    Err(Diagnostic::error(codes::RESTART_REQUIRED, message)
        .at(place)
        .help("restart the server")
        .into())
}

/// Serves what has been loaded. Nothing of this can fail.
async fn replace(running: &Running, mut loaded: Loaded, mut change: Change) {
    let process = &running.process;
    let mut listeners = running.listeners.lock().await;
    loaded.settings.log_warnings();
    loaded.apply_limits();
    process.log.set_level(&loaded.settings.args.log);
    // The components first: settings of a route that doesn't exist yet would be of no use.
    let routes = loaded.routes();
    running.current.replace_routes(routes.clone());
    loaded.commit_origins();
    process.metrics.http.serve(loaded.names(&routes, process));
    process.metrics.components.replace(loaded.components());
    loaded.log_tracing(Some(&running.loaded()));
    running.current.reconfigure(loaded.server(process));
    for address in change.addresses() {
        info!(target: "reload", "{address}");
    }
    listeners.start_admin(&mut change);
    if listeners.apply(change, &running.server) {
        info!(target: "reload", "reloaded the certificate");
    }
    describe::update(process, &loaded, &listeners);
    *running.lock_paths() = loaded.settings.paths().into_iter().collect();
    *running.loaded.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
    info!(target: "reload", "reloaded the components");
}
