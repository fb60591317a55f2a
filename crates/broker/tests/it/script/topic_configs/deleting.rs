//! DeleteRecords.

use vltava_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use vltava_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};
use vltava_records::Compression;

use super::{TIME, builder};
use crate::script::{Script, text};

pub(super) async fn run(script: &mut Script) {
    for (topic, policy) in [
        ("deleted", "delete"),
        ("deleted-compact", "compact"),
        ("deleted-both", "compact,delete"),
        ("deleted-never", ""),
    ] {
        script.make(topic, &[("cleanup.policy", policy)]).await;
        for _ in 0..4 {
            let records = builder(&[TIME, TIME, TIME]).build(Compression::Gzip);
            script.produce("three", topic, records).await;
        }
        for (name, offset) in [
            ("at 0", 0),
            ("below 0", -2),
            ("inside a batch", 4),
            ("back", 2),
            ("behind the end", 13),
            ("inside a batch, later", 7),
        ] {
            delete(script, name, topic, offset).await;
        }
        script.stored(topic).await;
        delete(script, "the end", topic, 12).await;
        let records = builder(&[TIME, TIME]).build(Compression::None);
        script.produce("more", topic, records).await;
        delete(script, "the high watermark", topic, -1).await;
        script.stored(topic).await;
    }
    delete(script, "unknown", "nosuch", 0).await;
}

async fn delete(script: &mut Script, name: &str, topic: &str, offset: i64) {
    let partition = DeleteRecordsPartition { partition_index: 0, offset };
    let asked = DeleteRecordsTopic { name: text(topic), partitions: vec![partition] };
    let request = DeleteRecordsRequest { topics: vec![asked], timeout_ms: 5000 };
    script.ask(2, &format!("{topic}: {name}"), request).await;
    for timestamp in [-2, -1] {
        let partition =
            ListOffsetsPartition { partition_index: 0, current_leader_epoch: -1, timestamp };
        let topics = vec![ListOffsetsTopic { name: text(topic), partitions: vec![partition] }];
        let request = ListOffsetsRequest { replica_id: -1, topics, ..Default::default() };
        let answer = script.client.ask(5, &request).await;
        let answer = &answer.topics[0].partitions[0];
        let told = (answer.error_code, answer.offset);
        script.note::<ListOffsetsRequest>(5, &format!("{topic} at {timestamp}"), &told);
    }
}
