//! Keeping everything made while the package is edited.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant, SystemTime};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::{Derived, Project, Workspace};
use crate::config::{FILE, manifest_folder};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::fileset::{Plan, WriteOptions};
use crate::registry::Registries;
use crate::source::Source;

/// How long there must be no further change: an editor writes a file in several steps.
const DEBOUNCE: Duration = Duration::from_millis(3);

/// The longest wait for further changes to stop.
const MAX_DEBOUNCE: Duration = Duration::from_millis(100);

/// How often files are compared on file systems that don't report changes.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// What happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Everything is made, with what was found on the way; some files are new, or none.
    Made {
        /// The changes of each directory.
        plans: Vec<(PathBuf, Plan)>,
        /// Names in the documentation that lead nowhere.
        findings: Vec<Diagnostic>,
        /// From the change to the last file.
        took: Duration,
    },
    /// Nothing was written: this is in the way.
    Failed(Failure),
}

/// A folder that is watched.
pub struct Watch {
    dir: PathBuf,
    registries: Registries,
    signals: Receiver<Signal>,
    sender: Sender<Signal>,
    watcher: RecommendedWatcher,
}

/// Ends a [`Watch`].
#[derive(Clone)]
pub struct Stop(Sender<Signal>);

enum Signal {
    Changed,
    Stop,
}

/// The files that outputs are made from, and when they were written.
type Stamp = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

impl Stop {
    /// Ends it: what is being written is finished first.
    pub fn stop(&self) {
        // If the watcher has ended by itself, there is no receiver.
        let _ = self.0.send(Signal::Stop);
    }
}

impl Watch {
    /// Watches a folder and the package that its `witgen.toml` names.
    ///
    /// # Errors
    ///
    /// No `witgen.toml`, and a system that doesn't report changes.
    pub fn new(dir: &Path, registries: Registries) -> Result<Self> {
        Workspace::require(dir)?.require_members(dir)?;
        let (sender, signals) = mpsc::channel();
        let changes = sender.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !is_read_access(&event.kind)) {
                let _ = changes.send(Signal::Changed);
            }
        })
        .map_err(|error| {
            let message = format!("the system doesn't report changes: {error}");
            Diagnostic::error(codes::CANNOT_WATCH, message)
                .at(Place::path(dir))
                .help("run `witgen generate` when something has changed")
        })?;
        Ok(Watch {
            dir: dir.to_owned(),
            registries,
            signals,
            sender,
            watcher,
        })
    }

    /// Stops the watch from another thread.
    pub fn stop(&self) -> Stop {
        Stop(self.sender.clone())
    }

    /// Makes everything, now and whenever something has changed, until it is stopped.
    pub fn run(mut self, mut tell: impl FnMut(Event)) {
        let mut changed = Instant::now();
        loop {
            // Changes from here on are reported; earlier changes are read now.
            self.watch_all();
            let stamp = self.stamp();
            tell(self.make(changed));
            match self.wait(&stamp) {
                Some(at) => changed = at,
                None => return,
            }
        }
    }

    fn make(&self, changed: Instant) -> Event {
        let (copies, derived) = match self.derive() {
            Ok(made) => made,
            Err(errors) => return Event::Failed(errors),
        };
        match derived.write(&WriteOptions::default()) {
            Ok(plans) => Event::Made {
                plans: copies.into_iter().chain(plans).collect(),
                findings: derived.findings,
                took: changed.elapsed(),
            },
            Err(errors) => Event::Failed(errors),
        }
    }

    /// Updates the copies of other members' packages, and makes all outputs. Returns what changed in `deps/`, too.
    fn derive(&self) -> Result<(Vec<(PathBuf, Plan)>, Derived)> {
        let workspace = self.workspace()?.linked()?;
        let copies = workspace.update_copies(false)?;
        Ok((copies, workspace.derive()?))
    }

    fn workspace(&self) -> Result<Workspace> {
        Ok(Workspace::require(&self.dir)?.with_registries(&self.registries))
    }

    /// Waits for a change, and for its end; nothing when the watch is to end.
    fn wait(&self, stamp: &Stamp) -> Option<Instant> {
        loop {
            match self.signals.recv_timeout(POLL_INTERVAL) {
                Ok(Signal::Changed) => break,
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) if self.stamp() != *stamp => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let changed = Instant::now();
        while changed.elapsed() < MAX_DEBOUNCE {
            match self.signals.recv_timeout(DEBOUNCE) {
                Ok(Signal::Changed) => {}
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        Some(changed)
    }

    /// Watches the folders and the packages, which may be others than before.
    fn watch_all(&mut self) {
        let mut watched = vec![(self.dir.clone(), RecursiveMode::NonRecursive)];
        watched.extend(manifest_folder(&self.dir).map(|dir| (dir, RecursiveMode::NonRecursive)));
        for project in self.projects() {
            watched.push((project.dir().to_owned(), RecursiveMode::NonRecursive));
            let (_, folders) = project.example_files();
            let folders = folders.into_iter();
            watched.extend(folders.map(|folder| (folder, RecursiveMode::NonRecursive)));
            match project.source() {
                Ok(Source::Directory(path)) => watched.push((path, RecursiveMode::Recursive)),
                Ok(Source::File(path) | Source::Wasm(path)) => {
                    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
                    watched.push((folder, RecursiveMode::NonRecursive));
                }
                // A package that doesn't exist yet is looked for until it does.
                Ok(Source::Embedded | Source::Revision { .. } | Source::Registry { .. })
                | Err(_) => {}
            }
        }
        for (path, mode) in watched {
            let path = if path.as_os_str().is_empty() {
                Path::new(".")
            } else {
                &path
            };
            // A directory of the same name may be another one by now.
            let _ = self.watcher.unwatch(path);
            // One that can't be watched is looked at from time to time.
            let _ = self.watcher.watch(path, mode);
        }
    }

    /// Returns the projects, which send no requests to registries again and again.
    fn projects(&self) -> Vec<Project> {
        let Ok(workspace) = self.workspace() else {
            return Vec::new();
        };
        let workspace = workspace.with_registries(&self.registries.offline());
        workspace.projects().into_iter().cloned().collect()
    }

    fn stamp(&self) -> Stamp {
        let mut stamp = Stamp::new();
        if let Some(folder) = manifest_folder(&self.dir) {
            visit(&folder.join(FILE), &mut stamp);
        }
        for project in self.projects() {
            visit(&project.path(FILE), &mut stamp);
            let (files, _) = project.example_files();
            files.iter().for_each(|file| visit(file, &mut stamp));
            if let Ok(Source::Directory(path) | Source::File(path) | Source::Wasm(path)) =
                project.source()
            {
                visit(&path, &mut stamp);
            }
        }
        stamp
    }
}

fn visit(path: &Path, stamp: &mut Stamp) {
    let Ok(metadata) = fs::metadata(path) else {
        return;
    };
    let written = metadata.modified().ok();
    // A link that leads back would never end.
    let is_new = stamp.insert(path.to_owned(), (metadata.len(), written)).is_none();
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if metadata.is_dir() && is_new && !is_link {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            visit(&entry.path(), stamp);
        }
    }
}

/// Whether a file was only read, as the watch itself does.
fn is_read_access(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    }
}
