//! What bounds a coordinator besides the broker's settings.

/// The most members of one group that were given an id and have not joined with it. Kafka has no such bound;
/// each costs us some 200 bytes for a session timeout, and no group that works comes near it.
pub(crate) const PENDING_MEMBERS_MAX: usize = 10_000;

/// The most tombstones in one decision about what expired or lost its topic: some 100 bytes each, so that a
/// batch stays below 1 MB, the default of `max.message.bytes`. What remains follows in the next decision.
pub(crate) const TOMBSTONES_MAX: usize = 5_000;

/// The longest member id, in bytes, as a string of the protocol can have 32767.
pub(crate) const MEMBER_ID_BYTES_MAX: usize = 32_767;

/// So long a new member may wait for its first JoinGroup to be answered, since until then it cannot send a
/// heartbeat and nobody would notice that it went away. Kafka's number.
pub(crate) const NEW_MEMBER_JOIN_TIMEOUT_MS: i64 = 5 * 60 * 1_000;

/// The shortest wait for members to rejoin when none has. Kafka waits the group's rebalance timeout, which a
/// client can set to 0; then this keeps the timer from spinning.
pub(crate) const REJOIN_WAIT_MS_MIN: i64 = 100;
