//! Checks what members import before anything is compiled, which can take a minute.

use witgen::compose::{Composition, Import, InterfaceName, Member};
use witgen::diagnostic::Failure;
use witgen_serve::runtime::{can_be_labelled, is_wasi_0_2};

use super::failure;
use super::host_calls::HostCalls;
use super::trace::guest;

/// The packages of WASI 0.3 that this host has.
const WASI_0_3: [&str; 4] = ["wasi:cli", "wasi:clocks", "wasi:http", "wasi:random"];

/// Checks the imports of a composition, and of the members that run beside it.
///
/// # Errors
///
/// Imports that this host doesn't have, of all members.
pub fn check(
    composed: &Composition,
    calls: &HostCalls,
    beside: &[&Member],
    names: &[String],
) -> Result<(), Failure> {
    let plan = &composed.plan;
    // Next hops and side calls may have any name.
    let is_call = |name: &str| {
        let label = name.split(": ").next().unwrap_or(name);
        plan.calls.iter().any(|call| call.import.as_deref() == Some(label))
    };
    let own = plan.imports.iter();
    let own = own.filter(|import| !is_call(&import.name) && !is_known_import(&import.name));
    let own = own.map(of_member);
    let of_others = beside.iter().flat_map(|member| {
        let imports = member.imports().filter(|import| !calls.has_import(member.name(), import));
        imports.filter_map(|import| {
            let interface = member.interface_of(import)?;
            (!is_known(&interface)).then(|| format!("{}-: {interface}", member.name()))
        })
    });
    let unknown: Vec<String> = own.chain(of_others).collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(failure::missing_imports(&unknown, names).into())
    }
}

/// Returns the name of an import, with a label that begins with the member's name. One whose interface defines resources has the
/// label of its author alone.
fn of_member(import: &Import) -> String {
    match import.members.as_slice() {
        [member]
            if import.name.contains(": ") && !import.name.starts_with(&format!("{member}-")) =>
        {
            format!("{member}-{}", import.name)
        }
        _ => import.name.clone(),
    }
}

/// Whether this host has an import: `wasi:cli/stdout@0.3.2`, or after a label `gate-stdout: wasi:cli/stdout@0.3.2`.
fn is_known_import(import: &str) -> bool {
    match import.split_once(": ") {
        Some((_, interface)) => {
            can_be_labelled(interface)
                || is_wasi_0_2(interface)
                || guest::is_known(&InterfaceName::parse(interface))
        }
        None => is_known(&InterfaceName::parse(import)),
    }
}

/// Whether this host has an interface.
fn is_known(interface: &InterfaceName) -> bool {
    let (package, name) = interface.path.split_once('/').unwrap_or_default();
    let is_wasi_0_3 = interface
        .version
        .as_ref()
        .is_some_and(|version| (version.major, version.minor) == (0, 3));
    // `run` is an export of components, and wasmtime doesn't have time zones.
    is_wasi_0_3 && WASI_0_3.contains(&package) && !["run", "timezone"].contains(&name)
        || is_wasi_0_2(&interface.to_string())
        || guest::is_known(interface)
}
