//! Puts the impls together.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{DeriveInput, Result};

use crate::attributes::{Field, Message};
use crate::defaults::default_of;
use crate::{decode, encode};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let message = Message::parse(input)?;
    let mut output = default_impl(&message)?;
    output.extend(message_impl(&message)?);
    output.extend(request_impl(&message));
    Ok(output)
}

fn default_impl(message: &Message<'_>) -> Result<TokenStream> {
    let name = message.name;
    let mut fields = TokenStream::new();
    for field in &message.fields {
        let (field_name, default) = (field.name, default_of(field)?);
        fields.extend(quote!(#field_name: #default,));
    }
    Ok(quote! {
        impl Default for #name {
            fn default() -> Self {
                Self { #fields }
            }
        }
    })
}

fn message_impl(message: &Message<'_>) -> Result<TokenStream> {
    let (name, flexible) = (message.name, message.flexible);
    let (text, flexible_from) = (name.to_string(), message.flexible.min);
    let fields = message.fields.iter().map(schema_field);
    let (decode, encode) = (decode::body(message)?, encode::body(message)?);
    Ok(quote! {
        impl ::vltava_protocol::Message for #name {
            const FLEXIBLE_FROM: i16 = #flexible_from;
            const SCHEMA: &'static ::vltava_protocol::Schema = &::vltava_protocol::Schema {
                name: #text,
                flexible: #flexible,
                fields: &[#(#fields),*],
            };

            fn decode(
                r: &mut ::vltava_protocol::Reader,
                version: i16,
            ) -> Result<Self, ::vltava_protocol::DecodeError> {
                #decode
            }

            fn encode(&self, w: &mut ::vltava_protocol::Writer, version: i16) {
                #encode
            }
        }
    })
}

fn schema_field(field: &Field<'_>) -> TokenStream {
    let (name, value) = (field.name.unraw().to_string(), field.value);
    let (versions, nullable) = (field.versions, field.nullable);
    let tag = match field.tag {
        Some(tag) => quote!(Some(#tag)),
        None => quote!(None),
    };
    let default = match &field.default {
        Some(default) => quote!(Some(#default)),
        None => quote!(None),
    };
    quote! {
        ::vltava_protocol::SchemaField {
            name: #name,
            ty: <#value as ::vltava_protocol::Value>::TYPE,
            versions: #versions,
            nullable: #nullable,
            tag: #tag,
            default: #default,
        }
    }
}

fn request_impl(message: &Message<'_>) -> Option<TokenStream> {
    let name = message.name;
    let request = message.request.as_ref()?;
    let (key, response) = (&request.key, &request.response);
    let (min, max) = (request.versions.min, request.versions.max);
    Some(quote! {
        impl ::vltava_protocol::Request for #name {
            const KEY: ::vltava_protocol::ApiKey = ::vltava_protocol::ApiKey::#key;
            const VERSIONS: ::std::ops::RangeInclusive<i16> = #min..=#max;
            type Response = #response;
        }
    })
}
