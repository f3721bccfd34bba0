//! Host glue of the world `witgen:pipes/labelled@0.1.0`, made by witgen 0.1.0; do not edit.
//!
//! This folder is a module of a crate, where it stands in `tests/worlds/labelled`: `bindgen!` looks for
//! `world.wit` there. The crate's `Cargo.toml` has
//!
//! ```toml
//! [dependencies.wasmtime]
//! version = "48"
//! default-features = false
//! features = ["async", "component-model", "component-model-async", "cranelift", "runtime", "std"]
//! ```
//!
//! # What to implement
//!
//! What the world imports, all of it for one type: the data of the store, here called `State`.
//!
//! - [`drain::Host`], [`drain::HostPlug`] for `drain`
//! - [`bindings::LabelledImports`] for what the world imports itself
//! - [`Labelled`], which hands out what answers the interfaces under names of the world's: parts of
//!   `State`, each of a type with
//!   [`counter::Host`] for `left`, `right`
//!
//! Functions that are `async` in WIT are given an [`Accessor`](wasmtime::component::Accessor) instead
//! of `&mut self`, so that others run while they wait; others that have streams or futures an
//! [`Access`](wasmtime::component::Access), since these are made and read with the store. They stand
//! in traits of their own, which `HasSelf<State>` implements, with [`HasSelf`] as wasmtime has it:
//!
//! - [`drain::HostWithStore<State>`](drain::HostWithStore)
//! - [`drain::HostPlugWithStore<State>`](drain::HostPlugWithStore)
//! - [`bindings::LabelledImportsWithStore<State>`](bindings::LabelledImportsWithStore)
//! - [`counter::HostWithStore<State>`](counter::HostWithStore), for the type of the part
//!
//! A resource is a number to its host: [`rep`](wasmtime::component::Resource::rep) of a handle, and
//! [`new_own`](wasmtime::component::Resource::new_own) makes a handle of it. `drop` is called when
//! nobody has the handle any more.
//!
//! # What to call
//!
//! Methods of [`bindings::Labelled`], which
//! [`instantiate_async`](bindings::Labelled::instantiate_async) makes of a component:
//!
//! - [`call_full`](bindings::Labelled::call_full) for `full`
//!
//! Some are `async` in WIT, or have streams or futures, so all are called inside of
//! [`run_concurrent`](wasmtime::Store::run_concurrent), with the accessor that it hands out.
//!
//! # All together
//!
//! ```ignore
//! let mut config = wasmtime::Config::new();
//! config.wasm_component_model_implements(true);
//! let engine = wasmtime::Engine::new(&config)?;
//! let mut linker = wasmtime::component::Linker::new(&engine);
//! labelled::add_to_linker(&mut linker)?;
//! let component = wasmtime::component::Component::from_file(&engine, "component.wasm")?;
//! let mut store = wasmtime::Store::new(&engine, State::default());
//! let component = labelled::bindings::Labelled::instantiate_async(&mut store, &component, &linker).await?;
//! ```

use wasmtime::component::{HasData, HasSelf, Linker};

/// The bindings as `bindgen!` makes them.
#[rustfmt::skip]
#[allow(missing_docs, unused, unsafe_code, clippy::all, rustdoc::all)]
pub mod bindings;

#[allow(unused_imports)]
pub use bindings::*;

/// What `witgen:pipes/counter@0.1.0` imports, to be implemented.
#[allow(unused_imports)]
pub use bindings::witgen::pipes::counter;

/// What `drain` imports, to be implemented.
#[allow(unused_imports)]
pub use bindings::drain;

/// What answers the interfaces that the world imports under names of its own.
pub trait Labelled {
    /// Answers `left`.
    type Left: counter::Host + 'static;

    /// Hands out what answers `left`.
    fn left(&mut self) -> &mut Self::Left;

    /// Answers `right`.
    type Right: counter::Host + 'static;

    /// Hands out what answers `right`.
    fn right(&mut self) -> &mut Self::Right;
}

/// Adds everything that the world imports.
///
/// # Errors
///
/// What the linker refuses, such as an interface that it has already.
#[rustfmt::skip]
pub fn add_to_linker<T>(linker: &mut Linker<T>) -> wasmtime::Result<()>
where
    for<'a> HasSelf<T>: HasData<Data<'a> = &'a mut T>,
    T: Labelled + Send + 'static,
    T: drain::Host,
    HasSelf<T>: drain::HostWithStore<T>,
    T: bindings::LabelledImports,
    HasSelf<T>: bindings::LabelledImportsWithStore<T>,
    for<'a> HasSelf<T::Left>: HasData<Data<'a> = &'a mut T::Left>,
    HasSelf<T::Left>: counter::HostWithStore<T>,
    for<'a> HasSelf<T::Right>: HasData<Data<'a> = &'a mut T::Right>,
    HasSelf<T::Right>: counter::HostWithStore<T>,
{
    fn itself<T>(data: &mut T) -> &mut T {
        data
    }

    drain::add_to_linker::<T, HasSelf<T>>(linker, itself)?;
    bindings::Labelled::add_to_linker_imports::<T, HasSelf<T>>(linker, itself)?;
    let mut instance = linker.instance("left")?;
    counter::add_to_linker_instance::<T, HasSelf<T::Left>>(&mut instance, Labelled::left)?;
    let mut instance = linker.instance("right")?;
    counter::add_to_linker_instance::<T, HasSelf<T::Right>>(&mut instance, Labelled::right)?;
    Ok(())
}
