//! The engine, with preallocated memory for instances.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};
use std::thread;

use tracing::info;
use wasmtime::{Engine, InstanceAllocationStrategy};
use witgen::diagnostic::{Diagnostic, Failure, codes};
use witgen_serve::proxy;

mod capacity;
mod components;

pub use capacity::Capacity;

/// An engine that is made while components are linked and compiled: preparing its memory takes about as long.
#[derive(Clone)]
pub struct SharedEngine {
    /// Compiles for the other one. It has the same settings, but no memory for instances.
    compiler: Engine,
    engine: Arc<LazyLock<Engine, MakeEngine>>,
}

type MakeEngine = Box<dyn FnOnce() -> Engine + Send>;

impl SharedEngine {
    /// Begins to make an engine on another thread.
    ///
    /// # Errors
    ///
    /// If wasmtime doesn't support this machine.
    pub fn begin(capacity: Capacity) -> Result<Self, Failure> {
        let compiler = Engine::new(&proxy::config()).map_err(|error| {
            let message = format!("wasmtime cannot be started: {error:#}");
            Diagnostic::error(codes::NO_ENGINE, message)
        })?;
        let without_pool = compiler.clone();
        let make: MakeEngine = Box::new(move || with_pool(capacity).unwrap_or(without_pool));
        let shared = SharedEngine {
            compiler,
            engine: Arc::new(LazyLock::new(make)),
        };
        let begun = shared.clone();
        // Without a thread, the first one who needs the engine makes it.
        let _ = thread::Builder::new().spawn(move || {
            begun.get();
        });
        Ok(shared)
    }

    /// Waits for the engine.
    pub fn get(&self) -> &Engine {
        &self.engine
    }

    /// Compiles a component for the engine, without waiting for it.
    ///
    /// # Errors
    ///
    /// If it can't be compiled.
    pub fn compile(&self, component: &[u8]) -> wasmtime::Result<Vec<u8>> {
        self.compiler.precompile_component(component)
    }

    /// Hashes what compiled code depends on: wasmtime's version and the engine's settings.
    pub fn hash_settings(&self, hasher: &mut impl Hasher) {
        self.compiler.precompile_compatibility_hash().hash(hasher);
    }
}

/// Returns an engine that preallocates memory for as many instances as may exist. `None` if the system doesn't have the address
/// space for that: then each instance allocates its own, which takes longer.
fn with_pool(capacity: Capacity) -> Option<Engine> {
    let mut config = proxy::config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(capacity.pool()));
    Engine::new(&config)
        .inspect_err(|error| {
            info!(target: "server", "no memory pool, so each instance allocates its own memory: {error:#}");
        })
        .ok()
}
