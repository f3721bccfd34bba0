//! What tests share: suites of folders, golden files, and the programs and packages that tests need.
//!
//! | module | purpose |
//! |---|---|
//! | [`adopt`] | makes the repository hold another release of `wasi:http` |
//! | [`app`], [`shop`] | packages to publish and to fetch |
//! | `books`, `browser` | books of mdBook and pages in Chromium (feature `browser`) |
//! | [`certificates`] | certificates for servers on loopback (feature `certificates`) |
//! | [`command`] | runs `witgen` |
//! | [`components`] | components of a world's exact type, made without a compiler |
//! | [`core_items`] | compares a world's core imports and exports with wit-component's |
//! | [`deployed`] | a `chain.toml` with its components |
//! | [`git`] | runs git |
//! | [`golden`] | texts that are compared with files, and rewrite them when asked |
//! | [`guests`] | builds the components of `tests/guests` |
//! | [`home`] | a user with a home directory, configuration and a cache |
//! | [`keys`] | keys that sign packages (feature `certificates`) |
//! | [`large`] | packages that no person writes |
//! | [`packages`] | WIT packages that are made of those of this repository |
//! | [`pages`], [`spec`] | reads and checks specification pages |
//! | [`peers`] | programs of others that tests run |
//! | [`proxy`], [`registry`] | a registry on loopback, and a proxy that damages what it sends |
//! | [`released`] | compares a WIT package with the released one |
//! | [`routers`] | components that choose between next hops |
//! | [`sigstore`] | an instance of Sigstore (feature `certificates`) |
//! | [`suite`] | test programs in which each folder is a test |
//! | [`toolchain`] | finds or installs a compiler for wasm |
//! | [`tree`] | directories as values |
//!
//! Code that checks the library's results doesn't call the library for them: each oracle here has its own
//! implementation.

use std::path::Path;

pub mod adopt;
pub mod app;
#[cfg(feature = "browser")]
pub mod books;
#[cfg(feature = "browser")]
pub mod browser;
#[cfg(feature = "certificates")]
pub mod certificates;
pub mod command;
pub mod components;
pub mod core_items;
pub mod deployed;
pub mod git;
pub mod golden;
pub mod guests;
pub mod home;
#[cfg(feature = "certificates")]
pub mod keys;
pub mod large;
pub mod packages;
pub mod pages;
pub mod peers;
pub mod proxy;
pub mod registry;
pub mod released;
pub mod routers;
pub mod shop;
#[cfg(feature = "certificates")]
pub mod sigstore;
pub mod spec;
pub mod suite;
pub mod toolchain;
pub mod tree;

/// Returns the root of the repository.
pub fn root() -> &'static Path {
    let testkit = Path::new(env!("CARGO_MANIFEST_DIR"));
    testkit.parent().expect("testkit is in the repository")
}
