//! Lines of the log about overload: an overloaded server doesn't write a line for each request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often an event is logged.
const INTERVAL: Duration = Duration::from_secs(1);

/// Events of overload since they were last logged, by name.
#[derive(Default)]
pub struct OverloadLog(Mutex<HashMap<&'static str, Events>>);

struct Events {
    logged: Instant,
    unlogged: u64,
}

impl OverloadLog {
    /// Adds an event, and returns how many there were since the last line, if it is time for another one.
    pub fn add(&self, event: &'static str) -> Option<u64> {
        let now = Instant::now();
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = events.get_mut(event) else {
            let logged = Events {
                logged: now,
                unlogged: 0,
            };
            events.insert(event, logged);
            return Some(1);
        };
        known.unlogged += 1;
        (now.duration_since(known.logged) >= INTERVAL).then(|| {
            known.logged = now;
            std::mem::take(&mut known.unlogged)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_logged_at_once_and_then_now_and_then() {
        let log = OverloadLog::default();
        assert_eq!(log.add("requests"), Some(1));
        assert_eq!(log.add("connections"), Some(1));
        for _ in 0..100 {
            log.add("requests");
        }
        std::thread::sleep(INTERVAL);
        assert!(log.add("requests").is_some_and(|count| count <= 101));
    }
}
