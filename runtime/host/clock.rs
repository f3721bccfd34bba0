//! The clock of an engine: it interrupts components, so that none computes without end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use wasmtime::{Engine, EngineWeak};

/// How often components are interrupted.
const TICK: Duration = Duration::from_millis(10);

/// Interrupts the components of an engine regularly, as long as the engine exists. An engine has one clock, however
/// often this is called.
///
/// # Errors
///
/// No thread for it.
pub(super) fn start(engine: &Engine) -> io::Result<()> {
    static ENGINES: Mutex<Vec<EngineWeak>> = Mutex::new(Vec::new());
    let mut engines = ENGINES.lock().unwrap_or_else(PoisonError::into_inner);
    engines.retain(|other| other.upgrade().is_some());
    let mut others = engines.iter().filter_map(EngineWeak::upgrade);
    if others.any(|other| Engine::same(&other, engine)) {
        return Ok(());
    }
    let weak = engine.weak();
    let clock = thread::Builder::new().name("epochs".to_owned());
    clock.spawn(move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    })?;
    engines.push(engine.weak());
    Ok(())
}
