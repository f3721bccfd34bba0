//! Checks members at their places in a chain.

use super::hop::{Hop, list};
use super::member::Member;
use super::name::CLIENT;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::names::{are_semver_compatible, suggest};

/// Rejects a member with the name of an earlier one.
pub(super) fn check_name(member: &Member, earlier: &[Member]) -> Result<()> {
    if earlier.iter().all(|other| other.name() != member.name()) {
        return Ok(());
    }
    let message = format!("two members are called `{}`", member.name());
    Err(member
        .error(codes::MEMBER_NAME, message)
        .help("give them names: `first=stamp.wasm second=stamp.wasm`")
        .into())
}

/// Rejects a member without a next hop before another one.
pub(super) fn check_next_hop(member: &Member, following: &Member) -> Result<()> {
    if member.next_hops().next().is_some() {
        return Ok(());
    }
    let message = format!(
        "`{}` is a service and imports no next hop, so it would never call `{}`, which follows it",
        member.name(),
        following.name()
    );
    Err(member
        .error(codes::SERVICE_IN_THE_MIDDLE, message)
        .help("a service ends a chain: put it last")
        .into())
}

/// A member's next hop, by its name, or its only one.
pub(super) fn next_hop<'a>(member: &'a Member, name: Option<&str>) -> Result<&'a Hop> {
    let hops: Vec<_> = member.next_hops().collect();
    let caller = member.name();
    let error = |code, message: String| member.error(code, message);
    match (name, hops.as_slice()) {
        (_, []) => {
            let message = format!("`{caller}` is a service and imports no next hop");
            Err(error(codes::UNKNOWN_HOP, message).help("leave out that `--hop`").into())
        }
        (None, [hop]) => Ok(*hop),
        (None, hops) => {
            let message = format!(
                "`{caller}` has several next hops: {}",
                list(hops.iter().copied())
            );
            Err(error(codes::AMBIGUOUS_HOP, message)
                .help(format!(
                    "name one: `--hop {caller}.{}=FILE`",
                    hops[0].name()
                ))
                .into())
        }
        (Some(name), hops) => {
            if let Some(hop) = hops.iter().find(|hop| hop.name() == name) {
                return Ok(*hop);
            }
            let message = format!("`{caller}` has no next hop called `{name}`");
            let error = error(codes::UNKNOWN_HOP, message);
            let is_side_call = member.side_calls().any(|call| call.name() == name);
            let names: Vec<_> = hops.iter().map(|hop| hop.name()).collect();
            let help = if is_side_call {
                format!("`{name}` is a side call: `--client {caller}.{name}=FILE`")
            } else {
                suggest(name, "its next hops", &names)
            };
            Err(error.help(help).into())
        }
    }
}

/// Returns the error for a hop that several members have.
pub(super) fn several_callers(first: &Member, hop: &str) -> Diagnostic {
    let message = format!("several members have a next hop called `{hop}`");
    let error = first.error(codes::AMBIGUOUS_HOP, message);
    error.help(format!(
        "name the member: `--hop {}.{hop}=FILE`",
        first.name()
    ))
}

/// Returns the error for a target of side calls that a member doesn't make.
pub(super) fn no_client(member: &Member) -> Diagnostic {
    let message = format!(
        "`{}` makes no side calls: it doesn't import `{CLIENT}`",
        member.name()
    );
    member.error(codes::NO_CLIENT, message).help("leave out that --client")
}

/// Rejects an import and the handler that it is linked to if their versions are incompatible.
pub(super) fn compatible(member: &Member, import: &Hop, other: &Member) -> Result<()> {
    let export = &other.handler;
    let version = import.interface().version.as_ref();
    // Interfaces of other packages have versions of their own; their types decide.
    let is_of_wasi = import.interface().path.starts_with("wasi:http/");
    // A host converts between the versions.
    if !is_of_wasi || other.is_wasi_0_2() || are_semver_compatible(version, export.version.as_ref())
    {
        return Ok(());
    }
    let message = format!(
        "`{}` imports `{import}`, and `{}` exports `{export}`: these versions are not semver-compatible",
        member.name(),
        other.name()
    );
    Err(member
        .error(codes::INCOMPATIBLE_VERSIONS, message)
        .help("build both against semver-compatible versions, such as 0.3.2 and 0.3.3")
        .into())
}
