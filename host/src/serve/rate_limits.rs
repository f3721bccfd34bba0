//! Limits on rates, by what they are for. A reload keeps what has been used of rates that stay the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use witgen_serve::server::{Rate, RateLimit};

/// Limits, by what they are for.
#[derive(Clone)]
pub struct RateLimits<K>(Arc<BTreeMap<K, (Rate, Arc<RateLimit>)>>);

impl<K: Clone + Ord> RateLimits<K> {
    /// Returns limits with these rates, of which the last one for a key counts. If a key has had the same rate before, what has been
    /// used of it still counts.
    pub fn new(rates: impl Iterator<Item = (K, Rate)>, previous: Option<&Self>) -> Self {
        let limits = rates.map(|(key, rate)| {
            let same = previous.and_then(|previous| previous.0.get(&key));
            let same = same.filter(|(previous, _)| *previous == rate).cloned();
            let limit = same.unwrap_or_else(|| (rate, Arc::new(RateLimit::new(rate))));
            (key, limit)
        });
        RateLimits(Arc::new(limits.collect()))
    }

    /// Returns a limit, if there is one for the key.
    pub fn of<Q: Ord + ?Sized>(&self, key: &Q) -> Option<Arc<RateLimit>>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.0.get(key).map(|(_, limit)| limit.clone())
    }
}
