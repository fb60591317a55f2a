//! `#[derive(Message)]`: Kafka's wire format for a plain struct.
//!
//! A struct that is one of Kafka's messages, or a part of one, says of itself and of each field in which versions
//! it is there; the derive writes `vltava_protocol::Message` (decode, encode and a description of the fields), the
//! `Default` that Kafka gives it, and for a request `vltava_protocol::Request`.
//!
//! On the struct, `#[kafka(…)]` takes
//! - `flexible = "9+"`: the versions in compact form and with tagged fields (KIP-482); none if left out;
//! - on a request also `key = Produce, response = ProduceResponse, versions = "3-13"`.
//!
//! On a field it takes
//! - `versions = "3+"`: where the field is there; in all versions if left out;
//! - `nullable = "2+"`: where it may be null. Such a field is an `Option`;
//! - `tag = 1`: the field is a tagged one;
//! - `default = "-1"`: its default, in Kafka's notation. If left out it is zero, empty or false, and for an `Option`
//!   an empty value and not null, except for records.
//!
//! This crate is not a schema compiler: `cargo xtask` compares the attributes with Kafka's own definitions.

mod attributes;
mod decode;
mod defaults;
mod encode;
mod expand;
mod versions;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Writes `Message` and `Default`, and for a struct with a `key` also `Request`.
#[proc_macro_derive(Message, attributes(kafka))]
pub fn derive_message(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
