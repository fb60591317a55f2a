//! What `#[kafka(…)]` says of a struct and of its fields.

use syn::{Attribute, Data, DeriveInput, Error, Fields, Ident, LitInt, LitStr, Path, Result, Type};

use crate::versions::Versions;

/// A struct and its fields in the order of the wire.
pub(crate) struct Message<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) flexible: Versions,
    pub(crate) request: Option<Request>,
    pub(crate) fields: Vec<Field<'a>>,
}

/// What makes a struct a request.
pub(crate) struct Request {
    pub(crate) key: Ident,
    pub(crate) response: Path,
    pub(crate) versions: Versions,
}

/// One field.
pub(crate) struct Field<'a> {
    pub(crate) name: &'a Ident,
    /// The type, and for an `Option` the type within it.
    pub(crate) value: &'a Type,
    pub(crate) is_option: bool,
    pub(crate) versions: Versions,
    pub(crate) nullable: Versions,
    pub(crate) tag: Option<u32>,
    pub(crate) default: Option<LitStr>,
}

impl<'a> Message<'a> {
    pub(crate) fn parse(input: &'a DeriveInput) -> Result<Message<'a>> {
        let Data::Struct(data) = &input.data else {
            return Err(Error::new_spanned(input, "a message is a struct"));
        };
        let (flexible, request) = parse_struct(&input.attrs, &input.ident)?;
        let fields = match &data.fields {
            Fields::Named(fields) => {
                fields.named.iter().map(Field::parse).collect::<Result<_>>()?
            }
            Fields::Unit => Vec::new(),
            Fields::Unnamed(_) => {
                return Err(Error::new_spanned(input, "a message names its fields"));
            }
        };
        Ok(Message { name: &input.ident, flexible, request, fields })
    }
}

fn parse_struct(attributes: &[Attribute], name: &Ident) -> Result<(Versions, Option<Request>)> {
    let (mut flexible, mut versions) = (Versions::NONE, None);
    let (mut key, mut response) = (None, None);
    for attribute in attributes.iter().filter(|a| a.path().is_ident("kafka")) {
        attribute.parse_nested_meta(|meta| {
            let value = meta.value()?;
            if meta.path.is_ident("flexible") {
                flexible = Versions::parse(&value.parse::<LitStr>()?)?;
            } else if meta.path.is_ident("versions") {
                versions = Some(Versions::parse(&value.parse::<LitStr>()?)?);
            } else if meta.path.is_ident("key") {
                key = Some(value.parse::<Ident>()?);
            } else if meta.path.is_ident("response") {
                response = Some(value.parse::<Path>()?);
            } else {
                return Err(meta.error("one of: flexible, versions, key, response"));
            }
            Ok(())
        })?;
    }
    match (key, response, versions) {
        (None, None, None) => Ok((flexible, None)),
        (Some(key), Some(response), Some(versions)) => {
            Ok((flexible, Some(Request { key, response, versions })))
        }
        _ => Err(Error::new_spanned(name, "a request has a key, a response and versions")),
    }
}

impl<'a> Field<'a> {
    fn parse(field: &'a syn::Field) -> Result<Field<'a>> {
        let name = field.ident.as_ref().expect("fields are named");
        let inner = option_of(&field.ty);
        let mut parsed = Field {
            name,
            value: inner.unwrap_or(&field.ty),
            is_option: inner.is_some(),
            versions: Versions::ALL,
            nullable: Versions::NONE,
            tag: None,
            default: None,
        };
        for attribute in field.attrs.iter().filter(|a| a.path().is_ident("kafka")) {
            attribute.parse_nested_meta(|meta| {
                let value = meta.value()?;
                if meta.path.is_ident("versions") {
                    parsed.versions = Versions::parse(&value.parse::<LitStr>()?)?;
                } else if meta.path.is_ident("nullable") {
                    parsed.nullable = Versions::parse(&value.parse::<LitStr>()?)?;
                } else if meta.path.is_ident("tag") {
                    parsed.tag = Some(value.parse::<LitInt>()?.base10_parse()?);
                } else if meta.path.is_ident("default") {
                    parsed.default = Some(value.parse()?);
                } else {
                    return Err(meta.error("one of: versions, nullable, tag, default"));
                }
                Ok(())
            })?;
        }
        if parsed.is_option != (parsed.nullable != Versions::NONE) {
            return Err(Error::new_spanned(field, "`nullable` and `Option` go together"));
        }
        Ok(parsed)
    }

    /// Whether the field's type is spelled so, `Option` aside.
    pub(crate) fn is(&self, type_name: &str) -> bool {
        last_segment(self.value).is_some_and(|segment| segment.ident == type_name)
    }
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

fn option_of(ty: &Type) -> Option<&Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == "Option")?;
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}
