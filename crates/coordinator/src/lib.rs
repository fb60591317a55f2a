//! Vltava's coordinators: state machines that stand apart from time, storage and the network.
//!
//! A coordinator owns one partition of an internal topic. What it knows is what the records of that partition
//! say, plus what is not worth a record: who is connected, who waits for an answer. A [`Shard`] is such a
//! machine. [`Shard::decide`] looks and says what should happen, as events and effects; [`Shard::apply`] is
//! the only way in which state changes, live and at load.
//!
//! What this crate is not: it keeps no time, draws no random numbers, waits for nobody and writes nothing. A
//! driver does that, one for each shard, under the contract that stands at [`Shard`].
//!
//! **Invariants**
//! - Applying the events that [`Shard::replay`] makes of a shard's records gives the durable part of the
//!   state that the shard has.
//! - Every token that came in with a request goes out with exactly one [`Effect::Reply`], at the latest when
//!   the timers that the shard has set have fired.
//! - Nothing taken from a request or a record is kept without being copied: no frame is pinned.
//!
//! Begin reading at `shard.rs`, then `group.rs`.

pub mod group;
mod limits;
mod record;
mod shard;

pub use record::{Record, RecordError};
pub use shard::{Decision, Effect, Shard, Token};
