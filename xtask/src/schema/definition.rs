//! Kafka's definition of a message, as its JSON has it.

use anyhow::{Context, Result};
use serde_json::Value;
use vltava_protocol::Versions;

pub(super) struct Definition {
    pub(super) name: String,
    pub(super) key: Option<i64>,
    /// The stable ones.
    pub(super) versions: Versions,
    pub(super) flexible: Versions,
    pub(super) fields: Vec<Field>,
    /// Structs that stand beside the fields since more than one field has their type.
    structs: Vec<(String, Vec<Field>)>,
}

pub(super) struct Field {
    pub(super) name: String,
    pub(super) ty: String,
    pub(super) versions: Versions,
    pub(super) nullable: Versions,
    pub(super) tag: Option<u64>,
    pub(super) tagged: Versions,
    pub(super) default: Option<String>,
    pub(super) fields: Vec<Field>,
}

pub(super) const NONE: Versions = Versions { min: 0, max: -1 };

impl Definition {
    pub(super) fn parse(text: &str) -> Result<Definition> {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let json: Value = serde_json::from_str(&lines.collect::<Vec<_>>().join("\n"))?;
        let mut versions = versions(&json["validVersions"])?;
        if json["latestVersionUnstable"].as_bool() == Some(true) {
            versions.max -= 1;
        }
        Ok(Definition {
            name: string(&json["name"])?,
            key: json["apiKey"].as_i64(),
            versions,
            flexible: self::versions(&json["flexibleVersions"])?,
            fields: fields(&json["fields"])?,
            structs: array(&json["commonStructs"])
                .map(|json| Ok((string(&json["name"])?, fields(&json["fields"])?)))
                .collect::<Result<_>>()?,
        })
    }

    /// The fields of a field's struct.
    pub(super) fn fields_of<'a>(&'a self, field: &'a Field) -> Result<&'a [Field]> {
        if !field.fields.is_empty() {
            return Ok(&field.fields);
        }
        let name = field.ty.trim_start_matches("[]");
        let found = self.structs.iter().find(|(of, _)| of == name);
        found.map(|(_, fields)| fields.as_slice()).with_context(|| format!("no struct {name}"))
    }
}

fn array(json: &Value) -> impl Iterator<Item = &Value> {
    json.as_array().into_iter().flatten()
}

fn fields(json: &Value) -> Result<Vec<Field>> {
    array(json).map(field).collect()
}

fn field(json: &Value) -> Result<Field> {
    Ok(Field {
        name: snake_case(&string(&json["name"])?),
        ty: string(&json["type"])?,
        versions: versions(&json["versions"])?,
        nullable: versions(&json["nullableVersions"])?,
        tag: json["tag"].as_u64(),
        tagged: versions(&json["taggedVersions"])?,
        default: match &json["default"] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            number_or_bool => Some(number_or_bool.to_string()),
        },
        fields: fields(&json["fields"])?,
    })
}

fn string(json: &Value) -> Result<String> {
    Ok(json.as_str().context("a string is missing")?.to_owned())
}

/// `3+`, `3-7`, `3`, `none` or nothing.
fn versions(json: &Value) -> Result<Versions> {
    let text = match json {
        Value::Null => "none",
        json => json.as_str().context("versions are a string")?,
    };
    if text == "none" {
        return Ok(NONE);
    }
    if let Some(min) = text.strip_suffix('+') {
        return Ok(Versions { min: min.parse()?, max: i16::MAX });
    }
    let (min, max) = text.split_once('-').unwrap_or((text, text));
    Ok(Versions { min: min.parse()?, max: max.parse()? })
}

/// `TimeoutMs` and `timeoutMs` as `timeout_ms`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}
