//! Watches files for changes, including the symbolic links that lead to them.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{Receiver, channel};
use tracing::warn;

/// How long a file must stay unchanged before it is read: its writer may not have finished.
const DEBOUNCE: Duration = Duration::from_millis(200);
/// The maximum number of symbolic links on the way to a file, as in Linux.
const MAX_SYMLINKS: usize = 40;

/// Sends a message when one of the files has changed, after it has stayed unchanged for some time. Dropping the receiver
/// stops the watch.
///
/// # Errors
///
/// If a folder can't be watched.
pub fn watch(files: &[PathBuf]) -> notify::Result<Receiver<()>> {
    let (changes, mut changed) = channel(64);
    let steps = Arc::<RwLock<BTreeSet<PathBuf>>>::default();
    let current_steps = steps.clone();
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let is_relevant = match &event {
            // The system has dropped events.
            Ok(event) if event.need_rescan() => true,
            Ok(event) if event.kind.is_access() => false,
            Ok(event) => {
                let steps = current_steps.read().unwrap_or_else(PoisonError::into_inner);
                event.paths.iter().any(|path| steps.contains(path))
            }
            Err(error) => {
                warn!(target: "reload", "some changes of files may go unnoticed: {error}");
                true
            }
        };
        if is_relevant {
            // If the channel is full, a change is already pending.
            let _ = changes.try_send(());
        }
    })?;
    let mut watched = WatchedFiles {
        files: files.to_vec(),
        steps,
        folders: BTreeSet::new(),
        watcher,
    };
    watched.update()?;
    let (settled, receiver) = channel(1);
    tokio::spawn(async move {
        while changed.recv().await.is_some() {
            watched.update_if_possible();
            while let Ok(Some(())) = tokio::time::timeout(DEBOUNCE, changed.recv()).await {
                watched.update_if_possible();
            }
            if settled.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

struct WatchedFiles {
    files: Vec<PathBuf>,
    /// The paths whose changes change a file: the file, and each link and folder on the way to it.
    steps: Arc<RwLock<BTreeSet<PathBuf>>>,
    folders: BTreeSet<PathBuf>,
    watcher: RecommendedWatcher,
}

impl WatchedFiles {
    /// Resolves the files again, and watches the folders on the way to them.
    fn update(&mut self) -> notify::Result<()> {
        let resolved: Vec<_> = self.files.iter().map(|file| steps(file)).collect();
        let required: BTreeSet<_> = resolved
            .iter()
            .filter_map(|steps| steps.last()?.parent())
            .map(Path::to_owned)
            .collect();
        let steps: BTreeSet<_> = resolved.into_iter().flatten().collect();
        let folders: BTreeSet<_> =
            steps.iter().filter_map(|step| step.parent()).map(Path::to_owned).collect();
        *self.steps.write().unwrap_or_else(PoisonError::into_inner) = steps;
        for unused in self.folders.difference(&folders) {
            let _ = self.watcher.unwatch(unused);
        }
        self.folders = folders;
        let mut result = Ok(());
        // The outermost first, so that no folder is created unnoticed in between.
        for folder in &self.folders {
            let watched = self.watcher.watch(folder, RecursiveMode::NonRecursive);
            // A folder further out may not be readable; then changes of its links go unnoticed.
            if required.contains(folder) {
                result = result.and(watched);
            }
        }
        result
    }

    /// Updates the watches after a change. A missing folder is watched as soon as it is created.
    fn update_if_possible(&mut self) {
        let _ = self.update();
    }
}

/// Returns each path on the way to a file, including the file itself and the targets of links. The folders of these paths
/// are resolved.
fn steps(file: &Path) -> Vec<PathBuf> {
    let Ok(file) = std::path::absolute(file) else {
        return Vec::new();
    };
    let mut remaining = parts(&file);
    let (mut folder, mut steps, mut links) = (PathBuf::new(), Vec::new(), 0);
    while let Some(part) = remaining.pop_front() {
        match part {
            Part::Root(root) => folder = root,
            Part::Up => {
                folder.pop();
            }
            Part::Name(name) => {
                let step = folder.join(name);
                match step.read_link() {
                    Ok(target) if links < MAX_SYMLINKS => {
                        links += 1;
                        for part in parts(&target).into_iter().rev() {
                            remaining.push_front(part);
                        }
                    }
                    _ => folder.clone_from(&step),
                }
                steps.push(step);
            }
        }
    }
    steps
}

enum Part {
    Root(PathBuf),
    Up,
    Name(OsString),
}

fn parts(path: &Path) -> VecDeque<Part> {
    let mut root = PathBuf::new();
    let mut parts = VecDeque::new();
    for component in path.components() {
        match component {
            Component::Prefix(prefix) => root.push(prefix.as_os_str()),
            Component::RootDir => {
                root.push(component);
                parts.push_back(Part::Root(root.clone()));
            }
            Component::CurDir => {}
            Component::ParentDir => parts.push_back(Part::Up),
            Component::Normal(name) => parts.push_back(Part::Name(name.to_owned())),
        }
    }
    parts
}
