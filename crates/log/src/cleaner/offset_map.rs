//! From keys to the offsets of their newest records, in memory of a fixed size.
//!
//! Keys are not kept, only 128 bits of hash: two keyed 64-bit hashes with keys drawn at random, so that nobody can choose
//! keys that collide. With a hundred million keys the chance that any two do is below 10⁻²².

use std::hash::{BuildHasher, RandomState};

use vltava_model::Offset;

/// Bytes of a slot.
pub(super) const SLOT_BYTES: u64 = 24;

/// Both halves of the hash, and the offset plus one: a slot of zeros is free.
type Slot = [u64; 3];

/// An open-addressing table that never grows.
#[derive(Debug)]
pub(super) struct OffsetMap {
    slots: Vec<Slot>,
    used: usize,
    used_max: usize,
    latest: Offset,
    hashers: [RandomState; 2],
}

impl OffsetMap {
    /// A map for `used_max` keys in so many slots, which are more.
    pub(super) fn new(slots: usize, used_max: usize) -> OffsetMap {
        let slots = slots.max(2);
        OffsetMap {
            slots: vec![[0; 3]; slots],
            used: 0,
            used_max: used_max.clamp(1, slots - 1),
            latest: Offset(-1),
            hashers: [RandomState::new(), RandomState::new()],
        }
    }

    /// Notes a record. False if the map is full: then the record is not noted.
    pub(super) fn put(&mut self, key: &[u8], offset: Offset) -> bool {
        if self.used >= self.used_max {
            return false;
        }
        let hash = self.hash(key);
        let at = self.slot_of(hash);
        self.used += usize::from(self.slots[at][2] == 0);
        self.slots[at] = [hash[0], hash[1], offset.0.cast_unsigned() + 1];
        self.latest = offset;
        true
    }

    /// The offset of the key's newest record in what was read; `None` if there is none.
    pub(super) fn get(&self, key: &[u8]) -> Option<Offset> {
        let found = self.slots[self.slot_of(self.hash(key))][2];
        found.checked_sub(1).map(|offset| Offset(offset.cast_signed()))
    }

    /// All records up to this offset were noted.
    pub(super) fn latest(&self) -> Offset {
        self.latest
    }

    /// Notes that there is nothing to note up to `offset`.
    pub(super) fn set_latest(&mut self, offset: Offset) {
        self.latest = offset;
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.used
    }

    fn hash(&self, key: &[u8]) -> [u64; 2] {
        [self.hashers[0].hash_one(key), self.hashers[1].hash_one(key)]
    }

    /// Where the hash stands, or may.
    fn slot_of(&self, hash: [u64; 2]) -> usize {
        let count = self.slots.len();
        let first = usize::try_from(hash[0] % count as u64).expect("it is below a length");
        let mut at = first;
        // It ends, because some slots are always free.
        while self.slots[at][2] != 0 && self.slots[at][..2] != hash {
            at = if at + 1 == count { 0 } else { at + 1 };
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_a_map(puts in proptest::collection::vec(0u16..200, 0..400), slots in 2usize..300) {
            let mut map = OffsetMap::new(slots, slots * 9 / 10);
            let mut model = HashMap::new();
            for (offset, key) in (0i64..).zip(&puts) {
                let key = key.to_be_bytes();
                let room = model.len() < map.used_max;
                prop_assert_eq!(map.put(&key, Offset(offset)), room);
                if room {
                    model.insert(key, Offset(offset));
                    prop_assert_eq!(map.latest(), Offset(offset));
                }
            }
            prop_assert_eq!(map.len(), model.len());
            for key in 0u16..200 {
                let key = key.to_be_bytes();
                prop_assert_eq!(map.get(&key), model.get(&key).copied());
            }
        }
    }

    #[test]
    fn an_empty_key_and_offset_zero_are_found() {
        let mut map = OffsetMap::new(4, 3);
        assert!(map.put(b"", Offset(0)));
        assert_eq!((map.get(b""), map.get(b"x")), (Some(Offset(0)), None));
    }
}
