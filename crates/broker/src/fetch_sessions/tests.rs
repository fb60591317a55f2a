use bytes::Bytes;
use vltava_protocol::Str;
use vltava_protocol::messages::fetch::{FetchPartition, FetchTopic, ForgottenTopic};

use super::*;

fn request(session_id: i32, session_epoch: i32, partitions: &[(i32, i64)]) -> FetchRequest {
    let partition = |&(partition, fetch_offset): &(i32, i64)| FetchPartition {
        partition,
        fetch_offset,
        ..FetchPartition::default()
    };
    let partitions: Vec<_> = partitions.iter().map(partition).collect();
    let topic = FetchTopic { topic: Str::from("t"), partitions, ..FetchTopic::default() };
    let topics = if topic.partitions.is_empty() { Vec::new() } else { vec![topic] };
    FetchRequest { session_id, session_epoch, topics, ..FetchRequest::default() }
}

fn data(partition_index: i32, high_watermark: i64, bytes: &'static [u8]) -> PartitionData {
    PartitionData {
        partition_index,
        high_watermark,
        records: Some(Bytes::from_static(bytes).into()),
        ..PartitionData::default()
    }
}

/// Serves a request from partitions whose high watermark and records are those given.
fn fetch(
    sessions: &FetchSessions,
    request: &FetchRequest,
    content: impl Fn(i32) -> (i64, &'static [u8]),
) -> Result<(i32, Vec<i32>), ErrorCode> {
    let context = sessions.begin(12, request)?;
    let read = context.targets.iter().map(|target| {
        let (high_watermark, bytes) = content(target.partition);
        data(target.partition, high_watermark, bytes)
    });
    let read = read.collect();
    let done = sessions.conclude(context, read)?;
    Ok((done.session_id, done.partitions.iter().map(|(_, data)| data.partition_index).collect()))
}

#[test]
fn only_news_is_sent() {
    let sessions = FetchSessions::new(10);
    let (id, all) =
        fetch(&sessions, &request(0, 0, &[(0, 0), (1, 0), (2, 0)]), |_| (5, b"")).unwrap();
    assert_ne!(id, 0);
    assert_eq!(all, [0, 1, 2]);
    assert_eq!(fetch(&sessions, &request(id, 1, &[]), |_| (5, b"")), Ok((id, vec![])));
    let moved = |p| if p == 1 { (6, &b"x"[..]) } else { (5, &b""[..]) };
    assert_eq!(fetch(&sessions, &request(id, 2, &[]), moved), Ok((id, vec![1])));
    let wrong = fetch(&sessions, &request(id, 2, &[]), |_| (5, b""));
    assert_eq!(wrong, Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH));
    let unknown = fetch(&sessions, &request(id ^ 1, 1, &[]), |_| (5, b""));
    assert_eq!(unknown, Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND));
}

#[test]
fn each_partition_gets_its_turn() {
    let sessions = FetchSessions::new(10);
    let (id, _) =
        fetch(&sessions, &request(0, 0, &[(0, 0), (1, 0), (2, 0)]), |_| (5, b"")).unwrap();
    fetch(&sessions, &request(id, 1, &[]), |p| (5, if p == 1 { b"x" } else { b"" })).unwrap();
    let context = sessions.begin(12, &request(id, 2, &[])).unwrap();
    let order: Vec<i32> = context.targets.iter().map(|target| target.partition).collect();
    assert_eq!(order, [2, 0, 1]);
}

#[test]
fn partitions_are_added_changed_and_forgotten() {
    let sessions = FetchSessions::new(10);
    let (id, _) =
        fetch(&sessions, &request(0, 0, &[(0, 0), (1, 0), (2, 0)]), |_| (5, b"")).unwrap();
    let mut change = request(id, 1, &[(3, 7), (1, 9)]);
    change.forgotten_topics_data = vec![ForgottenTopic {
        topic: Str::from("t"),
        partitions: vec![0, 8],
        ..Default::default()
    }];
    let context = sessions.begin(12, &change).unwrap();
    let mut targets: Vec<_> =
        context.targets.iter().map(|target| (target.partition, target.fetch_offset)).collect();
    targets.sort_unstable();
    assert_eq!(targets, [(1, 9), (2, 0), (3, 7)]);
    let mut all = request(id, 2, &[]);
    all.forgotten_topics_data = vec![ForgottenTopic {
        topic: Str::from("t"),
        partitions: vec![1, 2, 3],
        ..Default::default()
    }];
    let context = sessions.begin(12, &all).unwrap();
    assert_eq!(sessions.conclude(context, vec![]).unwrap().session_id, 0);
    assert!(sessions.cache.lock().is_empty(), "an empty session is closed");
}

#[test]
fn an_error_is_reported_until_it_is_gone_and_then_once_more() {
    let sessions = FetchSessions::new(10);
    let (id, _) = fetch(&sessions, &request(0, 0, &[(0, 0)]), |_| (5, b"")).unwrap();
    for (epoch, error_code, told) in [(1, 3, 1), (2, 3, 1), (3, 0, 1), (4, 0, 0)] {
        let context = sessions.begin(12, &request(id, epoch, &[])).unwrap();
        let read =
            PartitionData { error_code, ..data(0, if error_code == 0 { 5 } else { -1 }, b"") };
        let done = sessions.conclude(context, vec![read]).unwrap();
        assert_eq!(done.partitions.len(), told, "epoch {epoch}");
    }
}

#[test]
fn a_session_that_was_overtaken_ends_in_an_error() {
    let sessions = FetchSessions::new(10);
    let (id, _) = fetch(&sessions, &request(0, 0, &[(0, 0)]), |_| (5, b"")).unwrap();
    let slow = sessions.begin(12, &request(id, 1, &[])).unwrap();
    fetch(&sessions, &request(id, 2, &[]), |_| (5, b"")).unwrap();
    let error = sessions.conclude(slow, vec![data(0, 5, b"")]).unwrap_err();
    assert_eq!(error, ErrorCode::INVALID_FETCH_SESSION_EPOCH);
}

#[test]
fn old_versions_and_the_final_epoch_have_no_session() {
    let sessions = FetchSessions::new(10);
    assert_eq!(fetch(&sessions, &request(0, -1, &[(0, 0)]), |_| (5, b"")).unwrap().0, 0);
    let context = sessions.begin(4, &request(0, 0, &[(0, 0)])).unwrap();
    assert!(matches!(context.kind, Kind::Sessionless));
    let (id, _) = fetch(&sessions, &request(0, 0, &[(0, 0)]), |_| (5, b"")).unwrap();
    let mixed = sessions.begin(13, &request(id, 1, &[])).unwrap_err();
    assert_eq!(mixed, ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
    fetch(&sessions, &request(id, -1, &[(0, 0)]), |_| (5, b"")).unwrap();
    assert!(sessions.cache.lock().is_empty(), "the final epoch closes it");
}

#[tokio::test(start_paused = true)]
async fn places_are_limited() {
    let sessions = FetchSessions::new(2);
    let begin =
        |partitions: &[(i32, i64)]| fetch(&sessions, &request(0, 0, partitions), |_| (5, b""));
    let (small, _) = begin(&[(0, 0)]).unwrap();
    let (large, _) = begin(&[(0, 0), (1, 0), (2, 0)]).unwrap();
    assert_eq!(begin(&[(0, 0), (1, 0)]).unwrap().0, 0, "both are new");
    tokio::time::advance(FETCH_SESSION_EVICTION * 2).await;
    fetch(&sessions, &request(small, 1, &[]), |_| (5, b"")).unwrap();
    fetch(&sessions, &request(large, 1, &[]), |_| (5, b"")).unwrap();
    assert_eq!(begin(&[(0, 0)]).unwrap().0, 0, "none is smaller");
    assert_ne!(begin(&[(0, 0), (1, 0)]).unwrap().0, 0, "the small one has had its time");
    let gone = fetch(&sessions, &request(small, 2, &[]), |_| (5, b""));
    assert_eq!(gone, Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND));
    tokio::time::advance(FETCH_SESSION_EVICTION * 2).await;
    assert_ne!(begin(&[(0, 0)]).unwrap().0, 0, "nobody used the others");
}
