//! Turns panics of libraries into errors: some of them assert what their input may violate.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static IS_CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread would be caught, so that the panic hook should stay quiet.
pub(crate) fn is_catching() -> bool {
    IS_CATCHING.get()
}

/// Calls a function that may panic.
///
/// # Errors
///
/// The message of a panic.
pub(crate) fn catch_panic<T>(function: impl FnOnce() -> T) -> Result<T, String> {
    let was_catching = IS_CATCHING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(function));
    IS_CATCHING.set(was_catching);
    result.map_err(|panic| {
        panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or(panic.downcast_ref::<&str>().copied())
            .unwrap_or("it panicked")
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(
            catch_panic(|| panic!("no {}", "room")),
            Err::<(), _>("no room".to_owned())
        );
    }

    #[test]
    fn panics_are_caught_only_during_the_call() {
        assert_eq!(catch_panic(is_catching), Ok(true));
        assert!(!is_catching());
    }
}
