//! The output of `--check-config`.

use std::fmt;

use super::loaded::Loaded;
use super::settings::{ChainSettings, Settings};

/// Shows what would be served.
pub struct Report<'a>(pub &'a Loaded);

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.0.settings;
        writeln!(formatter, "listeners")?;
        for listener in &settings.listeners {
            let scheme = if listener.tls.is_some() {
                "https"
            } else {
                "http"
            };
            writeln!(formatter, "  {}", listener.address.url(scheme))?;
        }
        if let Some(admin) = &settings.args.admin {
            writeln!(formatter, "admin\n  {}", admin.url("http"))?;
        }
        writeln!(formatter, "chains")?;
        for (chain, loaded) in settings.chains.iter().zip(&self.0.chains) {
            let kind = if loaded.is_open { "open" } else { "closed" };
            writeln!(formatter, "  {}", line(chain, kind))?;
        }
        writeln!(formatter, "routes")?;
        for (route, chain) in routes(settings) {
            writeln!(formatter, "  {route} -> {chain}")?;
        }
        Ok(())
    }
}

/// Returns the name of a chain, or `chain` if it has none.
pub fn name(chain: &ChainSettings) -> &str {
    chain.source.name().unwrap_or("chain")
}

/// Shows a chain with its members.
fn line(chain: &ChainSettings, kind: &str) -> String {
    let members = chain.args.members.join(", ");
    let servers: Vec<_> = chain.args.origin.iter().map(ToString::to_string).collect();
    let origin = match servers.as_slice() {
        [] => String::new(),
        servers => format!(", to {}", servers.join(" or ")),
    };
    format!("{}: {members} ({kind}{origin})", name(chain))
}

/// Returns which requests go to which chain, by its name.
pub fn routes(settings: &Settings) -> Vec<(String, &str)> {
    let entries = settings.file.iter().flat_map(|file| &file.contents().routes);
    let routes: Vec<_> = entries
        .map(|route| {
            let host = route.host.as_ref().map_or("*", |host| host.as_str());
            let path = route.path.as_ref().map_or("/", |path| path.as_str());
            (format!("{host}{path}"), route.chain.as_str())
        })
        .collect();
    if routes.is_empty() {
        settings.chains.iter().map(|chain| ("*/".to_owned(), name(chain))).collect()
    } else {
        routes
    }
}
