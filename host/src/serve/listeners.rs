//! The sockets that the server listens at, which a reload can change.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle};
use tracing::{info, warn};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen_serve::server::{Listener, Server};

use super::admin;
use super::args::Args;
use super::failure;
use super::listen;
use super::listen::address::ListenAddress;
use super::listen::socket::{Socket, SocketFile, SocketFiles, SocketName};
use super::listen::systemd::Activated;
use super::process::Process;
use super::settings::{ListenerSettings, Settings};
use super::tls::{Certificate, Identity};

/// The sockets that are open.
pub struct Listeners {
    process: Arc<Process>,
    activated: Activated,
    open: Vec<Open>,
    /// The tasks of those that were closed, until their requests in flight are complete.
    draining: Vec<JoinHandle<()>>,
    /// Tasks that `stop` has returned.
    stopped: Vec<AbortHandle>,
    /// Those of sockets that were stopped at the end.
    files: SocketFiles,
    admin: Option<Admin>,
    failures: mpsc::UnboundedSender<Failure>,
    failed: Option<mpsc::UnboundedReceiver<Failure>>,
}

/// An address whose connections are served.
struct Open {
    address: ListenAddress,
    /// Its sockets: several if systemd has opened them.
    names: Vec<SocketName>,
    has_proxy_headers: bool,
    identity: Option<Arc<Identity>>,
    files: SocketFiles,
    /// Drops stop it too.
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// The socket for operators.
struct Admin {
    address: ListenAddress,
    name: SocketName,
    _file: Option<SocketFile>,
    task: AbortHandle,
}

/// A change of the sockets that can no longer fail.
#[derive(Default)]
pub struct Change {
    /// Those that stay open, by their place among those that are open.
    kept: Vec<(usize, Option<Certificate>)>,
    opened: Vec<Opened>,
    /// `None` if it stays as it is.
    admin: Option<Option<(ListenAddress, Socket)>>,
}

/// An address that isn't served yet.
struct Opened {
    address: ListenAddress,
    place: Place,
    sockets: Vec<Socket>,
    has_proxy_headers: bool,
    identity: Option<(Arc<Identity>, rustls::ServerConfig)>,
}

impl Change {
    /// Returns the lines that say where the server listens from now on.
    pub fn addresses(&self) -> Vec<String> {
        let listeners = self.opened.iter().flat_map(|opened| {
            let scheme = scheme(opened.identity.is_some());
            let sockets = opened.sockets.iter();
            sockets.map(move |socket| format!("listening on {}", socket.name.url(scheme)))
        });
        let admin = self.admin.iter().flatten();
        let admin = admin.map(|(_, socket)| format!("admin on {}", socket.name.url("http")));
        listeners.chain(admin).collect()
    }
}

fn scheme(is_tls: bool) -> &'static str {
    if is_tls { "https" } else { "http" }
}

impl Listeners {
    /// Without any socket.
    pub fn new(process: Arc<Process>) -> Self {
        let (failures, failed) = mpsc::unbounded_channel();
        Listeners {
            process,
            activated: Activated::default(),
            open: Vec::new(),
            draining: Vec::new(),
            stopped: Vec::new(),
            files: Vec::new(),
            admin: None,
            failures,
            failed: Some(failed),
        }
    }

    /// Returns the errors of sockets that can no longer accept connections.
    pub fn take_failures(&mut self) -> Option<mpsc::UnboundedReceiver<Failure>> {
        self.failed.take()
    }

    /// Opens the sockets that settings need in addition. Nothing else changes.
    ///
    /// # Errors
    ///
    /// All addresses that can't be used, those at which no client could connect, and listeners that would start or stop to use
    /// TLS or the PROXY protocol.
    pub async fn prepare(
        &mut self,
        settings: &Settings,
        certificates: Vec<Option<Certificate>>,
    ) -> Result<Change, Failure> {
        let args = &settings.args;
        let addresses = settings.listeners.iter().map(|listener| &listener.address);
        self.activated.begin(addresses.chain(&args.admin));
        let mut change = Change::default();
        let mut problems = Vec::new();
        for (wanted, certificate) in settings.listeners.iter().zip(certificates) {
            let prepared = self.prepare_listener(wanted, certificate, args, &mut change).await;
            problems.extend(prepared.err().into_iter().flat_map(Failure::into_diagnostics));
        }
        match self.prepare_admin(settings).await {
            Ok(admin) => change.admin = admin,
            Err(problem) => problems.push(problem),
        }
        Failure::of(problems).map_or(Ok(change), Err)
    }

    async fn prepare_listener(
        &mut self,
        wanted: &ListenerSettings,
        certificate: Option<Certificate>,
        args: &Args,
        change: &mut Change,
    ) -> Result<(), Failure> {
        let at_place = |problem: Diagnostic| problem.at(wanted.place.clone());
        let passed = self.passed(&wanted.address).map_err(at_place)?;
        let is_kept = |at: usize| change.kept.iter().any(|(kept, _)| *kept == at);
        let found = self.open.iter().enumerate().find(|(at, open)| {
            open.address == wanted.address && !is_kept(*at) && is_same(&open.names, &passed)
        });
        if let Some((at, open)) = found {
            if open.identity.is_some() != certificate.is_some() {
                return Err(needs_restart(wanted, "tls").into());
            }
            if open.has_proxy_headers != wanted.proxy_protocol.is_some() {
                return Err(needs_restart(wanted, "proxy-protocol").into());
            }
            check_proxies(wanted, open.names.iter(), args)?;
            change.kept.push((at, certificate));
            return Ok(());
        }
        let sockets = match passed {
            Some(sockets) => sockets,
            None => self.open(&wanted.address, args).await.map_err(at_place)?,
        };
        check_proxies(wanted, sockets.iter().map(|socket| &socket.name), args)?;
        let identity = certificate.map(|certificate| {
            let identity = Arc::new(Identity::new(certificate));
            Ok::<_, Failure>((identity.clone(), identity.server_config()?))
        });
        change.opened.push(Opened {
            address: wanted.address.clone(),
            place: wanted.place.clone(),
            sockets,
            has_proxy_headers: wanted.proxy_protocol.is_some(),
            identity: identity.transpose()?,
        });
        Ok(())
    }

    /// Opens the socket for operators, if it isn't open. `None` if it stays as it is.
    async fn prepare_admin(
        &mut self,
        settings: &Settings,
    ) -> Result<Option<Option<(ListenAddress, Socket)>>, Diagnostic> {
        let (Some(address), Some(place)) = (&settings.args.admin, &settings.admin_place) else {
            return Ok(self.admin.is_some().then_some(None));
        };
        let at_place = |problem: Diagnostic| problem.at(place.clone());
        let passed = self.passed(address).map_err(at_place)?;
        if let Some(admin) = &self.admin
            && admin.address == *address
            && is_same(std::slice::from_ref(&admin.name), &passed)
        {
            return Ok(None);
        }
        let mut sockets = match passed {
            Some(sockets) => sockets,
            None => self.open(address, &settings.args).await.map_err(at_place)?,
        };
        match (sockets.pop(), sockets.len()) {
            (Some(socket), 0) => Ok(Some(Some((address.clone(), socket)))),
            (_, others) => {
                let why = format!("systemd has opened {} sockets", others + 1);
                Err(listen::cannot_listen(address, &why)
                    .at(place.clone())
                    .help("choose one by its name: systemd:NAME"))
            }
        }
    }

    /// Takes the sockets that systemd has opened for an address. `None` if the address isn't one of systemd's.
    fn passed(&mut self, address: &ListenAddress) -> Result<Option<Vec<Socket>>, Diagnostic> {
        match address {
            ListenAddress::Systemd(name) => self.activated.take(name.as_deref()).map(Some),
            _ => Ok(None),
        }
    }

    async fn open(
        &mut self,
        address: &ListenAddress,
        args: &Args,
    ) -> Result<Vec<Socket>, Diagnostic> {
        listen::open(address, args.unix_mode, &mut self.activated).await
    }

    /// Warns of sockets that systemd has opened and that no address names.
    pub fn warn_of_unused(&self) {
        for name in self.activated.unused() {
            warn!(target: "server", "the socket `{name}` of systemd is not used: no option names it");
        }
    }

    /// Serves the endpoint for operators, while everything else is still prepared.
    pub fn start_admin(&mut self, change: &mut Change) {
        let Some(socket) = change.admin.take() else {
            return;
        };
        if let Some(previous) = self.admin.take() {
            previous.task.abort();
        }
        self.admin = socket.map(|(address, mut socket)| {
            let (name, file) = (socket.name.clone(), socket.take_file());
            let served = admin::serve(socket, self.process.clone());
            Admin {
                address,
                name,
                _file: file,
                task: tokio::spawn(served).abort_handle(),
            }
        });
    }

    /// Returns where clients find the server.
    pub fn urls(&self) -> Vec<String> {
        let urls = self.open.iter().flat_map(|open| {
            let scheme = scheme(open.identity.is_some());
            open.names.iter().map(move |name| name.url(scheme))
        });
        urls.collect()
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
            mut sockets,
            has_proxy_headers,
            identity,
        } = opened;
        let identity = identity.map(|(identity, config)| {
            server = server.clone().tls(config);
            identity
        });
        let names = sockets.iter().map(|socket| socket.name.clone()).collect();
        let files = sockets.iter_mut().filter_map(Socket::take_file).collect();
        let sockets = sockets.into_iter().map(Socket::into_listener);
        let sockets: Vec<Listener> = if has_proxy_headers {
            sockets.map(Listener::proxy_protocol).collect()
        } else {
            sockets.collect()
        };
        let (stop, mut stopped) = watch::channel(());
        let failures = self.failures.clone();
        let task = tokio::spawn(async move {
            let stop = async move {
                // An error means that the sender was dropped.
                let _ = stopped.changed().await;
            };
            // The process ends sooner than this.
            if let Err(error) = server.serve_all(sockets, stop, Duration::MAX).await {
                let _ = failures.send(failure::system_error(&error).at(place).into());
            }
        });
        Open {
            address,
            names,
            has_proxy_headers,
            identity,
            files,
            stop,
            task,
        }
    }

    /// Stops all sockets, and returns the tasks that end when the requests in flight are complete.
    pub fn stop(&mut self) -> Vec<JoinHandle<()>> {
        let files = &mut self.files;
        let stopped = self.open.drain(..).map(|open| {
            open.stop.send_replace(());
            files.extend(open.files);
            open.task
        });
        let tasks: Vec<_> = stopped.chain(self.draining.drain(..)).collect();
        self.stopped.extend(tasks.iter().map(JoinHandle::abort_handle));
        tasks
    }

    /// Cuts off the requests that are still in flight, and removes the files of all sockets, at the end.
    pub fn close(&mut self) {
        self.stop();
        for task in self.stopped.drain(..) {
            task.abort();
        }
        self.files.clear();
        if let Some(admin) = self.admin.take() {
            admin.task.abort();
        }
    }
}

/// Whether sockets that are open are those that systemd has passed for their address. Others need no comparison.
fn is_same(open: &[SocketName], passed: &Option<Vec<Socket>>) -> bool {
    passed
        .as_ref()
        .is_none_or(|passed| passed.iter().map(|socket| &socket.name).eq(open))
}

/// Rejects a listener at which no client could connect.
fn check_proxies<'a>(
    wanted: &ListenerSettings,
    sockets: impl Iterator<Item = &'a SocketName>,
    args: &Args,
) -> Result<(), Failure> {
    let Some(place) = &wanted.proxy_protocol else {
        return Ok(());
    };
    let problems = sockets.filter_map(|name| listen::without_proxy(name, &args.trusted_proxy));
    let problems: Vec<Diagnostic> = problems.map(|problem| problem.at(place.clone())).collect();
    Failure::of(problems).map_or(Ok(()), Err)
}

fn needs_restart(wanted: &ListenerSettings, key: &str) -> Diagnostic {
    let message = format!(
        "`{key}` of the listener `{}` can't change while the server runs",
        wanted.address
    );
    Diagnostic::error(codes::RESTART_REQUIRED, message)
        .at(wanted.place.clone())
        .help("restart the server, or listen at another address")
}
