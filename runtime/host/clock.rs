//! The clock of an engine: it interrupts components, so that none computes forever.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use wasmtime::{Engine, EngineWeak};

/// The interval at which components are interrupted.
pub(super) const TICK_INTERVAL: Duration = Duration::from_millis(10);

/// Interrupts the components of an engine regularly, as long as the engine exists. An engine has one clock, however
/// often this is called.
///
/// # Errors
///
/// If no thread can be started.
pub(super) fn start(engine: &Engine) -> io::Result<()> {
    static ENGINES: Mutex<Vec<EngineWeak>> = Mutex::new(Vec::new());
    let mut engines = ENGINES.lock().unwrap_or_else(PoisonError::into_inner);
    engines.retain(|other| other.upgrade().is_some());
    let has_clock = engines
        .iter()
        .filter_map(EngineWeak::upgrade)
        .any(|other| Engine::same(&other, engine));
    if has_clock {
        return Ok(());
    }
    let weak = engine.weak();
    thread::Builder::new()
        .name("epochs".to_owned())
        .spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(TICK_INTERVAL);
            }
        })?;
    engines.push(engine.weak());
    Ok(())
}
