//! Broker properties as the defaults of topics that do not say otherwise, changed while the broker runs.

use vltava_protocol::messages::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource,
};
use vltava_protocol::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use vltava_records::Compression;

use super::{TIME, builder};
use crate::script::{Script, text};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const SET: i8 = 0;
const DELETE: i8 = 1;

/// Each with a topic config, a value for all brokers and one for this.
const DEFAULTS: &[(&str, &str, &str, &str)] = &[
    ("compression.type", "compression.type", "gzip", "zstd"),
    ("compression.gzip.level", "compression.gzip.level", "2", "3"),
    ("compression.lz4.level", "compression.lz4.level", "2", "3"),
    ("compression.zstd.level", "compression.zstd.level", "2", "5"),
    ("log.cleanup.policy", "cleanup.policy", "compact", "compact,delete"),
    ("log.flush.interval.messages", "flush.messages", "77", "78"),
    ("log.flush.interval.ms", "flush.ms", "77", "78"),
    ("log.index.interval.bytes", "index.interval.bytes", "77", "78"),
    ("log.index.size.max.bytes", "segment.index.bytes", "77", "78"),
    ("log.message.timestamp.after.max.ms", "message.timestamp.after.max.ms", "77", "78"),
    ("log.message.timestamp.before.max.ms", "message.timestamp.before.max.ms", "77", "78"),
    ("log.message.timestamp.type", "message.timestamp.type", "LogAppendTime", "CreateTime"),
    ("log.preallocate", "preallocate", "true", "false"),
    ("log.retention.bytes", "retention.bytes", "77", "78"),
    ("log.retention.ms", "retention.ms", "77000000", "78000000"),
    ("log.roll.ms", "segment.ms", "77000000", "78000000"),
    ("log.roll.jitter.ms", "segment.jitter.ms", "77", "78"),
    ("log.segment.bytes", "segment.bytes", "1048577", "1048578"),
    ("log.segment.delete.delay.ms", "file.delete.delay.ms", "77", "78"),
    ("message.max.bytes", "max.message.bytes", "7777", "8888"),
    ("unclean.leader.election.enable", "unclean.leader.election.enable", "true", "false"),
    ("log.cleaner.delete.retention.ms", "delete.retention.ms", "77", "78"),
    ("log.cleaner.min.cleanable.ratio", "min.cleanable.dirty.ratio", "0.25", "0.75"),
    ("log.cleaner.min.compaction.lag.ms", "min.compaction.lag.ms", "77", "78"),
    ("log.cleaner.max.compaction.lag.ms", "max.compaction.lag.ms", "77", "78"),
    ("log.retention.minutes", "retention.ms", "60", "61"),
    ("log.retention.hours", "retention.ms", "60", "61"),
    ("log.roll.hours", "segment.ms", "60", "61"),
    ("log.local.retention.ms", "local.retention.ms", "77", "78"),
    ("log.local.retention.bytes", "local.retention.bytes", "77", "78"),
];

pub(super) async fn run(script: &mut Script) {
    script.make("plain", &[]).await;
    for (property, config, of_all, of_this) in DEFAULTS {
        change(script, "", property, SET, of_all).await;
        describe(script, config).await;
        change(script, "1", property, SET, of_this).await;
        describe(script, config).await;
        change(script, "1", property, DELETE, "").await;
        change(script, "", property, DELETE, "").await;
        describe(script, config).await;
    }
    they_matter(script).await;
}

/// Topics that do not say otherwise follow, at once.
async fn they_matter(script: &mut Script) {
    let own = [("compression.type", "snappy"), ("message.timestamp.type", "CreateTime")];
    script.make("of-its-own", &own).await;
    let records = || builder(&[TIME, TIME + 1]).build(Compression::Lz4);
    let changes = [
        ("", "compression.type", SET, "gzip"),
        ("1", "compression.type", SET, "zstd"),
        ("1", "compression.type", DELETE, ""),
        ("", "compression.type", DELETE, ""),
        ("", "log.message.timestamp.type", SET, "LogAppendTime"),
        ("", "log.message.timestamp.type", DELETE, ""),
        ("1", "message.max.bytes", SET, "50"),
        ("1", "message.max.bytes", DELETE, ""),
    ];
    for (broker, property, operation, value) in changes {
        change(script, broker, property, operation, value).await;
        for topic in ["plain", "of-its-own"] {
            script
                .produce(&format!("{property} of {broker:?} is {value:?}"), topic, records())
                .await;
        }
    }
    for topic in ["plain", "of-its-own"] {
        script.stored(topic).await;
    }
}

async fn change(script: &mut Script, broker: &str, property: &str, operation: i8, value: &str) {
    let config = AlterableConfig {
        name: text(property),
        config_operation: operation,
        value: (operation == SET).then(|| text(value)),
    };
    let resource = AlterConfigsResource {
        resource_type: BROKER,
        resource_name: text(broker),
        configs: vec![config],
    };
    let request =
        IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    let answer = script.client.ask(1, &request).await;
    let answer = &answer.responses[0];
    let told = (answer.error_code, &answer.error_message);
    let name = format!("{property} of {broker:?}, {operation} {value:?}");
    script.note::<IncrementalAlterConfigsRequest>(1, &name, &told);
    script.settle().await;
}

async fn describe(script: &mut Script, config: &str) {
    describe_of(script, "plain", config).await;
}

pub(super) async fn describe_of(script: &mut Script, topic: &str, config: &str) {
    let resource = DescribeConfigsResource {
        resource_type: TOPIC,
        resource_name: text(topic),
        configuration_keys: Some(vec![text(config)]),
    };
    let request = DescribeConfigsRequest {
        resources: vec![resource],
        include_synonyms: true,
        include_documentation: false,
    };
    let answer = script.client.ask(4, &request).await;
    let configs = &answer.results[0].configs;
    script.note::<DescribeConfigsRequest>(4, &format!("{config} of {topic}"), configs);
}
