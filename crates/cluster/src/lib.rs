//! The node at work: the metadata of the cluster, the partitions that are open here, the groups that live in them.
//!
//! [`Node`] opens all of it over a data folder and a coordination store, and recovers what the last run left. Its parts
//! are [`Catalog`] (metadata: an image, and the only way to change it), [`Partitions`] (open logs, which follow the
//! image, and their background work), [`Groups`] (the driver of the coordinators' shards) and [`ProducerIds`].
//!
//! What this is not: it knows no protocol and no Kafka error code, and it does not know which store it stands on.
//!
//! Invariants:
//! - The data folder has one holder.
//! - The image shows a change once the store has made it durable, not before.
//! - A partition that cannot be opened, replayed or synced is left out and logged; the others go on.
//! - What the write-ahead log holds is let go of once it is safe in segments, or parked in a file of its own.
//!
//! Begin at `node.rs`; a start is `partitions/recover.rs`, a group request `groups/driver.rs`.

mod catalog;
mod data_folder;
mod groups;
mod limits;
mod node;
mod partitions;
mod producer_ids;
mod settings;

pub use catalog::{Catalog, CatalogError};
pub use data_folder::{DataFolder, DataFolderError};
pub use groups::{Groups, GroupsUnavailable, OFFSETS_TOPIC};
pub use node::{CreateError, Node, NodeSpec, OffsetsTopicError, OpenWal, StartError, StartReport};
pub use partitions::{LookupError, Partitions, RecoverError};
pub use producer_ids::ProducerIds;
