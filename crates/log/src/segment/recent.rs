//! Where the last batches that were appended begin, so that who reads at the tail needs no index and no look at the file.

use std::collections::VecDeque;

use vltava_model::Offset;

use super::read::Found;
use crate::limits::RECENT_BATCHES_MAX;

/// The last batches of a segment, one behind the other. Empty in a segment that nothing was appended to since it was opened.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Where each begins.
    batches: VecDeque<(Offset, u32)>,
    /// Where the last one ends.
    end: (Offset, u32),
}

impl Recent {
    /// A batch was appended behind the others.
    pub(super) fn push(&mut self, base_offset: Offset, next_offset: Offset, at: u32, size: u32) {
        if self.end.1 != at {
            self.batches.clear();
        }
        if self.batches.len() == RECENT_BATCHES_MAX {
            self.batches.pop_front();
        }
        self.batches.push_back((base_offset, at));
        self.end = (next_offset, at + size);
    }

    /// The batch that holds `offset`, if it is one of these.
    pub(super) fn find(&self, offset: Offset) -> Option<Found> {
        let behind = self.batches.partition_point(|(base, _)| *base <= offset);
        let &(base_offset, position) = self.batches.get(behind.checked_sub(1)?)?;
        let &(next_offset, next) = self.batches.get(behind).unwrap_or(&self.end);
        let size_bytes = usize::try_from(next - position).expect("a position fits");
        (offset < next_offset).then_some(Found { base_offset, position, size_bytes })
    }

    /// Forgets all of them: the segment was cut.
    pub(super) fn clear(&mut self) {
        *self = Recent::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_batch_of_every_offset_it_knows_and_no_other() {
        let mut recent = Recent::default();
        assert_eq!(recent.find(Offset(0)), None);
        let batches = i64::try_from(RECENT_BATCHES_MAX).unwrap() + 5;
        let place = |batch: i64| u32::try_from(batch * 100).unwrap();
        for batch in 0..batches {
            recent.push(Offset(batch * 10), Offset(batch * 10 + 10), place(batch), 100);
        }
        assert_eq!(recent.find(Offset(49)), None);
        assert_eq!(recent.find(Offset(batches * 10)), None);
        for offset in 50..batches * 10 {
            let base_offset = Offset(offset / 10 * 10);
            let expected = Found { base_offset, position: place(offset / 10), size_bytes: 100 };
            assert_eq!(recent.find(Offset(offset)), Some(expected), "{offset}");
        }
    }

    #[test]
    fn what_does_not_follow_on_begins_anew() {
        let mut recent = Recent::default();
        recent.push(Offset(0), Offset(10), 0, 100);
        recent.push(Offset(30), Offset(40), 300, 100);
        assert_eq!(recent.find(Offset(5)), None);
        let expected = Found { base_offset: Offset(30), position: 300, size_bytes: 100 };
        assert_eq!(recent.find(Offset(39)), Some(expected));
    }
}
