//! Files that change while they are served.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{Receiver, channel};
use tracing::{error, info, warn};
use witgen_serve::server::Current;

use super::app::App;
use super::metrics::ByResult;

/// How long a file has to be left alone before it is read: whoever writes it may not be done.
const SETTLED: Duration = Duration::from_millis(200);

/// Reads the components and the certificate again, and serves them from now on; what can't be served changes nothing.
pub async fn reload(app: &Arc<App>, current: &Current) {
    let reading = app.clone();
    let read = tokio::task::spawn_blocking(move || {
        let identity = reading.identity.as_ref();
        (
            identity.map(|identity| identity.read_again()),
            reading.ready(),
        )
    });
    let (identity, ready) = match read.await {
        Ok((identity, ready)) => (identity.unwrap_or(Ok(())), ready),
        Err(panic) => (Ok(()), Err(panic.to_string())),
    };
    let mut result = "served";
    match ready {
        Ok(ready) => {
            current.replace(ready.proxy);
            info!(target: "reload", "the components are served as they are now");
        }
        Err(message) => {
            error!(target: "reload", "the components stay as they were: {}", message.trim_end());
            result = "refused";
        }
    }
    if let Err(message) = identity {
        error!(target: "reload", "the certificate stays as it was: {message}");
        result = "refused";
    }
    let results = &app.metrics.reloads;
    results.get_or_create(&ByResult { result }).inc();
}

/// Tells when one of the files has changed and been left alone, for as long as anybody wants to know.
///
/// # Errors
///
/// What the operating system says of the folders that are to be watched.
pub fn watch(files: &[PathBuf]) -> notify::Result<Receiver<()>> {
    let (changes, mut changed) = channel(64);
    let named = files
        .iter()
        .filter_map(|file| std::path::absolute(file).ok());
    // A link may be turned to another file, in whatever folder of the path it stands.
    let files: BTreeSet<_> = named.flat_map(|file| links(&file)).collect();
    // A folder that is removed may be made again, and is another one then.
    let folders = files.iter().flat_map(|file| file.ancestors().skip(1));
    let folders: BTreeSet<_> = folders.map(Path::to_owned).collect();
    let watched: BTreeSet<_> = files.union(&folders).cloned().collect();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let is_ours = match &event {
            Ok(event) if event.kind.is_access() => false,
            Ok(event) => event.paths.iter().any(|path| watched.contains(path)),
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
    for file in &files {
        if let Some(folder) = file.parent() {
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
    }
    watch_again(&mut watcher, &folders);
    let (settled, receiver) = channel(1);
    tokio::spawn(async move {
        while changed.recv().await.is_some() {
            watch_again(&mut watcher, &folders);
            while let Ok(Some(())) = tokio::time::timeout(SETTLED, changed.recv()).await {
                watch_again(&mut watcher, &folders);
            }
            if settled.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

/// Watches folders that have been made again. The outermost comes first, so that none is made unseen in between.
fn watch_again(watcher: &mut RecommendedWatcher, folders: &BTreeSet<PathBuf>) {
    for folder in folders {
        // One that isn't there is seen when it is made, and who may not look into one that is further out knows less.
        let _ = watcher.watch(folder, RecursiveMode::NonRecursive);
    }
}

/// A file, each link on the way to it, and where it is at the end.
fn links(file: &Path) -> Vec<PathBuf> {
    let ancestors = file.ancestors();
    let mut found: Vec<_> = ancestors
        .filter(|part| part.is_symlink())
        .map(PathBuf::from)
        .collect();
    found.push(file.to_owned());
    found.extend(file.canonicalize());
    found
}
