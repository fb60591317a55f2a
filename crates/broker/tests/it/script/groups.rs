//! Classic groups and their offsets.

use bytes::Bytes;
use vltava_model::TopicId;
use vltava_protocol::messages::delete_groups::DeleteGroupsRequest;
use vltava_protocol::messages::describe_groups::DescribeGroupsRequest;
use vltava_protocol::messages::heartbeat::HeartbeatRequest;
use vltava_protocol::messages::join_group::{
    JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse,
};
use vltava_protocol::messages::leave_group::{LeaveGroupRequest, MemberIdentity};
use vltava_protocol::messages::list_groups::ListGroupsRequest;
use vltava_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use vltava_protocol::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use vltava_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use vltava_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment};

use super::{Script, text};

pub(super) async fn run(script: &mut Script) {
    let member = member(script).await;
    commits(script, &member).await;
    fetches(script).await;
    describe(script).await;
    static_members(script).await;
    leave(script, &member).await;
    every_version(script).await;
    forget(script).await;
}

fn join(group: &str, member: &str) -> JoinGroupRequest {
    JoinGroupRequest {
        group_id: text(group),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 20_000,
        member_id: text(member),
        protocol_type: text("consumer"),
        protocols: vec![JoinGroupRequestProtocol {
            name: text("range"),
            metadata: Bytes::from_static(b"\0\0\0\0\0\x01\0\x01a\xff\xff\xff\xff"),
        }],
        ..JoinGroupRequest::default()
    }
}

async fn joined(script: &mut Script, version: i16, group: &str) -> JoinGroupResponse {
    let mut answer = script.client.ask(version, &join(group, "")).await;
    if answer.error_code == 79 {
        let member = answer.member_id.to_string();
        script.transcript.hide(&member, &format!("member of {group}"));
        script.note::<JoinGroupRequest>(version, "id required", &answer);
        answer = script.client.ask(version, &join(group, &member)).await;
    }
    script.transcript.hide(&answer.member_id, &format!("member of {group}"));
    script.note::<JoinGroupRequest>(version, "joined", &answer);
    answer
}

fn sync(group: &str, member: &str, generation_id: i32) -> SyncGroupRequest {
    SyncGroupRequest {
        group_id: text(group),
        generation_id,
        member_id: text(member),
        protocol_type: Some(text("consumer")),
        protocol_name: Some(text("range")),
        assignments: vec![SyncGroupRequestAssignment {
            member_id: text(member),
            assignment: Bytes::from_static(b"assigned"),
        }],
        ..SyncGroupRequest::default()
    }
}

fn heartbeat(group: &str, member: &str, generation_id: i32) -> HeartbeatRequest {
    HeartbeatRequest {
        group_id: text(group),
        generation_id,
        member_id: text(member),
        ..HeartbeatRequest::default()
    }
}

async fn member(script: &mut Script) -> String {
    let cases = [
        ("no group id", JoinGroupRequest { group_id: text(""), ..join("g", "") }),
        ("session too short", JoinGroupRequest { session_timeout_ms: 1, ..join("g", "") }),
        ("session too long", JoinGroupRequest { session_timeout_ms: i32::MAX, ..join("g", "") }),
        ("an unknown member", join("g", "nobody")),
        ("no protocols", JoinGroupRequest { protocols: Vec::new(), ..join("g", "") }),
        ("no protocol type", JoinGroupRequest { protocol_type: text(""), ..join("g", "") }),
    ];
    for (name, request) in cases {
        for version in [3, 6, 9] {
            let mut answer = script.client.ask(version, &request).await;
            if answer.error_code == 79 {
                answer.member_id = text("given");
            }
            script.note::<JoinGroupRequest>(version, name, &answer);
        }
    }
    script.ask(4, "of an unknown group", heartbeat("nosuch", "nobody", 1)).await;
    script.ask(5, "of an unknown group", sync("nosuch", "nobody", 1)).await;
    let answer = joined(script, 9, "g").await;
    let (member, generation) = (answer.member_id.to_string(), answer.generation_id);
    script.ask(4, "before the assignment", heartbeat("g", &member, generation)).await;
    let unnamed = SyncGroupRequest { protocol_name: None, ..sync("g", &member, generation) };
    script.ask(5, "no protocol name", unnamed).await;
    let other =
        SyncGroupRequest { protocol_name: Some(text("sticky")), ..sync("g", &member, generation) };
    script.ask(5, "another protocol", other).await;
    script.ask(5, "old generation", sync("g", &member, generation - 1)).await;
    script.ask(5, "synced", sync("g", &member, generation)).await;
    script.ask(1, "synced again", sync("g", &member, generation)).await;
    script.ask(4, "alive", heartbeat("g", &member, generation)).await;
    script.ask(0, "alive", heartbeat("g", &member, generation)).await;
    script.ask(4, "old generation", heartbeat("g", &member, generation - 1)).await;
    script.ask(4, "an unknown member", heartbeat("g", "nobody", generation)).await;
    let other = JoinGroupRequest { protocol_type: text("connect"), ..join("g", "") };
    script.ask(3, "another protocol type", other).await;
    member
}

fn commit(group: &str, member: &str, generation: i32, topic: &str) -> OffsetCommitRequest {
    let partition = |partition_index, committed_offset| OffsetCommitRequestPartition {
        partition_index,
        committed_offset,
        committed_leader_epoch: 0,
        committed_metadata: Some(text("noted")),
    };
    let topic = OffsetCommitRequestTopic {
        name: text(topic),
        partitions: vec![partition(0, 5), partition(1, 7)],
        ..OffsetCommitRequestTopic::default()
    };
    OffsetCommitRequest {
        group_id: text(group),
        generation_id_or_member_epoch: generation,
        member_id: text(member),
        topics: vec![topic],
        ..OffsetCommitRequest::default()
    }
}

async fn commits(script: &mut Script, member: &str) {
    let long = {
        let mut request = commit("g", member, 1, "b");
        request.topics[0].partitions[0].committed_metadata = Some(text(&"m".repeat(5_000)));
        request.topics[0].partitions[1].committed_metadata = None;
        request
    };
    let cases = [
        ("a member", commit("g", member, 1, "a")),
        ("an unknown topic", commit("g", member, 1, "nosuch")),
        ("old generation", commit("g", member, 0, "a")),
        ("an unknown member", commit("g", "nobody", 1, "a")),
        ("an outsider", commit("g", "", -1, "a")),
        ("metadata too long", long),
        ("nobody's group", commit("simple", "", -1, "b")),
        ("a member of an unknown group", commit("nosuch", "x", 3, "b")),
        ("no group id", commit("", "", -1, "c")),
        ("no topics", OffsetCommitRequest { topics: Vec::new(), ..commit("g", member, 1, "a") }),
    ];
    for version in [2, 5, 9] {
        for (name, request) in &cases {
            script.ask(version, name, request.clone()).await;
        }
    }
    for (name, id) in [("by id", script.topic_id("c").await), ("an unknown id", TopicId([2; 16]))] {
        let mut request = commit("simple", "", -1, "");
        request.topics[0].topic_id = id;
        script.ask(10, name, request).await;
    }
}

async fn fetches(script: &mut Script) {
    let topic =
        |name: &str| OffsetFetchRequestTopic { name: text(name), partition_indexes: vec![1, 0, 5] };
    for version in [1, 2, 5, 7] {
        for group in ["g", "nosuch", ""] {
            for topics in [Some(vec![topic("a"), topic("nosuch")]), Some(Vec::new()), None] {
                if version < 2 && topics.is_none() {
                    continue;
                }
                let name = format!("{group:?}, {} topics", topics.as_ref().map_or(99, Vec::len));
                let request = OffsetFetchRequest {
                    group_id: text(group),
                    topics,
                    require_stable: version == 7,
                    ..OffsetFetchRequest::default()
                };
                let mut answer = script.client.ask(version, &request).await;
                answer.topics.sort_by(|a, b| a.name.cmp(&b.name));
                for topic in &mut answer.topics {
                    topic.partitions.sort_by_key(|partition| partition.partition_index);
                }
                script.note::<OffsetFetchRequest>(version, &name, &answer);
            }
        }
    }
    let id = script.topic_id("c").await;
    let topic = |name: &str, topic_id| OffsetFetchRequestTopics {
        name: text(name),
        topic_id,
        partition_indexes: vec![0, 9],
    };
    for version in [8, 9, 10] {
        let by_name = vec![topic("b", id), topic("nosuch", TopicId([1; 16]))];
        let group = |group: &str, topics| OffsetFetchRequestGroup {
            group_id: text(group),
            topics,
            ..OffsetFetchRequestGroup::default()
        };
        let groups = vec![
            group("simple", Some(by_name)),
            group("simple", None),
            group("nosuch", None),
            group("g", Some(Vec::new())),
        ];
        for group in groups {
            let request =
                OffsetFetchRequest { groups: vec![group], ..OffsetFetchRequest::default() };
            let mut answer = script.client.ask(version, &request).await;
            for group in &mut answer.groups {
                group.topics.sort_by_key(|topic| (topic.name.clone(), topic.topic_id != id));
                for topic in &mut group.topics {
                    topic.partitions.sort_by_key(|partition| partition.partition_index);
                }
            }
            script.note::<OffsetFetchRequest>(version, "one of several", &answer);
        }
    }
}

async fn describe(script: &mut Script) {
    for version in [0, 3, 6] {
        for group in ["g", "simple", "nosuch", ""] {
            let request = DescribeGroupsRequest {
                groups: vec![text(group)],
                include_authorized_operations: version > 0,
            };
            script.ask(version, group, request).await;
        }
    }
    for (version, states, types) in [
        (0, vec![], vec![]),
        (4, vec![], vec![]),
        (4, vec!["stable"], vec![]),
        (4, vec!["Empty", "Dead"], vec![]),
        (4, vec!["nosuch"], vec![]),
        (5, vec![], vec!["classic"]),
        (5, vec![], vec!["Consumer"]),
        (5, vec![], vec!["nosuch"]),
    ] {
        let request = ListGroupsRequest {
            states_filter: states.iter().map(|state| text(state)).collect(),
            types_filter: types.iter().map(|name| text(name)).collect(),
        };
        let mut answer = script.client.ask(version, &request).await;
        answer.groups.sort_by(|a, b| a.group_id.cmp(&b.group_id));
        script.note::<ListGroupsRequest>(version, &format!("{states:?} {types:?}"), &answer);
    }
}

async fn static_members(script: &mut Script) {
    let join = |member: &str| JoinGroupRequest {
        group_instance_id: Some(text("one")),
        ..join("fixed", member)
    };
    let answer = script.client.ask(5, &join("")).await;
    let first = answer.member_id.to_string();
    script.transcript.hide(&first, "first member of fixed");
    script.note::<JoinGroupRequest>(5, "a static member", &answer);
    let of = |member: &str, generation| SyncGroupRequest {
        group_instance_id: Some(text("one")),
        ..sync("fixed", member, generation)
    };
    script.ask(5, "a static member", of(&first, 1)).await;
    let answer = script.client.ask(9, &join("")).await;
    let second = answer.member_id.to_string();
    script.transcript.hide(&second, "second member of fixed");
    script.note::<JoinGroupRequest>(9, "a static member comes back", &answer);
    script.ask(5, "a static member comes back", of(&second, answer.generation_id)).await;
    let alive = |member: &str| HeartbeatRequest {
        group_instance_id: Some(text("one")),
        ..heartbeat("fixed", member, 1)
    };
    script.ask(4, "a static member that was replaced", alive(&first)).await;
    script.ask(9, "a static member that was replaced", join(&first)).await;
    script.ask(4, "a static member", alive(&second)).await;
    let fenced = OffsetCommitRequest {
        group_instance_id: Some(text("one")),
        ..commit("fixed", &first, 1, "b")
    };
    script.ask(9, "a static member that was replaced", fenced).await;
    let described = DescribeGroupsRequest { groups: vec![text("fixed")], ..Default::default() };
    script.ask(4, "a static member", described).await;
    let by_instance = LeaveGroupRequest {
        group_id: text("fixed"),
        members: vec![MemberIdentity {
            group_instance_id: Some(text("one")),
            ..MemberIdentity::default()
        }],
        ..LeaveGroupRequest::default()
    };
    script.ask(3, "by the instance", by_instance).await;
}

async fn leave(script: &mut Script, member: &str) {
    let of = |group: &str, member: &str| LeaveGroupRequest {
        group_id: text(group),
        member_id: text(member),
        members: vec![
            MemberIdentity { member_id: text(member), ..MemberIdentity::default() },
            MemberIdentity { group_instance_id: Some(text("nobody")), ..MemberIdentity::default() },
        ],
    };
    let busy = DeleteGroupsRequest { groups_names: vec![text("g")] };
    script.ask(2, "with members", busy).await;
    for version in [0, 3, 5] {
        script.ask(version, "an unknown member", of("g", "nobody")).await;
        script.ask(version, "an unknown group", of("nosuch", "nobody")).await;
        script.ask(version, "no group id", of("", "nobody")).await;
    }
    script.ask(5, "a member", of("g", member)).await;
    script.ask(4, "after leaving", heartbeat("g", member, 1)).await;
}

async fn every_version(script: &mut Script) {
    for version in 0..=9 {
        let group = format!("v{version}");
        let answer = joined(script, version, &group).await;
        let member = answer.member_id.to_string();
        let leave = LeaveGroupRequest {
            group_id: text(&group),
            member_id: text(&member),
            ..LeaveGroupRequest::default()
        };
        let sync = sync(&group, &member, answer.generation_id);
        script.ask(version.min(5), "synced", sync).await;
        if version < 3 {
            script.ask(version, "left", leave).await;
        }
    }
}

async fn forget(script: &mut Script) {
    let delete = |group: &str, topics: &[&str]| OffsetDeleteRequest {
        group_id: text(group),
        topics: topics
            .iter()
            .map(|topic| OffsetDeleteRequestTopic {
                name: text(topic),
                partitions: vec![
                    OffsetDeleteRequestPartition { partition_index: 0 },
                    OffsetDeleteRequestPartition { partition_index: 9 },
                ],
            })
            .collect(),
    };
    script.ask(0, "some", delete("simple", &["b"])).await;
    script.ask(0, "of an unknown topic", delete("simple", &["nosuch"])).await;
    script.ask(0, "of an unknown group", delete("nosuch", &["b"])).await;
    script.ask(0, "no group id", delete("", &["b"])).await;
    script.ask(0, "of a subscribed topic", delete("v9", &["a", "b"])).await;
    let mut groups = ["simple", "nosuch", "g", "v9"].map(text).to_vec();
    groups.extend([text("simple"), text("")]);
    let request = DeleteGroupsRequest { groups_names: groups };
    let mut answer = script.client.ask(2, &request).await;
    answer.results.sort_by(|a, b| a.group_id.cmp(&b.group_id));
    script.note::<DeleteGroupsRequest>(2, "several", &answer);
    script.ask(0, "again", DeleteGroupsRequest { groups_names: vec![text("g")] }).await;
}
