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

/// The prefix of an argument that names a variable of the environment.
const VARIABLE: &str = "env:";

/// The shortest private key in base64 or hexadecimal digits.
const MIN_KEY_TEXT: usize = 40;

/// The longest argument that messages quote if it names no file.
const MAX_QUOTED: usize = 255;

/// Reads the text of a key that an argument names, and returns it with its place.
///
/// # Errors
///
/// A variable that isn't set, a file that can't be read or that others may read, and an argument that is a key itself, or may be one.
pub(super) fn read(argument: &str) -> Result<(SecretString, Place)> {
    if let Some(message) = secret_in(argument) {
        return Err(Diagnostic::error(codes::UNUSABLE_KEY, message)
            .at(Place::argument("--sign …"))
            .help("store the key in a variable, and pass its name: `--sign env:NAME`")
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

/// Explains why an argument must not be shown; none if it names a file or a variable.
fn secret_in(argument: &str) -> Option<&'static str> {
    const KEY: &str =
        "`--sign` has the key itself as its value, which every process on the machine can read";
    let variable = argument.strip_prefix(VARIABLE);
    let text = variable.unwrap_or(argument);
    if text.contains("-----") || text.contains(char::is_control) {
        return Some(KEY);
    }
    let exists = match variable {
        Some(name) => is_name(name) && std::env::var_os(name).is_some(),
        None => Path::new(argument).exists(),
    };
    if exists {
        return None;
    }
    if is_key(text) {
        return Some(KEY);
    }
    if text.len() > MAX_QUOTED || may_be_encoded(text) {
        return Some("`--sign` names nothing that exists, and isn't shown because it may be a key");
    }
    match variable {
        Some(name) if !is_name(name) => Some(
            "the text after `env:` in `--sign` is not the name of a variable, and isn't shown because it may be a key",
        ),
        _ => None,
    }
}

/// Whether a text can be the name of a variable of the environment.
fn is_name(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a text is a key: in PEM, or in base64 or hexadecimal digits.
fn is_key(text: &str) -> bool {
    const TAG: &str = "PRIVATE KEY";
    let is_base64_of_a_key = || {
        decode(text).is_some_and(|bytes| {
            // The encoding of a sequence, as each private key is, begins with 0x30.
            (text.len() >= MIN_KEY_TEXT && bytes.first() == Some(&0x30))
                || bytes.windows(TAG.len()).any(|part| part == TAG.as_bytes())
        })
    };
    text.contains(TAG) || is_hexadecimal(text) || is_base64_of_a_key()
}

/// Decodes base64 in either alphabet, with or without padding and blanks. An incomplete last group is ignored.
fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=');
    let mut digits: Vec<u8> = digits
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    digits.truncate(digits.len() / 4 * 4);
    STANDARD.decode(digits).ok()
}

/// Whether a text is a long number in hexadecimal digits, as `xxd` and `openssl` print bytes.
fn is_hexadecimal(text: &str) -> bool {
    let text = text.strip_prefix("0x").unwrap_or(text);
    text.len() >= MIN_KEY_TEXT
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b' ' | b':'))
}

/// Whether a text is long and may be encoded bytes. Paths of such a length have a `/` or a `.`, and names are words.
fn may_be_encoded(text: &str) -> bool {
    let is_digit = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'=' | b'-' | b'_' | b' ' | b':')
    };
    text.len() > MIN_KEY_TEXT && text.bytes().all(is_digit)
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

/// Rejects a file that users other than its owner may read. Files that aren't regular, such as pipes, have no useful
/// permissions.
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
    if is_public(path) {
        let message = format!("`{}` is a public key, which signs nothing", path.display());
        return Err(Diagnostic::error(codes::UNUSABLE_KEY, message)
            .at(place.clone())
            .help("name the private key that belongs to it; `--key` of `witgen verify` accepts the public one")
            .into());
    }
    let path = path.display();
    let message = format!("others may read the private key `{path}`: its mode is {mode:03o}");
    Err(Diagnostic::error(codes::KEY_PERMISSIONS, message)
        .at(place.clone())
        .help(format!("run `chmod 600 {path}`"))
        .into())
}

/// Whether a file is a public key, which others may well read.
#[cfg(unix)]
fn is_public(path: &Path) -> bool {
    read::text(path, MAX_KEY_BYTES).is_ok_and(|text| {
        text.contains("-----BEGIN PUBLIC KEY-----") && !text.contains("PRIVATE KEY-----")
    })
}

#[cfg(not(unix))]
fn require_private(_: &Path, _: &Place) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn a_key_is_recognized_in_any_encoding() {
        let mut der = vec![0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05];
        der.extend((0..41).map(|index: u8| index.wrapping_mul(37).wrapping_add(251)));
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(&der)
        );
        let hex: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut shapes = vec![pem.clone(), pem.replace('\n', " "), hex.to_uppercase(), hex];
        for bytes in [der.as_slice(), pem.as_bytes()] {
            for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
                let text = engine.encode(bytes);
                shapes.push(format!("{}\n{}", &text[..24], &text[24..]));
                shapes.push(format!("{} {}", &text[..24], &text[24..]));
                shapes.push(text[..text.len() - 3].to_owned());
                shapes.push(text);
            }
        }
        for shape in shapes {
            for argument in [shape.clone(), format!("env:{shape}")] {
                let failure = read(&argument).map(drop).unwrap_err();
                let shown = format!("{:?}", failure.first());
                assert!(secret_in(&argument).is_some(), "{argument}");
                assert!(!shown.contains(&shape[..20]), "{argument}: {shown}");
            }
        }
    }

    #[test]
    fn what_may_be_a_key_is_not_shown() {
        for argument in [
            "x".repeat(41).as_str(),
            &"a/b.".repeat(64),
            "env:",
            "env:1A",
            "env:a b",
            "env:abc/def+g==",
            &format!("env:{}", "x".repeat(41)),
        ] {
            assert!(secret_in(argument).is_some(), "{argument}");
        }
        for argument in [
            "acme.key",
            "missing",
            "keys/of-a-company/with-a-long-name/and-a-team/acme.key",
            "env:WITGEN_KEY",
            "env:_a1",
        ] {
            assert_eq!(secret_in(argument), None, "{argument}");
        }
    }
}
