//! Offsets that nobody has used for long, and groups of which nothing is left.

use vltava_model::Timestamp;

use crate::group::input::TimerKey;
use crate::group::offsets::delete::{remove_group, removed_event};
use crate::group::shard::{Group, GroupDecision, GroupShard};
use crate::group::state::{CommittedOffset, GroupState};
use crate::limits::TOMBSTONES_MAX;
use crate::shard::{Decision, Effect};

const MINUTE_MS: i64 = 60_000;

/// From when on an offset has been unused.
#[derive(Clone, Copy)]
enum UnusedSince {
    /// The group has been empty since then, and before that all its offsets were in use.
    Then(Timestamp),
    /// The offset was committed.
    Commit,
}

impl GroupShard {
    /// Removes what has expired, a part at a time, and sets the timer for the next look.
    pub(in crate::group) fn expire_offsets(&self, now: Timestamp) -> GroupDecision {
        let retention_ms = i64::from(self.config().offsets_retention_minutes) * MINUTE_MS;
        let mut decision = Decision::none();
        for (group_id, group) in self.groups() {
            if decision.events.len() >= TOMBSTONES_MAX {
                break;
            }
            let expired = |topic: &str, committed: &CommittedOffset| {
                !group.classic.is_subscribed_to(topic)
                    && is_expired(group, committed, now, retention_ms)
            };
            let mut nothing_is_left = true;
            for (topic, partition, committed) in group.offsets.iter() {
                if decision.events.len() < TOMBSTONES_MAX && expired(topic.as_str(), committed) {
                    decision.events.push(removed_event(group_id, topic, partition));
                } else {
                    nothing_is_left = false;
                }
            }
            if nothing_is_left && group.classic.state() == GroupState::Empty {
                remove_group(group_id, group, &mut decision);
            }
        }
        let is_all = decision.events.len() < TOMBSTONES_MAX;
        let interval_ms = self.config().offsets_retention_check_interval_ms;
        let after_ms = if is_all { interval_ms } else { 0 };
        decision.effects.push(Effect::SetTimer { key: TimerKey::Expiration, after_ms });
        decision
    }
}

fn is_expired(
    group: &Group,
    committed: &CommittedOffset,
    now: Timestamp,
    retention_ms: i64,
) -> bool {
    let since = match unused_since(group) {
        None => return false,
        Some(UnusedSince::Then(then)) => then,
        Some(UnusedSince::Commit) => committed.commit_timestamp,
    };
    match committed.expire_timestamp {
        Some(expire) => now >= expire,
        None => now.0.saturating_sub(since.0) >= retention_ms,
    }
}

/// `None` if all offsets are taken to be in use.
fn unused_since(group: &Group) -> Option<UnusedSince> {
    let classic = &group.classic;
    if !classic.was_joined() {
        return Some(UnusedSince::Commit);
    }
    match classic.state() {
        GroupState::Empty => match classic.state_since() {
            Some(since) => Some(UnusedSince::Then(since)),
            None => Some(UnusedSince::Commit),
        },
        GroupState::Stable if classic.knows_subscriptions() => Some(UnusedSince::Commit),
        _ => None,
    }
}
