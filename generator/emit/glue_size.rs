//! Glue that is too large to compile in reasonable time, and the functions that make it so.
//!
//! Generated code repeats the parts of a type wherever the type is used. Types that contain each other several times over many
//! levels become a multiple of their source.

use wit_parser::WorldId;

use super::world::World;
use crate::diagnostic::{Diagnostic, Place, codes};
use crate::fileset::FileSet;
use crate::limits::Sizes;
use crate::source::Package;

/// The size up to which nothing is reported: rustc takes minutes for more.
const MAX_UNREPORTED_BYTES: usize = 20 << 20;

/// How many functions a report names.
const MAX_FUNCTIONS: usize = 3;

/// The functions of a world with the largest types, and the number of parts in each.
pub(super) struct LargestFunctions(Vec<(Diagnosed, u64)>);

/// A function in a report.
struct Diagnosed {
    name: String,
    place: Option<Place>,
}

impl LargestFunctions {
    pub fn of(package: &Package, id: WorldId) -> Self {
        let world = World {
            resolve: package.resolve(),
            id,
        };
        let sizes = Sizes::of(world.resolve);
        let mut functions: Vec<_> = world
            .functions()
            .map(|(_, function)| (function, sizes.function(function)))
            .collect();
        functions.sort_by_key(|(_, parts)| std::cmp::Reverse(*parts));
        functions.truncate(MAX_FUNCTIONS);
        // Those that have next to nothing are not the reason.
        let largest = functions.first().map_or(0, |(_, parts)| *parts);
        functions.retain(|(_, parts)| *parts >= largest / 10);
        let diagnosed = functions.into_iter().map(|(function, parts)| {
            let diagnosed = Diagnosed {
                name: function.name.clone(),
                place: package.locate(function.span).map(Place::Source),
            };
            (diagnosed, parts)
        });
        LargestFunctions(diagnosed.collect())
    }

    /// Reports glue that is large, with these functions.
    pub fn report(self, files: &FileSet) -> Option<Diagnostic> {
        let bytes = files.iter().map(|(_, text)| text.len()).sum::<usize>();
        if bytes <= MAX_UNREPORTED_BYTES {
            return None;
        }
        let message = format!("the glue is {} MiB large and slow to compile", bytes >> 20);
        let mut warning = Diagnostic::warning(codes::LARGE_GLUE, message);
        for (function, parts) in self.0 {
            warning = warning.help(format!(
                "`{}` uses types with {parts} parts (repeated types count each time); pass fewer values, or a handle to a resource",
                function.name
            ));
            if let Some(place) = function.place {
                warning = warning.at(place);
            }
        }
        Some(warning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Features, Source, load};

    #[test]
    fn large_glue_is_reported_with_the_function_that_makes_it_large() {
        let mut types = "record level0 { a: string, b: string }\n".to_owned();
        for level in 1..=20 {
            let below = level - 1;
            types.push_str(&format!(
                "record level{level} {{ a: level{below}, b: level{below} }}\n"
            ));
        }
        let text = format!(
            "package a:b; interface i {{ {types} small: func(); large: func() -> level20; }} world w {{ import i; }}"
        );
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large.wit");
        std::fs::write(&path, text).unwrap();
        let package = load(&Source::File(path), &Features::default()).unwrap();
        let world = package.select_world(None).unwrap();
        let report = |bytes: usize| {
            let mut files = FileSet::new();
            files.insert("bindings.rs", " ".repeat(bytes));
            LargestFunctions::of(&package, world).report(&files)
        };
        assert!(report(MAX_UNREPORTED_BYTES).is_none());
        let found = report(MAX_UNREPORTED_BYTES + 1).unwrap();
        assert_eq!(found.code, "large-glue");
        assert!(
            found.help[0].starts_with("`large` uses types with 4194304 parts"),
            "{found}"
        );
        assert_eq!((found.help.len(), found.places.len()), (1, 1), "{found}");
    }
}
