//! The baseline of the following release.

use semver::Version;

use super::texts::Texts;
use crate::paths::{absolute, relative};
use crate::project::Project;
use crate::registry::Reference;
use crate::source::Source;

/// Returns the baseline that names this release, in the way in which the manifest names the last one: a package of a
/// registry, else the tag. A file that people keep up to date themselves has none.
pub(super) fn next_baseline(
    project: &Project,
    texts: &Texts,
    version: &Version,
    tag: &str,
) -> Option<String> {
    let current = project.config().baseline.as_ref().map(|baseline| baseline.package.as_str());
    let next = match current {
        Some(written) if written.starts_with("git:") => {
            let path = written.splitn(3, ':').nth(2);
            let path = path.map_or(String::new(), |path| format!(":{path}"));
            format!("git:{tag}{path}")
        }
        Some(written) if Reference::is_meant(written) => format!("{}@{version}", texts.package),
        Some(_) => return None,
        None => {
            let (Source::Directory(path) | Source::File(path)) = &texts.source else {
                return None;
            };
            let path = relative(&absolute(project.dir()), &absolute(path));
            format!("git:{tag}:{path}")
        }
    };
    (current != Some(next.as_str())).then_some(next)
}
