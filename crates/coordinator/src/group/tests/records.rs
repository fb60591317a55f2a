//! The format of the records: bytes that Apache Kafka 4.3.1 wrote, and bytes that nobody should have written.

use bytes::Bytes;
use vltava_model::{GroupId, LeaderEpoch, Offset, PartitionIndex, Timestamp, TopicId};

use crate::group::event::{Event, EventKind};
use crate::group::tests::stage::{Stage, commit, member};
use crate::group::{GroupConfig, GroupShard, Request};
use crate::{Record, RecordError, Shard};

/// Keys and values in hexadecimal, as a console consumer left them in each of the groups g1 (classic), g2
/// (classic, with an instance id) and g3 (of the new kind); a value of `-` is a tombstone.
const KAFKA_4_3_1: &str = include_str!("kafka-4.3.1.txt");

fn unhex(text: &str) -> Bytes {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn kafkas() -> impl Iterator<Item = Record> {
    let lines = KAFKA_4_3_1.lines().filter(|line| !line.is_empty());
    lines.map(|line| {
        let (key, value) = line.split_once(' ').unwrap();
        let value = Some(value).filter(|value| *value != "-").map(unhex);
        Record { key: unhex(key), value }
    })
}

fn replay(record: &Record) -> Result<Option<Event>, RecordError> {
    GroupShard::replay(record.key.clone(), record.value.clone())
}

#[test]
fn what_kafka_wrote_is_written_again_byte_for_byte() {
    let mut known = 0;
    for record in kafkas() {
        if let Some(event) = replay(&record).unwrap() {
            assert_eq!(GroupShard::record(&event), Some(record));
            known += 1;
        }
    }
    assert_eq!((known, kafkas().count()), (12, 21));
}

#[test]
fn kafkas_groups_are_here_after_a_load() {
    let mut stage = Stage::new(GroupConfig::default());
    for record in kafkas().take(9) {
        stage.shard.apply(&replay(&record).unwrap().unwrap());
    }
    let describe = Request::DescribeGroups(["g1", "g2"].map(GroupId::new).to_vec());
    let lines = stage.ask("me", describe).join("");
    let g2 =
        "g2 Stable 'consumer' 'range' ['inst-1-63da41e1-1565-4f11-a4ed-9915cad845b9' subscribed";
    assert!(lines.starts_with("me: g1 Empty 'consumer' '' [], "), "{lines}");
    assert!(lines.contains(g2), "{lines}");
    let Event(EventKind::OffsetCommitted(key, committed)) =
        replay(&kafkas().nth(2).unwrap()).unwrap().unwrap()
    else {
        panic!("the third record is an offset");
    };
    assert_eq!((key.group_id.as_str(), key.topic.as_str()), ("g1", "orders"));
    assert_eq!(key.partition, PartitionIndex(0));
    assert_eq!(committed.offset, Offset(20));
    assert_eq!(committed.leader_epoch, LeaderEpoch(0));
    assert_eq!(committed.commit_timestamp, Timestamp(1_795_362_741_060));
    assert_eq!(committed.topic_id.to_string(), "TCW-jBQcSSO7dIKscHXhBg");
    assert_eq!(committed.expire_timestamp, None);
}

#[test]
fn an_offset_with_a_time_to_expire_has_version_1() {
    let mut stage = Stage::new(GroupConfig::default());
    let mut brief = commit(member("", -1), "t", &[5]);
    brief.retention_time_ms = Some(1_000);
    brief.topics[0].topic_id = TopicId([9; 16]);
    stage.ask("me", Request::OffsetCommit(brief));
    let record = stage.log.last().unwrap();
    let value = "0001 0000000000000005 0000 00000000000f4240 00000000000f4628".replace(' ', "");
    assert_eq!(record.value.as_ref().unwrap(), &unhex(&value));
    assert_eq!(GroupShard::record(&replay(record).unwrap().unwrap()).as_ref(), Some(record));
}

#[test]
fn records_of_older_kafkas() {
    // Kind and value version 0: offset 5, metadata m, committed at 7.
    let key = unhex("0000 0001 67 0001 74 00000000".replace(' ', "").as_str());
    let value = unhex("0000 0000000000000005 0001 6d 0000000000000007".replace(' ', "").as_str());
    let event = replay(&Record { key, value: Some(value) }).unwrap().unwrap();
    let Event(EventKind::OffsetCommitted(key, committed)) = event else {
        panic!("an offset was expected");
    };
    assert_eq!((key.group_id.as_str(), key.topic.as_str()), ("g", "t"));
    assert_eq!((committed.offset, &*committed.metadata), (Offset(5), "m"));
    assert_eq!(committed.leader_epoch, LeaderEpoch::NONE);
    // A group of version 0: one member without a rebalance timeout, and no time of the state.
    let key = unhex("0002000167");
    let value = "0000 0008636f6e73756d6572 00000003 000572616e6765 00016d 00000001
        00016d 000163 000168 00002710 00000000 00000001 61"
        .split_whitespace()
        .collect::<String>();
    let event = replay(&Record { key, value: Some(unhex(&value)) }).unwrap().unwrap();
    let Event(EventKind::GroupStored(stored)) = event else { panic!("a group was expected") };
    assert_eq!((stored.generation_id.0, stored.state_since), (3, None));
    assert_eq!(stored.members[0].rebalance_timeout_ms, 10_000);
    assert_eq!(&stored.members[0].assignment[..], b"a");
}

#[test]
fn a_group_that_went_on_as_another_kind_keeps_its_offsets() {
    let mut stage = Stage::new(GroupConfig::default());
    stage.ask("me", Request::OffsetCommit(commit(member("", -1), "t", &[5])));
    let tombstone = Record { key: unhex("0002000167"), value: None };
    stage.shard.apply(&replay(&tombstone).unwrap().unwrap());
    assert_eq!(stage.ask("me", super::stage::fetch_all()), ["me: [t-0 = 5]"]);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let error = |key: &str, value: &str| {
        let record = Record { key: unhex(key), value: Some(unhex(value)) };
        replay(&record).expect_err("the record is damaged").to_string()
    };
    assert_eq!(error("00", ""), "the key of a record is malformed");
    assert_eq!(error("00020005", ""), "the key of a record is malformed");
    assert_eq!(error("0001000167000c2e00000000", ""), "the key of a record is malformed");
    assert_eq!(error("000100016700012e00000000", ""), "a record is about an impossible topic");
    assert_eq!(error("0002000167", "0003"), "the value of a record of kind 2 is malformed");
    assert_eq!(
        error("0002000167", "0005"),
        "the value of a record of kind 2 has the unknown version 5"
    );
    let nothing_agreed = "0000 0000 00000003 ffff ffff 00000001
        00016d 000163 000168 00002710 00000000 00000000"
        .split_whitespace()
        .collect::<String>();
    assert_eq!(
        error("0002000167", &nothing_agreed),
        "the record of group g has members and no protocol"
    );
}

#[test]
fn damaged_records_never_panic() {
    for record in kafkas() {
        let Some(value) = record.value.clone() else { continue };
        for end in 0..value.len() {
            let cut = Record { key: record.key.clone(), value: Some(value.slice(..end)) };
            _ = replay(&cut);
            let mut flipped = value.to_vec();
            flipped[end] ^= 0x81;
            let flipped = Record { key: record.key.clone(), value: Some(flipped.into()) };
            if let Ok(Some(event)) = replay(&flipped) {
                let mut stage = Stage::new(GroupConfig::default());
                stage.shard.apply(&event);
                stage.input(crate::group::Input::Loaded);
            }
        }
    }
}
