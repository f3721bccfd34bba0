//! One scope of Rust: names, and what each of them is for.

use std::collections::HashMap;

/// The names of a scope, each with its owner.
#[derive(Default)]
pub(in crate::emit) struct Scope(HashMap<String, String>);

impl Scope {
    /// Gives a name to an owner.
    ///
    /// # Errors
    ///
    /// The owner that already has the name, if it is another one.
    pub fn take(&mut self, name: &str, owner: &str) -> Result<(), &str> {
        let first = self.0.entry(name.to_owned()).or_insert_with(|| owner.to_owned());
        if first == owner { Ok(()) } else { Err(first) }
    }

    /// Gives a name to an owner, even if another one had it before.
    pub fn reserve(&mut self, name: impl Into<String>, owner: impl Into<String>) {
        self.0.insert(name.into(), owner.into());
    }
}
