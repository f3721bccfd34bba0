//! Environments of members and headers for the collector of traces, whose values may be the contents of files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::contents::Contents;
use super::setting::{Setting, Text};
use super::variable::Variable;
use crate::diagnostic::{Diagnostic, Place, codes};

/// The maximum size of a value.
const MAX_BYTES: u64 = 1 << 20;

/// The values, as far as they can be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    /// The environments of members, by name.
    pub environments: BTreeMap<String, Vec<(String, String)>>,
    /// The headers for the collector of traces.
    pub tracing_headers: Vec<(String, String)>,
}

impl Secrets {
    /// Returns the values, and what can't be read.
    pub fn read(contents: &Contents, text: &Text, dir: &Path) -> (Self, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let mut values = |entries: &Entries| {
            let values = entries.iter().filter_map(|(key, variable)| {
                let value = match &**variable {
                    Variable::Text(value) => Ok(value.clone()),
                    Variable::File(secret) => {
                        read(&dir.join(&secret.file), &secret.file, text.place(variable))
                    }
                };
                let value = value.map_err(|problem| problems.push(problem)).ok()?;
                Some(((**key).clone(), value))
            });
            values.collect::<Vec<_>>()
        };
        let members = contents.members.iter();
        let secrets = Secrets {
            environments: members
                .map(|(name, member)| ((**name).clone(), values(&member.environment)))
                .collect(),
            tracing_headers: values(&contents.tracing.headers),
        };
        (secrets, problems)
    }
}

type Entries = BTreeMap<Setting<String>, Setting<Variable>>;

/// Reads a value from a file, without a trailing line break.
fn read(path: &Path, written: &str, place: Place) -> Result<String, Diagnostic> {
    let unreadable = |why: &dyn std::fmt::Display| {
        let message = format!("cannot read the value in `{written}`: {why}");
        Diagnostic::error(codes::UNREADABLE, message)
            .at(place.clone())
            .help("check the path")
    };
    let file = open(path).map_err(|error| unreadable(&error))?;
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(unreadable(&"it is not a regular file"));
    }
    check_permissions(&metadata, written, &place)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unreadable(&"it is larger than 1 MiB"));
    }
    let value = String::from_utf8(bytes).map_err(|_| unreadable(&"it is not UTF-8"))?;
    let end = value.strip_suffix('\n').unwrap_or(&value);
    Ok(end.strip_suffix('\r').unwrap_or(end).to_owned())
}

/// Opens a file. A pipe without a writer isn't waited for.
fn open(path: &Path) -> io::Result<File> {
    // Only users who can replace the file could replace it by a pipe in between.
    if path.metadata()?.is_file() {
        File::open(path)
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// Rejects a file that others may read, write or execute.
#[cfg(unix)]
fn check_permissions(
    metadata: &std::fs::Metadata,
    written: &str,
    place: &Place,
) -> Result<(), Diagnostic> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let mode = metadata.permissions().mode() & 0o777;
    let user = rustix::process::geteuid().as_raw();
    if mode & forbidden_permissions(metadata.uid(), user) == 0 {
        return Ok(());
    }
    let message = format!("other users have access to `{written}`: its mode is {mode:04o}");
    Err(Diagnostic::error(codes::SECRET_PERMISSIONS, message)
        .at(place.clone())
        .help(format!(
            "run `chmod 600 {written}`; for a secret of Kubernetes, set `defaultMode: 0440` and the pod's `fsGroup`"
        )))
}

/// Returns the permissions that a secret of this owner can't have, if the process is this user's.
///
/// A file of root's may be readable by its group, as for PostgreSQL's keys: another user can only read it by that. Kubernetes mounts
/// secrets so, with the group of the pod.
#[cfg(unix)]
fn forbidden_permissions(owner: u32, user: u32) -> u32 {
    const ROOT: u32 = 0;
    if owner == ROOT && user != ROOT {
        0o037
    } else {
        0o077
    }
}

#[cfg(not(unix))]
fn check_permissions(_: &std::fs::Metadata, _: &str, _: &Place) -> Result<(), Diagnostic> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::forbidden_permissions;

    #[test]
    fn a_group_may_read_what_root_gives_to_a_user_without_privileges() {
        for (owner, user, mode, is_allowed) in [
            (1000, 1000, 0o600, true),
            (1000, 1000, 0o640, false),
            (0, 1000, 0o440, true),
            (0, 1000, 0o640, true),
            (0, 1000, 0o460, false),
            (0, 1000, 0o450, false),
            (0, 1000, 0o444, false),
            (0, 0, 0o440, false),
            (1001, 1000, 0o440, false),
        ] {
            let is_rejected = mode & forbidden_permissions(owner, user) != 0;
            assert_eq!(is_rejected, !is_allowed, "{owner} {user} {mode:o}");
        }
    }
}
