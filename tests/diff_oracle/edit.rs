//! Changes of sketches.

use proptest::prelude::*;
use proptest::sample::Index;

use super::sketch::{Def, Function, Interface, Item, ItemKind, Sketch, Target, Ty};
use super::strategy::{
    ITEM_NAMES, VERSIONS, add_function, def, function, item, target, ty, without_duplicates,
};

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    Import,
    Export,
    FunctionAdded,
    FunctionRemoved,
    FunctionRenamed,
    Async,
    Parameters,
    Result,
    TypeAdded,
    TypeRemoved,
    TypeReplaced,
    TypeChanged,
    ItemAdded,
    ItemRemoved,
    ItemReplaced,
    ItemRenamed,
    Label,
    World,
    Version,
    DependencyAdded,
    DependencyRemoved,
    DependencyMoved,
    DependencyReordered,
    UsedVersion,
}

/// Changes of what an interface has.
pub const CONTENTS: [What; 10] = [
    What::FunctionAdded,
    What::FunctionRemoved,
    What::FunctionRenamed,
    What::Async,
    What::Parameters,
    What::Result,
    What::TypeAdded,
    What::TypeRemoved,
    What::TypeReplaced,
    What::TypeChanged,
];

/// Changes of what a world has.
pub const WORLD: [What; 6] = [
    What::Import,
    What::Export,
    What::ItemAdded,
    What::ItemRemoved,
    What::ItemReplaced,
    What::ItemRenamed,
];

/// Changes of a dependency's versions, or of those that are used.
pub const DEPENDENCIES: [What; 5] = [
    What::DependencyAdded,
    What::DependencyRemoved,
    What::DependencyMoved,
    What::DependencyReordered,
    What::UsedVersion,
];

/// One change: what, and where.
#[derive(Clone, Debug)]
pub struct Edit {
    what: What,
    places: [Index; 4],
    ty: Ty,
    def: Def,
    function: Function,
    item: Item,
    target: Target,
    /// Whether a change of a dependency's interface is one of all its versions.
    is_in_all_versions: bool,
}

/// One of these changes.
pub fn edit(kinds: &[What]) -> impl Strategy<Value = Edit> + use<> {
    (
        prop::sample::select(kinds.to_vec()),
        prop::array::uniform4(any::<Index>()),
        ty(),
        def(),
        function("f"),
        item(),
        target(),
        prop::bool::weighted(0.8),
    )
        .prop_map(
            |(what, places, ty, def, function, item, target, is_in_all_versions)| Edit {
                what,
                places,
                ty,
                def,
                function,
                item,
                target,
                is_in_all_versions,
            },
        )
}

/// An element of a list, if there is any.
fn pick<'a, T>(list: &'a mut [T], place: &Index) -> Option<&'a mut T> {
    match list.len() {
        0 => None,
        length => Some(&mut list[place.index(length)]),
    }
}

fn swap<T>(list: &mut [T], place: &Index) {
    if list.len() > 1 {
        let at = place.index(list.len() - 1);
        list.swap(at, at + 1);
    }
}

impl Edit {
    /// Applies the change; returns nothing if the sketch doesn't have what it is about.
    pub fn apply(&self, sketch: &mut Sketch) -> Option<()> {
        if CONTENTS.contains(&self.what) {
            let interfaces = self.interfaces(sketch)?;
            for interface in interfaces {
                // The same change may be possible in one version of a package only.
                let _ = self.change_contents(interface);
            }
            return Some(());
        }
        if DEPENDENCIES.contains(&self.what) {
            return self.change_dependencies(sketch);
        }
        let [first, second, ..] = &self.places;
        match self.what {
            What::Import => self.interface_with_name(sketch)?.is_imported ^= true,
            What::Export => self.interface_with_name(sketch)?.is_exported ^= true,
            What::ItemAdded => sketch.items.push(self.item.clone()),
            What::ItemRemoved => drop(sketch.items.pop()),
            What::ItemReplaced => pick(&mut sketch.items, first)?.kind = self.item.kind.clone(),
            What::ItemRenamed => {
                let name = ITEM_NAMES[second.index(ITEM_NAMES.len())];
                name.clone_into(&mut pick(&mut sketch.items, first)?.name);
            }
            What::Label => {
                let is_labelled = |item: &&mut Item| matches!(item.kind, ItemKind::Labelled(_));
                let mut items: Vec<_> = sketch.items.iter_mut().filter(is_labelled).collect();
                pick(&mut items, first)?.kind = ItemKind::Labelled(self.target);
            }
            What::World => sketch.world = "v",
            What::Version => sketch.version = VERSIONS[first.index(VERSIONS.len())],
            _ => {}
        }
        without_duplicates(&mut sketch.items);
        Some(())
    }

    fn interface_with_name<'a>(&self, sketch: &'a mut Sketch) -> Option<&'a mut Interface> {
        let others = sketch.dependencies.iter_mut().flat_map(|package| &mut package.interfaces);
        let mut all: Vec<_> = sketch.interfaces.iter_mut().chain(others).collect();
        let at = self.places[0].index(all.len().max(1));
        (at < all.len()).then(|| all.swap_remove(at))
    }

    /// The interfaces whose contents change: one, or one in all versions of a package.
    fn interfaces<'a>(&self, sketch: &'a mut Sketch) -> Option<Vec<&'a mut Interface>> {
        let [first, second, ..] = &self.places;
        let inline = sketch.items.iter_mut().filter_map(|item| match &mut item.kind {
            ItemKind::Inline(interface) => Some(interface),
            _ => None,
        });
        let own = sketch.interfaces.iter_mut().chain(inline).map(|i| vec![i]);
        let mut all: Vec<Vec<&mut Interface>> = own.collect();
        if self.is_in_all_versions {
            let mut versions: [Vec<&mut Interface>; 2] = Default::default();
            for package in &mut sketch.dependencies {
                for (at, interface) in package.interfaces.iter_mut().enumerate() {
                    versions[at].push(interface);
                }
            }
            all.extend(versions);
        } else {
            let package = pick(&mut sketch.dependencies, second).into_iter();
            all.extend(package.flat_map(|package| &mut package.interfaces).map(|i| vec![i]));
        }
        let at = first.index(all.len().max(1));
        (at < all.len()).then(|| all.swap_remove(at))
    }

    fn change_contents(&self, interface: &mut Interface) -> Option<()> {
        let [_, second, third, fourth] = &self.places;
        match self.what {
            What::FunctionAdded => add_function(interface, &self.function, "f9"),
            What::FunctionRemoved => drop(interface.functions.pop()),
            What::FunctionRenamed => {
                "f7".clone_into(&mut pick(&mut interface.functions, second)?.name);
            }
            What::Async => pick(&mut interface.functions, second)?.is_async ^= true,
            What::Parameters => {
                let function = pick(&mut interface.functions, second)?;
                match third.index(4) {
                    0 => function.params.push(("p9".to_owned(), self.ty.clone())),
                    1 => drop(function.params.pop()),
                    2 => "p8".clone_into(&mut pick(&mut function.params, fourth)?.0),
                    _ => pick(&mut function.params, fourth)?.1 = self.ty.clone(),
                }
            }
            What::Result => {
                pick(&mut interface.functions, second)?.result = Some(self.ty.clone());
            }
            What::TypeAdded => interface.types.push(self.def.clone()),
            What::TypeRemoved => drop(interface.types.pop()),
            What::TypeReplaced => *pick(&mut interface.types, second)? = self.def.clone(),
            What::TypeChanged => self.change_type(pick(&mut interface.types, second)?)?,
            _ => {}
        }
        Some(())
    }

    fn change_type(&self, def: &mut Def) -> Option<()> {
        let [_, _, third, fourth] = &self.places;
        match def {
            Def::Record(fields) => match third.index(4) {
                0 => fields.push(("f9".to_owned(), Ty::Plain("u8"))),
                1 if fields.len() > 1 => drop(fields.pop()),
                2 => swap(fields, fourth),
                _ => "f8".clone_into(&mut pick(fields, fourth)?.0),
            },
            Def::Variant(cases) => match third.index(4) {
                0 => cases.push(("c9".to_owned(), None)),
                1 if cases.len() > 1 => drop(cases.pop()),
                2 => swap(cases, fourth),
                _ => pick(cases, fourth)?.1 = Some(Ty::Plain("u64")),
            },
            Def::Enum(names) | Def::Flags(names) => match third.index(4) {
                0 => names.push("n9".to_owned()),
                1 if names.len() > 1 => drop(names.pop()),
                2 => swap(names, fourth),
                _ => "n8".clone_into(pick(names, fourth)?),
            },
            Def::Resource(methods) => match third.index(2) {
                0 if methods.iter().all(|method| method.name != "m9") => methods.push(Function {
                    name: "m9".to_owned(),
                    ..self.function.clone()
                }),
                _ => drop(methods.pop()),
            },
            Def::Alias(ty) => *ty = Ty::Plain("u16"),
            Def::Use(target, _) => *target = self.target,
        }
        Some(())
    }

    fn change_dependencies(&self, sketch: &mut Sketch) -> Option<()> {
        let [first, second, ..] = &self.places;
        let versions = [
            Some("1.0.0"),
            Some("1.0.1"),
            Some("1.2.0"),
            Some("2.0.0"),
            Some("0.2.0"),
            Some("1.0.0-rc.1"),
            Some("1.0.0-rc.2"),
            None,
        ];
        let version = versions[second.index(versions.len())];
        let packages = &mut sketch.dependencies;
        let is_new = packages.iter().all(|package| package.version != version);
        match self.what {
            What::DependencyAdded if is_new => {
                let mut package = pick(packages, first)?.clone();
                package.version = version;
                packages.push(package);
            }
            What::DependencyRemoved if !packages.is_empty() => {
                packages.remove(first.index(packages.len()));
            }
            What::DependencyMoved if is_new => pick(packages, first)?.version = version,
            What::DependencyReordered => swap(packages, first),
            What::UsedVersion => {
                let own = sketch.interfaces.iter_mut().flat_map(|interface| &mut interface.types);
                let uses = own.chain(&mut sketch.world_types).filter_map(|def| match def {
                    Def::Use(target @ Target::Dependency(..), _) => Some(target),
                    _ => None,
                });
                *pick(&mut uses.collect::<Vec<_>>(), first).map(|target| &mut **target)? =
                    self.target;
            }
            _ => {}
        }
        Some(())
    }
}
