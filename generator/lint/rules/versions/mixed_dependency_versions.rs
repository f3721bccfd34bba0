//! A package that is used in several versions.

use std::collections::BTreeMap;

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::Package;
use crate::names::are_semver_compatible;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "mixed-dependency-versions",
    family: Family::Versions,
    level: Level::Error,
    page: include_str!("../../../../docs/lint/mixed-dependency-versions.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut packages: BTreeMap<(&str, &str), Vec<&Package>> = BTreeMap::new();
    for package in &subject.model.packages {
        let name = (&*package.namespace, &*package.name);
        packages.entry(name).or_default().push(package);
    }
    let mixed: Vec<_> = packages.iter().filter(|(_, versions)| versions.len() > 1).collect();
    if mixed.is_empty() {
        return;
    }
    let places = subject.mentions();
    for ((namespace, name), versions) in mixed {
        let ids: Vec<_> = versions.iter().map(|it| format!("`{}`", it.id)).collect();
        let message = format!(
            "`{namespace}:{name}` is used in {} versions: {}",
            ids.len(),
            ids.join(", ")
        );
        let help = "use one version: types of different versions are different types";
        let mut mentions = versions.iter().filter_map(|it| places.get(&it.id).cloned());
        let finding = Finding::of(&subject.entries[0], message).at(mentions.next());
        let finding = mentions
            .fold(finding, |finding, mention| finding.and_at(Some(mention)))
            .help(help);
        found.push(if has_equal_lines(versions) {
            finding
        } else {
            // Some bridge from one line to the next on purpose.
            finding.weighing(Level::Warning)
        });
    }
}

/// Whether two of these versions are compatible, so that one of them could stand for both.
fn has_equal_lines(packages: &[&Package]) -> bool {
    let versions: Vec<_> = packages.iter().map(|package| package.version.as_ref()).collect();
    versions.iter().enumerate().any(|(at, version)| {
        versions[..at].iter().any(|other| are_semver_compatible(*version, *other))
    })
}
