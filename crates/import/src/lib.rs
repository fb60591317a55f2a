//! Coming from Apache Kafka: reads a stopped KRaft broker's folders and turns them into a data folder of ours; and back.
//!
//! [`read_metadata`] makes a [`KafkaMetadata`] of the records in `__cluster_metadata-0`; [`LogFolder::read`] lists what is in
//! a log folder. [`plan`] takes both and decides, without touching anything, what becomes of each partition, and what has
//! to be told; [`TakeOver`] carries that out, and can be repeated or taken back until it is complete.
//!
//! [`Export`] is the way back: a copy of our data folder with a snapshot of Kafka's metadata beside.
//!
//! What it is not: it holds no lock and writes no metadata store (`vltava` does), and it knows nothing of ZooKeeper.
//!
//! Invariants:
//! - Until the metadata store is in place, what was there can be had back ([`take_back`]).
//! - Nothing of a Kafka is deleted; what is not taken over is named in a [`Note`].
//! - Nothing that is read can panic, or makes more memory be taken than bytes were there.
//!
//! Begin at `plan.rs`.

mod copy;
mod execute;
mod export;
mod folder;
mod journal;
mod limits;
mod metadata;
mod metadata_log;
mod plan;
mod snapshot;

pub use copy::{CopyError, Progress};
pub use execute::{TakeOver, TakeOverError};
pub use export::{Export, ExportError};
pub use folder::{FolderError, LeftAlone, LogFolder, PartitionFolder};
pub use journal::{JOURNAL, JournalError, Mode, begun, end, take_back};
pub use metadata::{
    BROKER_RESOURCE, KafkaMetadata, KafkaPartition, KafkaTopic, LeftOut, TOPIC_RESOURCE,
};
pub use metadata_log::{METADATA_FOLDER, MetadataLogError, ReadMetadata, read_metadata};
pub use plan::{Choices, Names, Note, Plan, Refusal, TakenPartition, plan};
