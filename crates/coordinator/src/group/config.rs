//! The broker's settings for groups.

/// The broker's settings for groups. Fields have the names of Kafka's settings, with `_` for `.`, and its defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupConfig {
    /// The shortest session timeout that a member may ask for.
    pub group_min_session_timeout_ms: i32,
    /// The longest session timeout that a member may ask for.
    pub group_max_session_timeout_ms: i32,
    /// So long an empty group waits for more members once the first has come.
    pub group_initial_rebalance_delay_ms: i32,
    /// The most members that a group can have.
    pub group_max_size: i32,
    /// The longest metadata of a committed offset, in UTF-16 units, as Kafka measures it.
    pub offset_metadata_max_bytes: i32,
    /// So long committed offsets are kept that nobody uses.
    pub offsets_retention_minutes: i32,
    /// How often to look for offsets that have expired.
    pub offsets_retention_check_interval_ms: i64,
}

impl Default for GroupConfig {
    fn default() -> GroupConfig {
        GroupConfig {
            group_min_session_timeout_ms: 6_000,
            group_max_session_timeout_ms: 1_800_000,
            group_initial_rebalance_delay_ms: 3_000,
            group_max_size: i32::MAX,
            offset_metadata_max_bytes: 4_096,
            offsets_retention_minutes: 7 * 24 * 60,
            offsets_retention_check_interval_ms: 600_000,
        }
    }
}
