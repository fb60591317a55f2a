//! How a group comes to the protocol that it follows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::group::classic::ClassicGroup;
use crate::group::classic::subscription::subscribed_topics;
use crate::group::input::Protocol;
use crate::group::state::GroupState;

/// The protocol type of consumers, the only one whose metadata the coordinator can read.
const CONSUMER: &str = "consumer";

impl ClassicGroup {
    /// Whether the members are consumers, so that what they subscribe to can be known.
    pub(in crate::group) fn is_consumer_group(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER)
    }

    /// Whether somebody with these protocols can be one of the group: one of them must be known to every member.
    pub(super) fn supports_protocols(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.state == GroupState::Empty {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.iter().any(|protocol| self.is_common(&protocol.name))
    }

    /// The protocol of the next generation: each member votes for the first in its list that all members know,
    /// and most votes win. Where Kafka leaves a tie to the order of a hash table, the first by name wins.
    /// `None` without members.
    pub(super) fn select_protocol(&self) -> Option<Arc<str>> {
        let first = self.members.values().next()?;
        let names = first.protocols.iter().map(|protocol| &protocol.name);
        let candidates: BTreeSet<&Arc<str>> = names.filter(|name| self.is_common(name)).collect();
        let mut votes: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for member in self.members.values() {
            let mut preferred = member.protocols.iter().map(|protocol| &protocol.name);
            if let Some(vote) = preferred.find(|name| candidates.contains(name)) {
                *votes.entry(vote).or_default() += 1;
            }
        }
        let most = votes.values().max()?;
        votes.iter().find(|(_, count)| *count == most).map(|(name, _)| Arc::clone(name))
    }

    fn is_common(&self, protocol_name: &str) -> bool {
        self.members.values().all(|member| member.supports(protocol_name))
    }

    /// The topics that the members read by the group's protocol; `None` if that cannot be known.
    pub(super) fn compute_subscribed_topics(&self) -> Option<BTreeSet<Arc<str>>> {
        if !self.is_consumer_group() {
            return None;
        }
        if self.members.is_empty() {
            return Some(BTreeSet::new());
        }
        let protocol_name = self.protocol_name.as_deref()?;
        let mut topics = BTreeSet::new();
        for member in self.members.values() {
            topics.append(&mut subscribed_topics(&member.metadata(protocol_name))?);
        }
        Some(topics)
    }

    /// Whether offsets of a topic are in use. A consumer group whose subscriptions are not known may read anything.
    pub(in crate::group) fn is_subscribed_to(&self, topic: &str) -> bool {
        match &self.subscribed_topics {
            Some(topics) => topics.contains(topic),
            None => self.is_consumer_group(),
        }
    }
}
