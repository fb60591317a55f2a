//! The bytes of a chunk, the same in a file and in an object.
//!
//! ```text
//!   0  8  magic "VltavaWL"
//!   8  2  format version, 1
//!  10  2  flags: bit 0 set = the run was closed behind this chunk, and all before it is safe elsewhere
//!  12  4  broker id
//!  16  8  epoch of the broker
//!  24  8  run: a random number, the same for all chunks written between one open and the next
//!  32  8  sequence number; counts all chunks of the broker from 1
//!  40  8  length of the chunk, from the magic to the CRC, both included
//!  48  8  length of the batches
//!  56  4  number of entries
//!  60  4  0
//!  64     the batches of all entries, as in segments
//!         the index: for each entry
//!             0 16  topic id
//!            16  4  partition
//!            20  4  number of batches
//!            24  8  first offset
//!            32  8  last offset
//!            40  8  position of the first batch, from the magic
//!            48  8  length of its batches
//!         4  CRC-32C of all that stands before it
//! ```
//!
//! All numbers are big-endian, as in Kafka's batches. The run tells a chunk from a look-alike that a client put into a
//! record: it is not known outside.
