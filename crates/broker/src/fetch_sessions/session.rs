//! One session: its partitions, and what its client knows of each.

use std::collections::HashMap;

use parking_lot::Mutex;
use vltava_model::TopicId;
use vltava_protocol::messages::fetch::{FetchPartition, FetchRequest, PartitionData};
use vltava_protocol::{ErrorCode, Str};

/// What a request calls a topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum TopicKey {
    /// Its name; any text, and never a slice of a frame in what is kept here.
    Name(Str),
    /// Its id.
    Id(TopicId),
}

/// A partition to fetch from.
#[derive(Debug, Clone)]
pub(crate) struct FetchTarget {
    /// The topic.
    pub(crate) topic: TopicKey,
    /// The partition in it.
    pub(crate) partition: i32,
    /// Where to begin.
    pub(crate) fetch_offset: i64,
    /// How many bytes to read.
    pub(crate) max_bytes: i32,
    /// The leader epoch that the client knows; -1 for none.
    pub(crate) current_leader_epoch: i32,
    /// The epoch of the last record that the client has; -1 if it does not say.
    pub(crate) last_fetched_epoch: i32,
}

/// The targets of a request in its order.
pub(crate) fn targets(
    request: &FetchRequest,
    uses_topic_ids: bool,
) -> impl Iterator<Item = FetchTarget> {
    request.topics.iter().flat_map(move |topic| {
        let key = key(&topic.topic, topic.topic_id, uses_topic_ids);
        topic.partitions.iter().map(move |partition| FetchTarget::new(key.clone(), partition))
    })
}

/// Names are copied: what is kept must not hold on to the frame.
fn key(name: &Str, id: TopicId, uses_topic_ids: bool) -> TopicKey {
    if uses_topic_ids { TopicKey::Id(id) } else { TopicKey::Name(Str::from(name.as_str())) }
}

impl FetchTarget {
    fn new(topic: TopicKey, partition: &FetchPartition) -> FetchTarget {
        FetchTarget {
            topic,
            partition: partition.partition,
            fetch_offset: partition.fetch_offset,
            max_bytes: partition.partition_max_bytes,
            current_leader_epoch: partition.current_leader_epoch,
            last_fetched_epoch: partition.last_fetched_epoch,
        }
    }
}

/// Partitions with what the client knows of them.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    cached: Vec<Cached>,
    index: HashMap<(TopicKey, i32), usize>,
    /// Where the next fetch begins: behind the last partition that had records, so that each gets its turn when they do
    /// not all fit into a response.
    first: usize,
}

#[derive(Debug)]
struct Cached {
    target: FetchTarget,
    /// As the client was last told; -1 if it was not.
    high_watermark: i64,
    log_start_offset: i64,
}

impl FromIterator<FetchTarget> for Partitions {
    fn from_iter<I: IntoIterator<Item = FetchTarget>>(targets: I) -> Partitions {
        let mut partitions = Partitions::default();
        for target in targets {
            partitions.put(target);
        }
        partitions
    }
}

impl Partitions {
    pub(super) fn len(&self) -> usize {
        self.cached.len()
    }

    /// All targets, beginning with the one whose turn it is.
    pub(super) fn targets(&self) -> Vec<FetchTarget> {
        let (late, early) = self.cached.split_at(self.first);
        early.iter().chain(late).map(|cached| cached.target.clone()).collect()
    }

    fn put(&mut self, target: FetchTarget) {
        let key = (target.topic.clone(), target.partition);
        match self.index.get(&key) {
            Some(&at) => self.cached[at].target = target,
            None => {
                self.index.insert(key, self.cached.len());
                self.cached.push(Cached { target, high_watermark: -1, log_start_offset: -1 });
            }
        }
    }

    fn forget(&mut self, key: &(TopicKey, i32)) {
        let Some(at) = self.index.remove(key) else { return };
        self.cached.swap_remove(at);
        if let Some(moved) = self.cached.get(at) {
            self.index.insert((moved.target.topic.clone(), moved.target.partition), at);
        }
        if self.first >= self.cached.len() {
            self.first = 0;
        }
    }

    /// Notes what the client is told of all partitions, in the order of [`Partitions::targets`].
    pub(super) fn remember_all(&mut self, read: &[(TopicKey, PartitionData)]) {
        let first = self.first;
        for (turn, (_, data)) in read.iter().enumerate() {
            self.remember(first, turn, data);
        }
    }

    /// Notes what was read of the partition at that turn, counted from `first`, and says whether it is news.
    fn remember(&mut self, first: usize, turn: usize, data: &PartitionData) -> bool {
        let count = self.cached.len();
        let at = (first + turn) % count;
        let cached = &mut self.cached[at];
        let has_records = data.records.as_ref().is_some_and(|records| !records.is_empty());
        let is_error = data.error_code != ErrorCode::NONE.code();
        let is_news = has_records
            || is_error
            || data.high_watermark != cached.high_watermark
            || data.log_start_offset != cached.log_start_offset
            || data.diverging_epoch.epoch >= 0;
        // After an error the partition is reported again even if nothing changed.
        cached.high_watermark = if is_error { -1 } else { data.high_watermark };
        cached.log_start_offset = data.log_start_offset;
        if has_records {
            self.first = (at + 1) % count;
        }
        is_news
    }
}

/// A session in the cache.
#[derive(Debug)]
pub(super) struct Session {
    id: i32,
    uses_topic_ids: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The epoch that the next request must have.
    epoch: i32,
    partitions: Partitions,
}

impl Session {
    pub(super) fn new(id: i32, partitions: Partitions, uses_topic_ids: bool) -> Session {
        Session { id, uses_topic_ids, state: Mutex::new(State { epoch: 1, partitions }) }
    }

    pub(super) fn id(&self) -> i32 {
        self.id
    }

    /// Takes the changes that a request brings, and returns the session's new epoch and all targets.
    pub(super) fn resume(
        &self,
        uses_topic_ids: bool,
        request: &FetchRequest,
    ) -> Result<(i32, Vec<FetchTarget>), ErrorCode> {
        let mut state = self.state.lock();
        if state.epoch != request.session_epoch {
            return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        }
        if self.uses_topic_ids != uses_topic_ids {
            return Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
        }
        for target in targets(request, uses_topic_ids) {
            state.partitions.put(target);
        }
        for topic in &request.forgotten_topics_data {
            let key = key(&topic.topic, topic.topic_id, uses_topic_ids);
            for partition in &topic.partitions {
                state.partitions.forget(&(key.clone(), *partition));
            }
        }
        state.epoch = state.epoch.checked_add(1).unwrap_or(1);
        Ok((state.epoch, state.partitions.targets()))
    }

    /// Keeps the partitions that the client must hear of. `read` is in the order of the targets that
    /// [`Session::resume`] gave along with `epoch`.
    pub(super) fn conclude(
        &self,
        epoch: i32,
        read: impl Iterator<Item = (TopicKey, PartitionData)>,
    ) -> Result<Vec<(TopicKey, PartitionData)>, ErrorCode> {
        let mut state = self.state.lock();
        if state.epoch != epoch {
            return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        }
        let partitions = &mut state.partitions;
        let first = partitions.first;
        let news =
            read.enumerate().filter(|(turn, (_, data))| partitions.remember(first, *turn, data));
        Ok(news.map(|(_, read)| read).collect())
    }
}
