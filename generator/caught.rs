//! Panics of libraries, as messages: what they don't expect, they assert.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread is about to be caught, and needs no message.
pub(crate) fn is_caught() -> bool {
    IS_CAUGHT.get()
}

/// Does something that may panic; the error is what the panic says.
///
/// # Errors
///
/// A panic.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let was_caught = IS_CAUGHT.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    IS_CAUGHT.set(was_caught);
    done.map_err(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or(panic.downcast_ref::<&str>().copied());
        message.unwrap_or("it panicked").to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_what_it_says_and_only_meanwhile() {
        assert_eq!(caught(is_caught), Ok(true));
        assert_eq!(
            caught(|| panic!("no {}", "room")),
            Err::<(), _>("no room".to_owned())
        );
        assert!(!is_caught());
    }
}
