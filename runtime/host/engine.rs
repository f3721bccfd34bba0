//! The engine that components run on.

use wasmtime::Config;

/// How an engine has to be configured; to be changed further, and given to [`Engine::new`](wasmtime::Engine::new).
///
/// ```ignore
/// let mut config = proxy::config();
/// config.max_wasm_stack(256 << 10);
/// let engine = wasmtime::Engine::new(&config)?;
/// ```
pub fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    // Without it, nothing ends a component that computes without end.
    config.epoch_interruption(true);
    config
}
