//! Kafka's record batches, magic 2: the 61-byte header, its CRC, the records behind it and their compression.
//!
//! A batch travels through the broker as the bytes that the producer sent. [`Batch`] is those bytes with their
//! decoded [`BatchHeader`]; [`Batch::validate`] looks inside as Kafka's `LogValidator` does;
//! [`Batch::stamp`] gives it its place in a log without touching the records, [`Batch::recompress`] writes them in another
//! codec. [`BatchBuilder`] makes new ones.
//!
//! What this crate is not: it knows no files, no producer state and no error codes. Batches of magic 0 and 1
//! are recognised and refused.
//!
//! **Invariants.** Nothing that comes from the wire or the disk panics here. No allocation is larger than what
//! the input, or [`limits`], justifies: a length or a count is never believed before the bytes are there.
//!
//! Begin with `header.rs` (the layout), then `batch.rs`.

mod batch;
mod builder;
mod compression;
mod control;
mod crc;
mod error;
mod header;
mod iter;
pub mod limits;
mod recompress;
mod record;
mod region;
mod retained;
mod search;
mod source;
mod stamped;
mod validate;
mod varint;

pub use batch::Batch;
pub use builder::BatchBuilder;
pub use compression::{Compression, DecompressError};
pub use control::{ControlRecordType, EndTransactionMarker, TransactionResult};
pub use error::{BatchError, ErrorKind, RecordFault, RecordRule};
pub use header::{BatchHeader, HEADER_BYTES, TimestampType};
pub use iter::{RecordIter, RecordRefs};
pub use record::{HeaderRefs, Record, RecordHeader, RecordHeaders, RecordRef};
pub use region::{Batches, Headers, batches, headers};
pub use retained::RetainedBatch;
pub use stamped::StampedBatch;
pub use validate::{Depth, Limits};
