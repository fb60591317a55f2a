//! Text that is a slice of a frame.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use bytes::Bytes;
use vltava_model::{GroupId, TopicName};

/// UTF-8 text over [`Bytes`], cheap to clone.
///
/// A decoded `Str` is a slice of its frame and keeps all of it in memory: what lives longer than a request must be a
/// copy (a name of `vltava_model`, an `Arc<str>`, a `String`).
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Str(Bytes);

impl Str {
    /// The longest text that the protocol can carry, in bytes.
    pub const LENGTH_MAX: usize = 0x7fff;

    /// Text that lives as long as the program; nothing is copied.
    pub const fn from_static(text: &'static str) -> Str {
        Str(Bytes::from_static(text.as_bytes()))
    }

    /// Takes bytes as text. What is not UTF-8 becomes U+FFFD, in a copy, as in Kafka's Java strings; a copy that grows
    /// out of what the protocol can carry is cut.
    #[inline]
    pub fn from_utf8_lossy(bytes: Bytes) -> Str {
        if std::str::from_utf8(&bytes).is_ok() { Str(bytes) } else { Str::replaced(&bytes) }
    }

    #[cold]
    fn replaced(bytes: &[u8]) -> Str {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        text.truncate(text.floor_char_boundary(Str::LENGTH_MAX));
        Str::from(text)
    }

    /// The text.
    #[inline]
    #[allow(
        unsafe_code,
        reason = "checking again at each use would cost as much as the lookups it serves"
    )]
    pub fn as_str(&self) -> &str {
        // SAFETY: every constructor takes a `str` or has checked that the bytes are UTF-8, and `Bytes` never change.
        unsafe { std::str::from_utf8_unchecked(&self.0) }
    }

    /// As much of the text as the protocol can carry: all of it, unless it is longer than [`Self::LENGTH_MAX`].
    #[inline]
    pub(crate) fn sendable(&self) -> &str {
        &self[..self.floor_char_boundary(Self::LENGTH_MAX)]
    }
}

impl Deref for Str {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self
    }
}

impl Hash for Str {
    /// As `str` hashes, so that a map with `Str` keys can be asked with a `str`.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Str {
        Str(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Str {
    fn from(text: String) -> Str {
        Str(Bytes::from(text.into_bytes()))
    }
}

impl From<&TopicName> for Str {
    fn from(name: &TopicName) -> Str {
        Str::from(name.as_str())
    }
}

impl From<&GroupId> for Str {
    fn from(id: &GroupId) -> Str {
        Str::from(id.as_str())
    }
}
