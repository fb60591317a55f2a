//! What a connection asks of whoever answers its requests.

use bytes::Bytes;
use futures::future::BoxFuture;
use vltava_protocol::{Frame, Segment};

/// What answers requests: the dispatcher, or a test's stand-in.
pub(crate) trait Service: Send + Sync {
    /// Begins a request, of which it gets header and body. The future is its ordered part: the next request of the connection begins when it ends.
    fn start(&self, request: Bytes) -> BoxFuture<'static, Started>;
}

/// A request after its ordered part.
pub(crate) enum Started {
    /// It is answered.
    Done(Answer),
    /// It waits for something; dropped if the connection is lost.
    Later(BoxFuture<'static, Answer>),
}

/// How a request ends.
pub(crate) enum Answer {
    /// With this response.
    Response(Frame),
    /// With nothing, because the client asked for nothing (`acks=0`).
    Silence,
    /// With the end of the connection, as Kafka does for requests that cannot be answered.
    Close(String),
}

impl Answer {
    /// What it takes in memory; ranges of files take none.
    pub(super) fn memory_bytes(&self) -> usize {
        let Answer::Response(frame) = self else { return 0 };
        let bytes = |segment: &Segment| match segment {
            Segment::Bytes(bytes) => bytes.len(),
            Segment::File(_) => 0,
        };
        frame.segments.iter().map(bytes).sum()
    }
}
