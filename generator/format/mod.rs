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

use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::syntax::{SyntaxNode, parse};

mod essence;
mod files;
mod layout;
mod printer;
mod spelling;

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
    if !parsed.errors.is_empty() {
        return Err(rejected(name, text));
    }
    let tree = parsed.tree();
    let formatted = layout::file(&tree, options.width);
    require_same(name, &tree, &formatted)?;
    let formatted = if has_crlf {
        formatted.replace('\n', "\r\n")
    } else {
        formatted
    };
    Ok(format!("{mark}{formatted}"))
}

/// Reports the mistakes of a text.
fn rejected(name: &str, text: &str) -> Failure {
    let source: Arc<str> = text.into();
    // Positions are those of the text as it is.
    let errors = parse(text).errors.into_iter().map(|error| {
        let place = Place::source(name, source.clone(), error.range);
        Diagnostic::error(codes::INVALID_WIT, error.message).at(place)
    });
    let unknown = || Diagnostic::error(codes::INVALID_WIT, "the text is not WIT").into();
    Failure::of(errors.collect()).unwrap_or_else(unknown)
}

/// Checks that formatted text means the same.
///
/// # Errors
///
/// A mistake in the formatter.
fn require_same(name: &str, tree: &SyntaxNode, formatted: &str) -> Result<()> {
    let again = parse(formatted);
    if again.errors.is_empty() && essence::of(tree) == essence::of(&again.tree()) {
        return Ok(());
    }
    let message = format!("formatting `{name}` would change what it means");
    Err(Diagnostic::error(codes::INTERNAL_ERROR, message)
        .at(Place::argument(name))
        .help("this is a bug in witgen; please report it with the file")
        .into())
}
