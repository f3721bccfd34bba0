//! Worlds by the names that users write.

use crate::diagnostic::{Diagnostic, Result, codes};

use super::suggest;

/// A world that a name can select.
pub(crate) struct NamedWorld<T> {
    /// The full name: `wasi:http/proxy@0.3.1002`.
    pub id: String,
    /// Whether it belongs to the package itself, so that its plain name is enough.
    pub is_own: bool,
    pub world: T,
}

impl<T> NamedWorld<T> {
    /// Returns `proxy` of `wasi:http/proxy@0.3.1002`.
    fn plain_name(&self) -> &str {
        let name = self.id.rsplit('/').next().unwrap_or(&self.id);
        name.split('@').next().unwrap_or(name)
    }

    fn has_name(&self, name: &str) -> bool {
        if is_full(name) {
            self.id == name || self.id.split('@').next() == Some(name)
        } else {
            self.is_own && self.plain_name() == name
        }
    }
}

/// Returns the world of a name: `proxy`, `wasi:http/proxy` or `wasi:http/proxy@0.3.1002`. The worlds are
/// those of a package and its dependencies.
///
/// # Errors
///
/// `unknown-world` if no world has the name, and `ambiguous-world` if several versions of a package have
/// it. Neither has a place: where the name was written is known to the caller only.
pub(crate) fn find_world<T: Copy>(
    package: &str,
    worlds: &[NamedWorld<T>],
    name: &str,
) -> Result<T> {
    let matching: Vec<_> = worlds.iter().filter(|world| world.has_name(name)).collect();
    match matching.as_slice() {
        [named] => Ok(named.world),
        [] => Err(unknown(package, worlds, name).into()),
        several => {
            let message = format!("`{name}` is a world of {} packages", several.len());
            let ids: Vec<_> = several.iter().map(|world| world.id.as_str()).collect();
            Err(Diagnostic::error(codes::AMBIGUOUS_WORLD, message)
                .help(format!("name its version: {}", ids.join(", ")))
                .into())
        }
    }
}

fn unknown<T>(package: &str, worlds: &[NamedWorld<T>], name: &str) -> Diagnostic {
    let failure = Diagnostic::error(
        codes::UNKNOWN_WORLD,
        format!("no world `{name}` in {package}"),
    );
    let known: Vec<_> = if is_full(name) {
        worlds.iter().map(|world| world.id.as_str()).collect()
    } else {
        let own = worlds.iter().filter(|world| world.is_own);
        own.map(NamedWorld::plain_name).collect()
    };
    failure.help(if known.is_empty() {
        "the package has no worlds".to_owned()
    } else {
        suggest(name, "worlds", &known)
    })
}

/// Whether a name contains its package.
fn is_full(name: &str) -> bool {
    name.contains(['/', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str) -> Result<usize> {
        let ids = [
            ("a:b/plugin@1.0.0", true),
            ("c:d/plugin@0.1.0", false),
            ("c:d/plugin@0.2.0", false),
            ("c:d/imports@0.2.0", false),
        ];
        let worlds = ids.iter().enumerate().map(|(world, (id, is_own))| {
            let (id, is_own) = (id.to_string(), *is_own);
            NamedWorld { id, is_own, world }
        });
        find_world("a:b@1.0.0", &worlds.collect::<Vec<_>>(), name)
    }

    #[test]
    fn a_plain_name_is_one_of_the_package_itself() {
        assert_eq!(find("plugin").unwrap(), 0);
        let error = find("imports").unwrap_err();
        assert_eq!(error.first().message, "no world `imports` in a:b@1.0.0");
        assert_eq!(error.first().help, ["worlds: plugin"]);
    }

    #[test]
    fn a_full_name_needs_its_version_only_if_there_are_several() {
        assert_eq!(find("c:d/imports").unwrap(), 3);
        assert_eq!(find("c:d/plugin@0.2.0").unwrap(), 2);
        let error = find("c:d/plugin").unwrap_err();
        assert_eq!(error.code(), "ambiguous-world");
        let help = "name its version: c:d/plugin@0.1.0, c:d/plugin@0.2.0";
        assert_eq!(error.first().help, [help]);
    }
}
