//! Which segments become one.

use std::sync::Arc;

use vltava_model::Offset;

use super::error::CleanError;
use super::plan::ToClean;
use crate::config::LogConfig;
use crate::names::Kind;
use crate::segment::Segment;

/// What a segment, or a group of them, has.
#[derive(Clone, Copy, Debug)]
struct Extent {
    base: Offset,
    /// The last offset that may be in it.
    last: Offset,
    log_bytes: u64,
    index_bytes: u64,
    time_index_bytes: u64,
}

/// Groups the segments below `end` so that the segment that is made of a group is no larger than one may be: by its bytes,
/// its indexes', and the offsets that these can hold.
pub(super) fn groups(plan: &ToClean, end: Offset) -> Result<Vec<Vec<Arc<Segment>>>, CleanError> {
    let segments = plan.below(end);
    let mut groups: Vec<Vec<Arc<Segment>>> = Vec::new();
    let mut whole: Option<Extent> = None;
    for (index, segment) in segments.iter().enumerate() {
        let next = segments.get(index + 1).map_or(plan.first_uncleanable, |s| s.base_offset());
        let extent = extent(segment, next)?;
        match (&mut whole, groups.last_mut()) {
            (Some(whole), Some(group)) if fits(whole, &extent, &plan.view.config) => {
                whole.last = extent.last;
                whole.log_bytes += extent.log_bytes;
                whole.index_bytes += extent.index_bytes;
                whole.time_index_bytes += extent.time_index_bytes;
                group.push(Arc::clone(segment));
            }
            _ => {
                groups.push(vec![Arc::clone(segment)]);
                whole = Some(extent);
            }
        }
    }
    Ok(groups)
}

fn extent(segment: &Segment, next: Offset) -> Result<Extent, CleanError> {
    let path = segment.path(Kind::Log);
    let (index_bytes, time_index_bytes) =
        segment.index_sizes().map_err(CleanError::io("read the indexes of", &path))?;
    let (base, last) = (segment.base_offset(), Offset(next.0 - 1));
    let log_bytes = u64::from(segment.size_bytes());
    Ok(Extent { base, last, log_bytes, index_bytes, time_index_bytes })
}

fn fits(whole: &Extent, next: &Extent, config: &LogConfig) -> bool {
    let index_bytes = u64::from(config.segment_index_bytes);
    // An empty segment adds no offset, so that a log does not keep one for every 2³¹ offsets.
    let in_range =
        next.log_bytes == 0 || next.last.distance_from(whole.base) <= i64::from(i32::MAX);
    in_range
        && whole.log_bytes + next.log_bytes <= u64::from(config.segment_bytes)
        && whole.index_bytes + next.index_bytes <= index_bytes
        && whole.time_index_bytes + next.time_index_bytes <= index_bytes
}
