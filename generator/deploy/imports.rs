//! The interfaces that an engine provides to components.

use super::problems::Problems;
use crate::chain_file::ChainFile;
use crate::compose::{Composition, InterfaceName};

/// Packages and interfaces that an engine provides.
pub(super) struct Provided {
    /// Packages of WASI 0.3.
    packages: &'static [&'static str],
    /// Packages of WASI 0.2.
    older_packages: &'static [&'static str],
    /// Others, by the beginnings of their names.
    others: &'static [&'static str],
}

/// The packages of WASI 0.2 that the runtime of `witgen-serve` has. wasmCloud and Spin have them too.
const WASI_0_2: [&str; 7] = [
    "wasi:cli",
    "wasi:clocks",
    "wasi:filesystem",
    "wasi:http",
    "wasi:io",
    "wasi:random",
    "wasi:sockets",
];

pub(super) const WITGEN_SERVE: Provided = Provided {
    packages: &["wasi:cli", "wasi:clocks", "wasi:http", "wasi:random"],
    older_packages: &WASI_0_2,
    others: &["wasi:otel/"],
};

/// wasmCloud and Spin, without plugins.
pub(super) const WASI: Provided = Provided {
    packages: &[
        "wasi:cli",
        "wasi:clocks",
        "wasi:filesystem",
        "wasi:http",
        "wasi:random",
        "wasi:sockets",
    ],
    older_packages: &WASI_0_2,
    others: &[],
};

impl Provided {
    fn has(&self, interface: &InterfaceName) -> bool {
        let package = interface.path.split('/').next().unwrap_or_default();
        let is_minor = |minor| {
            let version = interface.version.as_ref();
            version.is_none_or(|version| (version.major, version.minor) == (0, minor))
        };
        self.others.iter().any(|other| interface.path.starts_with(other))
            || self.packages.contains(&package) && is_minor(3)
            || self.older_packages.contains(&package) && is_minor(2)
    }
}

/// Adds the imports of a composition that the engine doesn't provide, for each member that has them.
pub(super) fn check(
    composed: &Composition,
    provided: &Provided,
    file: &ChainFile,
    problems: &mut Problems<'_>,
) {
    let plan = &composed.plan;
    for import in &plan.imports {
        let (label, interface) = match import.name.split_once(": ") {
            Some((label, interface)) => (label, interface),
            None => (import.name.as_str(), import.name.as_str()),
        };
        // Next hops and side calls may have any name.
        let is_call = plan.calls.iter().any(|call| call.import.as_deref() == Some(label));
        if is_call || provided.has(&InterfaceName::parse(interface)) {
            continue;
        }
        for member in &import.members {
            let Some(entry) = file.contents().members.get(member.as_str()) else {
                continue;
            };
            // Imports that are kept apart have labels that begin with the member's name.
            let prefix = format!("{member}-");
            let interface = interface.strip_prefix(&prefix).unwrap_or(interface);
            let what = format!("doesn't provide `{interface}`, which `{member}` imports");
            problems.unsupported(
                &entry.component,
                &what,
                "build the component without it, or use an engine that provides it",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::WASI_0_2;

    /// The runtime is compiled without its hosts here, so that its list is read as text.
    #[test]
    fn the_packages_of_wasi_0_2_are_those_of_the_runtime() {
        let mut files = witgen_runtime::sources::HOST.iter();
        let world = files.find(|file| file.path == "host/world.rs").unwrap();
        let (_, list) = world.contents.split_once("const WASI_0_2: [&str; ").unwrap();
        let (_, list) = list.split_once("= [").unwrap();
        let (list, _) = list.split_once(']').unwrap();
        let packages = list.split('"').skip(1).step_by(2).collect::<Vec<_>>();
        assert_eq!(packages, WASI_0_2);
    }
}
