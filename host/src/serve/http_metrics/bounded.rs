//! Metrics by labels, whose number is limited.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

/// How many sets of labels each group has. Clients and components can choose some of them.
const MAX_PER_GROUP: usize = 500;

/// Labels of a metric.
pub trait Labels: Clone + Eq + Hash {
    /// A route, an origin or a member, which the operator has named. Labels of one don't use up the labels of another.
    type Group: Clone + Eq + Hash;

    fn group(&self) -> Self::Group;

    /// Returns the labels for what has too many (OpenTelemetry Metrics SDK, "Overflow attribute").
    fn overflow(&self) -> Self;

    /// Returns the names and values that monitoring systems see.
    fn pairs(&self) -> Vec<(&'static str, Cow<'_, str>)>;
}

/// The label of what has too many labels, which is `true`.
pub const OVERFLOW: &str = "otel_metric_overflow";

/// Metrics by labels.
pub struct Bounded<L: Labels, M> {
    metrics: RwLock<Metrics<L, M>>,
    new: fn() -> M,
}

struct Metrics<L: Labels, M> {
    by_labels: HashMap<L, Arc<M>>,
    /// How many labels each group has.
    counts: HashMap<L::Group, usize>,
}

impl<L: Labels, M> Bounded<L, M> {
    /// `new` makes the metric for labels that appear for the first time.
    pub fn new(new: fn() -> M) -> Self {
        Bounded {
            metrics: RwLock::new(Metrics {
                by_labels: HashMap::new(),
                counts: HashMap::new(),
            }),
            new,
        }
    }

    /// Returns the metric for labels, or the one for all labels beyond the limit.
    pub fn get(&self, labels: &L) -> Arc<M> {
        let metrics = self.metrics.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(metric) = metrics.by_labels.get(labels) {
            return metric.clone();
        }
        let count = metrics.counts.get(&labels.group()).copied().unwrap_or_default();
        let overflow = (count >= MAX_PER_GROUP).then(|| labels.overflow());
        let overflowing = overflow.as_ref().and_then(|labels| metrics.by_labels.get(labels));
        if let Some(metric) = overflowing {
            return metric.clone();
        }
        drop(metrics);
        self.add(overflow.as_ref().unwrap_or(labels))
    }

    fn add(&self, labels: &L) -> Arc<M> {
        let mut metrics = self.metrics.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(metric) = metrics.by_labels.get(labels) {
            return metric.clone();
        }
        let metric = Arc::new((self.new)());
        metrics.by_labels.insert(labels.clone(), metric.clone());
        *metrics.counts.entry(labels.group()).or_default() += 1;
        metric
    }

    /// Removes the metrics of other groups.
    pub fn retain(&self, is_kept: impl Fn(&L::Group) -> bool) {
        let mut metrics = self.metrics.write().unwrap_or_else(PoisonError::into_inner);
        metrics.counts.retain(|group, _| is_kept(group));
        metrics.by_labels.retain(|labels, _| is_kept(&labels.group()));
    }

    /// Returns all metrics with their labels.
    pub fn all(&self) -> Vec<(L, Arc<M>)> {
        let metrics = self.metrics.read().unwrap_or_else(PoisonError::into_inner);
        metrics
            .by_labels
            .iter()
            .map(|(labels, metric)| (labels.clone(), metric.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A group, and a label; `None` for too many.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Pair(u8, Option<usize>);

    impl Labels for Pair {
        type Group = u8;

        fn group(&self) -> u8 {
            self.0
        }

        fn overflow(&self) -> Self {
            Pair(self.0, None)
        }

        fn pairs(&self) -> Vec<(&'static str, Cow<'_, str>)> {
            Vec::new()
        }
    }

    #[test]
    fn too_many_labels_of_a_group_are_one() {
        let metrics: Bounded<Pair, AtomicUsize> = Bounded::new(AtomicUsize::default);
        let add = |group, label| {
            metrics.get(&Pair(group, Some(label))).fetch_add(1, Ordering::Relaxed);
        };
        for label in 0..MAX_PER_GROUP + 100 {
            add(1, label);
        }
        add(1, 0);
        add(2, 0);
        let of = |labels: Pair| {
            let all = metrics.all();
            let metric = all.iter().find(|(own, _)| *own == labels);
            metric.map(|(_, metric)| metric.load(Ordering::Relaxed))
        };
        assert_eq!(of(Pair(1, Some(0))), Some(2));
        assert_eq!(of(Pair(1, None)), Some(100));
        assert_eq!(of(Pair(2, Some(0))), Some(1));
        assert_eq!(of(Pair(2, None)), None);
        assert_eq!(metrics.all().len(), MAX_PER_GROUP + 2);
        metrics.retain(|group| *group == 2);
        assert_eq!(of(Pair(2, Some(0))), Some(1));
        assert_eq!(metrics.all().len(), 1);
        add(1, 0);
        assert_eq!(of(Pair(1, Some(0))), Some(1));
    }
}
