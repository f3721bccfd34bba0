//! What stands in `deps/`, and who put it there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use wit_parser::PackageName;

use super::super::lock::Lock;
use super::wanted::{NamedText, Wanted, folder_of};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::source::{self, Needs};

/// What stands in `deps/` and isn't made anew.
pub(super) struct Beside {
    /// Put there by somebody: it wins.
    pub vendored: Vec<(PackageName, PathBuf, BTreeSet<PackageName>)>,
    /// Named by the lock, and not in our record: another tool has fetched it.
    elsewhere: BTreeMap<String, PathBuf>,
}

impl Beside {
    /// `anew` if nothing is taken for granted that a tool may have fetched, locked or not.
    pub fn of(needs: &Needs, lock: &Lock, made: &BTreeSet<String>, wit: &Path, anew: bool) -> Self {
        let deps = wit.join("deps");
        let mut beside = Beside {
            vendored: Vec::new(),
            elsewhere: BTreeMap::new(),
        };
        for entry in &needs.vendored {
            let folder = entry.path.strip_prefix(&deps).ok().and_then(Path::to_str);
            let is_made = |folder: &str| {
                made.iter()
                    .any(|path| path.split('/').next() == Some(folder))
            };
            if folder.is_some_and(is_made) {
                continue;
            }
            for name in &entry.names {
                let package = format!("{}:{}", name.namespace, name.name);
                // Whatever stands elsewhere than where it is fetched to, somebody has put there.
                let is_in_place = folder == Some(&folder_of(name));
                if is_in_place && (anew || lock.has(&package, name.version.as_ref())) {
                    let path = entry.path.clone();
                    beside.elsewhere.insert(name.to_string(), path);
                } else {
                    let row = (name.clone(), entry.path.clone(), entry.needs.clone());
                    beside.vendored.push(row);
                }
            }
        }
        beside
    }

    /// The vendored package that satisfies a name; one without a version takes any.
    pub fn find(&self, wanted: &PackageName) -> Option<usize> {
        self.vendored.iter().position(|(name, ..)| {
            (&name.namespace, &name.name) == (&wanted.namespace, &wanted.name)
                && (wanted.version.is_none() || wanted.version == name.version)
        })
    }

    /// Which vendored packages are needed, and what has to be found for the rest.
    pub fn need(&self, needs: &Needs) -> Result<(BTreeSet<usize>, Vec<Wanted>)> {
        let mut used = BTreeSet::new();
        let mut wanted = BTreeMap::new();
        let mut queue: Vec<&PackageName> = needs.packages.iter().collect();
        while let Some(name) = queue.pop() {
            match self.find(name) {
                Some(at) if used.insert(at) => queue.extend(&self.vendored[at].2),
                Some(_) => {}
                // A package that something vendored names in turn.
                None if *name == needs.name => {}
                None => {
                    let package = name.try_into()?;
                    wanted.insert(name.to_string(), Wanted { package });
                }
            }
        }
        Ok((used, wanted.into_values().collect()))
    }

    /// The entries of vendored packages.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.vendored.iter().map(|(_, path, _)| path.as_path())
    }

    /// Packages that another tool has fetched and written, perhaps in its own way, and that say the same
    /// as these texts: they stay as they are.
    pub fn staying(&self, wit: &Path, texts: &[NamedText]) -> Result<BTreeMap<String, &Path>> {
        if self.elsewhere.is_empty() {
            return Ok(BTreeMap::new());
        }
        let theirs = |name: &PackageName| self.elsewhere.get(&name.to_string());
        let rest = texts.iter().filter(|(name, _)| theirs(name).is_none());
        let rest: Vec<NamedText> = rest.cloned().collect();
        let others = self.elsewhere.values().map(PathBuf::as_path);
        let kept: Vec<&Path> = self.paths().chain(others).collect();
        let Ok(package) = source::resolved_with(wit, &kept, &rest) else {
            // They don't even resolve: what is locked takes their place.
            return Ok(BTreeMap::new());
        };
        let shown = source::texts(package.resolve())?;
        let same = shown.iter().filter(|shown| texts.contains(shown));
        let same = same.filter_map(|(name, _)| Some((name.to_string(), theirs(name)?.as_path())));
        Ok(same.collect())
    }

    pub fn unused(&self, used: &BTreeSet<usize>) -> Vec<Diagnostic> {
        // An entry that carries several packages is of use if one of them is.
        let is_used = |path: &Path| used.iter().any(|at| self.vendored[*at].1 == path);
        let rows = self.vendored.iter().filter(|(_, path, _)| !is_used(path));
        let findings = rows.map(|(name, path, _)| {
            Diagnostic::warning(
                codes::UNUSED_DEPENDENCY,
                format!("nothing needs the package `{name}`"),
            )
            .at(Place::path(path))
            .help("remove it, or `use` something of it")
        });
        findings.collect()
    }
}
