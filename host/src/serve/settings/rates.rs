//! The rates of the file: of chains, routes and side calls.

use witgen::chain_file::{ChainFile, Route, Setting};
use witgen::diagnostic::{Diagnostic, Failure, codes};
use witgen_serve::server::Rate;

/// The part whose requests a rate limits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RatedPart {
    /// A chain, by its name.
    Chain(String),
    /// A route, by its host and path.
    Route(Option<String>, Option<String>),
}

impl RatedPart {
    /// Returns a route.
    pub fn route(entry: &Route) -> Self {
        let text = |setting: &Option<Setting<String>>| setting.as_deref().cloned();
        RatedPart::Route(text(&entry.host), text(&entry.path))
    }
}

/// Returns the rates of the chains and routes of a file.
///
/// # Errors
///
/// All texts that are no rates.
pub(super) fn of_file(file: &ChainFile) -> Result<Vec<(RatedPart, Rate)>, Failure> {
    let contents = file.contents();
    let chains = contents.chains.iter().filter_map(|(name, chain)| {
        Some((
            RatedPart::Chain((**name).clone()),
            chain.rate_limit.as_ref()?,
        ))
    });
    let routes = contents
        .routes
        .iter()
        .filter_map(|route| Some((RatedPart::route(route), route.rate_limit.as_ref()?)));
    Failure::collect(chains.chain(routes).map(|(part, written)| Ok((part, rate(file, written)?))))
}

/// Reads a rate.
pub(super) fn rate(file: &ChainFile, written: &Setting<String>) -> Result<Rate, Failure> {
    written.parse().map_err(|error: witgen_serve::server::InvalidRate| {
        let message = format!("`{}` is not a rate", **written);
        Diagnostic::error(codes::INVALID_CHAIN_FILE, message)
            .at(file.place(written))
            .help(error.to_string())
            .into()
    })
}
