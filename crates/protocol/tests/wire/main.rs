//! The wire format of every message: against an independent codec, against bytes that Apache Kafka wrote, and against
//! bytes that mean harm.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allocation;
mod every;
mod frames;
mod fuzz;
mod generate;
mod golden;
mod hostile;
mod independent;

/// A small generator of random numbers (SplitMix64): the same seed gives the same test.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}
