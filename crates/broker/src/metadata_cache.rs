//! Metadata of all topics, encoded once for as long as it holds.

use std::collections::HashMap;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::limits::METADATA_CACHE_BYTES_MAX;

/// What an answer about all topics depends on, apart from how it was asked for: the image's revision, and how many
/// partitions have failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) revision: u64,
    pub(crate) failures: u64,
}

/// How it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Form {
    pub(crate) version: i16,
    pub(crate) listener: usize,
    pub(crate) topic_operations: bool,
    pub(crate) cluster_operations: bool,
}

/// The answers for one state, the latest that was asked about.
#[derive(Default)]
pub(crate) struct MetadataCache(Mutex<Answers>);

#[derive(Default)]
struct Answers {
    state: State,
    by_form: HashMap<Form, Bytes>,
    bytes: usize,
}

impl MetadataCache {
    /// The answer, if it was encoded before.
    pub(crate) fn get(&self, state: State, form: Form) -> Option<Bytes> {
        let answers = self.0.lock();
        if answers.state == state { answers.by_form.get(&form).cloned() } else { None }
    }

    /// Keeps an answer that was put together when the state was this one, or later. Where there is no room, the others go.
    pub(crate) fn put(&self, state: State, form: Form, answer: Bytes) {
        let mut answers = self.0.lock();
        let is_full = answers.bytes + answer.len() > METADATA_CACHE_BYTES_MAX;
        if answers.state != state || is_full {
            *answers = Answers { state, ..Answers::default() };
        }
        if answer.len() <= METADATA_CACHE_BYTES_MAX {
            answers.bytes += answer.len();
            if let Some(before) = answers.by_form.insert(form, answer) {
                answers.bytes -= before.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(version: i16) -> Form {
        Form { version, listener: 0, topic_operations: false, cluster_operations: false }
    }

    #[test]
    fn an_answer_holds_for_its_state_and_form() {
        let cache = MetadataCache::default();
        let (one, two) = (State { revision: 1, failures: 0 }, State { revision: 1, failures: 1 });
        cache.put(one, form(1), Bytes::from_static(b"one"));
        cache.put(one, form(2), Bytes::from_static(b"two"));
        assert_eq!(cache.get(one, form(1)).unwrap(), "one");
        assert_eq!(cache.get(one, form(2)).unwrap(), "two");
        assert_eq!(cache.get(one, form(3)), None);
        assert_eq!(cache.get(two, form(1)), None);
        cache.put(two, form(1), Bytes::from_static(b"new"));
        assert_eq!(cache.get(two, form(1)).unwrap(), "new");
        assert_eq!((cache.get(one, form(1)), cache.get(two, form(2))), (None, None));
    }

    #[test]
    fn it_does_not_grow_without_bound() {
        let cache = MetadataCache::default();
        let half = Bytes::from(vec![0; METADATA_CACHE_BYTES_MAX / 2]);
        for version in 0..10 {
            cache.put(State::default(), form(version), half.clone());
            assert!(cache.get(State::default(), form(version)).is_some());
        }
        assert!(cache.0.lock().bytes <= METADATA_CACHE_BYTES_MAX);
        let large = Bytes::from(vec![0; METADATA_CACHE_BYTES_MAX + 1]);
        cache.put(State::default(), form(20), large);
        assert_eq!(cache.get(State::default(), form(20)), None);
    }
}
