//! `--tag`: whether a tag is that of a version.

use crate::diagnostic::{Diagnostic, Place, codes};
use crate::project::Project;
use crate::registry::Reference;

/// Returns what is wrong with a tag, if a version of a package has another one.
pub(super) fn tag_mismatch(
    tag: &str,
    package: &Reference,
    project: Option<&Project>,
) -> Option<Diagnostic> {
    let version = package.version()?;
    let release = project.map(|project| project.config().release.clone()).unwrap_or_default();
    let expected = release.tag_of(package.namespace(), package.name(), version);
    let message = format!("the tag of `{package}` is `{expected}`, not `{tag}`");
    (tag != expected).then(|| {
        Diagnostic::error(codes::TAG_MISMATCH, message)
            .at(Place::argument(format!("--tag {tag}")))
            .help("tag the commit that has the version, or change `tag` of `[release]` in witgen.toml")
    })
}
