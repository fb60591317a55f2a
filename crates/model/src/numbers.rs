//! Offsets, epochs, ids and times.

use std::fmt;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($int:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub $int);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// The position of a record in its partition. Counts from 0; negative values never leave the protocol layer.
    Offset(i64)
}
number! {
    /// Counts the leaders a partition has had (KIP-101). -1 where it is not known.
    LeaderEpoch(i32)
}
number! {
    /// A broker's `node.id`.
    BrokerId(i32)
}
number! {
    /// Identifies an idempotent or transactional producer (KIP-98). -1 for none.
    ProducerId(i64)
}
number! {
    /// Fences older instances of the same producer id. -1 for none.
    ProducerEpoch(i16)
}
number! {
    /// The number of a producer's record in its partition; wraps from 2³¹−1 to 0.
    Sequence(i32)
}
number! {
    /// Milliseconds since 1970-01-01T00:00:00Z. -1 for none.
    Timestamp(i64)
}

impl Offset {
    /// The first offset of every partition.
    pub const ZERO: Offset = Offset(0);

    /// The offset `count` records further on, or `None` past the end of the number range.
    pub fn checked_add(self, count: i64) -> Option<Offset> {
        self.0.checked_add(count).map(Offset)
    }

    /// The offset that follows this one.
    ///
    /// # Panics
    /// At the end of the number range, which no log reaches: appends are refused before it.
    pub fn next(self) -> Offset {
        Offset(self.0.checked_add(1).expect("offsets end before i64 does"))
    }

    /// How many offsets lie between `earlier` and this one; negative if `earlier` is later.
    pub fn distance_from(self, earlier: Offset) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl LeaderEpoch {
    /// Not known, or not asked for.
    pub const NONE: LeaderEpoch = LeaderEpoch(-1);
}

impl ProducerId {
    /// A producer without idempotence.
    pub const NONE: ProducerId = ProducerId(-1);
}

impl ProducerEpoch {
    /// A producer without idempotence.
    pub const NONE: ProducerEpoch = ProducerEpoch(-1);
}

impl Sequence {
    /// The sequence `count` records after this one, wrapping to 0 after 2³¹−1 as Kafka's producers do.
    pub fn plus(self, count: i32) -> Sequence {
        if self.0 > i32::MAX - count {
            Sequence(count - (i32::MAX - self.0) - 1)
        } else {
            Sequence(self.0 + count)
        }
    }
}

impl Timestamp {
    /// No timestamp.
    pub const NONE: Timestamp = Timestamp(-1);

    /// This time moved by `ms` milliseconds, held inside the number range.
    pub fn plus_ms(self, ms: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_wrap_to_zero() {
        assert_eq!(Sequence(i32::MAX).plus(1), Sequence(0));
        assert_eq!(Sequence(i32::MAX - 1).plus(1), Sequence(i32::MAX));
        assert_eq!(Sequence(i32::MAX - 1).plus(5), Sequence(3));
        assert_eq!(Sequence(0).plus(i32::MAX), Sequence(i32::MAX));
    }
}
