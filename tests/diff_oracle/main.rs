//! Whom a change breaks, held to what the validator says: over pairs of packages that nobody would think
//! of, a component of the old world fits the new one exactly if no change breaks guests, and a component
//! of the new world fits the old one exactly if none breaks hosts.

mod edit;
mod sketch;
mod strategy;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use testkit::components;
use witgen::compat::{Change, Release, compare};
use witgen::component::fit;
use witgen::model::{TypeDef, TypeKind, WorldItemKind, describe};
use witgen::source::{Features, Package, Source, load};

use edit::{CONTENTS, DEPENDENCIES, Edit, WORLD, What, edit};
use sketch::Sketch;
use strategy::{sketch, sketch_with_shared_resource};

fn read(sketch: &Sketch) -> Option<Package> {
    let file = tempfile::NamedTempFile::with_suffix(".wit").unwrap();
    fs::write(file.path(), sketch.to_string()).unwrap();
    load(&Source::File(file.path().to_owned()), &Features::default()).ok()
}

/// Makes a component of a package's world, if the encoder can.
fn component(package: &Package) -> Option<Vec<u8>> {
    let component = || witgen::component::encode(&components::module(package), &[]);
    catch_unwind(AssertUnwindSafe(component)).ok()?.ok()
}

fn fits(component: &[u8], world: &Package) -> Result<(), String> {
    fit(world, world.select_world(None).unwrap(), component).result
}

/// Whether the world has an interface under a label whose resources others may use: the validator takes those
/// from whichever import of the interface comes last, and components from the one without a label.
fn is_ambiguous(package: &Package) -> bool {
    let model = describe(package);
    let labelled: BTreeSet<&str> = model.package().worlds[0]
        .items()
        .filter_map(|(_, item)| match &item.kind {
            WorldItemKind::Interface(id) if *item.name != **id => Some(&**id),
            _ => None,
        })
        .collect();
    let may_have_resource = |id: &str| {
        let mut types = model.interface(id).into_iter().flat_map(|interface| &interface.types);
        types.any(|def| matches!(def.kind, TypeKind::Resource | TypeKind::Use(_)))
    };
    let uses = |def: &TypeDef| match &def.kind {
        TypeKind::Use(name) => labelled.contains(&*name.owner) && may_have_resource(&name.owner),
        _ => false,
    };
    let world = &model.package().worlds[0];
    let inline = world.items().filter_map(|(_, item)| item.inline_interface());
    let in_world = world.items().any(|(_, item)| match &item.kind {
        WorldItemKind::Type(def) => uses(def),
        _ => false,
    });
    in_world || model.interfaces().chain(inline).any(|i| i.types.iter().any(uses))
}

/// Two packages, and the components of their worlds.
struct Pair {
    old: (Package, Vec<u8>),
    new: (Package, Vec<u8>),
}

impl Pair {
    /// Reads two packages; fails for those on which the validator has no word.
    fn read(before: &Sketch, after: &Sketch) -> Result<Self, TestCaseError> {
        let side = |sketch| {
            let package =
                read(sketch).ok_or_else(|| TestCaseError::reject("the package is not valid"))?;
            let component = component(&package)
                .ok_or_else(|| TestCaseError::reject("there is no component of this world"))?;
            if is_ambiguous(&package) {
                return Err(TestCaseError::reject("the validator is ambiguous"));
            }
            // Two exports of one line have one canonical name, for example.
            match fits(&component, &package) {
                Ok(()) => Ok((package, component)),
                Err(_) => Err(TestCaseError::reject(
                    "a component doesn't fit the world it was made for",
                )),
            }
        };
        Ok(Pair {
            old: side(before)?,
            new: side(after)?,
        })
    }
}

/// Compares what is said of a change of a package with what the validator says.
fn check(mut before: Sketch, edits: &[Edit]) -> Result<(), TestCaseError> {
    let mut after = before.clone();
    for edit in edits {
        let _ = edit.apply(&mut after);
    }
    // The validator has no word on what no world reaches.
    let reached: BTreeSet<usize> = before.reached().union(&after.reached()).copied().collect();
    for sketch in [&mut before, &mut after] {
        sketch.hidden = (0..sketch.interfaces.len()).filter(|at| !reached.contains(at)).collect();
    }
    let pair = Pair::read(&before, &after)?;
    let features = Features::default();
    let release = |package| Release::of(package, &features).unwrap();
    let comparison = compare(&release(&pair.old.0), &release(&pair.new.0));
    let changes: Vec<String> = comparison
        .changes
        .iter()
        .map(|c| format!("{} {} {:?}", c.rule.id, c.item, c.breaks))
        .collect();
    let story = format!("{before}\n{after}\n{changes:#?}");
    if comparison.changes.iter().any(|change| change.rule.id == "world-removed") {
        return Err(TestCaseError::reject("worlds that don't belong together"));
    }
    let breaks = |breaks: &dyn Fn(&Change) -> bool| comparison.changes.iter().any(breaks);
    let guest = fits(&pair.old.1, &pair.new.0);
    let breaks_guests = breaks(&|change| change.breaks.guest);
    prop_assert_eq!(
        guest.is_err(),
        breaks_guests,
        "guests: {:?}\n{}",
        guest,
        story
    );
    let host = fits(&pair.new.1, &pair.old.0);
    let breaks_hosts = breaks(&|change| change.breaks.host);
    prop_assert_eq!(host.is_err(), breaks_hosts, "hosts: {:?}\n{}", host, story);
    let same = compare(&release(&pair.new.0), &release(&pair.new.0));
    prop_assert!(same.changes.is_empty(), "{}\n{:#?}", after, same.changes);
    Ok(())
}

/// Changes of a sketch: one of the first kinds, and perhaps more of any.
fn edits(first: &[What], more: usize) -> impl Strategy<Value = Vec<Edit>> + use<> {
    let kinds = [&CONTENTS[..], &WORLD, &DEPENDENCIES].concat();
    let more = prop::collection::vec(edit(&kinds), 0..=more);
    (edit(first), more).prop_map(|(first, more)| [vec![first], more].concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        // The same pairs each time, but for a longer run.
        rng_seed: match std::env::var_os("PROPTEST_CASES") {
            None => RngSeed::Fixed(3),
            Some(_) => RngSeed::Random,
        },
        cases: std::env::var("PROPTEST_CASES").map_or(150, |cases| cases.parse().unwrap()),
        max_global_rejects: 10_000_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_validator_agrees_about_contents(before in sketch(), edits in edits(&CONTENTS, 1)) {
        check(before, &edits)?;
    }

    #[test]
    fn the_validator_agrees_about_worlds(before in sketch(), edits in edits(&WORLD, 2)) {
        check(before, &edits)?;
    }

    #[test]
    fn the_validator_agrees_about_versions_side_by_side(
        before in sketch(),
        edits in edits(&DEPENDENCIES, 2),
    ) {
        check(before, &edits)?;
    }

    #[test]
    fn the_validator_agrees_about_another_version(
        before in sketch(),
        edits in edits(&[What::Version, What::DependencyMoved], 1),
    ) {
        check(before, &edits)?;
    }

    #[test]
    fn the_validator_agrees_about_roles_of_shared_resources(
        before in sketch_with_shared_resource(),
        edits in edits(&[What::Import, What::Export], 1),
    ) {
        check(before, &edits)?;
    }

    #[test]
    fn the_validator_agrees_about_a_renamed_world(
        before in sketch(),
        edits in edits(&[What::World], 1),
    ) {
        check(before, &edits)?;
    }

    #[test]
    fn the_validator_agrees_about_other_things_under_a_name(
        before in sketch(),
        edits in edits(&[What::Label, What::ItemReplaced], 1),
    ) {
        check(before, &edits)?;
    }
}
