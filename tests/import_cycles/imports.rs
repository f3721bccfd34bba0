//! Which file imports which, and the cycles among them.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use super::modules::{Modules, Path};

/// The names that a file takes from another one, by the two files.
pub type Imports = BTreeMap<(String, String), BTreeSet<String>>;

/// How many `use` declarations a path may lead through.
const MAX_STEPS: usize = 32;

/// What a path leads to.
enum Target {
    Module(Path),
    /// An item, and the file that declares it.
    Item {
        file: String,
        name: String,
    },
}

/// Finds which file imports which.
pub fn imports(modules: &Modules) -> Imports {
    let mut imports = Imports::new();
    for (path, module) in &modules.0 {
        for named in &module.named {
            if let Some(Target::Item { file, name }) = modules.find(path, named, false, MAX_STEPS)
                && file != module.file
            {
                let edge = (module.file.clone(), file);
                imports.entry(edge).or_default().insert(name);
            }
        }
    }
    imports
}

/// The cycles, each with its edges: `a.rs → b.rs: Name`.
pub fn cycles(imports: &Imports) -> Vec<String> {
    let edges = imports.keys();
    let graph: DiGraphMap<&str, ()> = edges.map(|(from, to)| (&**from, &**to)).collect();
    let cycles = tarjan_scc(&graph).into_iter().filter(|files| files.len() > 1).map(|files| {
        let inside = imports.iter().filter(|((from, to), _)| {
            files.contains(&from.as_str()) && files.contains(&to.as_str())
        });
        let lines = inside.map(|((from, to), names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("\n  {from} → {to}: {}", names.join(", "))
        });
        format!("cycle:{}", lines.collect::<String>())
    });
    cycles.collect()
}

impl Modules {
    /// Follows a path from a module to what it leads to; none for what another crate declares.
    fn find(&self, from: &Path, path: &[String], is_module: bool, steps: usize) -> Option<Target> {
        let (mut at, rest) = match path.first()?.as_str() {
            "crate" => (Path::new(), &path[1..]),
            "self" => (from.clone(), &path[1..]),
            "super" => {
                let up = path.iter().take_while(|name| *name == "super").count();
                (from[..from.len().checked_sub(up)?].to_vec(), &path[up..])
            }
            _ => (from.clone(), path),
        };
        for (index, name) in rest.iter().enumerate() {
            let is_last = index + 1 == rest.len();
            match self.find_name(&at, name, is_module || !is_last, steps)? {
                Target::Module(module) => at = module,
                item @ Target::Item { .. } => return Some(item),
            }
        }
        Some(Target::Module(at))
    }

    /// Finds what a name stands for in a module. A module and an item may share a name.
    fn find_name(&self, at: &Path, name: &str, is_module: bool, steps: usize) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let module = self.0.get(at)?;
        let child = [&at[..], &[name.to_owned()]].concat();
        let child = self.0.contains_key(&child).then_some(Target::Module(child));
        if is_module && child.is_some() {
            return child;
        }
        if module.items.contains(name) {
            return Some(Target::Item {
                file: module.file.clone(),
                name: name.to_owned(),
            });
        }
        let used = module.uses.get(name).and_then(|path| self.find(at, path, is_module, steps));
        used.or(child).or_else(|| self.find_in_globs(at, name, is_module, steps))
    }

    fn find_in_globs(
        &self,
        at: &Path,
        name: &str,
        is_module: bool,
        steps: usize,
    ) -> Option<Target> {
        let globs = &self.0.get(at)?.globs;
        globs.iter().find_map(|glob| match self.find(at, glob, true, steps)? {
            Target::Module(module) if module != *at => {
                self.find_name(&module, name, is_module, steps)
            }
            _ => None,
        })
    }
}
