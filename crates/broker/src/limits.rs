//! The bounds of this crate that no setting moves. Each says how its number was found.

use std::time::Duration;

/// Requests of one connection that may be started and not yet answered. Kafka's producers keep 5 in flight by default,
/// librdkafka's as many as there are: with one record a request, this is how many records of one producer a sync of the
/// write-ahead log can cover. A client that sends more waits in its socket, which changes no answer.
pub(crate) const IN_FLIGHT_MAX: usize = 64;

/// Bytes in memory that may wait for a client to read them before its next request is started.
pub(crate) const UNSENT_BYTES_MAX: usize = 1 << 20;

/// Frames up to this size, and as much of the beginning of a larger one, take nothing from the request budget, so that
/// they never wait for others. Of the order of the socket's own receive buffer. A connection holds at most this and one
/// read ([`READ_BYTES_MAX`]) at a time, since it reads on only when its last request has been started: 1.2 GiB if all of
/// 10,000 connections send such requests at once and none of them can be started, 4 KiB each if they send usual small
/// ones, nothing while they say nothing. `max.connections` bounds the sum.
pub(crate) const SMALL_FRAME_BYTES: usize = 64 << 10;

/// The most that is reserved for a frame before its bytes arrive. Kafka's producers send up to 1 MiB by default
/// (`max.request.size`), so that theirs are read in place; longer ones grow by doubling.
pub(crate) const FRAME_RESERVE_BYTES: usize = (1 << 20) + (16 << 10);

/// What one read asks of a socket that sends small frames: the first, and the most.
pub(crate) const READ_BYTES_MIN: usize = 4 << 10;
/// See [`READ_BYTES_MIN`].
pub(crate) const READ_BYTES_MAX: usize = 64 << 10;

/// How long a frame that holds part of the request budget may stand still while others wait for theirs.
pub(crate) const FRAME_STALL: Duration = Duration::from_secs(10);

/// Less than this within [`FRAME_STALL`] is standing still. The slowest of lines bring it within a second.
pub(crate) const FRAME_STALL_BYTES: usize = 16 << 10;

/// Bytes that may stand for clients altogether: halves of small requests, and answers that are not read. Beyond it those
/// who have stood still for the longest time are closed. As much as all requests may take by default; the answers to a
/// thousand clients that all are slow to read theirs.
pub(crate) const STANDING_BYTES_MAX: usize = 256 << 20;

/// What one connection holds below this is not counted: most answers, which are on their way at once.
pub(crate) const STANDING_NOTED_BYTES: usize = 8 << 10;

/// Who moved within this time does not stand still: a few times the time that a packet takes around the world.
pub(crate) const STANDING_MIN: Duration = Duration::from_millis(500);

/// How long a connection that always has something to do keeps its thread before others get it. A light client beside
/// two hundred such connections on two threads then waits some 10 ms; looking for others takes some 2 us.
pub(crate) const TURN_MAX: Duration = Duration::from_micros(100);

/// Pieces of memory in one write. Linux takes 1024; a response of this crate rarely has more than 64.
pub(crate) const WRITE_SEGMENTS_MAX: usize = 64;

/// File ranges below this size are read into memory and sent together with what surrounds them: one system call for
/// many partitions instead of two for each. Above it sendfile saves more than the call costs.
pub(crate) const SENDFILE_BYTES_MIN: usize = 64 << 10;

/// How long a server that stops waits for its connections to send their answers.
pub(crate) const STOP_GRACE: Duration = Duration::from_secs(10);

/// How long accepting rests after the system refused a connection, which it does when file descriptors run out.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections that the system queues for a listener while they wait to be accepted, where `socket.listen.backlog.size`
/// is not set. Kafka's default is 50, which clients that all come back at once exceed.
pub(crate) const LISTEN_BACKLOG: u32 = 1024;

/// Partitions in one fetch session; a fetch of more gets none, which every client understands. A session keeps about
/// 150 bytes for each.
pub(crate) const FETCH_SESSION_PARTITIONS_MAX: usize = 100_000;

/// How long a fetch session is safe from another that wants its place: Kafka's constant.
pub(crate) const FETCH_SESSION_EVICTION: Duration = Duration::from_mins(2);

/// What stands for no idle limit at all: as much as a timer can hold.
pub(crate) const IDLE_LIMIT: Duration = Duration::from_hours(24 * 365);

/// Encoded answers about all topics that are kept. Ten thousand partitions take about 0.4 MB in each form that is asked for.
pub(crate) const METADATA_CACHE_BYTES_MAX: usize = 32 * 1024 * 1024;
