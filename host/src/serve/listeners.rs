//! The sockets that the server listens at, which a reload can change.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle};
use tracing::info;
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen_serve::server::Server;

use super::admin;
use super::failure;
use super::process::Process;
use super::settings::{ListenerSettings, Settings};
use super::tls::{Certificate, Identity};

/// The sockets that are open.
pub struct Listeners {
    process: Arc<Process>,
    open: Vec<Open>,
    /// The tasks of those that were closed, until their requests in flight are complete.
    draining: Vec<JoinHandle<()>>,
    admin: Option<Admin>,
    failures: mpsc::UnboundedSender<Failure>,
    failed: Option<mpsc::UnboundedReceiver<Failure>>,
}

/// A socket whose connections are served.
struct Open {
    address: SocketAddr,
    identity: Option<Arc<Identity>>,
    /// Drops stop it too.
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// The socket for operators.
struct Admin {
    address: SocketAddr,
    task: AbortHandle,
}

/// A change of the sockets that can't fail any more.
#[derive(Default)]
pub struct Change {
    /// Those that stay open, by their place among those that are open.
    kept: Vec<(usize, Option<Certificate>)>,
    opened: Vec<Opened>,
    /// `None` if it stays as it is.
    admin: Option<Option<(SocketAddr, Arc<std::net::TcpListener>)>>,
}

/// A socket that isn't served yet.
struct Opened {
    address: SocketAddr,
    place: Place,
    listener: TcpListener,
    identity: Option<(Arc<Identity>, rustls::ServerConfig)>,
}

impl Change {
    /// Returns the lines that say where the server listens from now on.
    pub fn addresses(&self) -> Vec<String> {
        let listeners = self.opened.iter().filter_map(|opened| {
            let scheme = if opened.identity.is_some() {
                "https"
            } else {
                "http"
            };
            let address = opened.listener.local_addr().ok()?;
            Some(format!("listening on {scheme}://{address}"))
        });
        let admin = self.admin.iter().flatten();
        let admin = admin.filter_map(|(_, socket)| socket.local_addr().ok());
        listeners
            .chain(admin.map(|address| format!("admin on http://{address}")))
            .collect()
    }
}

impl Listeners {
    /// Without any socket.
    pub fn new(process: Arc<Process>) -> Self {
        let (failures, failed) = mpsc::unbounded_channel();
        Listeners {
            process,
            open: Vec::new(),
            draining: Vec::new(),
            admin: None,
            failures,
            failed: Some(failed),
        }
    }

    /// Returns the errors of sockets that can't accept connections any more.
    pub fn take_failures(&mut self) -> Option<mpsc::UnboundedReceiver<Failure>> {
        self.failed.take()
    }

    /// Opens the sockets that settings need in addition. Nothing else changes.
    ///
    /// # Errors
    ///
    /// All addresses that can't be used, and listeners that would start or stop to use TLS.
    pub async fn prepare(
        &self,
        settings: &Settings,
        certificates: Vec<Option<Certificate>>,
    ) -> Result<Change, Failure> {
        let mut change = Change::default();
        let mut problems = Vec::new();
        for (wanted, certificate) in settings.listeners.iter().zip(certificates) {
            let is_kept = |at: usize| change.kept.iter().any(|(kept, _)| *kept == at);
            let found = self
                .open
                .iter()
                .enumerate()
                .find(|(at, open)| open.address == wanted.address && !is_kept(*at));
            match found {
                Some((_, open)) if open.identity.is_some() != certificate.is_some() => {
                    problems.push(tls_needs_restart(wanted));
                }
                Some((at, _)) => change.kept.push((at, certificate)),
                None => match open(wanted, certificate).await {
                    Ok(opened) => change.opened.push(opened),
                    Err(failure) => problems.extend(failure.into_diagnostics()),
                },
            }
        }
        let admin = settings.args.admin;
        if self.admin.as_ref().map(|admin| admin.address) != admin {
            let opened = match (admin, &settings.admin_place) {
                (Some(address), Some(place)) => {
                    let listener = bind(address, place.clone()).await.and_then(|listener| {
                        let listener = listener.into_std();
                        listener.map_err(|error| failure::system_error(&error).into())
                    });
                    listener.map(|listener| Some((address, Arc::new(listener))))
                }
                _ => Ok(None),
            };
            match opened {
                Ok(opened) => change.admin = Some(opened),
                Err(failure) => problems.extend(failure.into_diagnostics()),
            }
        }
        Failure::of(problems).map_or(Ok(change), Err)
    }

    /// Serves the endpoint for operators, while everything else is still prepared.
    pub fn start_admin(&mut self, change: &Change) {
        let Some(socket) = &change.admin else {
            return;
        };
        if let Some(previous) = self.admin.take() {
            previous.task.abort();
        }
        let socket = socket.as_ref().and_then(|(address, socket)| {
            let listener = TcpListener::from_std(socket.try_clone().ok()?).ok()?;
            Some((*address, listener))
        });
        self.admin = socket.map(|(address, listener)| {
            let process = &self.process;
            let served = admin::serve(listener, process.metrics.clone(), process.is_ready.clone());
            Admin {
                address,
                task: tokio::spawn(served).abort_handle(),
            }
        });
    }

    /// Makes a change: `server` serves the new sockets, and those that are no longer wanted accept no further connections.
    /// Returns whether a certificate has changed.
    pub fn apply(&mut self, change: Change, server: &Server) -> bool {
        let mut is_changed = false;
        for (at, certificate) in &change.kept {
            if let (Some(certificate), Some(identity)) = (certificate, &self.open[*at].identity) {
                is_changed |= identity.replace(certificate.clone());
            }
        }
        self.draining.retain(|task| !task.is_finished());
        for (at, open) in std::mem::take(&mut self.open).into_iter().enumerate() {
            if change.kept.iter().any(|(kept, _)| *kept == at) {
                self.open.push(open);
            } else {
                info!(target: "reload", "{} accepts no further connections", open.address);
                open.stop.send_replace(());
                self.draining.push(open.task);
            }
        }
        for opened in change.opened {
            self.open.push(self.serve(opened, server.clone()));
        }
        is_changed
    }

    fn serve(&self, opened: Opened, mut server: Server) -> Open {
        let Opened {
            address,
            place,
            listener,
            identity,
        } = opened;
        let identity = identity.map(|(identity, config)| {
            server = server.clone().tls(config);
            identity
        });
        let (stop, mut stopped) = watch::channel(());
        let failures = self.failures.clone();
        let task = tokio::spawn(async move {
            let stop = async move {
                // An error means that the sender was dropped.
                let _ = stopped.changed().await;
            };
            // The process ends sooner than this.
            if let Err(error) = server.serve(listener, stop, Duration::MAX).await {
                let _ = failures.send(failure::system_error(&error).at(place).into());
            }
        });
        Open {
            address,
            identity,
            stop,
            task,
        }
    }

    /// Stops all sockets, and returns the tasks that end when the requests in flight are complete.
    pub fn stop(&mut self) -> Vec<JoinHandle<()>> {
        let stopped = self.open.drain(..).map(|open| {
            open.stop.send_replace(());
            open.task
        });
        stopped.chain(self.draining.drain(..)).collect()
    }
}

async fn open(
    wanted: &ListenerSettings,
    certificate: Option<Certificate>,
) -> Result<Opened, Failure> {
    let identity = certificate.map(|certificate| {
        let identity = Arc::new(Identity::new(certificate));
        Ok::<_, Failure>((identity.clone(), identity.server_config()?))
    });
    Ok(Opened {
        address: wanted.address,
        place: wanted.place.clone(),
        identity: identity.transpose()?,
        listener: bind(wanted.address, wanted.place.clone()).await?,
    })
}

async fn bind(address: SocketAddr, place: Place) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let message = format!("cannot listen on {address}: {error}");
        let failure = Diagnostic::error(codes::CANNOT_LISTEN, message).at(place);
        match error.kind() {
            io::ErrorKind::AddrInUse => failure.help("choose another port; 0 is any free one"),
            io::ErrorKind::AddrNotAvailable => failure.help("choose an address of this machine"),
            _ => failure,
        }
        .into()
    })
}

fn tls_needs_restart(wanted: &ListenerSettings) -> Diagnostic {
    let message = format!(
        "the listener `{}` can't start or stop to use `tls` while the server runs",
        wanted.address
    );
    Diagnostic::error(codes::RESTART_REQUIRED, message)
        .at(wanted.place.clone())
        .help("restart the server, or listen at another address")
}
