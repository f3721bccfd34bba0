//! Turns panics of libraries into errors: some of them assert what their input may violate.
//!
//! All code that parses, encodes, links or validates input of users is called through [`call`] or [`catch_panic`]; the test
//! `library_calls` checks every file for this. [`catch_all`] is the fallback for a whole command.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, Once, PoisonError};

thread_local! {
    static IS_CATCHING: Cell<bool> = const { Cell::new(false) };
    /// The file of the last panic that is caught on this thread.
    static FILE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The place of the last panic that only [`catch_all`] catches, on any thread.
static UNCAUGHT: Mutex<Option<String>> = Mutex::new(None);

/// A panic that was caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Panic {
    /// The crate whose code panicked, with its version, if it is a crate of a registry.
    library: Option<String>,
    message: String,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let library = self.library.as_deref().unwrap_or("a library");
        write!(f, "{library} panicked: {}", self.message)
    }
}

impl std::error::Error for Panic {}

/// Calls a function that may panic.
///
/// # Errors
///
/// The panic.
pub(crate) fn catch_panic<T>(function: impl FnOnce() -> T) -> Result<T, Panic> {
    silence_caught_panics();
    let was_catching = IS_CATCHING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(function));
    IS_CATCHING.set(was_catching);
    result.map_err(|panic| Panic {
        library: FILE.take().as_deref().and_then(library),
        message: message(&*panic),
    })
}

/// Calls a library; a panic is an error like its others.
///
/// # Errors
///
/// The library's error, or its panic.
pub(crate) fn call<T>(function: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    catch_panic(function)?
}

/// Calls a function that should never panic: a panic is a fault of this program. The panic hook reports it only if
/// `RUST_BACKTRACE` is set.
///
/// # Errors
///
/// The panic's message, and its place in the source.
pub(crate) fn catch_all<T>(function: impl FnOnce() -> T) -> Result<T, String> {
    let report = std::panic::take_hook();
    let is_wanted = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(place) = panic.location() {
            let place = format!("{}:{}", shortened(place.file()), place.line());
            *UNCAUGHT.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        }
        if is_wanted {
            report(panic);
        }
    }));
    catch_unwind(AssertUnwindSafe(function)).map_err(|panic| {
        let message = message(&*panic);
        match UNCAUGHT.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(place) => format!("{message} (at {place})"),
            None => message,
        }
    })
}

/// Silences the panic hook while panics are caught: they are errors then.
fn silence_caught_panics() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
            if IS_CATCHING.get() {
                FILE.set(panic.location().map(|place| place.file().to_owned()));
            } else {
                report(panic);
            }
        }));
    });
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
        .to_owned()
}

/// Returns the crate of a source file, as cargo unpacks it: `wit-parser 0.262.0` for
/// `…/wit-parser-0.262.0/src/lib.rs`.
fn library(file: &str) -> Option<String> {
    let (folder, _) = split_at_source(file)?;
    let (name, version) = folder.match_indices('-').find_map(|(at, _)| {
        let version = &folder[at + 1..];
        version
            .starts_with(|c: char| c.is_ascii_digit())
            .then_some((&folder[..at], version))
    })?;
    Some(format!("{name} {version}"))
}

/// Returns the path of a source file from its crate on: where a crate is unpacked differs between machines.
fn shortened(file: &str) -> &str {
    split_at_source(file).map_or(file, |(_, from_crate)| from_crate)
}

/// Returns the folder of a crate, and the path that begins with it.
fn split_at_source(file: &str) -> Option<(&str, &str)> {
    let separators = ['/', '\\'];
    let source = ["/src/", "\\src\\"].iter().filter_map(|source| file.rfind(source)).max()?;
    let start = file[..source].rfind(separators).map_or(0, |at| at + 1);
    Some((&file[start..source], &file[start..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        let panic = catch_panic(|| panic!("no {}", "room")).map(|()| "no panic").unwrap_err();
        assert_eq!(panic.to_string(), "a library panicked: no room");
    }

    #[test]
    fn a_panic_of_a_library_is_an_error_like_its_others() {
        let error = call::<()>(|| panic!("no room")).unwrap_err();
        assert_eq!(error.to_string(), "a library panicked: no room");
        let error = call::<()>(|| anyhow::bail!("no")).unwrap_err();
        assert_eq!(error.to_string(), "no");
    }

    #[test]
    fn a_panic_names_the_library_that_it_is_in() {
        for (file, name) in [
            (
                "/home/a/src/index/wit-parser-0.262.0/src/ast/lex.rs",
                Some("wit-parser 0.262.0"),
            ),
            (
                "C:\\index\\wac-graph-0.12.0\\src\\graph.rs",
                Some("wac-graph 0.12.0"),
            ),
            (
                "/index/wasm-metadata-1.0.0-rc-1/src/lib.rs",
                Some("wasm-metadata 1.0.0-rc-1"),
            ),
            ("/rustc/0123/library/core/src/option.rs", None),
            ("generator/panics.rs", None),
        ] {
            assert_eq!(library(file).as_deref(), name, "{file}");
        }
    }

    #[test]
    fn a_panic_that_nothing_else_catches_has_its_place() {
        let hook = std::panic::take_hook();
        let message = catch_all(|| panic!("no room")).map(|()| "no panic").unwrap_err();
        std::panic::set_hook(hook);
        assert!(
            message.starts_with("no room (at generator/panics.rs:"),
            "{message}"
        );
    }

    #[test]
    fn panics_are_caught_only_during_the_call() {
        assert_eq!(catch_panic(|| IS_CATCHING.get()), Ok(true));
        assert!(!IS_CATCHING.get());
    }
}
