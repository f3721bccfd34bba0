//! Variables of functions that wit-bindgen makes, and names of parameters and fields that become them.
//!
//! wit-bindgen numbers its variables: `vec0`, `ptr0`, `len0`. It destructures a record into variables with the names of the
//! fields, followed by a number: `color3`. So a parameter or a field whose name ends with a number may be a variable with
//! another meaning, and the value is lost without an error.

use std::collections::HashSet;

use wit_bindgen_rust::to_rust_ident;
use wit_parser::{Resolve, TypeDefKind};

/// The variables with a number.
const NUMBERED: [&str; 20] = [
    "_cleanup",
    "_lower",
    "arg",
    "array",
    "base",
    "bytes",
    "e",
    "flags",
    "handle",
    "idx",
    "l",
    "layout",
    "len",
    "map",
    "ptr",
    "result",
    "t",
    "v",
    "vec",
    "wit_import",
];

/// The variables without a number that are in scope where parameters are used.
const UNNUMBERED: [&str; 7] = [
    "base",
    "cleanup",
    "cleanup_list",
    "map_key",
    "map_value",
    "ret",
    "ret_area",
];

/// The names of variables in the functions of a package.
pub(super) struct Locals {
    /// The names of variables that have a number behind.
    numbered: HashSet<String>,
}

impl Locals {
    pub fn of(resolve: &Resolve) -> Self {
        let records = resolve.types.iter().filter_map(|(_, ty)| match &ty.kind {
            TypeDefKind::Record(record) => Some(record),
            _ => None,
        });
        let fields = records.flat_map(|record| &record.fields);
        let numbered = NUMBERED
            .into_iter()
            .map(str::to_owned)
            .chain(fields.map(|field| to_rust_ident(&field.name)));
        Locals {
            numbered: numbered.collect(),
        }
    }

    /// Whether a parameter may have the name of a variable.
    pub fn may_be_param(&self, name: &str) -> bool {
        UNNUMBERED.contains(&&*to_rust_ident(name)) || self.may_be_numbered(name)
    }

    /// Whether a name may be that of a variable with its number: `a12` may be the 12th `a`, or the second
    /// `a1`. A tuple's variables have two numbers: `t3_1`.
    pub fn may_be_numbered(&self, name: &str) -> bool {
        let ident = to_rust_ident(name);
        let is_part_of_number = |c: char| c == '_' || c.is_ascii_digit();
        ident
            .char_indices()
            .rev()
            .take_while(|(_, c)| is_part_of_number(*c))
            .any(|(at, _)| self.numbered.contains(&ident[..at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locals() -> Locals {
        let mut resolve = Resolve::default();
        let text = "package a:b; interface i { record r { sha: u32, sha2: u32, r: u32 } }";
        resolve.push_source("a.wit", text).unwrap();
        Locals::of(&resolve)
    }

    #[test]
    fn numbers_behind_the_name_of_a_variable_or_field_are_seen() {
        for name in ["vec0", "t1-0", "sha256", "sha25", "result10", "r-1"] {
            assert!(locals().may_be_numbered(name), "{name}");
        }
        for name in ["vec", "ipv4", "sha", "x1", "a-b"] {
            assert!(!locals().may_be_numbered(name), "{name}");
        }
    }
}
