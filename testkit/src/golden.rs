//! Golden files: texts that are compared by default, and rewritten when `WITGEN_BLESS=1` is set.
//!
//! ```no_run
//! testkit::golden::assert_golden(&testkit::root().join("docs/witgen.schema.json"), "{}");
//! ```

use std::fs;
use std::path::Path;

use similar::TextDiff;

use crate::root;

/// The variable that requests golden files to be rewritten.
const BLESS: &str = "WITGEN_BLESS";

/// Checks whether golden files are to be rewritten.
///
/// # Panics
///
/// If this is requested in continuous integration (`CI` is set): a run that rewrites what it compares with
/// proves nothing.
#[track_caller]
pub fn is_blessing() -> bool {
    let is_requested = std::env::var_os(BLESS).is_some();
    assert!(
        !is_requested || std::env::var_os("CI").is_none(),
        "{BLESS} is set in continuous integration (CI is set), where golden files are only compared"
    );
    is_requested
}

/// Compares a text with a golden file, or rewrites the file if [`is_blessing`].
///
/// # Panics
///
/// If they differ. The message has a diff.
#[track_caller]
pub fn assert_golden(file: &Path, text: &str) {
    if let Err(difference) = compare(file, text) {
        panic!("{difference}");
    }
}

/// Compares a text with a golden file, or rewrites the file if [`is_blessing`]. An error has a diff.
#[track_caller]
pub(crate) fn compare(file: &Path, text: &str) -> Result<(), String> {
    let name = file.strip_prefix(root()).unwrap_or(file).display();
    // A checkout may convert line endings.
    let golden = fs::read_to_string(file).map(|golden| golden.replace("\r\n", "\n"));
    if golden.as_deref().is_ok_and(|golden| golden == text) {
        return Ok(());
    }
    if is_blessing() {
        return fs::write(file, text).map_err(|error| format!("cannot write {name}: {error}"));
    }
    let golden = golden.map_err(|error| {
        format!("cannot read the golden file {name}: {error}\n{BLESS}=1 writes it with this text:\n{text}")
    })?;
    let difference = TextDiff::from_lines(golden.as_str(), text)
        .unified_diff()
        .header(&format!("{name} (golden)"), "now")
        .to_string();
    Err(format!(
        "{name} differs; if the change is intended, {BLESS}=1 rewrites it\n{difference}"
    ))
}
