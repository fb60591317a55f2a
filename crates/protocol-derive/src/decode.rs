//! The body of `Message::decode`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Result;

use crate::attributes::{Field, Message};
use crate::defaults::default_of;

/// Reads the fields in order, each into a variable of its name, then the tagged fields, and builds the struct.
pub(crate) fn body(message: &Message<'_>) -> Result<TokenStream> {
    let mut reads = TokenStream::new();
    for field in &message.fields {
        reads.extend(read_field(field)?);
    }
    let tags = tagged(message);
    let names = message.fields.iter().map(|field| field.name);
    Ok(quote! {
        let format = ::vltava_protocol::Format::new::<Self>(version);
        #reads
        #tags
        Ok(Self { #(#names),* })
    })
}

fn read_field(field: &Field<'_>) -> Result<TokenStream> {
    let name = field.name;
    let default = default_of(field)?;
    if field.tag.is_some() {
        return Ok(quote!(let mut #name = #default;));
    }
    let read = read_value(field);
    let present = field.versions.condition();
    Ok(quote!(let #name = if #present { #read } else { #default };))
}

fn read_value(field: &Field<'_>) -> TokenStream {
    let value = field.value;
    if field.is_option {
        let nullable = field.nullable.condition();
        quote!(::vltava_protocol::read_option::<#value>(r, format, #nullable)?)
    } else {
        quote!(<#value as ::vltava_protocol::Value>::read(r, format)?)
    }
}

/// Reads the tagged fields of a flexible version; a tag that is not known is skipped.
fn tagged(message: &Message<'_>) -> TokenStream {
    let arms = message.fields.iter().filter_map(|field| {
        let tag = field.tag?;
        let name = field.name;
        let present = field.versions.condition();
        let read = read_value(field);
        Some(quote!(#tag if #present => #name = #read,))
    });
    quote! {
        if format.flexible {
            for _ in 0..r.tag_count()? {
                let tag = r.enter_tag()?;
                match tag.number {
                    #(#arms)*
                    _ => r.skip_tag(&tag),
                }
                r.leave_tag(tag)?;
            }
        }
    }
}
