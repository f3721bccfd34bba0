//! What becomes of a component's instances.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use witgen_serve::proxy::{Builder, Proxy};

/// A component, and how to see what becomes of its instances.
pub struct Watched {
    pub component: Proxy,
    instances: Arc<()>,
    failures: Arc<Mutex<Vec<String>>>,
}

impl Watched {
    pub fn new(builder: Builder) -> Self {
        let (instances, failures) = (Arc::new(()), Arc::<Mutex<Vec<String>>>::default());
        let (token, told) = (instances.clone(), failures.clone());
        let component = builder
            .extensions(move || {
                let mut extensions = http::Extensions::new();
                extensions.insert(token.clone());
                extensions
            })
            .on_failure(move |error| told.lock().unwrap().push(format!("{error:?}")))
            .build()
            .unwrap();
        Watched {
            component,
            instances,
            failures,
        }
    }

    /// How many instances there are; the builder and this hold the others.
    pub fn instances(&self) -> usize {
        Arc::strong_count(&self.instances) - 2
    }

    /// Waits until there are no instances, for so long.
    pub async fn are_gone(&self, limit: Duration) {
        let begin = Instant::now();
        while self.instances() > 0 {
            assert!(
                begin.elapsed() < limit,
                "{} instances are left",
                self.instances()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Why instances have ended before their time.
    pub fn failures(&self) -> Vec<String> {
        self.failures.lock().unwrap().clone()
    }
}
