//! A world as wit-bindgen reads it: with names that it can turn into Rust.
//!
//! wit-bindgen derives Rust's names from those of WIT. It doesn't check whether a name is already used: by its own code, a
//! variable, a crate, Rust itself or another item. So items get other names before wit-bindgen reads them, one file per kind of
//! name. The component's type comes from the unchanged world, and linking uses the original names.

use wit_parser::{Resolve, WorldId, WorldItem, WorldKey};

mod functions;
mod handles;
mod locals;
mod members;
mod module;
mod modules;
mod params;
mod payloads;
mod placeholder;
mod types;

use locals::Locals;
use placeholder::Placeholders;

use crate::emit::rust_names::make_docs_printable;
use crate::emit::world::Direction;

/// A world twice: as it is, and as wit-bindgen reads it.
pub(super) struct Prepared {
    pub original: Resolve,
    /// The same items, some under other names.
    pub readable: Resolve,
    pub world: WorldId,
    placeholders: Placeholders,
}

/// An interface that a world imports or exports, in both forms.
pub(super) struct Both<'a> {
    /// Its key in the world as it is.
    pub original: &'a WorldKey,
    /// Its key in the world as wit-bindgen reads it.
    pub readable: &'a WorldKey,
    pub item: &'a WorldItem,
}

impl Prepared {
    /// Prepares a world.
    pub fn new(mut original: Resolve, world: WorldId) -> Self {
        // Types that are both imported and exported become two.
        original.generate_nominal_type_ids(world);
        let mut readable = original.clone();
        let mut placeholders = Placeholders::new(&mut readable);
        let locals = Locals::of(&original);
        make_docs_printable(&mut readable);
        handles::inline(&mut readable);
        params::rename(&mut readable, world, &locals);
        modules::rename(&mut readable, world, &mut placeholders);
        types::rename(&mut readable, world, &mut placeholders);
        members::rename(&mut readable, &locals, &mut placeholders);
        functions::rename(&mut readable, world, &mut placeholders);
        payloads::make_distinct(&mut readable, world, &mut placeholders);
        Prepared {
            original,
            readable,
            world,
            placeholders,
        }
    }

    /// Replaces the placeholders in wit-bindgen's output by the final names.
    pub fn name_items(&self, text: &str) -> String {
        self.placeholders.replace_in(text)
    }

    /// Returns the full name that an imported interface has where wit-bindgen reads it.
    pub fn readable_id(&self, id: &str) -> String {
        let mut imports = self.interfaces(Direction::Import);
        let import = imports.find(|both| self.original.name_world_key(both.original) == id);
        import.map_or_else(
            || id.to_owned(),
            |both| self.readable.name_world_key(both.readable),
        )
    }

    /// Returns the interfaces that the world imports or exports.
    pub fn interfaces(&self, direction: Direction) -> impl Iterator<Item = Both<'_>> {
        let original = interfaces(&self.original, self.world, direction);
        let readable = interfaces(&self.readable, self.world, direction);
        original.zip(readable).map(|((original, item), (readable, _))| Both {
            original,
            readable,
            item,
        })
    }
}

fn interfaces(
    resolve: &Resolve,
    world: WorldId,
    direction: Direction,
) -> impl Iterator<Item = (&WorldKey, &WorldItem)> {
    let world = &resolve.worlds[world];
    let items = match direction {
        Direction::Import => &world.imports,
        Direction::Export => &world.exports,
    };
    items.iter().filter(|(_, item)| matches!(item, WorldItem::Interface { .. }))
}
