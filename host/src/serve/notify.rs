//! Reports the state of the server to a service manager, such as systemd, by the protocol of sd_notify(3).
//!
//! The crate `sd-notify` blocks if the manager doesn't read, and can't send to abstract sockets.

#[cfg(unix)]
pub use unix::ServiceManager;

#[cfg(not(unix))]
pub use nothing::ServiceManager;

/// The messages to the manager.
impl ServiceManager {
    /// The server accepts requests. `status` is shown to operators.
    pub fn ready(&self, status: &str) {
        self.send(&format!("READY=1\nSTATUS={status}"));
    }

    /// The server has begun to reload its files. [`ready`](Self::ready) ends this.
    pub fn reloading(&self) {
        let now = monotonic_microseconds();
        self.send(&format!(
            "RELOADING=1\nMONOTONIC_USEC={now}\nSTATUS=reloading"
        ));
    }

    /// The server has begun to stop.
    pub fn stopping(&self) {
        self.send("STOPPING=1\nSTATUS=completing the requests in flight");
    }

    /// The current state of the server, for operators.
    pub fn status(&self, status: &str) {
        self.send(&format!("STATUS={status}"));
    }
}

#[cfg(unix)]
fn monotonic_microseconds() -> u128 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    // The time since the machine started is positive; the types of the fields depend on the system.
    std::time::Duration::new(time.tv_sec as u64, time.tv_nsec as u32).as_micros()
}

#[cfg(not(unix))]
fn monotonic_microseconds() -> u128 {
    0
}

#[cfg(unix)]
mod unix {
    use std::env;
    use std::ffi::OsStr;
    use std::io;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    use std::process;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use tokio::time::{MissedTickBehavior, interval};
    use tracing::warn;

    /// The shortest time between two messages to a watchdog.
    const MIN_PAUSE: Duration = Duration::from_millis(1);

    /// A service manager that waits for messages; or none.
    #[derive(Clone)]
    pub struct ServiceManager(Option<Arc<Manager>>);

    struct Manager {
        socket: UnixDatagram,
        address: SocketAddr,
        has_failed: AtomicBool,
    }

    impl ServiceManager {
        /// Returns the manager that the environment names (`NOTIFY_SOCKET`).
        pub fn from_env() -> Self {
            let Some(name) = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else {
                return ServiceManager(None);
            };
            let manager = Manager::new(&name);
            if let Err(error) = &manager {
                let name = name.display();
                warn!(target: "server", "cannot send messages to the service manager at `{name}`: {error}");
            }
            ServiceManager(manager.ok().map(Arc::new))
        }

        pub(super) fn send(&self, message: &str) {
            if let Some(manager) = &self.0
                && let Err(error) = manager.send(message)
                && !manager.has_failed.swap(true, Ordering::Relaxed)
            {
                warn!(target: "server", "cannot send messages to the service manager: {error}");
            }
        }

        /// Starts to report to the manager that the server isn't stuck, if the manager requires it (sd_watchdog_enabled(3)):
        /// twice in the time after which it would end the server.
        pub fn start_watchdog(&self) {
            let variable = |name| env::var(name).ok();
            let is_for_other =
                variable("WATCHDOG_PID").is_some_and(|pid| pid != process::id().to_string());
            let timeout = variable("WATCHDOG_USEC").and_then(|time| time.parse().ok());
            let (Some(timeout @ 1..), Some(_), false) = (timeout, &self.0, is_for_other) else {
                return;
            };
            let pause = Duration::from_micros(timeout) / 2;
            let manager = self.clone();
            tokio::spawn(async move {
                let mut ticks = interval(pause.max(MIN_PAUSE));
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                loop {
                    ticks.tick().await;
                    manager.send("WATCHDOG=1");
                }
            });
        }
    }

    impl Manager {
        fn new(name: &OsStr) -> io::Result<Self> {
            let socket = UnixDatagram::unbound()?;
            // A manager that doesn't read must not hold up requests.
            socket.set_nonblocking(true)?;
            Ok(Manager {
                socket,
                address: address(name)?,
                has_failed: AtomicBool::new(false),
            })
        }

        fn send(&self, message: &str) -> io::Result<()> {
            self.socket.send_to_addr(message.as_bytes(), &self.address).map(drop)
        }
    }

    /// Returns the address of a path, or of an abstract socket, whose name begins with `@`.
    fn address(name: &OsStr) -> io::Result<SocketAddr> {
        #[cfg(target_os = "linux")]
        if let Some(name) = name.as_bytes().strip_prefix(b"@") {
            use std::os::linux::net::SocketAddrExt as _;
            return SocketAddr::from_abstract_name(name);
        }
        if !name.as_bytes().starts_with(b"/") {
            let kind = io::ErrorKind::Unsupported;
            return Err(io::Error::new(kind, "NOTIFY_SOCKET is not a path"));
        }
        SocketAddr::from_pathname(name)
    }
}

#[cfg(not(unix))]
mod nothing {
    /// A service manager, which this system doesn't have.
    #[derive(Clone)]
    pub struct ServiceManager;

    impl ServiceManager {
        pub fn from_env() -> Self {
            ServiceManager
        }

        pub(super) fn send(&self, _: &str) {}

        pub fn start_watchdog(&self) {}
    }
}
