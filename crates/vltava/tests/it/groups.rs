//! Groups, over a restart.

use bytes::Bytes;
use vltava_protocol::messages::find_coordinator::FindCoordinatorRequest;
use vltava_protocol::messages::join_group::{
    JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse,
};
use vltava_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use vltava_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopics,
};
use vltava_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment};
use vltava_protocol::{ErrorCode, Str};

use crate::client::Client;
use crate::process::Broker;

fn find(client: &mut Client) {
    let request = FindCoordinatorRequest {
        coordinator_keys: vec!["g".into()],
        ..FindCoordinatorRequest::default()
    };
    let response = client.call(4, &request);
    assert_eq!(response.coordinators[0].error_code, 0, "{response:?}");
}

fn join(client: &mut Client, member: &Str) -> JoinGroupResponse {
    let protocol =
        JoinGroupRequestProtocol { name: "range".into(), metadata: Bytes::from_static(b"\0\0") };
    let request = JoinGroupRequest {
        group_id: "g".into(),
        member_id: member.clone(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        protocol_type: "consumer".into(),
        protocols: vec![protocol],
        ..JoinGroupRequest::default()
    };
    client.call(7, &request)
}

#[test]
fn a_member_joins_commits_and_finds_its_offset_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let mut client = broker.client();
    client.create_topic("t", 1);
    find(&mut client);
    let first = join(&mut client, &Str::default());
    assert_eq!(first.error_code, ErrorCode::MEMBER_ID_REQUIRED.code());
    let joined = join(&mut client, &first.member_id);
    assert_eq!((joined.error_code, joined.generation_id), (0, 1));
    assert_eq!(joined.leader, joined.member_id);
    let sync = SyncGroupRequest {
        group_id: "g".into(),
        generation_id: 1,
        member_id: joined.member_id.clone(),
        assignments: vec![SyncGroupRequestAssignment {
            member_id: joined.member_id.clone(),
            assignment: Bytes::from_static(b"mine"),
        }],
        ..SyncGroupRequest::default()
    };
    let synced = client.call(4, &sync);
    assert_eq!((synced.error_code, &synced.assignment[..]), (0, &b"mine"[..]));
    let partition = OffsetCommitRequestPartition {
        committed_offset: 42,
        committed_metadata: Some("where I was".into()),
        ..OffsetCommitRequestPartition::default()
    };
    let commit = OffsetCommitRequest {
        group_id: "g".into(),
        generation_id_or_member_epoch: 1,
        member_id: joined.member_id.clone(),
        topics: vec![OffsetCommitRequestTopic {
            name: "t".into(),
            partitions: vec![partition],
            ..OffsetCommitRequestTopic::default()
        }],
        ..OffsetCommitRequest::default()
    };
    let committed = client.call(8, &commit);
    assert_eq!(committed.topics[0].partitions[0].error_code, 0);
    broker.kill();

    let broker = Broker::start(folder.path());
    let mut client = broker.client();
    find(&mut client);
    let topics = OffsetFetchRequestTopics {
        name: "t".into(),
        partition_indexes: vec![0],
        ..OffsetFetchRequestTopics::default()
    };
    let group = OffsetFetchRequestGroup {
        group_id: "g".into(),
        topics: Some(vec![topics]),
        ..OffsetFetchRequestGroup::default()
    };
    let request = OffsetFetchRequest { groups: vec![group], ..OffsetFetchRequest::default() };
    let fetched = client.call(8, &request);
    let partition = &fetched.groups[0].topics[0].partitions[0];
    assert_eq!(partition.committed_offset, 42);
    assert_eq!(partition.metadata.as_deref(), Some("where I was"));
    // The member is still one after the restart.
    let again = join(&mut client, &joined.member_id);
    assert_eq!(again.error_code, 0, "{again:?}");
}
