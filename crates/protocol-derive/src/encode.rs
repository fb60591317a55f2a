//! The body of `Message::encode`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Result;

use crate::attributes::{Field, Message};
use crate::defaults::differs;

/// Writes the fields in order, then those tagged fields that differ from their defaults.
pub(crate) fn body(message: &Message<'_>) -> Result<TokenStream> {
    let writes = message.fields.iter().filter(|field| field.tag.is_none()).map(|field| {
        let write = write_value(field);
        match field.versions.condition() {
            always if always.to_string() == "true" => write,
            present => quote!(if #present { #write }),
        }
    });
    let tags = tagged(message)?;
    Ok(quote! {
        let format = ::vltava_protocol::Format::new::<Self>(version);
        #(#writes)*
        #tags
    })
}

fn write_value(field: &Field<'_>) -> TokenStream {
    let (name, value) = (field.name, field.value);
    if field.is_option {
        let nullable = field.nullable.condition();
        quote!(::vltava_protocol::write_option::<#value>(self.#name.as_ref(), w, format, #nullable);)
    } else {
        quote!(<#value as ::vltava_protocol::Value>::write(&self.#name, w, format);)
    }
}

fn tagged(message: &Message<'_>) -> Result<TokenStream> {
    let mut fields: Vec<(u32, &Field<'_>)> =
        message.fields.iter().filter_map(|field| Some((field.tag?, field))).collect();
    fields.sort_by_key(|(tag, _)| *tag);
    let (mut checks, mut count, mut writes) =
        (TokenStream::new(), quote!(0u32), TokenStream::new());
    for (tag, field) in fields {
        let sent = format_ident!("send_{tag}");
        let (present, differs, write) =
            (field.versions.condition(), differs(field)?, write_value(field));
        checks.extend(quote!(let #sent = #present && #differs;));
        count.extend(quote!(+ u32::from(#sent)));
        writes.extend(quote!(if #sent { w.tagged(#tag, |w| { #write }); }));
    }
    Ok(quote! {
        if format.flexible {
            #checks
            w.uvarint(#count);
            #writes
        }
    })
}
