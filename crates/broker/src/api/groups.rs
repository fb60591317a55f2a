//! What the group APIs share: asking a group's shard, and saying who asks.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use vltava_coordinator::group::{Answer, Membership, Request};
use vltava_model::{GenerationId, GroupId, GroupInstanceId, MemberId};
use vltava_protocol::{ErrorCode, Str};

use crate::broker::Broker;
use crate::errors::Coded;

/// Asks the shard of a group. Requests of one connection reach it in their order: the first poll sends.
pub(crate) async fn ask(
    broker: &Broker,
    group: &GroupId,
    request: Request,
) -> Result<Answer, ErrorCode> {
    tokio::select! {
        biased;
        answer = broker.node.groups().request(group, request) => answer.map_err(|e| e.error_code()),
        () = broker.stop.begun() => Err(ErrorCode::COORDINATOR_NOT_AVAILABLE),
    }
}

/// An answer to another question than the one that was asked.
pub(crate) fn mismatch(answer: &Answer) -> ! {
    unreachable!("a shard answers what it was asked, and not {answer:?}")
}

/// A member as most requests name it. All of it is copied: the shard may keep it.
pub(crate) fn membership(
    group_id: &str,
    member_id: &str,
    instance_id: Option<&str>,
    generation_id: i32,
) -> Membership {
    Membership {
        group_id: GroupId::new(group_id),
        member_id: MemberId::new(member_id),
        instance_id: instance_id.map(GroupInstanceId::new),
        generation_id: GenerationId(generation_id),
    }
}

/// A copy for the shard to keep.
pub(crate) fn copy(text: &str) -> Arc<str> {
    Arc::from(text)
}

/// Shared text for a response.
pub(crate) fn text(text: &Arc<str>) -> Str {
    Str::from(&**text)
}

/// An address as Java prints it: `/127.0.0.1`, and IPv6 without abbreviation.
pub(crate) fn client_host(peer: SocketAddr) -> Arc<str> {
    match peer.ip().to_canonical() {
        IpAddr::V4(ip) => format!("/{ip}").into(),
        IpAddr::V6(ip) => {
            let groups: Vec<String> = ip.segments().iter().map(|g| format!("{g:x}")).collect();
            format!("/{}", groups.join(":")).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_look_like_javas() {
        let host = |address: &str| client_host(address.parse().unwrap()).to_string();
        assert_eq!(host("127.0.0.1:9"), "/127.0.0.1");
        assert_eq!(host("[::ffff:10.0.0.1]:9"), "/10.0.0.1");
        assert_eq!(host("[::1]:9"), "/0:0:0:0:0:0:0:1");
    }
}
