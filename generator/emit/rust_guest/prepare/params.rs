//! Parameters with the names of variables in the functions that wit-bindgen makes.

use std::collections::HashSet;

use wit_parser::{Resolve, WorldId};

use super::locals::Locals;
use super::module::change_functions;
use crate::emit::rust_names::is_escaped;

/// Renames parameters: `vec0` is `vec0_param` in Rust. A component's type has the names in WIT.
pub(super) fn rename(resolve: &mut Resolve, world: WorldId, locals: &Locals) {
    change_functions(resolve, world, |_, _, function| {
        let mut taken: HashSet<String> =
            function.params.iter().map(|param| param.name.clone()).collect();
        for param in &mut function.params {
            if locals.may_be_param(&param.name) || is_escaped(&param.name) {
                let mut name = format!("{}-param", param.name);
                while !taken.insert(name.clone()) {
                    name.push_str("-param");
                }
                param.name = name;
            }
        }
    });
}
