//! Components that change while they are served.

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

/// Reads the components again, and serves them from now on; one that can't be served changes nothing.
pub async fn reload(app: &Arc<App>, current: &Current) {
    let reading = app.clone();
    let ready = tokio::task::spawn_blocking(move || reading.ready()).await;
    let result = match ready {
        Ok(Ok(ready)) => {
            current.replace(ready.proxy);
            info!(target: "reload", "the components are served as they are now");
            "served"
        }
        Ok(Err(message)) => {
            error!(target: "reload", "the components stay as they were: {}", message.trim_end());
            "refused"
        }
        Err(panic) => {
            error!(target: "reload", "the components stay as they were: {panic}");
            "refused"
        }
    };
    app.metrics
        .reloads
        .get_or_create(&ByResult { result })
        .inc();
}

/// Tells when one of the files has changed and been left alone.
///
/// # Errors
///
/// What the operating system says of the folders that are to be watched.
pub fn watch(files: &[PathBuf]) -> notify::Result<(Receiver<()>, RecommendedWatcher)> {
    let (changes, mut changed) = channel(64);
    let named = files
        .iter()
        .filter_map(|file| std::path::absolute(file).ok());
    // A link may be turned to another file, in whatever folder of the path it stands.
    let files: BTreeSet<_> = named.flat_map(|file| links(&file)).collect();
    let folders: BTreeSet<_> = files.iter().filter_map(|file| file.parent()).collect();
    let folders: Vec<_> = folders.into_iter().map(PathBuf::from).collect();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let is_ours = match &event {
            Ok(event) if event.kind.is_access() => false,
            Ok(event) => event.paths.iter().any(|path| files.contains(path)),
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
    for folder in folders {
        watcher.watch(&folder, RecursiveMode::NonRecursive)?;
    }
    let (settled, receiver) = channel(1);
    tokio::spawn(async move {
        while changed.recv().await.is_some() {
            while let Ok(Some(())) = tokio::time::timeout(SETTLED, changed.recv()).await {}
            if settled.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok((receiver, watcher))
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
