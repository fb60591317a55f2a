//! Making member ids.

use std::fmt::Write as _;

use vltava_model::MemberId;

use crate::limits::MEMBER_ID_BYTES_MAX;

/// How long a UUID is as text, with the hyphen before it.
const SUFFIX_BYTES: usize = 37;

/// A member id as Kafka makes it: the client id (of a static member the instance id), a hyphen, a random UUID.
/// A prefix that leaves no room in a string of the protocol is cut.
pub(super) fn new_member_id(prefix: &str, random: [u8; 16]) -> MemberId {
    let prefix = &prefix[..prefix.floor_char_boundary(MEMBER_ID_BYTES_MAX - SUFFIX_BYTES)];
    let mut id = String::with_capacity(prefix.len() + SUFFIX_BYTES);
    id.push_str(prefix);
    for (i, byte) in uuid_v4(random).into_iter().enumerate() {
        if matches!(i, 0 | 4 | 6 | 8 | 10) {
            id.push('-');
        }
        write!(id, "{byte:02x}").expect("a string takes any text");
    }
    MemberId::new(id)
}

/// Random bytes with the marks of a random UUID (RFC 9562).
fn uuid_v4(mut bytes: [u8; 16]) -> [u8; 16] {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_like_kafkas() {
        let id = new_member_id("console-consumer", [0xff; 16]);
        assert_eq!(id.as_str(), "console-consumer-ffffffff-ffff-4fff-bfff-ffffffffffff");
        let long = new_member_id(&"ž".repeat(20_000), [0; 16]);
        assert_eq!(long.as_str().len(), MEMBER_ID_BYTES_MAX);
        assert!(long.as_str().ends_with("ž-00000000-0000-4000-8000-000000000000"));
    }
}
