//! The suite as files, for hosts in other languages: the cases, and the components in each version.

use super::case::{Kind, Version, schema};
use super::cases::CASES;
use super::guests;
use crate::diagnostic::Result;

const README: &str = include_str!("../../conformance/README.md");

/// Returns the files of the suite, by their paths.
///
/// # Errors
///
/// None, unless the components that this program contains can't be linked.
pub fn archive() -> Result<Vec<(String, Vec<u8>)>> {
    let texts = CASES.iter().map(|(path, text)| {
        let path = path.trim_start_matches("conformance/").to_owned();
        (path, text.as_bytes().to_vec())
    });
    let others = [
        ("README.md".to_owned(), README.as_bytes().to_vec()),
        ("case.schema.json".to_owned(), schema().into_bytes()),
    ];
    let mut files: Vec<_> = texts.chain(others).collect();
    let kinds = [
        Kind::Service,
        Kind::Proxy,
        Kind::Chain,
        Kind::ChainOfEight,
        Kind::ChainWithLabels,
        Kind::Wasi02,
    ];
    for kind in kinds {
        for version in [Version::Released, Version::Here] {
            let name = match kind {
                Kind::Wasi02 => format!("components/{}.wasm", kind.as_str()),
                _ => format!("components/{}@{}.wasm", kind.as_str(), version.as_str()),
            };
            files.push((name, guests::component(kind, version)?));
        }
    }
    files.sort();
    files.dedup_by(|one, other| one.0 == other.0);
    Ok(files)
}
