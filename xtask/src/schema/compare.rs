//! Finds the differences between one of our messages and its definition.

use anyhow::Result;
use vltava_protocol::{Schema, SchemaField, Type, Versions};

use super::Ours;
use super::definition::{Definition, Field};

/// Compares one message and all structs within; returns how many fields it has.
pub(super) fn message(
    ours: &Ours,
    definition: &Definition,
    differences: &mut Vec<String>,
) -> Result<usize> {
    let name = ours.schema.name;
    let mut compare = Compare { definition, path: name.to_owned(), fields: 0, differences };
    compare.same("name", name, &definition.name);
    compare.same("versions", range(&ours.versions), definition.versions);
    if let Some(key) = ours.key {
        compare.same("key", key.into(), definition.key.unwrap_or(-1));
    }
    compare.structs(ours.schema, &definition.fields, definition.versions)?;
    Ok(compare.fields)
}

fn range(versions: &std::ops::RangeInclusive<i16>) -> Versions {
    Versions { min: *versions.start(), max: *versions.end() }
}

fn intersect(a: Versions, b: Versions) -> Versions {
    let both = Versions { min: a.min.max(b.min), max: a.max.min(b.max) };
    if both.is_empty() { super::definition::NONE } else { both }
}

struct Compare<'a> {
    definition: &'a Definition,
    /// Where we are, for the report.
    path: String,
    fields: usize,
    differences: &'a mut Vec<String>,
}

impl Compare<'_> {
    fn same<T: PartialEq + std::fmt::Display>(&mut self, what: &str, ours: T, theirs: T) {
        if ours != theirs {
            let path = &self.path;
            self.differences.push(format!("{path}: {what} is {ours}, Kafka has {theirs}"));
        }
    }

    /// `within` are the versions in which the struct can occur.
    fn structs(&mut self, ours: &Schema, theirs: &[Field], within: Versions) -> Result<()> {
        let flexible = (ours.flexible, self.definition.flexible);
        self.same("flexible", intersect(flexible.0, within), intersect(flexible.1, within));
        let names = |names: Vec<&str>| names.join(", ");
        // Fields that no version has any more need not be in ours.
        let theirs: Vec<&Field> =
            theirs.iter().filter(|field| !intersect(field.versions, within).is_empty()).collect();
        let our_names = names(ours.fields.iter().map(|field| field.name).collect());
        let their_names = names(theirs.iter().map(|field| field.name.as_str()).collect());
        self.same("list of fields", &our_names, &their_names);
        for (ours, theirs) in ours.fields.iter().zip(theirs) {
            let length = self.path.len();
            self.path.push('.');
            self.path.push_str(ours.name);
            self.field(ours, theirs, within)?;
            self.path.truncate(length);
        }
        Ok(())
    }

    fn field(&mut self, ours: &SchemaField, theirs: &Field, within: Versions) -> Result<()> {
        self.fields += 1;
        let here = intersect(theirs.versions, within);
        self.same("type", ours.ty.to_string(), theirs.ty.clone());
        self.same("versions", intersect(ours.versions, within), here);
        self.same("nullable", intersect(ours.nullable, here), intersect(theirs.nullable, here));
        let tag = |tag: Option<u64>| tag.map_or("none".to_owned(), |tag| tag.to_string());
        self.same("tag", tag(ours.tag.map(u64::from)), tag(theirs.tag));
        if ours.tag.is_some() {
            self.same("tagged versions", here, intersect(theirs.tagged, here));
        }
        let default = |default: Option<&str>| default_of(ours.ty, default);
        self.same("default", default(ours.default), default(theirs.default.as_deref()));
        match struct_of(ours.ty) {
            Some(schema) => self.structs(schema, self.definition.fields_of(theirs)?, here),
            None => Ok(()),
        }
    }
}

/// The default that a missing one stands for.
fn default_of(ty: Type, default: Option<&str>) -> String {
    let own = match ty {
        Type::Bool => "false",
        Type::String | Type::Bytes | Type::Array(_) | Type::Struct(_) => "",
        Type::Records => "null",
        Type::Uuid => "zero",
        _ => "0",
    };
    default.unwrap_or(own).to_owned()
}

fn struct_of(ty: Type) -> Option<&'static Schema> {
    match ty {
        Type::Struct(schema) => Some(schema),
        Type::Array(element) => struct_of(*element),
        _ => None,
    }
}
