//! Observes the instances of a component.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use witgen_serve::proxy::{Builder, Proxy};

/// A component whose instances are counted.
pub struct Watched {
    /// The component.
    pub component: Proxy,
    instances: Arc<()>,
    failures: Arc<Mutex<Vec<String>>>,
}

impl Watched {
    /// Builds a component, and counts its instances from now on.
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

    /// Returns the number of instances; the builder and this value have the other two references.
    pub fn instances(&self) -> usize {
        Arc::strong_count(&self.instances) - 2
    }

    /// Waits until there are no instances; panics if that takes longer than `limit`.
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

    /// Returns the reasons for which instances failed.
    pub fn failures(&self) -> Vec<String> {
        self.failures.lock().unwrap().clone()
    }
}
