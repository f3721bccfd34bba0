//! Golden files: what a package means, in files that a review reads and a test holds it to.
//!
//! For each world its normal form and the core functions that its components import and export, a
//! fingerprint for each interface, and the exact differences of what the configuration relates. The
//! set contains the test that compares them.
//!
//! ```
//! use witgen::emit::golden::{Options, render};
//! use witgen::source::{Features, Source, load};
//!
//! let package = load(&Source::Embedded, &Features::default())?;
//! let files = render(&package, &Options::default());
//! let service = files.get("worlds/service.wit").unwrap();
//! assert!(service.contains("export handler;"));
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use std::collections::BTreeSet;

use askama::Template;

use super::file_names::file_names;
use crate::fileset::FileSet;
use crate::model::core_items::{core_exports, core_imports};
use crate::model::{self, CoreSignature, Index, Model, World};
use crate::relation::{Difference, Relation, differences};
use crate::source;

mod harness;
mod normal;
mod versions;

pub use harness::Harness;

use normal::NormalForm;
use versions::Versions;

/// What the golden files are to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The relations whose differences are written down.
    pub relations: Vec<Relation>,
    /// The test, if it is wanted.
    pub harness: Option<Harness>,
}

/// The core functions of a world.
#[derive(Template)]
#[template(path = "golden/abi.txt", escape = "none")]
struct Abi<'a> {
    world: String,
    /// The packages whose versions names don't have.
    packages: Vec<String>,
    imports: Vec<CoreFunction<'a>>,
    exports: Vec<CoreFunction<'a>>,
}

struct CoreFunction<'a> {
    module: String,
    name: String,
    signature: &'a CoreSignature,
}

/// The fingerprints of interfaces.
#[derive(Template)]
#[template(path = "golden/fingerprints.txt", escape = "none")]
struct Fingerprints<'a> {
    packages: Vec<String>,
    interfaces: Vec<(String, &'a str)>,
}

/// How items that are related differ.
#[derive(Template)]
#[template(path = "golden/differences.txt", escape = "none")]
struct Differences {
    packages: Vec<String>,
    pairs: Vec<Pair>,
}

struct Pair {
    title: String,
    differences: Vec<String>,
}

/// The golden files of a package.
pub fn render(package: &source::Package, options: &Options) -> FileSet {
    let model = model::describe(package);
    let index = Index::of(&model);
    let mut files = FileSet::new();
    let versions = Versions::of(&model);
    let worlds = &model.package().worlds;
    let names = file_names(worlds.iter().map(|world| world.name.as_str()));
    for (world, name) in worlds.iter().zip(names) {
        let form = NormalForm::of_world(&index, model.package(), world);
        files.insert(format!("worlds/{name}.wit"), crate::template::text(&form));
        let abi = crate::template::text(&Abi::of(&index, world, versions.clone()));
        files.insert(format!("worlds/{name}.abi.txt"), abi);
    }
    let fingerprints = Fingerprints::of(&model, &index, versions.clone());
    files.insert("fingerprints.txt", crate::template::text(&fingerprints));
    let related = options.relations.iter().flat_map(|relation| differences(&model, relation));
    let related: Vec<_> = related.collect();
    if !related.is_empty() {
        let text = crate::template::text(&Differences::of(related, versions));
        files.insert("differences.txt", text);
    }
    if let Some(harness) = &options.harness {
        let paths = files.iter().map(|(path, _)| path.to_owned()).collect();
        let model::Package {
            namespace, name, ..
        } = model.package();
        let test = harness.test(&format!("{namespace}:{name}"), paths);
        files.insert("main.rs", test);
    }
    files
}

/// The normal form of a package: its worlds and interfaces and all that these reach, as one file of
/// WIT, sorted and without documentation.
pub fn normal_form(model: &Model) -> String {
    let index = Index::of(model);
    crate::template::text(&NormalForm::of_package(&index, model.package()))
}

impl<'a> Abi<'a> {
    fn of(index: &Index<'a>, world: &'a World, mut versions: Versions) -> Self {
        let mut imports: Vec<_> = core_imports(index, world)
            .into_iter()
            .map(|import| CoreFunction {
                module: versions.leave_out(&import.module),
                name: versions.leave_out(&import.name),
                signature: import.signature,
            })
            .collect();
        let mut exports: Vec<_> = core_exports(index, world)
            .into_iter()
            .map(|export| CoreFunction {
                module: String::new(),
                name: versions.leave_out(&export.name),
                signature: export.signature,
            })
            .collect();
        for functions in [&mut imports, &mut exports] {
            functions.sort_by(|a, b| (&a.module, &a.name).cmp(&(&b.module, &b.name)));
        }
        Abi {
            world: versions.leave_out(&world.id),
            packages: versions.packages(),
            imports,
            exports,
        }
    }
}

impl<'a> Fingerprints<'a> {
    /// Those of the package's own interfaces, and of all that its worlds reach.
    fn of(model: &'a Model, index: &Index<'a>, mut versions: Versions) -> Self {
        let package = model.package();
        let mut ids: BTreeSet<&str> = package.interfaces.iter().map(|i| &*i.id).collect();
        let mut interfaces = Vec::new();
        for world in &package.worlds {
            ids.extend(normal::reached(index, world));
            for (_, item) in world.items() {
                if let Some(inline) = item.inline_interface() {
                    interfaces.push((&*inline.id, inline.fingerprint.as_str()));
                }
            }
        }
        let named = ids.into_iter().filter_map(|id| index.interface(id));
        interfaces.extend(named.map(|i| (&*i.id, i.fingerprint.as_str())));
        interfaces.sort();
        interfaces.dedup();
        let interfaces = interfaces.into_iter();
        let interfaces = interfaces.map(|(id, fingerprint)| (versions.leave_out(id), fingerprint));
        Fingerprints {
            interfaces: interfaces.collect(),
            packages: versions.packages(),
        }
    }
}

impl Differences {
    fn of(related: Vec<(String, Vec<Difference>)>, mut versions: Versions) -> Self {
        let pairs = related.into_iter().map(|(title, differences)| Pair {
            title: versions.leave_out(&title),
            differences: differences
                .iter()
                .map(|difference| versions.leave_out(&difference.to_string()))
                .collect(),
        });
        Differences {
            pairs: pairs.collect(),
            packages: versions.packages(),
        }
    }
}
