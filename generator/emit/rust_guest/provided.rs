//! Interfaces of WASI that the test plays outside of wasm.

use super::front::Reexport;

/// An interface that the module `native` provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provided {
    MonotonicClock,
    SystemClock,
    Random,
    Insecure,
    InsecureSeed,
    Environment,
}

impl Provided {
    /// Returns the interface of a name such as `wasi:clocks/monotonic-clock@0.3.2`.
    pub fn of(id: &str) -> Option<Self> {
        let (name, version) = id.split_once('@')?;
        // A pre-release may have other types.
        let is_known = version.starts_with("0.3.") && !version.contains('-');
        let interface = match name {
            "wasi:clocks/monotonic-clock" => Provided::MonotonicClock,
            "wasi:clocks/system-clock" => Provided::SystemClock,
            "wasi:random/random" => Provided::Random,
            "wasi:random/insecure" => Provided::Insecure,
            "wasi:random/insecure-seed" => Provided::InsecureSeed,
            "wasi:cli/environment" => Provided::Environment,
            _ => return None,
        };
        is_known.then_some(interface)
    }
}

/// An import of a world that the module `native` provides.
pub(super) struct Import<'a> {
    pub reexport: &'a Reexport,
    pub interface: Provided,
}

/// Returns the imports that the module `native` provides.
pub(super) fn imports(interfaces: &[Reexport]) -> Vec<Import<'_>> {
    let imports = interfaces.iter().filter_map(|reexport| {
        let interface = Provided::of(&reexport.id)?;
        Some(Import {
            reexport,
            interface,
        })
    });
    imports.collect()
}
