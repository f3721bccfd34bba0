//! Problems of a deployment, which are all reported together.

use super::Engine;
use crate::chain_file::{ChainFile, Setting};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};

/// The problems that were found so far.
pub(super) struct Problems<'a> {
    engine: Engine,
    file: &'a ChainFile,
    found: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl<'a> Problems<'a> {
    pub fn new(engine: Engine, file: &'a ChainFile) -> Self {
        Problems {
            engine,
            file,
            found: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Adds a setting that the engine can't express; `what` is a clause whose subject the engine is.
    pub fn unsupported<T>(&mut self, setting: &Setting<T>, what: &str, help: &str) {
        self.unsupported_at(self.file.place(setting), what, help);
    }

    /// As [`Problems::unsupported`], at a place.
    pub fn unsupported_at(&mut self, place: Place, what: &str, help: &str) {
        let message = format!("{} {what}", self.engine.name());
        let error = Diagnostic::error(codes::UNSUPPORTED_BY_ENGINE, message).at(place);
        self.found.push(error.help(help));
    }

    /// Adds a setting that the engine has its own for.
    pub fn ignored(&mut self, place: Place, what: &str) {
        let message = format!("{what} has no effect on {}", self.engine.name());
        self.warn(place, message, "configure it in the engine");
    }

    /// Adds a setting that the engine expresses otherwise than the user may expect.
    pub fn warn(&mut self, place: Place, message: String, help: &str) {
        let warning = Diagnostic::warning(codes::UNSUPPORTED_BY_ENGINE, message).at(place);
        self.warnings.push(warning.help(help));
    }

    pub fn add(&mut self, failure: impl Into<Failure>) {
        self.found.extend(failure.into().into_diagnostics());
    }

    /// Returns the value of a result, or adds its failure.
    pub fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|failure| self.add(failure)).ok()
    }

    /// Returns the warnings if there are no problems.
    pub fn into_result(mut self) -> Result<Vec<Diagnostic>> {
        let start = |problem: &Diagnostic| match problem.places.first() {
            Some(Place::Source(position)) => (0, position.start()),
            _ => (1, 0),
        };
        self.found.sort_by_key(start);
        self.found.dedup();
        self.warnings.sort_by_key(start);
        self.warnings.dedup();
        Failure::of(self.found).map_or(Ok(self.warnings), Err)
    }
}
