//! From a frame to the handler of its API, and from a response to a frame.
//!
//! [`TABLE`] says which APIs are served; ApiVersions advertises the same table. As in Kafka, a request that cannot be
//! read, has an unknown key, or a version that is not served closes the connection. Only ApiVersions answers any version,
//! so that clients can find out which ones there are.

use std::future::{Future, poll_fn, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use futures::future::BoxFuture;
use tracing::trace;
use vltava_protocol::{
    ApiKey, DecodeError, Message, Reader, Request, Str, decode_body, decode_header,
    encode_response, frame_response,
};

use crate::api;
use crate::broker::{Broker, Visitor};
use crate::connection::{Answer, Service, Started};

/// An API that is served.
pub(crate) struct Entry {
    /// Which. Its versions are those of [`ApiKey::versions`].
    pub(crate) key: ApiKey,
    /// Begins a request.
    start: fn(Call) -> BoxFuture<'static, Started>,
}

/// The APIs that are served, by key.
pub(crate) const TABLE: &[Entry] = &[
    entry(ApiKey::Produce, |call| Box::pin(api::produce::start(call))),
    entry(ApiKey::Fetch, |call| Box::pin(api::fetch::start(call))),
    entry(ApiKey::ListOffsets, |call| in_turn(call, api::list_offsets::handle)),
    entry(ApiKey::Metadata, |call| Box::pin(api::metadata::start(call))),
    entry(ApiKey::OffsetCommit, |call| overlapping(call, api::offset_commit::handle)),
    entry(ApiKey::OffsetFetch, |call| overlapping(call, api::offset_fetch::handle)),
    entry(ApiKey::FindCoordinator, |call| in_turn(call, api::find_coordinator::handle)),
    entry(ApiKey::JoinGroup, |call| overlapping(call, api::join_group::handle)),
    entry(ApiKey::Heartbeat, |call| overlapping(call, api::heartbeat::handle)),
    entry(ApiKey::LeaveGroup, |call| overlapping(call, api::leave_group::handle)),
    entry(ApiKey::SyncGroup, |call| overlapping(call, api::sync_group::handle)),
    entry(ApiKey::DescribeGroups, |call| overlapping(call, api::describe_groups::handle)),
    entry(ApiKey::ListGroups, |call| overlapping(call, api::list_groups::handle)),
    entry(ApiKey::ApiVersions, |call| in_turn(call, api::api_versions::handle)),
    entry(ApiKey::CreateTopics, |call| in_turn(call, api::create_topics::handle)),
    entry(ApiKey::DeleteTopics, |call| in_turn(call, api::delete_topics::handle)),
    entry(ApiKey::DeleteRecords, |call| in_turn(call, api::delete_records::handle)),
    entry(ApiKey::InitProducerId, |call| in_turn(call, api::init_producer_id::handle)),
    entry(ApiKey::OffsetForLeaderEpoch, |call| in_turn(call, api::offset_for_leader_epoch::handle)),
    entry(ApiKey::DescribeConfigs, |call| in_turn(call, api::describe_configs::handle)),
    entry(ApiKey::AlterConfigs, |call| in_turn(call, api::alter_configs::handle)),
    entry(ApiKey::DescribeLogDirs, |call| in_turn(call, api::describe_log_dirs::handle)),
    entry(ApiKey::CreatePartitions, |call| in_turn(call, api::create_partitions::handle)),
    entry(ApiKey::DeleteGroups, |call| overlapping(call, api::delete_groups::handle)),
    entry(ApiKey::IncrementalAlterConfigs, |call| {
        in_turn(call, api::incremental_alter_configs::handle)
    }),
    entry(ApiKey::OffsetDelete, |call| overlapping(call, api::offset_delete::handle)),
    entry(ApiKey::DescribeCluster, |call| in_turn(call, api::describe_cluster::handle)),
    entry(ApiKey::DescribeProducers, |call| in_turn(call, api::describe_producers::handle)),
    entry(ApiKey::ListConfigResources, |call| in_turn(call, api::list_config_resources::handle)),
    entry(ApiKey::DescribeTopicPartitions, |call| {
        in_turn(call, api::describe_topic_partitions::handle)
    }),
];

const fn entry(key: ApiKey, start: fn(Call) -> BoxFuture<'static, Started>) -> Entry {
    Entry { key, start }
}

/// A request whose header was read.
pub(crate) struct Call {
    /// Who asks, and how.
    pub(crate) ctx: RequestContext,
    /// How to answer.
    pub(crate) reply: Reply,
    body: Reader,
}

/// What handlers know of a request besides its body.
pub(crate) struct RequestContext {
    /// The broker.
    pub(crate) broker: Arc<Broker>,
    /// Which of the broker's listeners the client came to.
    pub(crate) listener: usize,
    /// Where the client is.
    pub(crate) peer: SocketAddr,
    /// The version of the request.
    pub(crate) version: i16,
    /// What the client calls itself.
    pub(crate) client_id: Option<Str>,
}

/// The way back to the client.
#[derive(Clone, Copy)]
pub(crate) struct Reply {
    key: ApiKey,
    version: i16,
    correlation_id: i32,
}

impl Reply {
    /// The answer with this response.
    pub(crate) fn with(self, response: &impl Message) -> Answer {
        Answer::Response(encode_response(self.correlation_id, self.key, self.version, response))
    }

    /// The answer with a response that was encoded before.
    pub(crate) fn with_encoded(self, body: Bytes) -> Answer {
        Answer::Response(frame_response(self.correlation_id, self.key, self.version, body))
    }

    /// The end of the connection, for a reason that goes to the log.
    pub(crate) fn close(self, reason: &dyn std::fmt::Display) -> Answer {
        Answer::Close(format!("{} version {}: {reason}", self.key.name(), self.version))
    }
}

impl Call {
    /// Reads the body.
    pub(crate) fn decode<R: Request>(mut self) -> Result<(RequestContext, Reply, R), Answer> {
        match decode_body::<R>(&mut self.body, self.ctx.version) {
            Ok(request) => {
                trace!(peer = %self.ctx.peer, ?request, "request");
                Ok((self.ctx, self.reply, request))
            }
            Err(error) => Err(self.reply.close(&error)),
        }
    }
}

impl Service for Visitor {
    fn start(&self, request: Bytes) -> BoxFuture<'static, Started> {
        match self.read_call(Reader::new(request)) {
            Ok((entry, call)) => (entry.start)(call),
            Err(answer) => Box::pin(ready(Started::Done(answer))),
        }
    }
}

impl Visitor {
    /// Reads a request's header and finds who serves it.
    fn read_call(&self, mut body: Reader) -> Result<(&'static Entry, Call), Answer> {
        let unreadable = |error: DecodeError| Answer::Close(format!("a request's header: {error}"));
        let header = decode_header(&mut body).map_err(unreadable)?;
        let key = ApiKey::from_i16(header.api_key).ok_or(header.api_key);
        let key = key.map_err(|code| unreadable(DecodeError::UnknownApi(code)))?;
        let version = header.api_version;
        let reply = Reply { key, version, correlation_id: header.correlation_id };
        let Ok(at) = TABLE.binary_search_by_key(&key, |entry| entry.key) else {
            return Err(reply.close(&"this API is not served"));
        };
        let served =
            key.versions().is_some_and(|served| (served.min..=served.max).contains(&version));
        if !served && key == ApiKey::ApiVersions {
            return Err(Reply { version: 0, ..reply }.with(&api::api_versions::unsupported()));
        }
        if !served {
            return Err(reply.close(&"this version is not served"));
        }
        let ctx = RequestContext {
            broker: Arc::clone(&self.broker),
            listener: self.listener,
            peer: self.peer,
            version,
            client_id: header.client_id,
        };
        Ok((&TABLE[at], Call { ctx, reply, body }))
    }
}

/// Serves a request of which all is done before the next one of its connection begins.
fn in_turn<R, F, H>(call: Call, handle: H) -> BoxFuture<'static, Started>
where
    R: Request,
    F: Future<Output = R::Response> + Send + 'static,
    H: FnOnce(RequestContext, R) -> F + Send + 'static,
{
    Box::pin(async move {
        let (ctx, reply, request) = match call.decode::<R>() {
            Ok(decoded) => decoded,
            Err(answer) => return Started::Done(answer),
        };
        Started::Done(reply.with(&handle(ctx, request).await))
    })
}

/// Serves a request that waits for others: its ordered part ends where it first has to wait, which is when its message to
/// the coordinator is sent.
fn overlapping<R, F, H>(call: Call, handle: H) -> BoxFuture<'static, Started>
where
    R: Request,
    F: Future<Output = R::Response> + Send + 'static,
    H: FnOnce(RequestContext, R) -> F + Send + 'static,
{
    Box::pin(async move {
        let (ctx, reply, request) = match call.decode::<R>() {
            Ok(decoded) => decoded,
            Err(answer) => return Started::Done(answer),
        };
        let handled = handle(ctx, request);
        let mut answer = Box::pin(async move { reply.with(&handled.await) });
        match poll_fn(|ctx| Poll::Ready(answer.as_mut().poll(ctx))).await {
            Poll::Ready(answer) => Started::Done(answer),
            Poll::Pending => Started::Later(answer),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_api_has_versions() {
        assert!(TABLE.is_sorted_by_key(|entry| entry.key));
        assert!(TABLE.iter().all(|entry| entry.key.versions().is_some()));
    }
}
