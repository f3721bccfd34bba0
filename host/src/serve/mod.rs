//! The command `witgen-serve`, which `witgen serve` runs.

use std::future::pending;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio::sync::mpsc::Receiver;
use tracing::info;
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen_serve::server::{Server, ServerLimits};

mod admin;
mod app;
pub mod args;
mod code_cache;
mod engine;
pub mod failure;
mod files;
mod host_calls;
mod imports;
mod listen;
pub mod log;
mod metrics;
mod notify;
mod output;
mod panics;
mod policy;
mod reload;
mod resources;
mod side_call_rates;
mod side_calls;
mod signals;
mod stopping;
mod tls;
mod traps;
mod values;
mod watch;

use app::{App, LoadedChain};
use args::Args;
use listen::Sockets;
use listen::address::TrustedProxy;
use log::ServerObserver;
use notify::ServiceManager;
use signals::{Hangup, Stop};

/// Serves until the process receives a signal to stop.
///
/// # Errors
///
/// If the server can't start, or stops because of an error.
pub async fn run(args: Args) -> Result<(), Failure> {
    let mut hangup = Hangup::new();
    let app = Arc::new(App::new(args)?);
    if app.args.code_cache.compile_only {
        load(&app).await?;
        if let Some(dir) = app.code.dir() {
            info!(target: "server", "compiled into {}", dir.display());
        }
        return Ok(());
    }
    let manager = ServiceManager::from_env();
    manager.start_watchdog();
    manager.status("loading the components");
    let mut sockets = Sockets::open(&app.args).await?;
    let _files = sockets.take_files();
    let metrics = app.metrics.clone();
    let is_ready = Arc::new(AtomicBool::new(false));
    let admin_url = sockets.admin.as_ref().map(|admin| admin.url("http"));
    if let Some(admin) = sockets.admin.take() {
        tokio::spawn(admin::serve(admin, metrics.clone(), is_ready.clone()));
    }
    // Files that change while they are read are read again.
    let changes = if app.args.watch {
        let watched = watch::watch(&app.paths()).map_err(|error| {
            let message = format!("cannot watch the files: {error}");
            Diagnostic::error(codes::CANNOT_WATCH, message)
                .at(Place::argument("--watch"))
                .help("leave out --watch, and send SIGHUP after a change")
        })?;
        if let Some(identity) = &app.identity {
            identity.read_again()?;
        }
        Some(watched)
    } else {
        None
    };
    let chain = load(&app).await?;
    app.files.end_start();
    let args = &app.args;
    let limits = ServerLimits {
        connections: app.resources.connections,
        ..args.server_limits()
    };
    let trusted_proxies = args.trusted_proxy.clone();
    let mut server = Server::new(chain.proxy)
        .limits(limits)
        .trusted_proxies(move |address| trusted_proxies.iter().any(|proxy| proxy.contains(address)))
        .observer(Arc::new(ServerObserver::new(metrics, &args.log)));
    if args.trusted_proxy.contains(&TrustedProxy::Unix) {
        server = server.trust_unix_clients();
    }
    if let Some(rate) = args.rate_limit {
        server = server.rate_limit(rate);
    }
    if args.log.request_id {
        server = server.request_ids();
    }
    if chain.is_open {
        server = server.forwards_as(args.name.clone().unwrap_or_else(random_pseudonym));
    }
    let scheme = match &app.identity {
        Some(identity) => {
            server = server.tls(identity.clone().server_config()?);
            "https"
        }
        None => "http",
    };
    let current = server.current();
    let urls = sockets.urls(scheme);
    let status = format!("listening on {}", urls.join(", "));
    let (reloading, reload_manager, reload_status) = (app.clone(), manager.clone(), status.clone());
    tokio::spawn(async move {
        let manager = (reload_manager, reload_status);
        reload_on_change(reloading, current, changes, &mut hangup, manager).await;
    });
    let mut stop = Stop::new();
    is_ready.store(true, Ordering::Relaxed);
    // The log has the address if stdout is closed.
    let mut stdout = io::stdout().lock();
    for url in &urls {
        let _ = writeln!(stdout, "listening on {url}");
    }
    if let Some(url) = admin_url {
        let _ = writeln!(stdout, "admin on {url}");
    }
    drop(stdout);
    app.resources.log(args);
    info!(target: "server", "{status}");
    manager.ready(&status);
    let listeners = sockets.into_listeners(args.proxy_protocol);
    let stopping = Notify::new();
    let first_signal = async {
        stop.recv().await;
        is_ready.store(false, Ordering::Relaxed);
        manager.stopping();
        stopping.notify_one();
        let delay = args.drain_delay;
        if !delay.is_zero() {
            info!(target: "server", "not ready: connections are accepted for another {delay:?}");
            tokio::time::sleep(delay).await;
        }
        info!(target: "server", "shutting down: draining in-flight requests");
    };
    let second_signal = async {
        stopping.notified().await;
        Stop::new().recv().await;
    };
    let served = tokio::select! {
        served = server.serve_all(listeners, first_signal, args.grace) => served,
        () = second_signal => Ok(()),
    };
    stopping::record();
    info!(target: "server", "stopped");
    served.map_err(|error| {
        let place = Place::argument(format!("--listen {}", urls.join(", ")));
        failure::system_error(&error).at(place).into()
    })
}

/// Loads the chain on a thread that may block.
async fn load(app: &Arc<App>) -> Result<LoadedChain, Failure> {
    let loading = app.clone();
    let loaded = tokio::task::spawn_blocking(move || loading.load()).await;
    loaded.map_err(|panic| failure::internal("the components could not be read", &panic))?
}

/// Returns a name for `Via` and `CDN-Loop` if none is set.
fn random_pseudonym() -> String {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    format!(
        "witgen-{:08x}",
        RandomState::new().build_hasher().finish() as u32
    )
}

/// Reloads the files whenever they change or SIGHUP arrives.
async fn reload_on_change(
    app: Arc<App>,
    current: witgen_serve::server::Current,
    mut changes: Option<Receiver<()>>,
    hangup: &mut Hangup,
    (manager, status): (ServiceManager, String),
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
        if reload::reload(&app, &current).await {
            manager.ready(&status);
        } else {
            manager.ready(&format!("{status}; the last reload was refused"));
        }
    }
}
