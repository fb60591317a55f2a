//! Record batches in a message: never looked into here, and not copied either.

use bytes::Bytes;

use crate::frame::FileRange;

/// The bytes of record batches, wherever they are. A decoded message holds `Bytes`.
#[derive(Debug, Clone, PartialEq)]
pub enum Records {
    /// In memory.
    Bytes(Bytes),
    /// In a file, to be sent from there.
    File(FileRange),
    /// One after the other.
    Chain(Vec<Records>),
}

impl Records {
    /// The number of bytes.
    pub fn len(&self) -> usize {
        match self {
            Records::Bytes(bytes) => bytes.len(),
            Records::File(range) => range.length,
            Records::Chain(parts) => parts.iter().map(Records::len).sum(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, if they are in memory and in one piece, as those of a decoded message are.
    pub fn into_bytes(self) -> Option<Bytes> {
        match self {
            Records::Bytes(bytes) => Some(bytes),
            Records::File(_) | Records::Chain(_) => None,
        }
    }
}

impl Default for Records {
    fn default() -> Records {
        Records::Bytes(Bytes::new())
    }
}

impl From<Bytes> for Records {
    fn from(bytes: Bytes) -> Records {
        Records::Bytes(bytes)
    }
}
