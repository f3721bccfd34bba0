//! Unix sockets.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, chmod};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketType, bind, connect, listen as begin, socket,
};
use witgen::diagnostic::{Diagnostic, codes};

/// Connections that wait to be accepted; the system may allow fewer. The standard library has as many.
const BACKLOG: i32 = 4096;

/// The file of a socket, which is removed when this is dropped, if it is still the same file.
pub struct SocketFile {
    path: PathBuf,
    identity: Identity,
}

/// The identity of a file. An inode alone isn't enough, because it is used again.
#[derive(PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    modified: (i64, i64),
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Identity {
            device: metadata.dev(),
            inode: metadata.ino(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let metadata = fs::symlink_metadata(&self.path);
        if metadata.is_ok_and(|metadata| Identity::of(&metadata) == self.identity) {
            // Another process may have removed it, or the permission to do so.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Listens on a Unix socket. Its file gets its mode before clients can connect. A socket of a process that has ended is
/// replaced, and any other file never is.
///
/// # Errors
///
/// If the path is taken, or can't be used.
pub fn listen(
    path: &Path,
    mode: u32,
) -> Result<(tokio::net::UnixListener, SocketFile), Diagnostic> {
    remove_stale(path)?;
    bind_and_listen(path, mode).map_err(|error| {
        let failure = cannot_listen(path, &error.to_string());
        match error.kind() {
            io::ErrorKind::AddrInUse => failure.help("another process uses the address now"),
            io::ErrorKind::NotFound => failure.help("create the directory first"),
            io::ErrorKind::InvalidInput => failure.help("a path has about 100 bytes at most"),
            _ => failure,
        }
    })
}

fn bind_and_listen(path: &Path, mode: u32) -> io::Result<(tokio::net::UnixListener, SocketFile)> {
    let address = SocketAddrUnix::new(path).map_err(|error| match error {
        Errno::NAMETOOLONG => io::Error::new(io::ErrorKind::InvalidInput, "the path is too long"),
        error => error.into(),
    })?;
    let socket = new_socket()?;
    bind(&socket, &address)?;
    let file = SocketFile {
        identity: Identity::of(&fs::symlink_metadata(path)?),
        path: path.to_owned(),
    };
    // Before this, the mode is what the process's umask leaves. No connection is possible until it listens.
    chmod(path, Mode::from_bits_truncate(mode as _))?;
    begin(&socket, BACKLOG)?;
    let listener = UnixListener::from(socket);
    listener.set_nonblocking(true)?;
    Ok((tokio::net::UnixListener::from_std(listener)?, file))
}

/// Removes the socket of a process that has ended.
fn remove_stale(path: &Path) -> Result<(), Diagnostic> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        // Other errors keep it from being bound too.
        Err(_) => return Ok(()),
    };
    if !metadata.file_type().is_socket() {
        return Err(
            cannot_listen(path, "the file exists and is not a socket").help("choose another path")
        );
    }
    match probe(path) {
        Err(Errno::CONNREFUSED) => fs::remove_file(path).map_err(|error| {
            cannot_listen(path, &format!("cannot remove the old socket: {error}"))
                .help("remove it, or choose another path")
        }),
        // It has been removed meanwhile.
        Err(Errno::NOENT) => Ok(()),
        Ok(()) | Err(Errno::AGAIN) => Err(cannot_listen(path, "another process listens on it")
            .help("stop that process, or choose another path")),
        Err(error) => Err(cannot_listen(
            path,
            &format!(
                "the socket exists, and the server can't check whether a process uses it: {error}"
            ),
        )
        .help("remove it, or choose another path")),
    }
}

/// Connects to a socket without waiting.
fn probe(path: &Path) -> Result<(), Errno> {
    let socket = new_socket()?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    connect(&socket, &SocketAddrUnix::new(path)?)
}

fn new_socket() -> Result<rustix::fd::OwnedFd, Errno> {
    let socket = socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    Ok(socket)
}

fn cannot_listen(path: &Path, why: &str) -> Diagnostic {
    let message = format!("cannot listen on unix:{}: {why}", path.display());
    Diagnostic::error(codes::CANNOT_LISTEN, message)
}
