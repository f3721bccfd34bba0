//! Components written with the glue: they build, fit their worlds, and stay small.

use std::fs;

use testkit::guests::{GUESTS, cargo_natively, core_module};
use witgen::component::{encode, fits};
use witgen::compose::{Chain, Member};
use witgen::source::Package;

fn component(name: &str) -> Vec<u8> {
    let module = fs::read(core_module(name)).unwrap();
    encode(&module, &[]).unwrap()
}

/// Whether a component fits a world of a package.
fn fits_world(package: &Package, component: &[u8], world: &str) -> Result<(), String> {
    let id = package.world_id(package.select_world(Some(world)).unwrap());
    let fit = fits(package, component).into_iter().find(|fit| fit.world == id);
    fit.unwrap_or_else(|| panic!("{id} was not tried")).result
}

#[test]
fn every_component_fits_its_world() {
    for guest in &GUESTS {
        let component = component(guest.name);
        eprintln!("{}: {} bytes", guest.name, component.len());
        assert_eq!(
            fits_world(&guest.package(), &component, guest.world),
            Ok(()),
            "{}",
            guest.name
        );
    }
}

#[test]
fn a_proxy_left_open_is_not_a_service() {
    for guest in GUESTS.iter().filter(|guest| guest.world == "proxy") {
        let result = fits_world(&guest.package(), &component(guest.name), "service");
        let reason = result.expect_err(guest.name);
        assert!(reason.contains("origin"), "{}: {reason}", guest.name);
    }
}

#[test]
fn a_service_that_only_returns_bodies_is_reported_behind_members_that_write_them() {
    let warnings = |names: &[&str]| {
        let members = names.iter().map(|name| Member::new(*name, &component(name)).unwrap());
        let composed = Chain::new(members.collect()).unwrap().compose().unwrap();
        let messages = composed.warnings.iter().map(|warning| warning.message.clone());
        messages.collect::<Vec<_>>().join("\n")
    };
    let through = warnings(&["rewrite", "pass-unread", "mirror"]);
    assert!(
        through.starts_with("`mirror` returns the body of its request: if `rewrite` has written"),
        "{through}"
    );
    let either = warnings(&["rewrite", "stamp", "mirror"]);
    assert!(
        either.contains("if `rewrite` or `stamp` has written"),
        "{either}"
    );
    // The first makes no bodies, and `echo` makes its own.
    assert_eq!(warnings(&["pass-unread", "mirror"]), "");
    assert_eq!(warnings(&["rewrite", "echo"]), "");
}

/// No goal, but what it is today and a little more: this notices when something big gets in.
#[test]
fn the_glue_stays_small() {
    let (stamp, raw) = (component("stamp").len(), component("raw").len());
    assert!(
        stamp < 185_000,
        "stamp: {stamp} bytes; by hand (raw): {raw} bytes"
    );
}

#[test]
fn the_components_own_tests_pass_without_wasm() {
    cargo_natively(&["test", "--workspace", "--lib", "--locked"]);
}

#[test]
fn clippy_finds_nothing_in_glue_and_components() {
    cargo_natively(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--config",
        "build.rustflags=['-Dwarnings', '-Wmissing_docs']",
    ]);
}

#[test]
fn the_glue_is_formatted() {
    cargo_natively(&["fmt", "--all", "--check"]);
}
