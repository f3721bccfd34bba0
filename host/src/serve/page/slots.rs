//! Recent events: a ring of slots, each for a time of the same length.

/// Slots for the most recent times.
#[derive(Clone)]
pub struct Slots<T> {
    seconds_each: u64,
    slots: Vec<(u64, T)>,
}

impl<T: Default> Slots<T> {
    /// Creates `count` slots, each for `seconds_each` seconds.
    pub fn new(count: usize, seconds_each: u64) -> Self {
        Slots {
            seconds_each,
            slots: (0..count).map(|_| (0, T::default())).collect(),
        }
    }

    /// Returns the slot of a second, which is the current one.
    pub fn current(&mut self, second: u64) -> &mut T {
        let number = second / self.seconds_each;
        let index = self.index(number);
        let (owner, slot) = &mut self.slots[index];
        if *owner != number {
            *owner = number;
            *slot = T::default();
        }
        slot
    }

    /// Returns the last slots, the oldest first, up to the one of this second; `None` for those in which nothing happened.
    pub fn last(&self, second: u64, count: usize) -> impl Iterator<Item = Option<&T>> {
        let last = second / self.seconds_each;
        (0..count as u64).rev().map(move |age| {
            let number = last.checked_sub(age)?;
            let (owner, slot) = &self.slots[self.index(number)];
            (*owner == number).then_some(slot)
        })
    }

    fn index(&self, number: u64) -> usize {
        usize::try_from(number % self.slots.len() as u64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_used_again_after_their_time() {
        let mut slots = Slots::<u32>::new(3, 2);
        for second in [0, 1, 2, 5, 6, 6] {
            *slots.current(second) += 1;
        }
        let last = |second| slots.last(second, 3).map(Option::<&u32>::copied).collect::<Vec<_>>();
        assert_eq!(last(6), [Some(1), Some(1), Some(2)]);
        assert_eq!(last(9), [Some(1), Some(2), None]);
        assert_eq!(last(100), [None; 3]);
    }

    #[test]
    fn before_the_beginning_nothing_happened() {
        let mut slots = Slots::<u32>::new(3, 1);
        *slots.current(0) += 1;
        let last: Vec<_> = slots.last(0, 3).map(Option::<&u32>::copied).collect();
        assert_eq!(last, [None, None, Some(1)]);
    }
}
