//! The configuration of the engine that components run on.

use wasmtime::Config;

/// Returns the configuration that the runtime requires of an engine. Change it further, and pass it to
/// [`Engine::new`](wasmtime::Engine::new).
///
/// ```ignore
/// let mut config = proxy::config();
/// config.max_wasm_stack(256 << 10);
/// let engine = wasmtime::Engine::new(&config)?;
/// ```
pub fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    // Components import one interface several times, under labels.
    config.wasm_component_model_implements(true);
    // Without it, a component could compute forever.
    config.epoch_interruption(true);
    config
}
