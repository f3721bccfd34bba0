//! Records the served chains for the page.

use super::served::{Served, ServedChain};
use crate::serve::listeners::Listeners;
use crate::serve::loaded::Loaded;
use crate::serve::process::Process;
use crate::serve::report::{name, routes};

/// Sets what the page shows as served, if there is a page.
pub fn update(process: &Process, loaded: &Loaded, listeners: &Listeners) {
    let settings = &loaded.settings;
    let Some(recorder) = process.recorder(&settings.args) else {
        return;
    };
    let routes = routes(settings);
    // As the log and the metrics name them.
    let shown = |route: &str| match route.strip_prefix('*') {
        Some(path) if path.starts_with('/') => path.to_owned(),
        _ => route.to_owned(),
    };
    let chains = settings.chains.iter().zip(&loaded.chains).map(|(chain, loaded)| {
        let own = routes.iter().filter(|(_, to)| *to == name(chain));
        ServedChain {
            name: chain.source.name().map(str::to_owned),
            routes: own.map(|(route, _)| shown(route)).collect(),
            members: loaded.members.clone(),
        }
    });
    recorder.serve(Served {
        listeners: listeners.urls(),
        measures_members: loaded.observes_members(),
        chains: chains.collect(),
    });
}
