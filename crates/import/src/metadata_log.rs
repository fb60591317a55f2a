//! Reads `__cluster_metadata-0`: the latest snapshot, and the log behind it.
//!
//! ```text
//! <end offset, 20 digits>-<epoch, 10 digits>.checkpoint   the state up to that offset, as record batches
//! <base offset, 20 digits>.log                            the records, as record batches
//! ```
//! Kafka gives a snapshot its name once it is whole. The log of a broker that was killed may end in a torn batch, which
//! nobody was ever told of.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use thiserror::Error;
use vltava_model::Offset;
use vltava_records::{Batch, BatchError, BatchHeader, HEADER_BYTES};

use crate::limits::METADATA_BATCH_BYTES_MAX;
use crate::metadata::KafkaMetadata;
use crate::metadata::records::{MetadataRecord, RecordError};

/// The folder of the metadata log's only partition.
pub const METADATA_FOLDER: &str = "__cluster_metadata-0";

/// What the folder came to.
#[derive(Debug)]
pub struct ReadMetadata {
    /// The state.
    pub metadata: KafkaMetadata,
    /// The offset behind the last record.
    pub end: Offset,
    /// Bytes at the end of the log that are no whole batch.
    pub torn_bytes: u64,
}

/// Why the metadata cannot be read.
#[derive(Debug, Error)]
pub enum MetadataLogError {
    /// The file system refused.
    #[error("cannot read {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// There is no snapshot, and the log does not begin at its beginning; or there is nothing at all.
    #[error(
        "{path} lacks the records from offset {missing} on; give the folder of metadata.log.dir, with its *.checkpoint files"
    )]
    Gap {
        /// The folder.
        path: PathBuf,
        /// The first offset that is not there.
        missing: Offset,
    },
    /// A batch is damaged, and not by a write that was cut off.
    #[error(
        "{path} is damaged at position {position}; start and stop this Kafka once more, which repairs or tells it, or take the metadata log of another controller"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in it.
        position: u64,
        /// How.
        #[source]
        source: BatchError,
    },
    /// A record cannot be read.
    #[error("{path} has at offset {offset} what Vltava cannot read")]
    Record {
        /// The file.
        path: PathBuf,
        /// The record.
        offset: Offset,
        /// Why.
        #[source]
        source: RecordError,
    },
}

/// Reads the folder `__cluster_metadata-0`.
pub fn read_metadata(folder: &Path) -> Result<ReadMetadata, MetadataLogError> {
    let (snapshots, segments) = list(folder)?;
    let mut state = State { metadata: KafkaMetadata::default(), next: Offset::ZERO };
    let mut torn_bytes = 0;
    if let Some((end, path)) = snapshots.last() {
        state.read(path, Offset::ZERO, true)?;
        state.next = *end;
    }
    // The segments before the one that holds the snapshot's end say nothing new.
    let first = segments.partition_point(|(base, _)| *base <= state.next).saturating_sub(1);
    for (index, (base, path)) in segments.iter().enumerate().skip(first) {
        if *base > state.next {
            let (path, missing) = (folder.to_owned(), state.next);
            return Err(MetadataLogError::Gap { path, missing });
        }
        torn_bytes = state.read(path, state.next, index + 1 < segments.len())?;
    }
    if snapshots.is_empty() && segments.is_empty() {
        return Err(MetadataLogError::Gap { path: folder.to_owned(), missing: Offset::ZERO });
    }
    state.metadata.finish();
    Ok(ReadMetadata { metadata: state.metadata, end: state.next, torn_bytes })
}

type Files = Vec<(Offset, PathBuf)>;

/// The snapshots and the segments, each in order of offset.
fn list(folder: &Path) -> Result<(Files, Files), MetadataLogError> {
    let io = |source| MetadataLogError::Io { path: folder.to_owned(), source };
    let (mut snapshots, mut segments) = (Files::new(), Files::new());
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if let Some(offset) = name.strip_suffix(".log").and_then(offset_of) {
            segments.push((offset, path));
        } else if let Some((offset, epoch)) =
            name.strip_suffix(".checkpoint").and_then(|name| name.split_once('-'))
            && let Some(offset) = offset_of(offset)
            && epoch.len() == 10
        {
            snapshots.push((offset, path));
        }
    }
    snapshots.sort();
    segments.sort();
    Ok((snapshots, segments))
}

fn offset_of(digits: &str) -> Option<Offset> {
    let is_offset = digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit());
    is_offset.then(|| digits.parse().ok().map(Offset)).flatten()
}

struct State {
    metadata: KafkaMetadata,
    /// The offset of the next record.
    next: Offset,
}

impl State {
    /// Applies the records of a file from `from` on. Returns how many bytes at its end are no whole batch, which is an
    /// error where the file was closed.
    fn read(&mut self, path: &Path, from: Offset, closed: bool) -> Result<u64, MetadataLogError> {
        let io = |source| MetadataLogError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        let size = file.metadata().map_err(io)?.len();
        let mut position = 0;
        while position < size {
            let (batch, length) = match batch_at(&file, position, size).map_err(io)? {
                Ok(batch) => batch,
                Err(_torn) if !closed => return Ok(size - position),
                Err(source) => {
                    let path = path.to_owned();
                    return Err(MetadataLogError::Damaged { path, position, source });
                }
            };
            if batch.header.next_offset() > from {
                if !batch.header.is_control() {
                    self.apply(&batch, path, position, from)?;
                }
                self.next = batch.header.next_offset();
            }
            position += length;
        }
        Ok(0)
    }

    fn apply(
        &mut self,
        batch: &Batch,
        path: &Path,
        position: u64,
        from: Offset,
    ) -> Result<(), MetadataLogError> {
        let unreadable =
            |offset, source| MetadataLogError::Record { path: path.to_owned(), offset, source };
        let damaged =
            |source| MetadataLogError::Damaged { path: path.to_owned(), position, source };
        for record in batch.records().map_err(damaged)? {
            let record = record.map_err(damaged)?;
            if record.offset < from {
                continue;
            }
            let value = record.value.unwrap_or_default();
            let decoded = MetadataRecord::decode(value);
            let decoded = decoded.map_err(|source| unreadable(record.offset, source))?;
            self.metadata.apply(decoded, record.timestamp);
        }
        Ok(())
    }
}

/// The whole batch at a position, its CRC checked, and its length.
fn batch_at(file: &File, position: u64, size: u64) -> io::Result<Result<(Batch, u64), BatchError>> {
    let left = usize::try_from(size - position).unwrap_or(usize::MAX);
    let mut head = [0; HEADER_BYTES];
    let head = &mut head[..left.min(HEADER_BYTES)];
    file.read_exact_at(head, position)?;
    let header = match BatchHeader::decode(head) {
        Ok(header) => header,
        Err(error) => return Ok(Err(error)),
    };
    let needed = header.size_bytes();
    if needed > left.min(METADATA_BATCH_BYTES_MAX) {
        return Ok(Err(BatchError::Incomplete { needed, available: left }));
    }
    let mut bytes = BytesMut::zeroed(needed);
    file.read_exact_at(&mut bytes, position)?;
    let mut bytes: Bytes = bytes.freeze();
    let batch = Batch::split_from(&mut bytes).and_then(|batch| batch.check_crc().map(|()| batch));
    Ok(batch.map(|batch| (batch, needed as u64)))
}
