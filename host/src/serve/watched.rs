//! Files that are watched, by whatever links they are reached.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{Receiver, channel};
use tracing::warn;

/// How long a file has to be left alone before it is read: whoever writes it may not be done.
const SETTLED: Duration = Duration::from_millis(200);
/// How many links lead to a file at most, as Linux has it.
const LINKS: usize = 40;

/// Tells when one of the files has changed and been left alone, for as long as anybody wants to know.
///
/// # Errors
///
/// What the operating system says of the folders that are to be watched.
pub fn watch(files: &[PathBuf]) -> notify::Result<Receiver<()>> {
    let (changes, mut changed) = channel(64);
    let places = Arc::<RwLock<BTreeSet<PathBuf>>>::default();
    let known = places.clone();
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let is_ours = match &event {
            // The system has lost count.
            Ok(event) if event.need_rescan() => true,
            Ok(event) if event.kind.is_access() => false,
            Ok(event) => {
                let places = known.read().unwrap_or_else(PoisonError::into_inner);
                event.paths.iter().any(|path| places.contains(path))
            }
            Err(error) => {
                warn!(target: "reload", "not all changes may be seen: {error}");
                true
            }
        };
        if is_ours {
            // Where many are waiting, one more says nothing new.
            let _ = changes.try_send(());
        }
    })?;
    let mut watched = Watched {
        files: files.to_vec(),
        places,
        folders: BTreeSet::new(),
        watcher,
    };
    watched.look()?;
    let (settled, receiver) = channel(1);
    tokio::spawn(async move {
        while changed.recv().await.is_some() {
            watched.look_again();
            while let Ok(Some(())) = tokio::time::timeout(SETTLED, changed.recv()).await {
                watched.look_again();
            }
            if settled.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

struct Watched {
    files: Vec<PathBuf>,
    /// What changes a file if it changes itself: the file, each link on the way to it, and each folder.
    places: Arc<RwLock<BTreeSet<PathBuf>>>,
    folders: BTreeSet<PathBuf>,
    watcher: RecommendedWatcher,
}

impl Watched {
    /// Finds out where the files are, and watches the folders that they are reached by.
    fn look(&mut self) -> notify::Result<()> {
        let ways: Vec<_> = self.files.iter().map(|file| way(file)).collect();
        let own = ways.iter().filter_map(|way| way.last()?.parent());
        let own: BTreeSet<_> = own.map(Path::to_owned).collect();
        let places: BTreeSet<_> = ways.into_iter().flatten().collect();
        let folders = places.iter().filter_map(|place| place.parent());
        let folders: BTreeSet<_> = folders.map(Path::to_owned).collect();
        *self.places.write().unwrap_or_else(PoisonError::into_inner) = places;
        for gone in self.folders.difference(&folders) {
            let _ = self.watcher.unwatch(gone);
        }
        self.folders = folders;
        let mut result = Ok(());
        // The outermost first, so that none is made unseen in between.
        for folder in &self.folders {
            let watched = self.watcher.watch(folder, RecursiveMode::NonRecursive);
            // Who may not look into a folder further out knows less.
            if own.contains(folder) {
                result = result.and(watched);
            }
        }
        result
    }

    /// The same, when something has changed. A folder that isn't there is seen when it is made.
    fn look_again(&mut self) {
        let _ = self.look();
    }
}

/// Each place on the way to a file, the file itself and where links lead included; their folders are the real ones.
fn way(file: &Path) -> Vec<PathBuf> {
    let Ok(file) = std::path::absolute(file) else {
        return Vec::new();
    };
    let mut left = parts(&file);
    let (mut folder, mut found, mut links) = (PathBuf::new(), Vec::new(), 0);
    while let Some(part) = left.pop_front() {
        match part {
            Part::Root(root) => folder = root,
            Part::Up => {
                folder.pop();
            }
            Part::Name(name) => {
                let place = folder.join(name);
                match place.read_link() {
                    Ok(target) if links < LINKS => {
                        links += 1;
                        for part in parts(&target).into_iter().rev() {
                            left.push_front(part);
                        }
                    }
                    _ => folder.clone_from(&place),
                }
                found.push(place);
            }
        }
    }
    found
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
