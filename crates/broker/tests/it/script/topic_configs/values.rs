//! What values each topic config takes, and in what words the others are refused.

use vltava_protocol::messages::create_topics::CreateTopicsRequest;
use vltava_protocol::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};

use super::broker_defaults::describe_of;
use super::creation;
use crate::script::{Script, text};

const TOPIC: i8 = 2;

/// Those of Kafka 4.3, and some that were.
const NAMES: &[&str] = &[
    "cleanup.policy",
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.type",
    "compression.zstd.level",
    "delete.retention.ms",
    "file.delete.delay.ms",
    "flush.messages",
    "flush.ms",
    "follower.replication.throttled.replicas",
    "index.interval.bytes",
    "internal.segment.bytes",
    "leader.replication.throttled.replicas",
    "local.retention.bytes",
    "local.retention.ms",
    "max.compaction.lag.ms",
    "max.message.bytes",
    "message.downconversion.enable",
    "message.format.version",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "message.timestamp.difference.max.ms",
    "message.timestamp.type",
    "min.cleanable.dirty.ratio",
    "min.compaction.lag.ms",
    "min.insync.replicas",
    "preallocate",
    "remote.log.copy.disable",
    "remote.log.delete.on.disable",
    "remote.storage.enable",
    "retention.bytes",
    "retention.ms",
    "segment.bytes",
    "segment.index.bytes",
    "segment.jitter.ms",
    "segment.ms",
    "unclean.leader.election.enable",
];

const VALUES: &[&str] = &[
    "",
    "-1",
    "-2",
    "-3",
    "0",
    "1",
    "10",
    "17",
    "18",
    "22",
    "23",
    "0.5",
    "1e3",
    "1048576",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    " 5",
    "+5",
    "true",
    "TRUE",
    "yes",
    "producer",
    "none",
    "uncompressed",
    "GZIP",
    "zstd",
    "CreateTime",
    "createtime",
    "compact",
    "compact,delete",
    "delete,delete",
    "compact, delete",
    ",",
    "*",
    "0:1,1:1",
    "0.11.0",
];

pub(super) async fn run(script: &mut Script) {
    script.make("values", &[]).await;
    for name in NAMES {
        let mut taken = Vec::new();
        for value in VALUES {
            let answer = script.client.ask(5, &creation("nobody", &[(name, value)], true)).await;
            let answer = &answer.topics[0];
            if answer.error_code == 0 {
                taken.push(value);
            } else {
                let told = (answer.error_code, &answer.error_message);
                script.note::<CreateTopicsRequest>(5, &format!("{name}={value:?}"), &told);
            }
        }
        script.note::<CreateTopicsRequest>(5, &format!("{name} takes"), &taken);
        let request = IncrementalAlterConfigsRequest {
            resources: vec![AlterConfigsResource {
                resource_type: TOPIC,
                resource_name: text("values"),
                configs: vec![AlterableConfig {
                    name: text(name),
                    config_operation: 0,
                    value: Some(text("x y")),
                }],
            }],
            validate_only: true,
        };
        script.ask(1, &format!("{name}=x y"), request).await;
    }
    script.make("internal", &[("internal.segment.bytes", "12345")]).await;
    for config in ["internal.segment.bytes", "segment.bytes"] {
        describe_of(script, "internal", config).await;
        describe_of(script, "values", config).await;
    }
    let both = [("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "9")];
    script.ask(5, "lags that contradict", creation("nobody", &both, true)).await;
}
