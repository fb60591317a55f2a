//! Which partition of `__consumer_offsets` a group lives in.

use vltava_model::{GroupId, PartitionIndex};

/// The partition of `__consumer_offsets` that a group belongs to: Java's `String.hashCode`, which counts in
/// UTF-16 units, made positive, modulo the number of partitions.
///
/// # Panics
/// If there are no partitions.
pub fn partition_for(group_id: &GroupId, partition_count: i32) -> PartitionIndex {
    assert!(partition_count > 0, "__consumer_offsets has partitions");
    let hash = group_id
        .as_str()
        .encode_utf16()
        .fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    PartitionIndex(hash.checked_abs().unwrap_or(0) % partition_count)
}
