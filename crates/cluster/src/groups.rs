//! Group coordination on this node: one shard for each partition of `__consumer_offsets`, and who to ask.

mod driver;
mod load;
mod timers;

use std::sync::Arc;

use parking_lot::RwLock;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use vltava_coordinator::Token;
use vltava_coordinator::group::{
    Answer, DeletedTopic, GroupConfig, GroupShard, Input, Request, partition_for,
};
use vltava_model::{GroupId, PartitionIndex};
use vltava_partition::Partition;
use vltava_runtime::{Clock, Tasks};

use crate::limits::SHARD_QUEUE_MAX;
use driver::{Driver, Message};

/// The topic in which groups keep their state.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// The groups of this node.
pub struct Groups {
    config: Arc<GroupConfig>,
    clock: Clock,
    tasks: Tasks,
    /// By partition of `__consumer_offsets`; empty until that topic is made.
    shards: RwLock<Arc<[ShardHandle]>>,
}

#[derive(Clone)]
struct ShardHandle(mpsc::Sender<Message<GroupShard>>);

/// Why a group cannot be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GroupsUnavailable {
    /// `__consumer_offsets` is not there yet: ask for the coordinator first, which makes it.
    #[error("the group coordinator is not available yet")]
    NotAvailable,
    /// The shard was lost while it had the request, or cannot be loaded. Whether the request took place is not known.
    #[error("the group coordinator of this group was lost")]
    NotCoordinator,
}

impl Groups {
    pub(crate) fn new(config: GroupConfig, clock: Clock, tasks: Tasks) -> Groups {
        Groups { config: Arc::new(config), clock, tasks, shards: RwLock::new(Arc::new([])) }
    }

    /// Starts a shard for each partition of `__consumer_offsets` that has none yet.
    pub(crate) fn serve(&self, partitions: &[Option<Arc<Partition>>]) {
        let mut shards = self.shards.write();
        let mut all: Vec<ShardHandle> = shards.to_vec();
        for partition in partitions.iter().skip(all.len()) {
            let (sender, receiver) = mpsc::channel(SHARD_QUEUE_MAX);
            all.push(ShardHandle(sender));
            // Without its partition the shard's queue is closed, which says NotCoordinator to all who ask.
            let Some(partition) = partition.clone() else { continue };
            let config = Arc::clone(&self.config);
            let make = move || GroupShard::new(Arc::clone(&config));
            let (clock, tasks) = (self.clock.clone(), self.tasks.clone());
            self.tasks.spawn(Driver::run(partition, clock, make, Input::Loaded, receiver, tasks));
        }
        *shards = all.into();
    }

    /// Whether `__consumer_offsets` is there.
    pub fn is_available(&self) -> bool {
        !self.shards.read().is_empty()
    }

    /// The partition of `__consumer_offsets` that a group belongs to; `None` while there are none.
    pub fn partition_for(&self, group: &GroupId) -> Option<PartitionIndex> {
        let count = i32::try_from(self.shards.read().len()).unwrap_or(i32::MAX);
        (count > 0).then(|| partition_for(group, count))
    }

    /// Asks the shard of a group, and waits for the answer.
    pub async fn request(
        &self,
        group: &GroupId,
        request: Request,
    ) -> Result<Answer, GroupsUnavailable> {
        let index = self.partition_for(group).ok_or(GroupsUnavailable::NotAvailable)?;
        let index = usize::try_from(index.0).expect("partitions count from 0");
        let shards = Arc::clone(&self.shards.read());
        shards[index].request(request).await
    }

    /// Asks every shard, and waits for all answers.
    pub async fn request_all(&self, request: Request) -> Vec<Result<Answer, GroupsUnavailable>> {
        let shards = Arc::clone(&self.shards.read());
        let answers = shards.iter().map(|shard| shard.request(request.clone()));
        futures::future::join_all(answers).await
    }

    /// Tells all shards that topics are gone.
    pub(crate) async fn topics_deleted(&self, topics: Arc<[DeletedTopic]>) {
        let shards = Arc::clone(&self.shards.read());
        for shard in shards.iter() {
            let notice = Message::Notice(Input::TopicsDeleted(Arc::clone(&topics)));
            // A shard that is gone has nothing to forget.
            drop(shard.0.send(notice).await);
        }
    }
}

impl ShardHandle {
    async fn request(&self, request: Request) -> Result<Answer, GroupsUnavailable> {
        let (reply, answer) = oneshot::channel();
        let input = Box::new(move |token: Token| Input::Request { token, request });
        let message = Message::Request { input, reply };
        self.0.send(message).await.map_err(|_closed| GroupsUnavailable::NotCoordinator)?;
        answer.await.map_err(|_dropped| GroupsUnavailable::NotCoordinator)
    }
}
