//! Which leader epoch began at which offset (KIP-101), in `leader-epoch-checkpoint`:
//!
//! ```text
//! 0                the file's version
//! 2                how many entries follow
//! 0 0              epoch and its first offset, both growing
//! 3 1500
//! ```
//!
//! The file is written when the log is flushed. What it lacks after a crash is in the headers of the batches that are
//! scanned then.

use vltava_model::{LeaderEpoch, Offset};

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EpochStart {
    pub(crate) epoch: LeaderEpoch,
    pub(crate) start: Offset,
}

/// The epochs of one log, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Epochs {
    entries: Vec<EpochStart>,
    /// Counts the changes, so that it is known whether the file is out of date …
    changes: u32,
    /// … which it is if this is not the same.
    written: u32,
}

impl Epochs {
    /// Reads the file's content; `None` if it is empty (a crash can leave it so) or makes no sense.
    pub(crate) fn parse(content: &[u8]) -> Option<Epochs> {
        let mut lines = std::str::from_utf8(content).ok()?.lines();
        if lines.next()? != "0" {
            return None;
        }
        let count: usize = lines.next()?.parse().ok()?;
        let mut epochs = Epochs::default();
        for line in lines {
            let (epoch, start) = line.split_once(' ')?;
            let epoch = LeaderEpoch(epoch.parse().ok().filter(|epoch| *epoch >= 0)?);
            let start = Offset(start.parse().ok().filter(|start| *start >= 0)?);
            epochs.entries.push(EpochStart { epoch, start });
        }
        let grows = epochs.entries.is_sorted_by(|a, b| a.epoch < b.epoch && a.start <= b.start);
        (grows && epochs.entries.len() == count).then_some(epochs)
    }

    /// The file's content.
    pub(crate) fn encode(&self) -> String {
        let mut text = format!("0\n{}\n", self.entries.len());
        for entry in &self.entries {
            text.push_str(&format!("{} {}\n", entry.epoch, entry.start));
        }
        text
    }

    /// Whether the file is out of date.
    pub(crate) fn is_changed(&self) -> bool {
        self.changes != self.written
    }

    /// Notes that the file was written as `copy` has it.
    pub(crate) fn set_written(&mut self, copy: &Epochs) {
        self.written = copy.changes;
    }

    /// Notes that the file is out of date.
    pub(crate) fn set_changed(&mut self) {
        self.changes = self.changes.wrapping_add(1);
    }

    /// The newest epoch.
    pub(crate) fn latest(&self) -> Option<LeaderEpoch> {
        self.entries.last().map(|entry| entry.epoch)
    }

    /// Notes that `epoch` writes from `start` on. Entries that this contradicts go: they had written nothing, or what
    /// they wrote was cut off.
    pub(crate) fn assign(&mut self, epoch: LeaderEpoch, start: Offset) {
        if epoch < LeaderEpoch(0) {
            return;
        }
        if self.entries.last().is_some_and(|last| last.epoch == epoch && last.start <= start) {
            return;
        }
        while self.entries.last().is_some_and(|last| last.epoch >= epoch || last.start >= start) {
            self.entries.pop();
        }
        self.entries.push(EpochStart { epoch, start });
        self.set_changed();
    }

    /// The epoch that wrote `offset`.
    pub(crate) fn at(&self, offset: Offset) -> Option<LeaderEpoch> {
        let after = self.entries.partition_point(|entry| entry.start <= offset);
        Some(self.entries[after.checked_sub(1)?].epoch)
    }

    /// The largest epoch at or below `epoch` and where it ended. Below the first known, where that one begins; above
    /// the last known, nothing.
    pub(crate) fn end_of(
        &self,
        epoch: LeaderEpoch,
        log_end: Offset,
    ) -> Option<(LeaderEpoch, Offset)> {
        if epoch < LeaderEpoch(0) {
            return None;
        }
        if self.latest() == Some(epoch) {
            return Some((epoch, log_end));
        }
        let higher = self.entries.partition_point(|entry| entry.epoch <= epoch);
        let end = self.entries.get(higher)?.start;
        let floor = higher.checked_sub(1).map_or(epoch, |floor| self.entries[floor].epoch);
        Some((floor, end))
    }

    /// Forgets the epochs that began at `end` or later.
    pub(crate) fn truncate_end(&mut self, end: Offset) {
        let keep = self.entries.partition_point(|entry| entry.start < end);
        if keep < self.entries.len() {
            self.entries.truncate(keep);
            self.set_changed();
        }
    }

    /// Forgets what lies before `start`: the epoch in force there begins there.
    pub(crate) fn truncate_start(&mut self, start: Offset) {
        let before = self.entries.partition_point(|entry| entry.start <= start);
        let Some(in_force) = before.checked_sub(1) else { return };
        if in_force > 0 || self.entries[0].start < start {
            self.entries.drain(..in_force);
            self.entries[0].start = start;
            self.set_changed();
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        if !self.entries.is_empty() {
            self.entries.clear();
            self.set_changed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(entries: &[(i32, i64)]) -> Epochs {
        let mut epochs = Epochs::default();
        for &(epoch, start) in entries {
            epochs.assign(LeaderEpoch(epoch), Offset(start));
        }
        epochs
    }

    fn check(epochs: &Epochs, expected: &[(i32, i64)]) {
        let entries: Vec<_> = epochs.entries.iter().map(|e| (e.epoch.0, e.start.0)).collect();
        assert_eq!(entries, expected);
    }

    #[test]
    fn the_file_is_kafkas() {
        let epochs = epochs(&[(0, 0), (3, 1500)]);
        assert_eq!(epochs.encode(), "0\n2\n0 0\n3 1500\n");
        check(&Epochs::parse(b"0\n2\n0 0\n3 1500\n").unwrap(), &[(0, 0), (3, 1500)]);
        check(&Epochs::parse(b"0\n0\n").unwrap(), &[]);
        let damaged: [&[u8]; 6] =
            [b"", b"0\n", b"1\n0\n", b"0\n2\n0 0\n", b"0\n1\n0 x\n", b"0\n2\n3 9\n0 0\n"];
        for content in damaged {
            assert!(Epochs::parse(content).is_none(), "{content:?}");
        }
    }

    #[test]
    fn assigning() {
        check(&epochs(&[(0, 0), (0, 5), (2, 9), (2, 12)]), &[(0, 0), (2, 9)]);
        check(&epochs(&[(0, 0), (1, 5), (2, 5)]), &[(0, 0), (2, 5)]);
        check(&epochs(&[(0, 0), (3, 5), (2, 9)]), &[(0, 0), (2, 9)]);
        check(&epochs(&[(-1, 0)]), &[]);
    }

    #[test]
    fn ends() {
        let epochs = epochs(&[(2, 10), (4, 20), (5, 30)]);
        let end = |epoch| epochs.end_of(LeaderEpoch(epoch), Offset(99)).map(|(e, o)| (e.0, o.0));
        assert_eq!(end(-1), None);
        assert_eq!(end(1), Some((1, 10)));
        assert_eq!(end(2), Some((2, 20)));
        assert_eq!(end(3), Some((2, 20)));
        assert_eq!(end(4), Some((4, 30)));
        assert_eq!(end(5), Some((5, 99)));
        assert_eq!(end(6), None);
        let at = |offset| epochs.at(Offset(offset)).map(|epoch| epoch.0);
        assert_eq!([at(9), at(10), at(29), at(30)], [None, Some(2), Some(4), Some(5)]);
    }

    #[test]
    fn truncating() {
        let all = epochs(&[(2, 10), (4, 20), (5, 30)]);
        let after = |change: fn(&mut Epochs)| {
            let mut epochs = all.clone();
            epochs.set_written(&all);
            change(&mut epochs);
            epochs
        };
        check(&after(|e| e.truncate_end(Offset(20))), &[(2, 10)]);
        check(&after(|e| e.truncate_start(Offset(25))), &[(4, 25), (5, 30)]);
        check(&after(|e| e.truncate_start(Offset(20))), &[(4, 20), (5, 30)]);
        assert!(!after(|e| e.truncate_start(Offset(10))).is_changed());
        assert!(!after(|e| e.truncate_start(Offset(5))).is_changed());
        assert!(!after(|e| e.truncate_end(Offset(31))).is_changed());
    }
}
