//! Errors and findings: a code, a message, a place and the help.
//!
//! Everything in this crate that can fail returns a [`Failure`] of one diagnostic or several; only a
//! renderer turns them into text. [`render::human`] is what people see:
//!
//! ```
//! use witgen::diagnostic::{Diagnostic, Place, codes, render};
//!
//! let found = Diagnostic::error(codes::UNKNOWN_WORLD, "no world `prxy` in wasi:http@0.3.1002")
//!     .at(Place::argument("--world prxy"))
//!     .help("did you mean `proxy`?");
//! assert!(render::human(&found, false).starts_with("error[unknown-world]: no world `prxy`"));
//! ```

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

mod code;
pub mod codes;
mod failure;
mod position;
pub mod render;

pub use code::{Class, Code};
pub use failure::{Failure, Result};
pub use position::{Position, SourceFile};

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// The command could not be carried out, or a check failed.
    Error,
    /// Worth a look; nothing fails because of it.
    Warning,
    /// Worth knowing.
    Note,
}

/// Where a diagnostic points.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A range of a source text.
    Source(Position),
    /// A file or a directory as a whole.
    Path(String),
    /// A part of the command line, such as `--world prxy`.
    Argument(String),
}

impl Place {
    /// A range of bytes in a source text that nothing else points at.
    pub fn source(
        path: impl Into<Arc<str>>,
        text: impl Into<Arc<str>>,
        range: Range<usize>,
    ) -> Self {
        Position::new(Arc::new(SourceFile::new(path, text)), range).into()
    }

    /// A file or a directory as a whole.
    pub fn path(path: impl AsRef<Path>) -> Self {
        Place::Path(path.as_ref().display().to_string())
    }

    /// A part of the command line.
    pub fn argument(argument: impl Into<String>) -> Self {
        Place::Argument(argument.into())
    }
}

impl From<Position> for Place {
    fn from(position: Position) -> Self {
        Place::Source(position)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Source(position) => position.fmt(f),
            Place::Path(path) => f.write_str(path),
            Place::Argument(argument) => f.write_str(argument),
        }
    }
}

/// One finding or failure.
#[derive(Clone, PartialEq, Eq)]
pub struct Diagnostic(Box<Parts>);

/// The parts of a [`Diagnostic`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The kind of failure or finding.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// The problem, with the offending text; one sentence, no full stop.
    pub message: String,
    /// Where, the most important place first.
    pub places: Vec<Place>,
    /// The fixes, one sentence each.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// A failure, or a finding that fails a check.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message.into())
    }

    /// A finding that fails nothing.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message.into())
    }

    /// Something to know.
    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, message.into())
    }

    fn new(code: Code, severity: Severity, message: String) -> Self {
        Diagnostic(Box::new(Parts {
            code,
            severity,
            message,
            places: Vec::new(),
            help: Vec::new(),
        }))
    }

    /// Adds a place; the first one added is the one that editors jump to.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.places.push(place);
        self
    }

    /// The same, weighing as a failure does.
    #[must_use]
    pub(crate) fn with_severity_of_error(mut self) -> Self {
        self.0.severity = Severity::Error;
        self
    }

    /// Puts another place where those were that it has.
    #[must_use]
    pub fn instead_at(mut self, place: Place) -> Self {
        self.0.places = vec![place];
        self
    }

    /// Changes each place.
    #[must_use]
    pub(crate) fn map_places(mut self, change: impl FnMut(Place) -> Place) -> Self {
        self.0.places = self.0.places.into_iter().map(change).collect();
        self
    }

    /// Adds a sentence on what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help.push(help.into());
        self
    }
}

impl std::ops::Deref for Diagnostic {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl fmt::Debug for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Diagnostic")
            .field("code", &self.code)
            .field("message", &self.message)
            .field("places", &self.places)
            .field("help", &self.help)
            .finish()
    }
}

impl std::error::Error for Diagnostic {}
