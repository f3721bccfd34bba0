//! A manifest for a package that has none.

use askama::Template;

use crate::model::{Model, World};
use crate::relation::{Difference, Kind, Relation, differences};

#[derive(Template)]
#[template(path = "init/witgen.toml", escape = "none")]
struct Manifest<'a> {
    package: &'a str,
    wit: &'a str,
    has_crate: bool,
    relations: Vec<Extends>,
}

/// A world that includes another, and what it adds to it.
struct Extends {
    world: String,
    base: String,
    adds: Vec<String>,
}

/// The text of a `witgen.toml` for a package: its specification, golden files, and which of its worlds
/// extend which. `wit` is where the package is; golden files come with a test if there is a crate.
pub fn manifest(model: &Model, wit: &str, has_crate: bool) -> String {
    let worlds = &model.package().worlds;
    let extends = worlds.iter().flat_map(|world| {
        let bases = worlds.iter().filter(|base| {
            world
                .includes
                .iter()
                .any(|include| include.world == base.name && include.renames.is_empty())
        });
        bases.filter_map(|base| extension(model, world, base))
    });
    crate::template::text(&Manifest {
        package: &model.package().id,
        wit,
        has_crate,
        relations: extends.collect(),
    })
}

fn extension(model: &Model, world: &World, base: &World) -> Option<Extends> {
    let relation = Relation::new(Kind::Extends {
        world: world.name.clone(),
        base: base.name.clone(),
        adds: None,
    });
    let (_, found) = differences(model, &relation).into_iter().next()?;
    let own = |item: String| {
        // An interface of the package goes by its plain name.
        let mut own = model.package().interfaces.iter().filter_map(|interface| {
            let word = item.strip_suffix(&*interface.id)?;
            Some(format!("{word}{}", interface.name))
        });
        own.next().unwrap_or(item)
    };
    let adds = found.into_iter().map(|difference| match difference {
        Difference::Added(item) => Some(own(item)),
        Difference::Missing(_) | Difference::Changed(..) => None,
    });
    Some(Extends {
        world: world.name.clone(),
        base: base.name.clone(),
        adds: adds.collect::<Option<_>>()?,
    })
}
