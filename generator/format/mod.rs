//! Formats WIT: one layout for every file, with each comment where it was.
//!
//! ```
//! use witgen::format::{Options, format};
//!
//! let text = "interface  i{f:func(a:u8)->u8; // why\n}";
//! let formatted = format("i.wit", text, &Options::default())?;
//! assert_eq!(formatted, "interface i {\n  f: func(a: u8) -> u8; // why\n}\n");
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use std::sync::Arc;

pub use files::files;

use crate::diagnostic::{Diagnostic, Failure, Place, Position, Result, SourceFile, codes};
use crate::syntax::parse;

mod essence;
mod files;
mod layout;
mod printer;
mod spelling;

/// The most mistakes of one file that are reported.
const MAX_MISTAKES: usize = 50;

/// Options for formatting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The number of columns after which lists are broken.
    pub width: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { width: 100 }
    }
}

impl Options {
    /// Returns options with this width.
    pub fn with_width(width: usize) -> Self {
        Options { width }
    }
}

/// Formats the text of a file; `name` is what messages call it.
///
/// # Errors
///
/// Text that isn't WIT, with the place of each mistake.
pub fn format(name: &str, text: &str, options: &Options) -> Result<String> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let has_crlf = body.find('\n').is_some_and(|end| body[..end].ends_with('\r'));
    let unix = body.replace("\r\n", "\n");
    let parsed = parse(&unix);
    // The tree may begin with a mark; the file has had its own.
    if !parsed.errors.is_empty() || unix.starts_with('\u{feff}') {
        return Err(rejected(name, text));
    }
    let tree = parsed.tree();
    let formatted = layout::file(&tree, options.width);
    require_same(name, &unix, &formatted)?;
    let formatted = if has_crlf {
        formatted.replace('\n', "\r\n")
    } else {
        formatted
    };
    Ok(format!("{mark}{formatted}"))
}

/// Reports the mistakes of a text.
fn rejected(name: &str, text: &str) -> Failure {
    let file = Arc::new(SourceFile::new(name, text));
    // Positions are those of the text as it is.
    let errors = parse(text).errors;
    let more = errors.len().saturating_sub(MAX_MISTAKES);
    let shown = errors.into_iter().take(MAX_MISTAKES).map(|error| {
        let place = Place::Source(Position::new(file.clone(), error.range));
        Diagnostic::error(codes::INVALID_WIT, error.message).at(place)
    });
    let mut diagnostics: Vec<Diagnostic> = shown.collect();
    if more > 0
        && let Some(last) = diagnostics.pop()
    {
        diagnostics.push(last.help(format!("the file has {more} more mistakes")));
    }
    let unknown = || Diagnostic::error(codes::INVALID_WIT, "the text is not WIT").into();
    Failure::of(diagnostics).unwrap_or_else(unknown)
}

/// Checks that formatted text means the same.
///
/// # Errors
///
/// A mistake in the formatter.
fn require_same(name: &str, text: &str, formatted: &str) -> Result<()> {
    if essence::of(text) == essence::of(formatted) {
        return Ok(());
    }
    let message = format!("formatting `{name}` would change what it means");
    Err(Diagnostic::error(codes::INTERNAL_ERROR, message)
        .at(Place::argument(name))
        .help("this is a bug in witgen; please report it with the file")
        .into())
}
