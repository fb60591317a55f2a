//! What a client may send: any header and the request that it names.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Most inputs are no request; only a panic is a failure.
    let _ = vltava_protocol::fuzz_request(Bytes::copy_from_slice(data));
});
