//! What is in a log's folder at start, after the leftovers of an interrupted deletion, compaction or write are dealt with.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use tracing::{info, warn};
use vltava_model::Offset;

use crate::errors::OpenError;
use crate::files;
use crate::names::{self, Kind};
use crate::segment::Segment;

/// The files that count.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Sizes of the `.log` files by base offset.
    pub(super) logs: BTreeMap<Offset, u64>,
    /// Offsets of the `.snapshot` files.
    pub(super) snapshots: Vec<Offset>,
    indexes: Vec<(Offset, Kind)>,
    swaps: Vec<(Offset, Kind)>,
    cleaned: Vec<(Offset, Kind)>,
}

impl Listing {
    /// Whether a segment has such an index.
    pub(super) fn has(&self, base: Offset, kind: Kind) -> bool {
        self.indexes.contains(&(base, kind))
    }
}

/// Reads the folder. Deletions that were begun are finished, files that were being written are dropped, and a
/// compaction that had all of its files ready is finished.
pub(super) fn read(dir: &Arc<Path>) -> Result<Listing, OpenError> {
    let mut listing = scan(dir)?;
    if !listing.swaps.is_empty() || !listing.cleaned.is_empty() {
        finish_compaction(dir, &listing).map_err(OpenError::io("recover", dir))?;
        listing = scan(dir)?;
    }
    for (offset, kind) in &listing.indexes {
        if !listing.logs.contains_key(offset) {
            let path = names::path(dir, *offset, *kind);
            warn!(path = %path.display(), "removing an index without a segment");
            files::remove_if_there(&path).map_err(OpenError::io("remove", &path))?;
        }
    }
    Ok(listing)
}

fn scan(dir: &Path) -> Result<Listing, OpenError> {
    let mut listing = Listing::default();
    for entry in fs::read_dir(dir).map_err(OpenError::io("read", dir))? {
        let entry = entry.map_err(OpenError::io("read", dir))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if let Some((offset, kind)) = names::parse(name) {
            match kind {
                Kind::Log => {
                    let metadata = entry.metadata();
                    let length = metadata.map_err(OpenError::io("read", &entry.path()))?.len();
                    listing.logs.insert(offset, length);
                }
                Kind::Snapshot => listing.snapshots.push(offset),
                Kind::OffsetIndex | Kind::TimeIndex | Kind::TransactionIndex => {
                    listing.indexes.push((offset, kind));
                }
            }
        } else if let Some(swap) = name.strip_suffix(names::SWAP).and_then(names::parse) {
            listing.swaps.push(swap);
        } else if let Some(cleaned) = name.strip_suffix(names::CLEANED).and_then(names::parse) {
            listing.cleaned.push(cleaned);
        } else if name.ends_with(names::DELETED) || name.ends_with(names::TEMPORARY) {
            files::remove_if_there(&entry.path())
                .map_err(OpenError::io("remove", &entry.path()))?;
        }
    }
    Ok(listing)
}

/// A compaction writes `.cleaned` files, renames them to `.swap`, deletes the segments that they replace and renames
/// them into place. While there is a `.cleaned` file its group is not complete: that file and every `.swap` at or
/// above it go. Other `.swap` files are complete: what they replace goes, and they take their names.
fn finish_compaction(dir: &Arc<Path>, listing: &Listing) -> io::Result<()> {
    let incomplete_from = listing.cleaned.iter().map(|(offset, _)| *offset).min();
    for (offset, kind) in &listing.cleaned {
        files::remove_if_there(&names::path_with(dir, *offset, *kind, names::CLEANED))?;
    }
    let is_complete = |offset: &Offset| incomplete_from.is_none_or(|from| *offset < from);
    for (offset, kind) in listing.swaps.iter().filter(|(offset, _)| !is_complete(offset)) {
        files::remove_if_there(&names::path_with(dir, *offset, *kind, names::SWAP))?;
    }
    let complete: Vec<_> = listing.swaps.iter().filter(|(offset, _)| is_complete(offset)).collect();
    for (base, _) in complete.iter().filter(|(_, kind)| *kind == Kind::Log) {
        let end = swap_end(dir, *base)?;
        info!(dir = %dir.display(), base_offset = base.0, end = end.0, "finishing a compaction");
        let replaced = listing.logs.keys().filter(|offset| (*base..end).contains(offset));
        for offset in replaced {
            for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Snapshot) {
                files::remove_if_there(&names::path(dir, *offset, kind))?;
            }
        }
    }
    for (offset, kind) in complete {
        let from = names::path_with(dir, *offset, *kind, names::SWAP);
        fs::rename(from, names::path(dir, *offset, *kind))?;
    }
    files::sync_folder(dir)
}

/// The offset that follows the last batch of a `.swap` file.
fn swap_end(dir: &Path, base: Offset) -> io::Result<Offset> {
    let path = names::path_with(dir, base, Kind::Log, names::SWAP);
    let file = fs::File::open(path)?;
    let size =
        u32::try_from(file.metadata()?.len()).map_err(|_too_long| files::invalid("too long"))?;
    Ok(crate::walk::end_offset(&file, 0, size)?.unwrap_or(base.next()))
}

/// Segments as they are listed, oldest first.
pub(super) fn segments(dir: &Arc<Path>, listing: &Listing) -> Result<Vec<Arc<Segment>>, OpenError> {
    let segment = |(base, length): (&Offset, &u64)| match i32::try_from(*length) {
        Ok(size) => Ok(Arc::new(Segment::existing(dir, *base, size.unsigned_abs()))),
        Err(_too_long) => Err(OpenError::Damaged {
            path: names::path(dir, *base, Kind::Log),
            reason: format!("{length} bytes are more than a segment can have"),
        }),
    };
    listing.logs.iter().map(segment).collect()
}
