//! What the world `acme:edge/edge@1.0.0` imports besides HTTP.
//!
//! `bindgen!` looks for `world.wit` in `tests/worlds/edge/imports` of the crate.
//!
//! # What to implement
//!
//! What the world imports, all of it for one type: the data of the store, here called `State`.
//!
//! - [`place::Host`] for `acme:edge/place@1.0.0`
//!
//! Functions that are `async` in WIT are given an [`Accessor`](wasmtime::component::Accessor) instead
//! of `&mut self`, so that others run while they wait; others that have streams or futures an
//! [`Access`](wasmtime::component::Access), since these are made and read with the store. They stand
//! in traits of their own, which `HasSelf<State>` implements, with [`HasSelf`] as wasmtime has it:
//!
//! - [`place::HostWithStore<State>`](place::HostWithStore)

use wasmtime::component::{HasData, HasSelf, Linker};

/// The bindings as `bindgen!` makes them.
#[rustfmt::skip]
#[allow(missing_docs, unused, unsafe_code, clippy::all, rustdoc::all)]
pub mod bindings;

#[allow(unused_imports)]
pub use bindings::*;

/// What `acme:edge/place@1.0.0` imports, to be implemented.
#[allow(unused_imports)]
pub use bindings::acme::edge::place;

/// Adds everything that the world imports.
///
/// # Errors
///
/// What the linker refuses, such as an interface that it has already.
#[rustfmt::skip]
pub fn add_to_linker<T>(linker: &mut Linker<T>) -> wasmtime::Result<()>
where
    for<'a> HasSelf<T>: HasData<Data<'a> = &'a mut T>,
    T: Send + 'static,
    T: place::Host,
    HasSelf<T>: place::HostWithStore<T>,
{
    fn itself<T>(data: &mut T) -> &mut T {
        data
    }

    place::add_to_linker::<T, HasSelf<T>>(linker, itself)?;
    Ok(())
}
