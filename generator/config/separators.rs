//! Paths in a `witgen.toml`, which has to mean the same on every system.

use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};

/// Rejects paths with a `\`, which separates folders on Windows and is part of a name elsewhere.
///
/// # Errors
///
/// All such paths.
pub(super) fn require_slashes<'a>(paths: impl IntoIterator<Item = (&'a str, Place)>) -> Result<()> {
    Failure::collect(paths.into_iter().map(|(path, place)| {
        if !path.contains('\\') {
            return Ok(());
        }
        let message = format!("`{path}` has a `\\`, which separates directories only on Windows");
        Err(Diagnostic::error(codes::INVALID_CONFIG, message)
            .at(place)
            .help(format!(
                "write `{}`, which every system reads",
                path.replace('\\', "/")
            ))
            .into())
    }))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn every_path_of_a_manifest_is_separated_by_slashes() {
        let text = r"
wit = 'a\b'
[docs]
out = '..\spec'
[golden]
out = 'tests\golden'
[[rust]]
world = 'w'
out = 'src\glue'
[baseline]
package = 'git:v1:wit\deps'
[release]
changelog = 'docs\CHANGELOG.md'
[dependencies]
'a:b' = { path = '..\b' }
[workspace]
members = ['packages\c']
";
        let errors = Config::parse("witgen.toml", text).unwrap_err().to_string();
        for right in [
            "`a/b`",
            "`../spec`",
            "`tests/golden`",
            "`src/glue`",
            "`git:v1:wit/deps`",
            "`docs/CHANGELOG.md`",
            "`../b`",
            "`packages/c`",
        ] {
            assert!(errors.contains(right), "{right}\n{errors}");
        }
        assert!(Config::parse("witgen.toml", &text.replace('\\', "/")).is_ok());
    }
}
