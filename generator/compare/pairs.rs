//! The items of two interfaces or worlds, matched by name.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// The items of two lists, in the order of the lists.
pub(crate) struct Pairs<T> {
    /// The items of the first list, each with the one of the second that has the same key.
    pub first: Vec<(T, Option<T>)>,
    /// The items that only the second list has.
    pub added: Vec<T>,
}

impl<T: Copy> Pairs<T> {
    /// Returns the items that only the first list has.
    pub fn removed(&self) -> impl Iterator<Item = T> {
        let first = self.first.iter();
        first.filter_map(|(item, other)| other.is_none().then_some(*item))
    }

    /// Returns the items that both lists have.
    pub fn common(&self) -> impl Iterator<Item = (T, T)> {
        let first = self.first.iter();
        first.filter_map(|(item, other)| Some((*item, (*other)?)))
    }
}

/// Matches the items of two lists.
pub(crate) fn pair<T: Copy, K: Hash + Eq>(
    first: impl IntoIterator<Item = T>,
    second: impl IntoIterator<Item = T>,
    key: impl Fn(T) -> K,
) -> Pairs<T> {
    let second: Vec<T> = second.into_iter().collect();
    let by_key: HashMap<K, T> = second.iter().map(|item| (key(*item), *item)).collect();
    let first: Vec<_> =
        first.into_iter().map(|item| (item, by_key.get(&key(item)).copied())).collect();
    let keys: HashSet<K> = first.iter().map(|(item, _)| key(*item)).collect();
    Pairs {
        added: second.into_iter().filter(|item| !keys.contains(&key(*item))).collect(),
        first,
    }
}
