//! The limits of the process on its machine: open files and memory.

use std::fmt;

use bytesize::ByteSize;
use tracing::{info, warn};

use super::args::Args;

/// Open files other than connections: the component's and the certificate's, those of the runtime, and rejected connections
/// that still receive a response. At most half of the files are reserved.
const RESERVED_FILES: usize = 128;
/// The share of the machine's memory that all instances may use together (default of `--max-total-memory`).
const MEMORY_SHARE: (u64, u64) = (3, 4);

/// Limits that depend on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resources {
    /// Files that the process may open, if they limit the connections.
    scarce_files: Option<usize>,
    /// Connections of clients at a time.
    pub connections: usize,
    /// Connections to servers at a time, for next hops and side calls.
    pub upstream_connections: usize,
    /// Bytes of all instances together; `None` if there is no limit.
    pub memory: Option<u64>,
}

impl Resources {
    /// Raises the limit of open files as far as that is necessary and possible, and derives the limits from what there is.
    pub fn new(args: &Args) -> Self {
        let wanted = Resources {
            scarce_files: None,
            connections: args.max_connections,
            upstream_connections: args.max_upstream_connections,
            memory: match args.max_total_memory {
                Some(size) => Some(size.as_u64()),
                None => machine_memory().map(|total| total / MEMORY_SHARE.1 * MEMORY_SHARE.0),
            },
        };
        match raise_file_limit(wanted.files()) {
            Some(files) => wanted.within(files),
            None => wanted,
        }
    }

    /// Logs the limits.
    pub fn log(&self, args: &Args) {
        if let Some(files) = self.scarce_files {
            warn!(target: "server", "the process may open only {files} files, so --max-connections is {}, and --max-upstream-connections {}; raise the hard limit (`ulimit -Hn`)", self.connections, self.upstream_connections);
        }
        info!(target: "server", "at most {self}, {} requests, {} instances", args.max_requests, args.max_instances);
    }

    /// Returns how many files may be open.
    fn files(&self) -> usize {
        let connections = self.connections.saturating_add(self.upstream_connections);
        connections.saturating_add(RESERVED_FILES)
    }

    /// Reduces the connections to what a number of open files allows.
    fn within(self, files: usize) -> Self {
        if self.files() <= files {
            return self;
        }
        let available = (files - RESERVED_FILES.min(files / 2)) as u128;
        let wanted = self.connections as u128 + self.upstream_connections as u128;
        let part = |connections: usize| {
            let part = available * connections as u128 / wanted;
            usize::try_from(part).unwrap_or(usize::MAX).max(1)
        };
        Resources {
            scarce_files: Some(files),
            connections: part(self.connections),
            upstream_connections: part(self.upstream_connections),
            ..self
        }
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Resources {
            connections,
            upstream_connections,
            memory,
            ..
        } = self;
        if let Some(memory) = memory {
            write!(formatter, "{} of memory, ", ByteSize(*memory))?;
        }
        write!(
            formatter,
            "{connections} connections, {upstream_connections} upstream connections"
        )
    }
}

/// Raises the limit of open files to a number, or as far as possible. Returns the limit; `None` if there is none.
#[cfg(unix)]
fn raise_file_limit(wanted: usize) -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current?;
    let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
    let raised = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    if raised > current {
        // If it fails, the current limit is what there is.
        let _ = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(raised),
                maximum: limit.maximum,
            },
        );
    }
    let files = getrlimit(Resource::Nofile).current?;
    Some(usize::try_from(files).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
fn raise_file_limit(_: usize) -> Option<usize> {
    None
}

/// Returns how much memory the process can have: that of the machine, or of its control group.
#[cfg(target_os = "linux")]
fn machine_memory() -> Option<u64> {
    use std::fs::read_to_string;
    use std::path::Path;
    let meminfo = read_to_string("/proc/meminfo").ok()?;
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    let groups = read_to_string("/proc/self/cgroup").unwrap_or_default();
    // A group of version 2 has the number 0 and no controllers. Each group also has the limits of those above it.
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let limits = Path::new("/sys/fs/cgroup").join(group);
    let limits = limits.ancestors().filter_map(|group| {
        let limit = read_to_string(group.join("memory.max")).ok()?;
        limit.trim().parse::<u64>().ok()
    });
    limits.chain([kibibytes.saturating_mul(1024)]).min()
}

#[cfg(not(target_os = "linux"))]
fn machine_memory() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how many connections a number of open files allows, of so many.
    fn within(files: usize, connections: usize, upstream_connections: usize) -> (usize, usize) {
        let wanted = Resources {
            scarce_files: None,
            connections,
            upstream_connections,
            memory: None,
        };
        let resources = wanted.within(files);
        (resources.connections, resources.upstream_connections)
    }

    #[test]
    fn connections_fit_into_the_open_files() {
        assert_eq!(within(8320, 4096, 4096), (4096, 4096));
        assert_eq!(within(1024, 4096, 4096), (448, 448));
        assert_eq!(within(528, 3000, 1000), (300, 100));
        assert_eq!(within(40, 4096, 4096), (10, 10));
        assert_eq!(within(0, 4096, 4096), (1, 1));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_memory_of_this_machine_is_known() {
        assert!(machine_memory().is_some_and(|bytes| bytes > 1 << 20));
    }
}
