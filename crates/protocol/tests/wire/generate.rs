//! Writes random messages from their schemas alone, and so without the codec that is tested.

use vltava_protocol::{Schema, SchemaField, Type};

use super::Random;

/// The canonical bytes of a random message: tags in order, none that holds its default.
pub(crate) fn message(schema: &Schema, version: i16, random: &mut Random) -> Vec<u8> {
    generate(schema, version, random, Size { elements: 3, records: 10_000 })
}

/// The same, and short.
pub(crate) fn small_message(schema: &Schema, version: i16, random: &mut Random) -> Vec<u8> {
    generate(schema, version, random, Size { elements: 1, records: 20 })
}

fn generate(schema: &Schema, version: i16, random: &mut Random, size: Size) -> Vec<u8> {
    let mut generator = Generator { version, random, bytes: Vec::new(), size };
    generator.fields(schema);
    generator.bytes
}

/// The most there may be of something.
struct Size {
    elements: usize,
    records: usize,
}

struct Generator<'a> {
    version: i16,
    random: &'a mut Random,
    bytes: Vec<u8>,
    size: Size,
}

impl Generator<'_> {
    fn fields(&mut self, schema: &Schema) {
        let flexible = schema.flexible.contains(self.version);
        let version = self.version;
        let present = || schema.fields.iter().filter(|field| field.versions.contains(version));
        for field in present().filter(|field| field.tag.is_none()) {
            self.field(field, flexible);
        }
        if !flexible {
            return;
        }
        let mut tagged: Vec<_> = present().filter(|field| field.tag.is_some()).collect();
        tagged.sort_by_key(|field| field.tag);
        tagged.retain(|_| !self.random.one_in(4));
        self.uvarint(tagged.len());
        for field in tagged {
            self.uvarint(usize::try_from(field.tag.unwrap()).unwrap());
            let outer = std::mem::take(&mut self.bytes);
            self.tagged_value(field);
            let value = std::mem::replace(&mut self.bytes, outer);
            self.uvarint(value.len());
            self.bytes.extend_from_slice(&value);
        }
    }

    fn field(&mut self, field: &SchemaField, flexible: bool) {
        let nullable = field.nullable.contains(self.version);
        let null = nullable && self.random.one_in(3);
        match (field.ty, null) {
            (Type::Struct(_), true) => self.bytes.push(0xff),
            (Type::String, true) if !flexible => self.bytes.extend([0xff; 2]),
            (_, true) if !flexible => self.bytes.extend([0xff; 4]),
            (_, true) => self.bytes.push(0),
            (Type::Struct(_), false) if nullable => {
                self.bytes.push(1);
                self.value(field.ty, flexible);
            }
            (_, false) => self.value(field.ty, flexible),
        }
    }

    /// A value that is not the field's default: those are -1, 0, null and empty, or large.
    fn tagged_value(&mut self, field: &SchemaField) {
        if field.nullable.contains(self.version) && matches!(field.ty, Type::Struct(_)) {
            self.bytes.push(1);
        }
        let start = self.bytes.len();
        self.value(field.ty, true);
        match field.ty {
            Type::Bool => self.bytes[start] = u8::from(field.default != Some("true")),
            Type::String | Type::Bytes | Type::Array(_) if self.bytes[start] == 1 => {
                self.bytes.truncate(start);
                self.tagged_value(field);
            }
            _ => {}
        }
    }

    fn value(&mut self, ty: Type, flexible: bool) {
        match ty {
            Type::Bool => {
                let value = self.random.below(2);
                self.bytes.push(u8::try_from(value).unwrap());
            }
            Type::Int8 => self.number(1),
            Type::Int16 | Type::Uint16 => self.number(2),
            Type::Int32 | Type::Uint32 => self.number(4),
            Type::Int64 | Type::Float64 => self.number(8),
            Type::Uuid => self.number(16),
            Type::String => {
                let text: String = (0..self.random.below(12))
                    .map(|_| ['a', 'Z', 'é', '世', '.'][self.random.below(5)])
                    .collect();
                self.length(text.len(), 2, flexible);
                self.bytes.extend_from_slice(text.as_bytes());
            }
            Type::Bytes => self.blob(20, flexible),
            Type::Records => self.blob(self.size.records, flexible),
            Type::Array(element) => {
                let length = self.random.below(self.size.elements + 1);
                self.length(length, 4, flexible);
                for _ in 0..length {
                    self.value(*element, flexible);
                }
            }
            Type::Struct(schema) => self.fields(schema),
        }
    }

    /// Never 0 or -1, and large only now and then.
    fn number(&mut self, width: usize) {
        let large = self.random.one_in(4);
        for _ in 1..width {
            let byte = if large { self.random.below(256) } else { 0 };
            self.bytes.push(u8::try_from(byte).unwrap());
        }
        let low = 1 + self.random.below(100);
        self.bytes.push(u8::try_from(low).unwrap());
    }

    fn blob(&mut self, length_max: usize, flexible: bool) {
        let length = self.random.below(length_max + 1);
        self.length(length, 4, flexible);
        for _ in 0..length {
            let byte = self.random.below(256);
            self.bytes.push(u8::try_from(byte).unwrap());
        }
    }

    fn length(&mut self, length: usize, width: usize, flexible: bool) {
        match (flexible, width) {
            (true, _) => self.uvarint(length + 1),
            (false, 2) => self.bytes.extend(i16::try_from(length).unwrap().to_be_bytes()),
            (false, _) => self.bytes.extend(i32::try_from(length).unwrap().to_be_bytes()),
        }
    }

    fn uvarint(&mut self, mut value: usize) {
        while value >= 0x80 {
            self.bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
            value >>= 7;
        }
        self.bytes.push(u8::try_from(value).unwrap());
    }
}
