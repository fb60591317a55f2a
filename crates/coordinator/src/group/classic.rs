//! Classic groups: the members agree among themselves, and the coordinator keeps them in step.
//!
//! A *generation* begins with a *join phase* (`PreparingRebalance`): JoinGroup requests are parked until all
//! members are there or the time is over. Then one member, the *leader*, works out who gets what, while the
//! SyncGroup requests of the others are parked (`CompletingRebalance`), and its own SyncGroup brings the
//! assignments, which are stored (`Stable`). Whoever comes, leaves or falls silent starts it anew.
//!
//! An operation works on a [`Draft`], a copy of the group: it makes [`Change`]s, sees what they lead to, and
//! ends as a decision. `group.rs` is what a group knows, `change.rs` how it changes; then one file for each
//! operation, which all meet in `rebalance.rs`.

mod change;
mod describe;
mod draft;
mod group;
mod heartbeat;
#[cfg(test)]
mod inspect;
mod join;
mod leave;
mod list;
mod load;
mod member;
mod member_id;
mod protocols;
mod rebalance;
mod rejoin;
mod session;
mod static_member;
mod subscription;
mod sync;

pub(in crate::group) use change::Change;
pub(in crate::group) use draft::Draft;
pub(in crate::group) use group::ClassicGroup;
pub(in crate::group) use member::detached;
