//! A group in each of its states.

use crate::group::tests::stage::{Stage, assign, commit, join, leave, member, sync};
use crate::group::{GroupConfig, Request};

/// What there is of the group `g` before a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// Nothing.
    Nothing,
    /// Offsets of a consumer that is in no group: t-0 = 5.
    Simple,
    /// `a#1` was given its id.
    GaveId,
    /// `a#1` and `b#2` have left.
    Empty,
    /// `a#1` has joined; the group was empty before.
    Initial,
    /// `a#1` and `b#2` were stable, and `a#1` has joined anew.
    Preparing,
    /// `a#1`, which leads, and `b#2` have joined.
    Completing,
    /// Both have their assignment in generation 1.
    Stable,
}

impl Given {
    pub(super) const ALL: [Given; 8] = [
        Given::Nothing,
        Given::Simple,
        Given::GaveId,
        Given::Empty,
        Given::Initial,
        Given::Preparing,
        Given::Completing,
        Given::Stable,
    ];

    pub(super) fn stage(self) -> Stage {
        self.stage_with(GroupConfig::default())
    }

    pub(super) fn stage_with(self, config: GroupConfig) -> Stage {
        let mut stage = Stage::new(config);
        match self {
            Given::Nothing => {}
            Given::Simple => {
                stage.ask("x", Request::OffsetCommit(commit(member("", -1), "t", &[5])));
            }
            Given::GaveId => {
                stage.ask("a", join("a").asks_for_id());
            }
            Given::Initial => {
                stage.ask("a", join("a"));
            }
            Given::Completing => {
                stage.ask("a", join("a"));
                stage.ask("b", join("b"));
                stage.pass(6_000);
            }
            Given::Stable => {
                stage = Given::Completing.stage_with(stage.config());
                stage.ask("b", sync("b#2", 1));
                stage.ask("a", assign("a#1", 1, &["a#1", "b#2"]));
            }
            Given::Preparing => {
                stage = Given::Stable.stage_with(stage.config());
                stage.ask("a", join("a").id("a#1"));
            }
            Given::Empty => {
                stage = Given::Stable.stage_with(stage.config());
                stage.ask("a", leave(&["a#1", "b#2"]));
            }
        }
        stage
    }
}
