//! `world.wit`: a world and what it reaches, as WIT that `bindgen!` reads.

use wit_component::WitPrinter;
use wit_parser::{PackageId, Resolve};

use crate::diagnostic::{Diagnostic, Result, codes};
use crate::emit::world::World;
use crate::panics::call;

/// Prints the world and all that it reaches as one file, its own package first.
///
/// # Errors
///
/// Items that cannot be written as WIT again.
pub(super) fn print(world: &World<'_>) -> Result<String> {
    let resolve = world.resolve;
    let main = resolve.worlds[world.id].package.expect("a world belongs to a package");
    let mut nested: Vec<PackageId> = resolve
        .packages
        .iter()
        .filter(|(id, package)| *id != main && !package.interfaces.is_empty())
        .map(|(id, _)| id)
        .collect();
    nested.sort_by_key(|id| &resolve.packages[*id].name);
    let mut again = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    let printed = call(|| {
        let mut printer = WitPrinter::default();
        printer.print(resolve, main, &nested)?;
        let text = String::from(printer.output);
        again.push_source("world.wit", &text)?;
        Ok(text)
    });
    match printed {
        Ok(text) => Ok(format!("{}\n", text.trim_end())),
        Err(error) => Err(Diagnostic::error(
            codes::UNSUPPORTED_BY_WASMTIME,
            format!("the interfaces of the world cannot be written as WIT: {error:#}"),
        )
        .help("this is a bug in witgen; please report it with the WIT")
        .into()),
    }
}
