//! DeleteRecords: where a log starts survives everything, and what lies below goes.

use std::path::Path;

use vltava_protocol::ErrorCode;
use vltava_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsPartitionResult, DeleteRecordsRequest, DeleteRecordsTopic,
};
use vltava_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};

use crate::client::{Client, batch, fetch_request};
use crate::process::{Broker, until};

const THREE: [&str; 3] = ["a", "b", "c"];

fn delete(client: &mut Client, offset: i64) -> DeleteRecordsPartitionResult {
    let partition = DeleteRecordsPartition { partition_index: 0, offset };
    let topic = DeleteRecordsTopic { name: "t".into(), partitions: vec![partition] };
    let request = DeleteRecordsRequest { topics: vec![topic], timeout_ms: 10_000 };
    client.call(2, &request).topics[0].partitions[0].clone()
}

/// Where the log starts and ends.
fn bounds(client: &mut Client) -> (i64, i64) {
    let mut at = |timestamp| {
        let partition =
            ListOffsetsPartition { partition_index: 0, current_leader_epoch: -1, timestamp };
        let topics = vec![ListOffsetsTopic { name: "t".into(), partitions: vec![partition] }];
        let request = ListOffsetsRequest { replica_id: -1, topics, ..Default::default() };
        client.call(5, &request).topics[0].partitions[0].offset
    };
    (at(-2), at(-1))
}

/// The line of the checkpoint file.
fn checkpoint(folder: &Path) -> String {
    let file = std::fs::read_to_string(folder.join("log-start-offset-checkpoint"));
    let file = file.expect("the file is there");
    file.lines().find(|line| line.starts_with("t 0 ")).unwrap_or_default().to_owned()
}

/// The partition's files with this ending.
fn files(folder: &Path, ending: &str) -> usize {
    let files = std::fs::read_dir(folder.join("t-0")).expect("the folder is there");
    files.flatten().filter(|file| file.path().extension().is_some_and(|e| e == ending)).count()
}

/// SIGKILL as soon as the answer is there, with the write-ahead log and without, and then once more.
#[test]
fn the_start_survives_kills() {
    for caching in ["false", "true"] {
        let folder = tempfile::tempdir().unwrap();
        let mut broker = Broker::start(folder.path());
        let mut client = broker.client();
        let configs = [("write.caching", caching), ("internal.segment.bytes", "500")];
        let id = client.create_topic_with("t", 1, &configs);
        for _ in 0..10 {
            client.produce("t", 0, batch(&THREE)).unwrap();
        }
        // Inside a batch, at a batch's start, and the high watermark: then nothing is left.
        for (asked, start) in [(4, 4), (12, 12), (13, 13), (-1, 30)] {
            let told = delete(&mut client, asked);
            assert_eq!((told.error_code, told.low_watermark), (0, start), "caching {caching}");
            broker.kill();
            assert_eq!(checkpoint(folder.path()), format!("t 0 {start}"));
            broker = Broker::start(folder.path());
            client = broker.client();
            assert_eq!(bounds(&mut client), (start, 30), "caching {caching}");
            let below = client.call(13, &fetch_request(id, 0, start - 1));
            let code = below.responses[0].partitions[0].error_code;
            assert_eq!(code, ErrorCode::OFFSET_OUT_OF_RANGE.code());
            let left = client.consume(id, 0, start);
            assert_eq!(left.len(), usize::try_from(30 - start).unwrap());
            assert!(left.first().is_none_or(|(offset, _)| *offset == start));
        }
        let next = client.produce("t", 0, batch(&THREE)).unwrap();
        assert_eq!((next.error_code, next.base_offset), (0, 30));
        for asked in [34, i64::MAX, -2] {
            let told = delete(&mut client, asked);
            let code = ErrorCode::OFFSET_OUT_OF_RANGE.code();
            assert_eq!((told.error_code, told.low_watermark), (code, -1));
        }
        broker.kill();
        let broker = Broker::start(folder.path());
        assert_eq!(bounds(&mut broker.client()), (30, 33), "caching {caching}");
    }
}

#[test]
fn segments_below_the_start_go() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start_with(folder.path(), &["log.retention.check.interval.ms=20"]);
    let mut client = broker.client();
    let configs = [
        ("internal.segment.bytes", "500"),
        ("file.delete.delay.ms", "0"),
        ("retention.ms", "-1"),
        ("cleanup.policy", ""),
    ];
    let id = client.create_topic_with("t", 1, &configs);
    for _ in 0..20 {
        client.produce("t", 0, batch(&THREE)).unwrap();
    }
    let before = files(folder.path(), "log");
    assert!(before >= 4, "{before} segments");
    assert_eq!(delete(&mut client, 31).low_watermark, 31);
    until("segments below 31 are gone", || {
        !folder.path().join("t-0/00000000000000000000.log").exists()
    });
    until("their files are removed", || files(folder.path(), "deleted") == 0);
    assert!(files(folder.path(), "log") < before);
    assert_eq!(client.consume(id, 0, 31).len(), 29);
    assert_eq!(delete(&mut client, -1).low_watermark, 60);
    until("one segment is left", || files(folder.path(), "log") == 1);
    assert_eq!(client.produce("t", 0, batch(&THREE)).unwrap().base_offset, 60);
}
