//! Where the text of a private key comes from: a file, or a variable of the environment.
//!
//! No error quotes what is read. An argument that looks like a key itself isn't quoted either.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

use super::public::MAX_KEY_BYTES;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::read;

/// What an argument begins with that names a variable of the environment.
const VARIABLE: &str = "env:";

/// The shortest private key in base64.
const MIN_KEY_TEXT: usize = 40;

/// Reads the text of a key that an argument names, and returns it with its place.
///
/// # Errors
///
/// A variable that isn't set, a file that can't be read or that others may read, and an argument that is a key itself.
pub(super) fn read(argument: &str) -> Result<(SecretString, Place)> {
    if is_key(argument) {
        return Err(Diagnostic::error(
            codes::UNUSABLE_KEY,
            "`--sign` has the key itself as its value, which every process on the machine can read",
        )
        .at(Place::argument("--sign …"))
        .help("put the key into a variable, and name it: `--sign env:NAME`")
        .help("replace the key if others use this machine or see its logs")
        .into());
    }
    let place = Place::argument(format!("--sign {argument}"));
    match argument.strip_prefix(VARIABLE) {
        Some(name) => match std::env::var(name) {
            Ok(text) if !text.trim().is_empty() => Ok((text.into(), place)),
            Ok(_) => Err(no_variable(name, "is empty", place)),
            Err(std::env::VarError::NotPresent) => Err(no_variable(name, "is not set", place)),
            Err(std::env::VarError::NotUnicode(_)) => Err(no_variable(name, "is not text", place)),
        },
        None => {
            let path = Path::new(argument);
            require_private(path, &place)?;
            let text = read::any(path, MAX_KEY_BYTES).map_err(|error| {
                let message = format!("cannot read the key `{argument}`: {error}");
                Diagnostic::error(codes::UNUSABLE_KEY, message)
                    .at(place.clone())
                    .help("name a file, or a variable of the environment: `--sign env:NAME`")
            })?;
            // The error of the conversion contains the bytes.
            let text = String::from_utf8(text).map_err(|_| {
                let message = format!("`{argument}` is not a key in PEM: it is not text");
                Diagnostic::error(codes::UNUSABLE_KEY, message)
                    .at(place.clone())
                    .help("convert it: `openssl pkcs8 -topk8 -nocrypt -inform DER -in KEY`")
            })?;
            Ok((text.into(), place))
        }
    }
}

/// Whether an argument is a key, in PEM or in base64.
fn is_key(argument: &str) -> bool {
    let text = argument.strip_prefix(VARIABLE).unwrap_or(argument);
    // The encoding of a sequence, as each private key is, begins with 0x30.
    let is_base64_of_a_key = || {
        text.len() >= MIN_KEY_TEXT
            && text.starts_with('M')
            && STANDARD.decode(text.trim()).is_ok_and(|der| der.first() == Some(&0x30))
    };
    text.contains("-----") || text.contains(['\n', '\r']) || is_base64_of_a_key()
}

fn no_variable(name: &str, why: &str, place: Place) -> crate::diagnostic::Failure {
    Diagnostic::error(
        codes::UNUSABLE_KEY,
        format!("the variable `{name}` of the environment {why}"),
    )
    .at(place)
    .help("set it to a private key in PEM; in CI, check that the job may read the secret")
    .into()
}

/// Rejects a file that others than its owner may read. What isn't a regular file, such as a pipe, has no permissions to speak of.
#[cfg(unix)]
fn require_private(path: &Path, place: &Place) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(metadata) = std::fs::metadata(path) else {
        return Ok(());
    };
    let mode = metadata.permissions().mode() & 0o777;
    if !metadata.is_file() || mode & 0o077 == 0 {
        return Ok(());
    }
    let path = path.display();
    let message = format!("others may read the private key `{path}`: its mode is {mode:03o}");
    Err(Diagnostic::error(codes::KEY_PERMISSIONS, message)
        .at(place.clone())
        .help(format!("run `chmod 600 {path}`"))
        .into())
}

#[cfg(not(unix))]
fn require_private(_: &Path, _: &Place) -> Result<()> {
    Ok(())
}
