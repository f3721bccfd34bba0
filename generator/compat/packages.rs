//! The package itself, and the versions of others that it uses.

use super::change::{Breaks, Change};
use super::compare::{Common, Compare};
use super::pairing::{LinePair, are_linked};
use crate::model::Package;

impl<'a> Compare<'_, 'a> {
    /// Prepares for counting who breaks if components no longer link to packages.
    pub fn expect_unlinked(&mut self, lines: &[LinePair<'a>]) {
        let unlinked = lines.iter().filter(|line| !line.is_linked());
        self.unlinked = unlinked.map(|line| (line.name.clone(), Breaks::NOBODY)).collect();
    }

    /// Compares names, versions and documentation of packages.
    pub fn packages(&mut self, lines: &[LinePair<'a>]) {
        let (old, new) = (self.old.model.package(), self.new.model.package());
        self.docs(&plain_name(new), common(old), common(new));
        for line in lines {
            let mut breaks = self.unlinked.get(&line.name).copied().unwrap_or_default();
            // Users of an interface that no world has are assumed to import it.
            if line.is_own() && self.has_open_interface() {
                breaks = Breaks {
                    guest: true,
                    host: true,
                    source: false,
                };
            }
            for (at, (a, b)) in line.versions.iter().enumerate() {
                let is_own = line.is_own() && at == 0;
                let change = match (are_linked(a, b), is_own) {
                    (false, true) => moved(a, b, breaks),
                    (false, false) => {
                        incompatible("dependency-incompatible", "dependency", a, b, breaks)
                    }
                    (true, false) if a.version != b.version => {
                        let (name, from, to) = (plain_name(a), version(a), version(b));
                        let message = format!("dependency `{name}` moved from {from} to {to}");
                        Change::new("dependency-updated", name, message)
                    }
                    (true, _) => continue,
                };
                self.push(change, None, None);
            }
        }
    }

    /// Whether both packages have an interface that no world has.
    fn has_open_interface(&self) -> bool {
        let mut interfaces = self.old.model.package().interfaces.iter();
        interfaces.any(|old| {
            let new = self.new.interface(&self.old.key(&old.id));
            new.is_some_and(|new| self.roles.of_pair(&old.id, &new.id).is_open)
        })
    }
}

/// The change of the package's own name, or of its version to one that isn't compatible.
fn moved(old: &Package, new: &Package, breaks: Breaks) -> Change {
    let (from, to) = (plain_name(old), plain_name(new));
    if from == to {
        return incompatible("version-incompatible", "package", old, new, breaks);
    }
    let message = format!("package `{from}` was renamed to `{to}`");
    let breaks = Breaks {
        source: true,
        ..breaks
    };
    Change::new("package-renamed", from, message).breaks(breaks)
}

fn incompatible(
    rule: &'static str,
    what: &str,
    old: &Package,
    new: &Package,
    breaks: Breaks,
) -> Change {
    let (name, from, to) = (plain_name(old), version(old), version(new));
    let effect = if breaks.guest || breaks.host {
        "; components don't link across these versions"
    } else {
        ""
    };
    let message = format!(
        "{what} `{name}` moved from {from} to {to}, which is not semver-compatible{effect}"
    );
    Change::new(rule, name, message).breaks(Breaks {
        source: false,
        ..breaks
    })
}

fn plain_name(package: &Package) -> String {
    format!("{}:{}", package.namespace, package.name)
}

fn version(package: &Package) -> String {
    package
        .version
        .as_ref()
        .map_or_else(|| "no version".to_owned(), ToString::to_string)
}

fn common(package: &Package) -> Common<'_> {
    Common {
        docs: package.docs.as_deref(),
        stability: None,
        external_id: None,
        position: None,
    }
}
