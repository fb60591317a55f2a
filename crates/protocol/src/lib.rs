//! Kafka's protocol: its messages as plain structs, and their wire format.
//!
//! Begin reading at [`Message`], then any file in `messages/`: each holds one API's request and response, named as
//! Kafka names them, and says which version added what. `#[derive(Message)]` writes the codec from the versions that
//! the fields carry; [`Reader`] and [`Writer`] are all that it needs.
//!
//! **Invariants.** Decoding copies no payload: text and bytes are slices of the frame, and so hold the whole frame in
//! memory for as long as they live. A decoded length never makes it allocate more than the bytes that are left. Nothing
//! from the wire can panic. No message refers to itself, so nesting is as deep as the types are and needs no limit.
//! Encoding cannot fail, and puts no large record bytes into the frame's buffer: see [`Frame`].
//!
//! **What it is not.** It knows nothing of what is in a record batch, of connections, or of what to answer.

// The derive names this crate by its name, also in here.
extern crate self as vltava_protocol;

pub mod api;
mod codec;
mod error_code;
mod frame;
mod fuzz;
mod header;
pub mod messages;
mod schema;

pub use api::ApiKey;
pub use codec::{
    DecodeError, Format, Reader, Records, Str, TagScope, Value, Writer, read_option, write_option,
};
pub use error_code::ErrorCode;
pub use frame::{
    FileRange, Frame, Segment, decode_body, decode_extensible, decode_versioned, encode_request,
    encode_response, encode_response_body, encode_versioned, frame_response,
};
#[doc(hidden)]
pub use fuzz::{fuzz_request, fuzz_response};
pub use header::{RequestHeader, ResponseHeader, decode_header};
pub use schema::{Message, Request, Schema, SchemaField, Type, Versions};
