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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_those_that_java_finds() {
        let expected = [
            ("", 0),
            ("g1", 42),
            ("connect-ž", 41),
            ("𝄞 clef", 2),
            // Its hash is the smallest of all, which cannot be made positive.
            ("polygenelubricants", 0),
            ("my-consumer-group", 13),
        ];
        for (group_id, partition) in expected {
            assert_eq!(partition_for(&GroupId::new(group_id), 50), PartitionIndex(partition));
        }
    }
}
