//! Which bytes a type of Kafka's definitions takes: one impl for each.

use bytes::Bytes;
use vltava_model::TopicId;

use super::error::DecodeError;
use super::reader::Reader;
use super::records::Records;
use super::text::Str;
use super::writer::Writer;
use crate::schema::{Message, Type};

/// How a message is laid out in one of its versions.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// The version.
    pub version: i16,
    /// Whether lengths are compact and tagged fields follow (KIP-482).
    pub flexible: bool,
}

impl Format {
    /// The format of `M` in `version`.
    #[inline]
    pub fn new<M: Message>(version: i16) -> Format {
        Format { version, flexible: version >= M::FLEXIBLE_FROM }
    }
}

/// A type that a field can have.
pub trait Value: Sized + Default {
    /// What Kafka calls it.
    const TYPE: Type;

    /// Reads a value that cannot be null.
    fn read(r: &mut Reader, format: Format) -> Result<Self, DecodeError>;

    /// Writes a value.
    fn write(&self, w: &mut Writer, format: Format);

    /// Reads a value that may be null. Structs have a byte before them that is negative for null.
    fn read_nullable(r: &mut Reader, format: Format) -> Result<Option<Self>, DecodeError> {
        if r.i8()? < 0 { Ok(None) } else { Self::read(r, format).map(Some) }
    }

    /// Writes a value that is not null where it could be.
    fn write_present(&self, w: &mut Writer, format: Format) {
        w.i8(1);
        self.write(w, format);
    }

    /// Writes a null.
    fn write_null(w: &mut Writer, _format: Format) {
        w.i8(-1);
    }
}

/// Reads the value of an `Option`: an error if it is null and may not be.
#[inline]
pub fn read_option<T: Value>(
    r: &mut Reader,
    format: Format,
    nullable: bool,
) -> Result<Option<T>, DecodeError> {
    if nullable { T::read_nullable(r, format) } else { T::read(r, format).map(Some) }
}

/// Writes the value of an `Option`: where it may not be null, an empty one in place of `None`.
#[inline]
pub fn write_option<T: Value>(value: Option<&T>, w: &mut Writer, format: Format, nullable: bool) {
    match (value, nullable) {
        (Some(value), true) => value.write_present(w, format),
        (None, true) => T::write_null(w, format),
        (Some(value), false) => value.write(w, format),
        (None, false) => T::default().write(w, format),
    }
}

macro_rules! fixed {
    ($($int:ident: $name:ident,)*) => {$(
        impl Value for $int {
            const TYPE: Type = Type::$name;

            #[inline]
            fn read(r: &mut Reader, _format: Format) -> Result<$int, DecodeError> {
                r.$int()
            }

            #[inline]
            fn write(&self, w: &mut Writer, _format: Format) {
                w.$int(*self);
            }
        }
    )*};
}

fixed! {
    i8: Int8, i16: Int16, u16: Uint16, i32: Int32, u32: Uint32, i64: Int64, f64: Float64,
}

impl Value for bool {
    const TYPE: Type = Type::Bool;

    #[inline]
    fn read(r: &mut Reader, _format: Format) -> Result<bool, DecodeError> {
        Ok(r.i8()? != 0)
    }

    #[inline]
    fn write(&self, w: &mut Writer, _format: Format) {
        w.i8(i8::from(*self));
    }
}

impl Value for TopicId {
    const TYPE: Type = Type::Uuid;

    #[inline]
    fn read(r: &mut Reader, _format: Format) -> Result<TopicId, DecodeError> {
        r.array().map(TopicId)
    }

    #[inline]
    fn write(&self, w: &mut Writer, _format: Format) {
        w.slice(&self.0);
    }
}

/// For the types whose length says that they are null: what is not null is written the same everywhere.
macro_rules! null_by_length {
    ($null:path) => {
        #[inline]
        fn read(r: &mut Reader, format: Format) -> Result<Self, DecodeError> {
            Self::read_nullable(r, format)?.ok_or(DecodeError::UnexpectedNull)
        }

        #[inline]
        fn write_present(&self, w: &mut Writer, format: Format) {
            self.write(w, format);
        }

        #[inline]
        fn write_null(w: &mut Writer, format: Format) {
            $null(w, None, format.flexible);
        }
    };
}

impl Value for Str {
    const TYPE: Type = Type::String;

    null_by_length!(Writer::short_length);

    #[inline]
    fn read_nullable(r: &mut Reader, format: Format) -> Result<Option<Str>, DecodeError> {
        let length = if format.flexible { r.compact_length() } else { r.short_length() }?;
        let Some(length) = length else { return Ok(None) };
        if length > Str::LENGTH_MAX {
            return Err(DecodeError::StringTooLong(length));
        }
        r.bytes(length).map(|bytes| Some(Str::from_utf8_lossy(bytes)))
    }

    #[inline]
    fn write(&self, w: &mut Writer, format: Format) {
        let text = self.sendable();
        w.short_length(Some(text.len()), format.flexible);
        w.slice(text.as_bytes());
    }
}

impl Value for Bytes {
    const TYPE: Type = Type::Bytes;

    null_by_length!(Writer::long_length);

    #[inline]
    fn read_nullable(r: &mut Reader, format: Format) -> Result<Option<Bytes>, DecodeError> {
        let length = if format.flexible { r.compact_length() } else { r.long_length() }?;
        length.map(|length| r.bytes(length)).transpose()
    }

    #[inline]
    fn write(&self, w: &mut Writer, format: Format) {
        w.long_length(Some(self.len()), format.flexible);
        w.slice(self);
    }
}

impl Value for Records {
    const TYPE: Type = Type::Records;

    null_by_length!(Writer::long_length);

    #[inline]
    fn read_nullable(r: &mut Reader, format: Format) -> Result<Option<Records>, DecodeError> {
        Ok(Bytes::read_nullable(r, format)?.map(Records::Bytes))
    }

    #[inline]
    fn write(&self, w: &mut Writer, format: Format) {
        w.long_length(Some(self.len()), format.flexible);
        w.records(self);
    }
}

impl<T: Value> Value for Vec<T> {
    const TYPE: Type = Type::Array(&T::TYPE);

    null_by_length!(Writer::long_length);

    #[inline]
    fn read_nullable(r: &mut Reader, format: Format) -> Result<Option<Vec<T>>, DecodeError> {
        let count = if format.flexible { r.compact_length() } else { r.long_length() }?;
        count.map(|count| r.elements(count, |r| T::read(r, format))).transpose()
    }

    #[inline]
    fn write(&self, w: &mut Writer, format: Format) {
        w.long_length(Some(self.len()), format.flexible);
        for element in self {
            element.write(w, format);
        }
    }
}

impl<M: Message> Value for M {
    const TYPE: Type = Type::Struct(M::SCHEMA);

    #[inline]
    fn read(r: &mut Reader, format: Format) -> Result<M, DecodeError> {
        M::decode(r, format.version)
    }

    #[inline]
    fn write(&self, w: &mut Writer, format: Format) {
        self.encode(w, format.version);
    }
}
