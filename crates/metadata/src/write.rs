//! What a plan asks of the coordination store.

use crate::image::Image;
use crate::keys::Key;

/// One atomic change of the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Write {
    /// What the plan took for granted: if one does not hold any more, the plan must be made again.
    pub compares: Vec<Compare>,
    /// What to write.
    pub operations: Vec<Operation>,
}

/// What a key must be like for a write to take place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compare {
    /// The key.
    pub key: String,
    /// What is expected of it.
    pub expected: Expected,
}

/// The state that is expected of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// There is no such key.
    Absent,
    /// The key was last written at this revision of the store.
    ModRevision(u64),
}

/// A write to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Writes the key.
    Put {
        /// The key.
        key: String,
        /// Its new value.
        value: Vec<u8>,
    },
    /// Deletes the key, if it is there.
    Delete {
        /// The key.
        key: String,
    },
}

impl Write {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Adds another write, to be carried out together with this one. The two must not touch the same key.
    pub fn merge(&mut self, other: Write) {
        self.compares.extend(other.compares);
        self.operations.extend(other.operations);
    }

    /// Writes `key`, provided that it still is as `image` shows it.
    pub fn replace(&mut self, image: &Image, key: &Key, value: Vec<u8>) {
        let name = key.to_string();
        self.expect(name.clone(), image.mod_revision(key));
        self.put(name, value);
    }

    /// Expects `key` to be as the image shows it: at `revision`, or absent if that is 0.
    pub(crate) fn expect(&mut self, key: String, revision: u64) {
        let expected = match revision {
            0 => Expected::Absent,
            revision => Expected::ModRevision(revision),
        };
        self.compares.push(Compare { key, expected });
    }

    pub(crate) fn put(&mut self, key: String, value: Vec<u8>) {
        self.operations.push(Operation::Put { key, value });
    }

    pub(crate) fn delete(&mut self, key: String) {
        self.operations.push(Operation::Delete { key });
    }
}
