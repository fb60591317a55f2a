//! What the members of a consumer group say that they read.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use vltava_protocol::messages::consumer_protocol::ConsumerProtocolSubscription;
use vltava_protocol::{Message, Reader};

/// The topics of a `ConsumerProtocolSubscription`; `None` if the bytes are not one.
///
/// Read as version 0, of which all later ones are extensions, so that a version that we have never heard of
/// can be read too.
pub(super) fn subscribed_topics(metadata: &Bytes) -> Option<BTreeSet<Arc<str>>> {
    let mut reader = Reader::new(metadata.clone());
    let version = reader.i16().ok()?;
    if version < 0 {
        return None;
    }
    let subscription = ConsumerProtocolSubscription::decode(&mut reader, 0).ok()?;
    Some(subscription.topics.iter().map(|topic| Arc::from(&**topic)).collect())
}
