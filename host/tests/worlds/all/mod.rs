//! Host glue of the world `witgen:everything/all@1.2.0`, made by witgen 0.1.0; do not edit.
//!
//! This folder is a module of a crate, where it stands in `tests/worlds/all`: `bindgen!` looks for
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
//! - [`types::Host`], [`types::HostDoor`], [`types::HostType`] for `witgen:everything/types@1.2.0`
//! - [`old::Host`] for `witgen:everything/old@1.2.0`
//! - [`dep0_2_0_a::Host`] for `witgen:dep/a@0.2.0`
//! - [`config::Host`] for `config`
//! - [`dep0_1_0_a::Host`] for `witgen:dep/a@0.1.0`
//! - [`bindings::AllImports`], [`bindings::HostHandle`] for what the world imports itself
//! - [`Labelled`], which hands out what answers the interfaces under names of the world's: parts of
//!   `State`, each of a type with
//!   [`types_copy::Host`] for `second`
//!
//! Functions that are `async` in WIT are given an [`Accessor`](wasmtime::component::Accessor) instead
//! of `&mut self`, so that others run while they wait; others that have streams or futures an
//! [`Access`](wasmtime::component::Access), since these are made and read with the store. They stand
//! in traits of their own, which `HasSelf<State>` implements, with [`HasSelf`] as wasmtime has it:
//!
//! - [`types::HostWithStore<State>`](types::HostWithStore)
//! - [`types::HostDoorWithStore<State>`](types::HostDoorWithStore)
//! - [`bindings::AllImportsWithStore<State>`](bindings::AllImportsWithStore)
//!
//! A resource is a number to its host: [`rep`](wasmtime::component::Resource::rep) of a handle, and
//! [`new_own`](wasmtime::component::Resource::new_own) makes a handle of it. `drop` is called when
//! nobody has the handle any more.
//!
//! # What to call
//!
//! Methods of [`bindings::All`], which
//! [`instantiate_async`](bindings::All::instantiate_async) makes of a component:
//!
//! - [`call_run`](bindings::All::call_run) for `run`
//! - [`inner`](bindings::All::inner) for `inner`, with functions and types of
//!   [`bindings::exports::inner`]
//! - [`witgen_everything_old`](bindings::All::witgen_everything_old) for `witgen:everything/old@1.2.0`, with functions and types of
//!   [`bindings::exports::witgen::everything::old`]
//!
//! Some are `async` in WIT, or have streams or futures, so all are called inside of
//! [`run_concurrent`](wasmtime::Store::run_concurrent), with the accessor that it hands out.
//!
//! # All together
//!
//! ```ignore
//! let mut config = wasmtime::Config::new();
//! config.wasm_component_model_error_context(true);
//! config.wasm_component_model_fixed_length_lists(true);
//! config.wasm_component_model_implements(true);
//! config.wasm_component_model_map(true);
//! let engine = wasmtime::Engine::new(&config)?;
//! let mut linker = wasmtime::component::Linker::new(&engine);
//! all::add_to_linker(&mut linker)?;
//! let component = wasmtime::component::Component::from_file(&engine, "component.wasm")?;
//! let mut store = wasmtime::Store::new(&engine, State::default());
//! let component = all::bindings::All::instantiate_async(&mut store, &component, &linker).await?;
//! ```

use wasmtime::component::{HasData, HasSelf, Linker};

/// The bindings as `bindgen!` makes them.
#[rustfmt::skip]
#[allow(missing_docs, unused, unsafe_code, clippy::all, rustdoc::all)]
pub mod bindings;

#[allow(unused_imports)]
pub use bindings::*;

/// What `witgen:everything/types@1.2.0` imports, to be implemented.
#[allow(unused_imports)]
pub use bindings::witgen::everything::types;

/// What `witgen:everything/old@1.2.0` imports, to be implemented.
#[allow(unused_imports)]
pub use bindings::witgen::everything::old;

/// What `witgen:everything/types-copy@1.2.0` imports, to be implemented.
#[allow(unused_imports)]
pub use bindings::witgen::everything::types_copy;

/// What `witgen:dep/a@0.2.0` imports, to be implemented.
#[allow(unused_imports)]
pub use bindings::witgen::dep0_2_0::a as dep0_2_0_a;

/// What `config` imports, to be implemented.
#[allow(unused_imports)]
pub use bindings::config;

/// What `witgen:dep/a@0.1.0` imports, to be implemented.
#[allow(unused_imports)]
pub use bindings::witgen::dep0_1_0::a as dep0_1_0_a;

/// What answers the interfaces that the world imports under names of its own.
pub trait Labelled {
    /// Answers `second`.
    type Second: types_copy::Host + 'static;

    /// Hands out what answers `second`.
    fn second(&mut self) -> &mut Self::Second;
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
    T: types::Host,
    HasSelf<T>: types::HostWithStore<T>,
    T: old::Host,
    T: dep0_2_0_a::Host,
    T: config::Host,
    T: dep0_1_0_a::Host,
    T: bindings::AllImports,
    HasSelf<T>: bindings::AllImportsWithStore<T>,
{
    fn itself<T>(data: &mut T) -> &mut T {
        data
    }

    types::add_to_linker::<T, HasSelf<T>>(linker, itself)?;
    old::add_to_linker::<T, HasSelf<T>>(linker, itself)?;
    dep0_2_0_a::add_to_linker::<T, HasSelf<T>>(linker, itself)?;
    config::add_to_linker::<T, HasSelf<T>>(linker, itself)?;
    dep0_1_0_a::add_to_linker::<T, HasSelf<T>>(linker, itself)?;
    bindings::All::add_to_linker_imports::<T, HasSelf<T>>(linker, itself)?;
    let mut instance = linker.instance("second")?;
    types_copy::add_to_linker_instance::<T, HasSelf<T::Second>>(&mut instance, Labelled::second)?;
    Ok(())
}
