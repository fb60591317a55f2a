//! What a broker may send: key and version of the request, and the response's body.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Most inputs are no response; only a panic is a failure.
    let _ = vltava_protocol::fuzz_response(Bytes::copy_from_slice(data));
});
