//! Compares the messages of `vltava-protocol` with Kafka's own definitions, which Kafka ships as JSON within its jars:
//! every field, its type, its versions, where it may be null, its tag and its default.
//!
//! Versions are compared as far as they can occur: a field of "0+" in a struct that is there from version 7 on is the
//! same as one of "7+".

mod compare;
mod definition;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use vltava_protocol::messages::{consumer_protocol, group_records};
use vltava_protocol::{Message, Request, Schema};

use self::definition::Definition;

#[derive(Args)]
pub(crate) struct Options {
    /// The folder with the jars of Apache Kafka 4.3.1, `libs` in its distribution.
    #[arg(long, env = "KAFKA_LIBS")]
    pub(crate) jars: PathBuf,
}

/// The jar with the messages of the protocol, and the one with those that group coordinators store.
const CLIENTS: &str = "kafka-clients-4.3.1.jar";
const GROUP_COORDINATOR: &str = "kafka-group-coordinator-4.3.1.jar";

/// One of our messages, and what to compare it with.
struct Ours {
    jar: &'static str,
    schema: &'static Schema,
    versions: RangeInclusive<i16>,
    /// The API's key, for requests and responses.
    key: Option<i16>,
}

impl Ours {
    fn of<M: Message>(jar: &'static str, versions: RangeInclusive<i16>) -> Ours {
        Ours { jar, schema: M::SCHEMA, versions, key: None }
    }

    fn pair<R: Request>() -> [Ours; 2] {
        let key = Some(R::KEY.code());
        [
            Ours { key, ..Ours::of::<R>(CLIENTS, R::VERSIONS) },
            Ours { key, ..Ours::of::<R::Response>(CLIENTS, R::VERSIONS) },
        ]
    }
}

macro_rules! pairs {
    ($($key:ident => $request:path,)*) => {
        [$(Ours::pair::<$request>()),*].into_iter().flatten().collect()
    };
}

fn messages() -> Vec<Ours> {
    use group_records::{GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue};
    let mut all: Vec<Ours> = vltava_protocol::with_requests!(pairs);
    all.extend([
        Ours::of::<consumer_protocol::ConsumerProtocolSubscription>(CLIENTS, 0..=3),
        Ours::of::<consumer_protocol::ConsumerProtocolAssignment>(CLIENTS, 0..=3),
        Ours::of::<OffsetCommitKey>(GROUP_COORDINATOR, 0..=0),
        Ours::of::<OffsetCommitValue>(GROUP_COORDINATOR, 0..=4),
        Ours::of::<GroupMetadataKey>(GROUP_COORDINATOR, 0..=0),
        Ours::of::<GroupMetadataValue>(GROUP_COORDINATOR, 0..=4),
    ]);
    all
}

/// Prints every difference; an error if there is one.
pub(crate) fn run(options: &Options) -> Result<()> {
    let (mut fields, mut differences) = (0, Vec::new());
    let messages = messages();
    for ours in &messages {
        let jar = options.jars.join(ours.jar);
        let mut definition = read(&jar, ours.schema.name)?;
        if let Some(api) = ours.schema.name.strip_suffix("Response") {
            // Only the request says that its last version is not stable yet.
            definition.versions = read(&jar, &format!("{api}Request"))?.versions;
        }
        fields += compare::message(ours, &definition, &mut differences)?;
    }
    for difference in &differences {
        println!("{difference}");
    }
    println!("{} messages, {fields} fields, {} differences", messages.len(), differences.len());
    ensure!(differences.is_empty(), "the messages differ from Kafka's definitions");
    Ok(())
}

fn read(jar: &Path, name: &str) -> Result<Definition> {
    let output = Command::new("unzip")
        .arg("-p")
        .arg(jar)
        .arg(format!("common/message/{name}.json"))
        .output()
        .context("cannot start unzip")?;
    if !output.status.success() {
        bail!("unzip finds no definition of {name} in {}", jar.display());
    }
    let text = String::from_utf8(output.stdout)?;
    Definition::parse(&text).with_context(|| format!("the definition of {name}"))
}
