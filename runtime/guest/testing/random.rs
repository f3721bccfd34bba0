//! Random numbers that are the same in every run.

use std::cell::Cell;

/// The generator SplitMix64 (G. Steele, D. Lea, C. Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[derive(Clone, Debug, Default)]
pub struct Random {
    state: Cell<u64>,
}

impl Random {
    /// Returns a generator. Generators with the same seed return the same numbers.
    pub fn with_seed(seed: u64) -> Self {
        Random {
            state: Cell::new(seed),
        }
    }

    /// Returns the next number.
    pub fn u64(&self) -> u64 {
        let state = self.state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.state.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns as many bytes.
    pub fn bytes(&self, count: u64) -> Vec<u8> {
        (0..count).map(|_| self.u64() as u8).collect()
    }
}
