//! OffsetCommit, OffsetFetch and OffsetDelete.

use std::sync::Arc;

use vltava_model::{GroupId, GroupInstanceId, TopicId};

use crate::group::tests::check;
use crate::group::tests::given::Given;
use crate::group::tests::stage::{
    Ask, Stage, assign, commit, delete_offsets, fetch_all, join, member, partitions, topic,
};
use crate::group::{
    DeletedTopic, GroupConfig, Input, Membership, OffsetCommit, OffsetDelete, OffsetFetch, Request,
};
use crate::limits::TOMBSTONES_MAX;

fn commits(who: Membership) -> Ask {
    Request::OffsetCommit(commit(who, "t", &[7, 8])).into()
}

#[test]
fn committed_by_nobody() {
    let nobody = || commits(member("", -1));
    for given in [Given::Nothing, Given::Simple, Given::GaveId, Given::Empty] {
        let lines = given.stage().ask("me", nobody());
        assert_eq!(lines, ["commit t-0 = 7", "commit t-1 = 8", "me: t-0 ok, t-1 ok"]);
    }
    for given in [Given::Initial, Given::Preparing, Given::Completing, Given::Stable] {
        let state = given.stage().describe("g");
        check(given, nobody(), &format!("me: UnknownMemberId\n= {state}"));
    }
}

#[test]
fn committed_by_a_member() {
    for given in [Given::Preparing, Given::Stable] {
        let state = given.stage().describe("g");
        check(
            given,
            commits(member("b#2", 1)),
            &format!(
                "
            commit t-0 = 7
            commit t-1 = 8
            session b#2 in 10000
            me: t-0 ok, t-1 ok
            = {state}"
            ),
        );
        let old = format!("me: IllegalGeneration\n= {state}");
        check(given, commits(member("b#2", 0)), &old);
        check(given, commits(member("b#2", -1)), &old);
    }
    check(
        Given::Completing,
        commits(member("b#2", 1)),
        "
        me: RebalanceInProgress
        = CompletingRebalance 1 a#1* b#2",
    );
}

#[test]
fn committed_by_a_stranger() {
    for given in [Given::Initial, Given::Preparing, Given::Completing, Given::Stable] {
        let state = given.stage().describe("g");
        let refused = format!("me: UnknownMemberId\n= {state}");
        check(given, commits(member("c#9", 1)), &refused);
        check(given, commits(member("c#9", -1)), &refused);
        let mut instance = member("", -1);
        instance.instance_id = Some(GroupInstanceId::new("i"));
        check(given, commits(instance), &refused);
    }
    check(Given::Empty, commits(member("a#1", 2)), "me: UnknownMemberId\n= Empty 2");
    check(Given::Nothing, commits(member("a#1", 2)), "me: GroupIdNotFound\n= Dead");
    let before_version_9 =
        OffsetCommit { reports_unknown_groups: false, ..commit(member("a#1", 2), "t", &[7]) };
    let before_version_9 = Request::OffsetCommit(before_version_9);
    check(Given::Nothing, before_version_9.into(), "me: IllegalGeneration\n= Dead");
}

#[test]
fn metadata_has_a_limit_in_utf16_units() {
    let mut commit = commit(member("", -1), "t", &[1, 2, 3]);
    let texts = ["x".repeat(4_096), "𝄞".repeat(2_049), "ž".repeat(4_096)];
    for (partition, text) in commit.topics[0].partitions.iter_mut().zip(texts) {
        partition.metadata = Some(Arc::from(text));
    }
    assert_eq!(
        Given::Nothing.stage().ask("me", Request::OffsetCommit(commit)),
        ["commit t-0 = 1", "commit t-2 = 3", "me: t-0 ok, t-1 OffsetMetadataTooLarge, t-2 ok",]
    );
}

#[test]
fn fetched() {
    let fetch = |given: Given, topics| {
        let group_id = GroupId::new("g");
        let fetch = OffsetFetch { group_id, topics, require_stable: false };
        given.stage().ask("me", Request::OffsetFetch(fetch)).join("")
    };
    let asked = || Some(vec![partitions("u", &[1]), partitions("t", &[1, 0])]);
    assert_eq!(fetch(Given::Nothing, asked()), "me: [u-1 none, t-1 none, t-0 none]");
    assert_eq!(fetch(Given::Simple, asked()), "me: [u-1 none, t-1 none, t-0 = 5]");
    assert_eq!(fetch(Given::Stable, asked()), "me: [u-1 none, t-1 none, t-0 none]");
    assert_eq!(fetch(Given::Nothing, None), "me: []");
    assert_eq!(fetch(Given::Simple, None), "me: [t-0 = 5]");
}

#[test]
fn an_offset_belongs_to_one_topic_of_a_name() {
    let (old, new) = (TopicId([1; 16]), TopicId([2; 16]));
    let mut stage = Stage::new(GroupConfig::default());
    let mut commit = commit(member("", -1), "t", &[1]);
    commit.topics[0].topic_id = old;
    stage.ask("me", Request::OffsetCommit(commit.clone()));
    let mut fetch = |topic_id| {
        let mut topic = partitions("t", &[0]);
        topic.topic_id = topic_id;
        let (group_id, topics) = (GroupId::new("g"), Some(vec![topic]));
        let fetch = OffsetFetch { group_id, topics, require_stable: true };
        stage.ask("me", Request::OffsetFetch(fetch)).join("")
    };
    assert_eq!(fetch(old), "me: [t-0 = 1]");
    assert_eq!(fetch(TopicId::ZERO), "me: [t-0 = 1]");
    assert_eq!(fetch(new), "me: [t-0 none]");
    let deleted =
        |topic_id| Input::TopicsDeleted([DeletedTopic { topic: topic("t"), topic_id }].into());
    assert_eq!(stage.input(deleted(new)), [""; 0]);
    assert_eq!(stage.input(deleted(old)), ["tombstone t-0"]);
    commit.topics[0].topic_id = TopicId::ZERO;
    stage.ask("me", Request::OffsetCommit(commit));
    assert_eq!(stage.input(deleted(new)), ["tombstone t-0"]);
}

#[test]
fn deleted_topics_are_forgotten_a_part_at_a_time() {
    let mut stage = Stage::new(GroupConfig::default());
    let offsets: Vec<i64> = (0..i64::try_from(TOMBSTONES_MAX).unwrap() + 3).collect();
    stage.ask("me", Request::OffsetCommit(commit(member("", -1), "t", &offsets)));
    stage.ask("me", Request::OffsetCommit(commit(member("", -1), "kept", &[1])));
    let deleted = DeletedTopic { topic: topic("t"), topic_id: TopicId([1; 16]) };
    let lines = stage.input(Input::TopicsDeleted([deleted].into()));
    assert_eq!(lines.len(), TOMBSTONES_MAX + 1);
    assert_eq!(lines.last().unwrap(), "topics deleted in 0");
    assert_eq!(stage.pass(0).len(), 3);
    assert_eq!(stage.ask("me", fetch_all()), ["me: [kept-0 = 1]"]);
}

#[test]
fn deleted() {
    check(Given::Nothing, delete_offsets("t"), "me: GroupIdNotFound\n= Dead");
    check(
        Given::Simple,
        delete_offsets("t"),
        "
        tombstone t-0
        me: t-0 ok, t-7 ok
        = Empty 0",
    );
    check(Given::Empty, delete_offsets("t"), "me: t-0 ok, t-7 ok\n= Empty 2");
    // While there are consumers only what they do not read. Before the first generation that is not known.
    for given in [Given::Preparing, Given::Completing, Given::Stable, Given::Initial] {
        let state = given.stage().describe("g");
        check(
            given,
            delete_offsets("t"),
            &format!("me: t-0 GroupSubscribedToTopic, t-7 GroupSubscribedToTopic\n= {state}"),
        );
        if given != Given::Initial {
            check(given, delete_offsets("u"), &format!("me: u-0 ok, u-7 ok\n= {state}"));
        }
    }
    let unknown = "me: u-0 GroupSubscribedToTopic, u-7 GroupSubscribedToTopic
        = PreparingRebalance 0 a#1*";
    check(Given::Initial, delete_offsets("u"), unknown);
    let nobody = OffsetDelete { group_id: GroupId::new(""), topics: Vec::new() };
    check(Given::Nothing, Request::OffsetDelete(nobody).into(), "me: InvalidGroupId\n= Dead");
}

#[test]
fn who_are_no_consumers_read_we_do_not_know_what() {
    let mut stage = Stage::new(GroupConfig::default());
    stage.ask("a", join("a").with(|join| join.protocol_type = "connect".into()));
    assert_eq!(stage.ask("me", delete_offsets("u")), ["me: NonEmptyGroup"]);
    // Consumers whose subscription cannot be read may read anything.
    let mut stage = Stage::new(GroupConfig::default());
    stage.ask("a", join("a").with(|join| join.protocols[0].metadata = vec![0, 0, 0].into()));
    stage.pass(3_000);
    stage.ask("a", assign("a#1", 1, &["a#1"]));
    let refused = ["me: u-0 GroupSubscribedToTopic, u-7 GroupSubscribedToTopic"];
    assert_eq!(stage.ask("me", delete_offsets("u")), refused);
}
