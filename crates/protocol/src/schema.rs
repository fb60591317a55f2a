//! What a message is, and what it says of itself.

use std::fmt;
use std::ops::RangeInclusive;

use crate::api::ApiKey;
use crate::codec::{DecodeError, Reader, Writer};

/// A struct with a form on the wire for each of its versions. `#[derive(Message)]` writes this.
pub trait Message: Sized + Default + Clone + PartialEq + fmt::Debug + 'static {
    /// The first version in compact form and with tagged fields (KIP-482); `i16::MAX` if there is none.
    const FLEXIBLE_FROM: i16;
    /// The struct's fields, to be compared with Kafka's definitions.
    const SCHEMA: &'static Schema;

    /// Reads the fields that `version` has; the others get their defaults.
    fn decode(r: &mut Reader, version: i16) -> Result<Self, DecodeError>;

    /// Writes the fields that `version` has; the others are left out, whatever they hold.
    fn encode(&self, w: &mut Writer, version: i16);
}

/// A message that a client sends.
pub trait Request: Message {
    /// The API that it asks for.
    const KEY: ApiKey;
    /// The versions that can be decoded. [`crate::api::VERSIONS`] may advertise more: Produce says 0 for the sake of
    /// old librdkafka, and can be decoded from 3 on.
    const VERSIONS: RangeInclusive<i16>;
    /// The answer to it, in the same version.
    type Response: Message;
}

/// A struct's fields.
#[derive(Debug)]
pub struct Schema {
    /// The struct's name, which is also the one in Kafka's definition.
    pub name: &'static str,
    /// Where it is compact and has tagged fields.
    pub flexible: Versions,
    /// In the order of the wire.
    pub fields: &'static [SchemaField],
}

/// One field of a struct.
#[derive(Debug)]
pub struct SchemaField {
    /// The name in snake case.
    pub name: &'static str,
    /// The type; for an `Option`, the one within.
    pub ty: Type,
    /// Where the field is there.
    pub versions: Versions,
    /// Where it may be null.
    pub nullable: Versions,
    /// Its number, if it is a tagged field.
    pub tag: Option<u32>,
    /// Its default in Kafka's notation, if it is not the type's own.
    pub default: Option<&'static str>,
}

/// A type in Kafka's definitions.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "the names are Kafka's own")]
pub enum Type {
    Bool,
    Int8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Int64,
    Float64,
    Uuid,
    String,
    Bytes,
    Records,
    Array(&'static Type),
    Struct(&'static Schema),
}

impl fmt::Display for Type {
    /// As Kafka's definitions write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Bool => "bool",
            Type::Int8 => "int8",
            Type::Int16 => "int16",
            Type::Uint16 => "uint16",
            Type::Int32 => "int32",
            Type::Uint32 => "uint32",
            Type::Int64 => "int64",
            Type::Float64 => "float64",
            Type::Uuid => "uuid",
            Type::String => "string",
            Type::Bytes => "bytes",
            Type::Records => "records",
            Type::Array(element) => return write!(f, "[]{element}"),
            Type::Struct(schema) => schema.name,
        })
    }
}

/// A range of versions. An open end is `i16::MAX`; a range without versions has its end before its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The first version.
    pub min: i16,
    /// The last version.
    pub max: i16,
}

impl Versions {
    /// Whether `version` is in the range.
    pub const fn contains(self, version: i16) -> bool {
        self.min <= version && version <= self.max
    }

    /// Whether no version is in it.
    pub const fn is_empty(self) -> bool {
        self.min > self.max
    }
}

impl fmt::Display for Versions {
    /// As Kafka's definitions write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (min, max) if min > max => f.write_str("none"),
            (min, i16::MAX) => write!(f, "{min}+"),
            (min, max) if min == max => write!(f, "{min}"),
            (min, max) => write!(f, "{min}-{max}"),
        }
    }
}
