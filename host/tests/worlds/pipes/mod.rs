//! Host glue of the world `witgen:pipes/pipes@0.1.0`, made by witgen 0.1.0; do not edit.
//!
//! This folder is a module of a crate, where it stands in `tests/worlds/pipes`: `bindgen!` looks for
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
//! - [`tank::Host`], [`tank::HostSource`] for `witgen:pipes/tank@0.1.0`
//!
//! Functions that are `async` in WIT are given an [`Accessor`](wasmtime::component::Accessor) instead
//! of `&mut self`, so that others run while they wait; others that have streams or futures an
//! [`Access`](wasmtime::component::Access), since these are made and read with the store. They stand
//! in traits of their own, which `HasSelf<State>` implements, with [`HasSelf`] as wasmtime has it:
//!
//! - [`tank::HostWithStore<State>`](tank::HostWithStore)
//! - [`tank::HostSourceWithStore<State>`](tank::HostSourceWithStore)
//!
//! A resource is a number to its host: [`rep`](wasmtime::component::Resource::rep) of a handle, and
//! [`new_own`](wasmtime::component::Resource::new_own) makes a handle of it. `drop` is called when
//! nobody has the handle any more.
//!
//! # What to call
//!
//! Methods of [`bindings::Pipes`], which
//! [`instantiate_async`](bindings::Pipes::instantiate_async) makes of a component:
//!
//! - [`witgen_pipes_filter`](bindings::Pipes::witgen_pipes_filter) for `witgen:pipes/filter@0.1.0`, with functions and types of
//!   [`bindings::exports::witgen::pipes::filter`]
//!
//! Some are `async` in WIT, or have streams or futures, so all are called inside of
//! [`run_concurrent`](wasmtime::Store::run_concurrent), with the accessor that it hands out.
//!
//! # All together
//!
//! ```ignore
//! let engine = wasmtime::Engine::default();
//! let mut linker = wasmtime::component::Linker::new(&engine);
//! pipes::add_to_linker(&mut linker)?;
//! let component = wasmtime::component::Component::from_file(&engine, "component.wasm")?;
//! let mut store = wasmtime::Store::new(&engine, State::default());
//! let component = pipes::bindings::Pipes::instantiate_async(&mut store, &component, &linker).await?;
//! ```

use wasmtime::component::{HasData, HasSelf, Linker};

/// The bindings as `bindgen!` makes them.
#[rustfmt::skip]
#[allow(missing_docs, unused, unsafe_code, clippy::all, rustdoc::all)]
pub mod bindings;

#[allow(unused_imports)]
pub use bindings::*;

/// What `witgen:pipes/tank@0.1.0` imports, to be implemented.
#[allow(unused_imports)]
pub use bindings::witgen::pipes::tank;

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
    T: tank::Host,
    HasSelf<T>: tank::HostWithStore<T>,
{
    fn itself<T>(data: &mut T) -> &mut T {
        data
    }

    tank::add_to_linker::<T, HasSelf<T>>(linker, itself)?;
    Ok(())
}
