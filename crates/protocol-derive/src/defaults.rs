//! A field's default in Kafka's notation, as Rust.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, LitStr, Result};

use crate::attributes::Field;

/// An expression for the field's default.
pub(crate) fn default_of(field: &Field<'_>) -> Result<TokenStream> {
    let Some(literal) = &field.default else {
        return Ok(match (field.is_option, field.is("Records")) {
            (true, true) => quote!(None),
            (true, false) => quote!(Some(Default::default())),
            (false, _) => quote!(Default::default()),
        });
    };
    if field.is_option && literal.value() == "null" {
        return Ok(quote!(None));
    }
    let value = if field.is("Str") {
        quote!(::vltava_protocol::Str::from_static(#literal))
    } else {
        let expression = number(literal)?;
        quote!(#expression)
    };
    Ok(if field.is_option { quote!(Some(#value)) } else { value })
}

/// A number or a bool; Kafka writes both as Rust does.
fn number(literal: &LitStr) -> Result<Expr> {
    literal.parse()
}

/// An expression that says whether a field holds something else than its default, which keeps a tagged field from
/// being sent. Cheap for what is common: no default is built to be compared with.
pub(crate) fn differs(field: &Field<'_>) -> Result<TokenStream> {
    let (name, value) = (field.name, field.value);
    let vector_or_text = field.is("Vec") || field.is("Str") || field.is("Bytes");
    Ok(match (&field.default, field.is_option) {
        (None, false) if vector_or_text => quote!(!self.#name.is_empty()),
        (Some(literal), true) if literal.value() == "null" => quote!(self.#name.is_some()),
        (None, true) => quote!(self.#name != Some(<#value as Default>::default())),
        (None, false) => quote!(self.#name != <#value as Default>::default()),
        _ => {
            let default = default_of(field)?;
            quote!(self.#name != #default)
        }
    })
}
