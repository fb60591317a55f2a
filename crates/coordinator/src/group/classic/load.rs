//! What a shard does once it is loaded.

use vltava_model::Timestamp;

use crate::group::classic::Draft;
use crate::group::input::TimerKey;
use crate::group::shard::{GroupDecision, GroupShard};
use crate::shard::{Decision, Effect};

impl GroupShard {
    /// Gives every known member its session timeout from now, and lets groups rebalance that are larger than
    /// `group.max.size` has become.
    pub(in crate::group) fn loaded(&self, now: Timestamp) -> GroupDecision {
        let mut decision = Decision::none();
        for (group_id, group) in self.classic_groups() {
            let mut draft = Draft::of(group_id, group, self.config(), now);
            for member_id in group.members.keys() {
                draft.renew_session(member_id);
            }
            let size_max = usize::try_from(self.config().group_max_size).unwrap_or(0);
            if group.members.len() > size_max {
                draft.prepare_rebalance();
            }
            let Decision { events, effects } = draft.decision();
            decision.events.extend(events);
            decision.effects.extend(effects);
        }
        let after_ms = self.config().offsets_retention_check_interval_ms;
        decision.effects.push(Effect::SetTimer { key: TimerKey::Expiration, after_ms });
        decision
    }
}
