//! The command `witgen-serve`, which `witgen serve` runs.

use std::future::pending;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::sync::mpsc::Receiver;
use tracing::info;
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen_serve::server::{Server, ServerLimits};

mod admin;
mod app;
pub mod args;
mod calls;
mod code_cache;
mod engine;
pub mod failure;
mod files;
mod host_calls;
mod imports;
pub mod log;
mod metrics;
mod output;
mod panics;
mod policy;
mod reload;
mod resources;
mod side_calls;
mod signals;
mod stopping;
mod tls;
mod trace;
mod traps;
mod values;
mod watch;

use app::{App, LoadedChain};
use args::Args;
use log::ServerObserver;
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
    let listener = listen("--listen", app.args.listen).await?;
    let admin = match app.args.admin {
        Some(address) => Some(listen("--admin", address).await?),
        None => None,
    };
    let metrics = app.metrics.clone();
    let is_ready = Arc::new(AtomicBool::new(false));
    let admin_address = admin.as_ref().and_then(|admin| admin.local_addr().ok());
    if let Some(admin) = admin {
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
        .trusted_proxies(move |address| {
            trusted_proxies.iter().any(|network| network.contains(&address))
        })
        .observer(Arc::new(ServerObserver::new(&app)));
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
    let reloading = app.clone();
    tokio::spawn(async move { reload_on_change(reloading, current, changes, &mut hangup).await });
    let mut stop = Stop::new();
    is_ready.store(true, Ordering::Relaxed);
    let address = listener.local_addr().map_err(|error| failure::system_error(&error))?;
    // The log has the address if stdout is closed.
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "listening on {scheme}://{address}");
    if let Some(address) = admin_address {
        let _ = writeln!(stdout, "admin on http://{address}");
    }
    drop(stdout);
    app.resources.log(args);
    info!(target: "server", "listening on {scheme}://{address}");
    let stopping = Notify::new();
    let first_signal = async {
        stop.recv().await;
        is_ready.store(false, Ordering::Relaxed);
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
        served = server.serve(listener, first_signal, args.grace) => served,
        () = second_signal => Ok(()),
    };
    stopping::record();
    if let Some(tracing) = &app.tracing {
        tracing.shut_down();
    }
    info!(target: "server", "stopped");
    served.map_err(|error| {
        let place = Place::argument(format!("--listen {address}"));
        failure::system_error(&error).at(place).into()
    })
}

/// Loads the chain on a thread that may block.
async fn load(app: &Arc<App>) -> Result<LoadedChain, Failure> {
    let loading = app.clone();
    let loaded = tokio::task::spawn_blocking(move || loading.load()).await;
    loaded.map_err(|panic| failure::internal("the components could not be read", &panic))?
}

async fn listen(option: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let message = format!("cannot listen on {address}: {error}");
        let failure = Diagnostic::error(codes::CANNOT_LISTEN, message)
            .at(Place::argument(format!("{option} {address}")));
        match error.kind() {
            io::ErrorKind::AddrInUse => failure.help("choose another port; 0 is any free one"),
            io::ErrorKind::AddrNotAvailable => failure.help("choose an address of this machine"),
            _ => failure,
        }
        .into()
    })
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
        reload::reload(&app, &current).await;
    }
}
