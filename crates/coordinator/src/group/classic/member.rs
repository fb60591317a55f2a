//! One member of a classic group.

use std::sync::Arc;

use bytes::Bytes;
use vltava_model::GroupInstanceId;

use crate::group::event::StoredMember;
use crate::group::input::Protocol;
use crate::shard::Token;

/// One member of a classic group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub(super) instance_id: Option<GroupInstanceId>,
    pub(super) client_id: Arc<str>,
    pub(super) client_host: Arc<str>,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) session_timeout_ms: i32,
    /// Best first. After a load only the one that the record has.
    pub(super) protocols: Arc<[Protocol]>,
    pub(super) assignment: Bytes,
    /// Who waits for the join phase to end.
    pub(super) awaiting_join: Option<Token>,
    /// Who waits for the leader's assignments.
    pub(super) awaiting_sync: Option<Token>,
    /// Has never had an answer with its id, and so can send no heartbeats.
    pub(super) is_new: bool,
}

impl Member {
    /// The member that a record speaks of.
    pub(super) fn from_stored(stored: &StoredMember, protocol_name: &Arc<str>) -> Member {
        let protocol =
            Protocol { name: protocol_name.clone(), metadata: stored.subscription.clone() };
        Member {
            instance_id: stored.instance_id.clone(),
            client_id: stored.client_id.clone(),
            client_host: stored.client_host.clone(),
            rebalance_timeout_ms: stored.rebalance_timeout_ms,
            session_timeout_ms: stored.session_timeout_ms,
            protocols: [protocol].into(),
            assignment: stored.assignment.clone(),
            awaiting_join: None,
            awaiting_sync: None,
            is_new: false,
        }
    }

    /// What the member said with a protocol; empty if it does not know it.
    pub(super) fn metadata(&self, protocol_name: &str) -> Bytes {
        let named = self.protocols.iter().find(|protocol| &*protocol.name == protocol_name);
        named.map(|protocol| protocol.metadata.clone()).unwrap_or_default()
    }

    /// Whether the member can follow a protocol.
    pub(super) fn supports(&self, protocol_name: &str) -> bool {
        self.protocols.iter().any(|protocol| &*protocol.name == protocol_name)
    }

    /// Whether silence is no reason to remove the member: it waits for us.
    pub(super) fn is_excused(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }
}

/// A copy of bytes that holds no request or record in memory.
pub(crate) fn detached(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}
