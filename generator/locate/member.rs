//! The members of a chain, by their arguments: `[NAME=]FILE`, or `[NAME=]acme:gate@1.0.0`.

use std::io;
use std::path::{Path, PathBuf};

use heck::ToKebabCase;

use crate::compose::Member;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::registry::{Reference, Registries};

/// Reads the members that arguments name. The name of a member defaults to that of its file, with a number
/// if that is taken.
///
/// # Errors
///
/// Every file that can't be read, package that can't be fetched, and component that is no member of a
/// chain; each error names its argument's file.
pub(super) fn members_with(
    arguments: &[String],
    registries: &Registries,
    read: &ReadFile<'_>,
) -> Result<Vec<Member>> {
    let mut taken = Vec::<String>::new();
    Failure::collect(arguments.iter().map(|argument| {
        let name = member_name(argument, &taken);
        taken.push(name.clone());
        member_with(&name, &member_argument(argument).1, registries, read)
    }))
}

/// Reads a file.
pub type ReadFile<'a> = dyn Fn(&Path) -> io::Result<Vec<u8>> + 'a;

/// Splits an argument into its name, if it has one, and its file.
pub(super) fn member_argument(argument: &str) -> (Option<&str>, PathBuf) {
    match argument.split_once('=') {
        // A path may contain `=`.
        Some((name, file)) if !name.contains(['/', '\\', '.']) && !Path::new(argument).exists() => {
            (Some(name), file.into())
        }
        _ => (None, argument.into()),
    }
}

/// Returns the name that an argument gives its member, or that of its file, with a number if that is taken.
pub(super) fn member_name(argument: &str, taken: &[String]) -> String {
    match member_argument(argument) {
        (Some(name), _) => name.to_owned(),
        (None, file) => free_name(&file, taken),
    }
}

/// Returns the name of a file, with a number if it is taken.
pub(super) fn free_name(file: &Path, taken: &[String]) -> String {
    let name = default_name(file);
    std::iter::once(name.clone())
        .chain((2..).map(|number| format!("{name}{number}")))
        .find(|name| !taken.contains(name))
        .expect("there is always a free number")
}

/// Reads a member from its file or its registry, and gives it a name.
///
/// # Errors
///
/// As [`members_with`].
pub(super) fn member_with(
    name: &str,
    file: &Path,
    registries: &Registries,
    read: &ReadFile<'_>,
) -> Result<Member> {
    let bytes = component_bytes(file, registries, read)?;
    let member = Member::new(name, &bytes).map_err(|error| error.at(Place::path(file)))?;
    Ok(of_reference(member, file).from_place(Place::path(file)))
}

/// Adds to a member the package that it was fetched as, if its file is a reference to one.
pub(crate) fn of_reference(member: Member, file: &Path) -> Member {
    match reference(file) {
        Some(Ok(reference)) => {
            let version = reference.version().map(ToString::to_string);
            member.from_package(reference.without_version().to_string(), version)
        }
        _ => member,
    }
}

/// Reads a component from its file or its registry.
///
/// # Errors
///
/// A file that can't be read, and a package that can't be fetched.
pub(crate) fn component_bytes(
    file: &Path,
    registries: &Registries,
    read: &ReadFile<'_>,
) -> Result<Vec<u8>> {
    match reference(file) {
        Some(reference) => Ok(registries.fetch(&reference?)?.contents().to_vec()),
        None => read(file).map_err(|error| {
            let message = format!("cannot read `{}`: {error}", file.display());
            Diagnostic::error(codes::UNREADABLE, message)
                .at(Place::path(file))
                .help("check the path")
                .into()
        }),
    }
}

/// Returns the component of a registry that an argument names, if it names no file.
fn reference(file: &Path) -> Option<Result<Reference>> {
    let written = file.to_str()?;
    (Reference::is_meant(written) && !file.exists()).then(|| written.parse())
}

/// Returns the default name of a member: that of its file, in kebab case, or its own in a registry.
fn default_name(file: &Path) -> String {
    if let Some(Ok(reference)) = reference(file) {
        return reference.name().to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    // The name for `stamp.core.wasm` is `stamp`.
    let name = stem
        .split('.')
        .next()
        .unwrap_or_default()
        .to_kebab_case()
        .split('-')
        .filter(|word| {
            word.chars().all(|c| c.is_ascii_alphanumeric())
                && word.starts_with(|c: char| c.is_ascii_alphabetic())
        })
        .collect::<Vec<_>>()
        .join("-");
    if name.is_empty() {
        "member".to_owned()
    } else {
        name
    }
}
