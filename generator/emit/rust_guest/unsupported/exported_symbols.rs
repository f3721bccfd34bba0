//! Functions that the world itself exports under names that the module's linker and Rust's libraries use: its
//! memory, and functions that compiled code calls. Such an export takes the place of the library's function.

use wit_parser::WorldItem;

use crate::emit::unsupported::Finding;
use crate::emit::world::World;

/// The functions that compiled code calls to copy, fill and compare memory.
const OF_LIBRARIES: [&str; 6] = ["bcmp", "memcmp", "memcpy", "memmove", "memset", "strlen"];

/// The functions that compiled code calls for operations on `f64` without an instruction of WebAssembly: methods such as
/// `powf`, `min` and `%`. Those for `f32` end in `f`. (std, `sys/cmath.rs`; LLVM, `RuntimeLibcalls.td`.)
const OF_FLOATS: [&str; 29] = [
    "acos", "asin", "atan", "atan2", "cbrt", "cos", "cosh", "erf", "erfc", "exp", "exp2", "expm1",
    "fdim", "fma", "fmax", "fmin", "fmod", "hypot", "log", "log10", "log1p", "log2", "pow",
    "round", "sin", "sinh", "tan", "tanh", "tgamma",
];

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    let exports = world.resolve.worlds[world.id].exports.values();
    exports
        .filter_map(|item| {
            let WorldItem::Function(function) = item else { return None };
            // The symbol of an async function is `[async-lift]memory`.
            if function.kind.is_async() {
                return None;
            }
            let text = match &*function.name {
                "memory" => {
                    "the world exports a function `memory`, which is the name of a module's memory; export it from an interface".to_owned()
                }
                name if OF_LIBRARIES.contains(&name) => format!(
                    "the world exports a function `{name}`, which replaces the function that compiled code calls; export it from an interface"
                ),
                name if is_of_floats(name) => format!(
                    "the world exports a function `{name}`, which replaces the function that floating-point code calls; export it from an interface"
                ),
                _ => return None,
            };
            Some(Finding { text, span: function.span })
        })
        .collect()
}

fn is_of_floats(name: &str) -> bool {
    let double = name.strip_suffix('f').unwrap_or(name);
    OF_FLOATS.contains(&name) || OF_FLOATS.contains(&double)
}
