//! Ranges of versions in Kafka's notation.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{LitStr, Result};

/// `3+`, `3-7` or `3`; `max` is `i16::MAX` for an open end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) min: i16,
    pub(crate) max: i16,
}

impl Versions {
    pub(crate) const ALL: Versions = Versions { min: 0, max: i16::MAX };
    /// No version at all.
    pub(crate) const NONE: Versions = Versions { min: i16::MAX, max: -1 };

    pub(crate) fn parse(literal: &LitStr) -> Result<Versions> {
        parse(&literal.value())
            .ok_or_else(|| syn::Error::new(literal.span(), "versions are `3+`, `3-7` or `3`"))
    }

    /// The condition on a variable `version` for being in the range.
    pub(crate) fn condition(self) -> TokenStream {
        let Versions { min, max } = self;
        match (min, max) {
            (0, i16::MAX) => quote!(true),
            (_, i16::MAX) if min > 0 => quote!(version >= #min),
            (0, _) if max >= 0 => quote!(version <= #max),
            _ if min == max => quote!(version == #min),
            _ if min < max => quote!((#min..=#max).contains(&version)),
            _ => quote!(false),
        }
    }
}

fn parse(text: &str) -> Option<Versions> {
    if let Some(min) = text.strip_suffix('+') {
        return Some(Versions { min: min.parse().ok()?, max: i16::MAX });
    }
    let (min, max) = text.split_once('-').unwrap_or((text, text));
    let versions = Versions { min: min.parse().ok()?, max: max.parse().ok()? };
    (versions.min <= versions.max).then_some(versions)
}

impl ToTokens for Versions {
    /// The range as a `vltava_protocol::Versions`.
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Versions { min, max } = self;
        tokens.extend(quote!(::vltava_protocol::Versions { min: #min, max: #max }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation() {
        assert_eq!(parse("3+"), Some(Versions { min: 3, max: i16::MAX }));
        assert_eq!(parse("3-7"), Some(Versions { min: 3, max: 7 }));
        assert_eq!(parse("3"), Some(Versions { min: 3, max: 3 }));
        for bad in ["", "+", "7-3", "a", "1-", "-1"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
