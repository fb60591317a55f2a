//! Fetch sessions (KIP-227): a consumer that fetches the same partitions again and again names only those that changed,
//! and is told only of those that have news.
//!
//! The cache has `max.incremental.fetch.session.cache.slots` places. When all are taken, a new session takes that of one
//! that was not used for two minutes; failing that, of a smaller one that has had its two minutes; failing that, the fetch
//! is answered without a session, and its client sends full requests.

mod session;

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::time::Instant;
use vltava_protocol::ErrorCode;
use vltava_protocol::messages::fetch::{FetchRequest, PartitionData};
use vltava_runtime::random_bytes;

pub(crate) use self::session::{FetchTarget, TopicKey};
use self::session::{Partitions, Session};
use crate::limits::{FETCH_SESSION_EVICTION, FETCH_SESSION_PARTITIONS_MAX};

/// The epoch of a fetch that begins a session.
const INITIAL_EPOCH: i32 = 0;
/// The epoch of a fetch without a session.
const FINAL_EPOCH: i32 = -1;
/// The id of no session.
const NO_SESSION: i32 = 0;
/// The first version that has sessions.
const FIRST_VERSION: i16 = 7;
/// The first version in which partitions go by their topic's id.
const TOPIC_IDS_VERSION: i16 = 13;

/// All sessions of a broker.
#[derive(Debug)]
pub(crate) struct FetchSessions {
    slots: usize,
    cache: Mutex<HashMap<i32, Entry>>,
}

#[derive(Debug)]
struct Entry {
    session: Arc<Session>,
    partitions: usize,
    created: Instant,
    used: Instant,
}

/// What a fetch is part of.
#[derive(Debug)]
pub(crate) struct FetchContext {
    /// What to read, in this order.
    pub(crate) targets: Vec<FetchTarget>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Sessionless,
    Full { partitions: Partitions, uses_topic_ids: bool },
    Incremental { session: Arc<Session>, epoch: i32 },
}

/// What goes into the response: the session's id and the partitions that the client must hear of.
#[derive(Debug)]
pub(crate) struct FetchConclusion {
    /// The session; 0 for none.
    pub(crate) session_id: i32,
    /// What was read, with its topic.
    pub(crate) partitions: Vec<(TopicKey, PartitionData)>,
}

impl FetchSessions {
    /// A cache of that many places.
    pub(crate) fn new(slots: usize) -> FetchSessions {
        FetchSessions { slots, cache: Mutex::default() }
    }

    /// Finds or begins the session of a request, and what it asks for.
    ///
    /// # Errors
    /// The error code of the response, where the session is not there or not in that state.
    pub(crate) fn begin(
        &self,
        version: i16,
        request: &FetchRequest,
    ) -> Result<FetchContext, ErrorCode> {
        let uses_topic_ids = version >= TOPIC_IDS_VERSION;
        let epoch = if version >= FIRST_VERSION { request.session_epoch } else { FINAL_EPOCH };
        match epoch {
            INITIAL_EPOCH | FINAL_EPOCH => {
                self.close(request.session_id);
                let targets = session::targets(request, uses_topic_ids);
                if epoch == FINAL_EPOCH {
                    return Ok(FetchContext {
                        targets: targets.collect(),
                        kind: Kind::Sessionless,
                    });
                }
                let partitions: Partitions = targets.collect();
                Ok(FetchContext {
                    targets: partitions.targets(),
                    kind: Kind::Full { partitions, uses_topic_ids },
                })
            }
            _ => self.resume(uses_topic_ids, request),
        }
    }

    fn resume(
        &self,
        uses_topic_ids: bool,
        request: &FetchRequest,
    ) -> Result<FetchContext, ErrorCode> {
        let id = request.session_id;
        let session = self.cache.lock().get(&id).map(|entry| Arc::clone(&entry.session));
        let session = session.ok_or(ErrorCode::FETCH_SESSION_ID_NOT_FOUND)?;
        let (epoch, targets) = session.resume(uses_topic_ids, request)?;
        if targets.is_empty() {
            self.close(id);
            return Ok(FetchContext { targets, kind: Kind::Sessionless });
        }
        if let Some(entry) = self.cache.lock().get_mut(&id) {
            entry.used = Instant::now();
            entry.partitions = targets.len();
        }
        Ok(FetchContext { targets, kind: Kind::Incremental { session, epoch } })
    }

    /// Ends a fetch: `data` is what was read of the context's targets, in their order.
    ///
    /// # Errors
    /// The error code of the response, if another request went on with the session meanwhile.
    pub(crate) fn conclude(
        &self,
        context: FetchContext,
        data: Vec<PartitionData>,
    ) -> Result<FetchConclusion, ErrorCode> {
        let FetchContext { targets, kind } = context;
        let read = targets.into_iter().map(|target| target.topic).zip(data);
        match kind {
            Kind::Sessionless => {
                Ok(FetchConclusion { session_id: NO_SESSION, partitions: read.collect() })
            }
            Kind::Full { mut partitions, uses_topic_ids } => {
                let read: Vec<(TopicKey, PartitionData)> = read.collect();
                partitions.remember_all(&read);
                let session_id = self.create(partitions, uses_topic_ids);
                Ok(FetchConclusion { session_id, partitions: read })
            }
            Kind::Incremental { session, epoch } => {
                let partitions = session.conclude(epoch, read)?;
                Ok(FetchConclusion { session_id: session.id(), partitions })
            }
        }
    }

    fn close(&self, id: i32) {
        if id != NO_SESSION {
            self.cache.lock().remove(&id);
        }
    }

    /// Puts a session into the cache and returns its id; 0 if there is no place for it.
    fn create(&self, partitions: Partitions, uses_topic_ids: bool) -> i32 {
        let count = partitions.len();
        if count == 0 || count > FETCH_SESSION_PARTITIONS_MAX {
            return NO_SESSION;
        }
        let now = Instant::now();
        let mut cache = self.cache.lock();
        if cache.len() >= self.slots && !evict(&mut cache, count, now) {
            return NO_SESSION;
        }
        let id = unused_id(&cache);
        let session = Arc::new(Session::new(id, partitions, uses_topic_ids));
        cache.insert(id, Entry { session, partitions: count, created: now, used: now });
        id
    }
}

/// Makes place for a session of `count` partitions, if there is any to be made.
fn evict(cache: &mut HashMap<i32, Entry>, count: usize, now: Instant) -> bool {
    let had_its_time = |since: Instant| now.duration_since(since) > FETCH_SESSION_EVICTION;
    let stale = cache.iter().min_by_key(|(_, entry)| entry.used);
    let victim = stale.filter(|(_, entry)| had_its_time(entry.used)).or_else(|| {
        let old = cache.iter().filter(|(_, entry)| had_its_time(entry.created));
        old.min_by_key(|(_, entry)| entry.partitions).filter(|(_, entry)| entry.partitions < count)
    });
    let victim = victim.map(|(&id, _)| id);
    victim.is_some_and(|id| cache.remove(&id).is_some())
}

/// A random id, so that a client's old session is not taken for one of after a restart.
fn unused_id(cache: &HashMap<i32, Entry>) -> i32 {
    loop {
        let id = i32::from_be_bytes(random_bytes()) & i32::MAX;
        if id != NO_SESSION && !cache.contains_key(&id) {
            return id;
        }
    }
}

#[cfg(test)]
mod tests;
