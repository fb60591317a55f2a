//! Configurations of topics and brokers.

use vltava_protocol::messages::alter_configs::{
    AlterConfigsRequest, AlterConfigsResource, AlterableConfig,
};
use vltava_protocol::messages::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource,
};
use vltava_protocol::messages::incremental_alter_configs as incremental;
use vltava_protocol::messages::list_config_resources::ListConfigResourcesRequest;

use super::{Script, text};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

pub(super) async fn run(script: &mut Script) {
    describe(script).await;
    alter(script).await;
    alter_one_by_one(script).await;
    list(script).await;
}

fn resource(resource_type: i8, name: &str, keys: Option<&[&str]>) -> DescribeConfigsResource {
    DescribeConfigsResource {
        resource_type,
        resource_name: text(name),
        configuration_keys: keys.map(|keys| keys.iter().map(|key| text(key)).collect()),
    }
}

async fn ask(script: &mut Script, version: i16, name: &str, resource: DescribeConfigsResource) {
    let request = DescribeConfigsRequest {
        resources: vec![resource],
        include_synonyms: true,
        include_documentation: false,
    };
    let mut answer = script.client.ask(version, &request).await;
    for result in &mut answer.results {
        result.configs.sort_by(|a, b| a.name.cmp(&b.name));
    }
    script.note::<DescribeConfigsRequest>(version, name, &answer);
}

async fn describe(script: &mut Script) {
    let some = ["max.message.bytes", "cleanup.policy", "retention.ms", "nosuch"];
    for version in [1, 2, 3, 4] {
        ask(script, version, "some of a topic", resource(TOPIC, "c", Some(&some))).await;
    }
    ask(script, 4, "an unknown topic", resource(TOPIC, "nosuch", None)).await;
    ask(script, 4, "an illegal topic", resource(TOPIC, "a b", None)).await;
    ask(script, 4, "no keys", resource(BROKER, "", Some(&[]))).await;
    let some = ["log.segment.bytes", "num.io.threads", "log.retention.hours"];
    ask(script, 4, "some of the broker", resource(BROKER, "1", Some(&some))).await;
    ask(script, 4, "another broker", resource(BROKER, "2", None)).await;
    ask(script, 4, "no broker", resource(BROKER, "x", None)).await;
    ask(script, 4, "all brokers", resource(BROKER, "", None)).await;
    ask(script, 4, "an unknown type", resource(77, "x", None)).await;
    let request = DescribeConfigsRequest {
        resources: vec![resource(TOPIC, "a", None)],
        ..DescribeConfigsRequest::default()
    };
    let mut answer = script.client.ask(1, &request).await;
    let mut configs = std::mem::take(&mut answer.results[0].configs);
    configs.sort_by(|a, b| a.name.cmp(&b.name));
    for config in configs {
        let name = format!("{} of a", config.name);
        script.note::<DescribeConfigsRequest>(1, &name, &config);
    }
}

async fn alter(script: &mut Script) {
    let request = |resource_type, name: &str, configs: &[(&str, Option<&str>)]| {
        let configs = configs
            .iter()
            .map(|(name, value)| AlterableConfig { name: text(name), value: value.map(text) });
        let configs = configs.collect();
        let resource = AlterConfigsResource { resource_type, resource_name: text(name), configs };
        AlterConfigsRequest { resources: vec![resource], validate_only: false }
    };
    let cases = [
        ("a topic", request(TOPIC, "a", &[("retention.ms", Some("70000"))])),
        ("replaced", request(TOPIC, "a", &[("segment.bytes", Some("1048576"))])),
        ("null", request(TOPIC, "a", &[("segment.bytes", None)])),
        ("bad value", request(TOPIC, "a", &[("retention.ms", Some("x"))])),
        ("unknown config", request(TOPIC, "a", &[("nosuch", Some("x"))])),
        ("unknown topic", request(TOPIC, "nosuch", &[("retention.ms", Some("70000"))])),
        ("illegal topic", request(TOPIC, "a b", &[("retention.ms", Some("70000"))])),
        ("another broker", request(BROKER, "7", &[("log.retention.ms", Some("70000"))])),
        ("unknown type", request(99, "x", &[])),
    ];
    for (name, request) in cases {
        script.ask(2, name, request).await;
    }
    script.settle().await;
    ask(
        script,
        4,
        "after AlterConfigs",
        resource(TOPIC, "a", Some(&["segment.bytes", "retention.ms"])),
    )
    .await;
}

async fn alter_one_by_one(script: &mut Script) {
    let request = |resource_type, name: &str, changes: &[(&str, i8, Option<&str>)]| {
        let configs =
            changes.iter().map(|(name, config_operation, value)| incremental::AlterableConfig {
                name: text(name),
                config_operation: *config_operation,
                value: value.map(text),
            });
        let resource = incremental::AlterConfigsResource {
            resource_type,
            resource_name: text(name),
            configs: configs.collect(),
        };
        incremental::IncrementalAlterConfigsRequest {
            resources: vec![resource],
            validate_only: false,
        }
    };
    let cases = [
        ("set", request(TOPIC, "a", &[("retention.ms", 0, Some("80000"))])),
        ("append", request(TOPIC, "a", &[("cleanup.policy", 2, Some("compact"))])),
        ("subtract", request(TOPIC, "a", &[("cleanup.policy", 3, Some("delete"))])),
        ("append to a number", request(TOPIC, "a", &[("retention.ms", 2, Some("1"))])),
        ("delete", request(TOPIC, "a", &[("segment.bytes", 1, None)])),
        ("null value", request(TOPIC, "a", &[("retention.ms", 0, None)])),
        ("unknown operation", request(TOPIC, "a", &[("retention.ms", 9, Some("1"))])),
        ("bad value", request(TOPIC, "a", &[("retention.ms", 0, Some("x"))])),
        ("unknown config", request(TOPIC, "a", &[("nosuch", 0, Some("x"))])),
        (
            "a config twice",
            request(TOPIC, "a", &[("retention.ms", 0, Some("1")), ("retention.ms", 1, None)]),
        ),
        ("unknown topic", request(TOPIC, "nosuch", &[("retention.ms", 0, Some("1"))])),
        ("another broker", request(BROKER, "2", &[("log.retention.ms", 0, Some("70000"))])),
        ("read-only", request(BROKER, "1", &[("log.dirs", 0, Some("/x"))])),
        ("all brokers", request(BROKER, "", &[("log.retention.ms", 0, Some("700000"))])),
        ("this broker", request(BROKER, "1", &[("log.cleaner.threads", 0, Some("2"))])),
    ];
    for (name, request) in cases {
        script.ask(1, name, request).await;
        script.settle().await;
    }
    let keys = ["cleanup.policy", "segment.bytes", "retention.ms"];
    ask(script, 4, "after IncrementalAlterConfigs", resource(TOPIC, "a", Some(&keys))).await;
    ask(script, 4, "after IncrementalAlterConfigs", resource(BROKER, "", None)).await;
    let twice = {
        let one = request(TOPIC, "a", &[("retention.ms", 0, Some("90000"))]).resources.remove(0);
        incremental::IncrementalAlterConfigsRequest {
            resources: vec![one.clone(), one],
            validate_only: true,
        }
    };
    script.ask(0, "a resource twice", twice).await;
    let undo = request(
        TOPIC,
        "a",
        &[("cleanup.policy", 1, None), ("segment.bytes", 1, None), ("retention.ms", 1, None)],
    );
    script.ask(0, "delete what was set", undo).await;
}

async fn list(script: &mut Script) {
    script.ask(0, "client metrics", ListConfigResourcesRequest::default()).await;
    for types in [vec![], vec![TOPIC], vec![BROKER], vec![32], vec![77]] {
        let request = ListConfigResourcesRequest { resource_types: types.clone() };
        let mut answer = script.client.ask(1, &request).await;
        answer.config_resources.sort_by(|a, b| {
            (a.resource_type, &a.resource_name).cmp(&(b.resource_type, &b.resource_name))
        });
        script.note::<ListConfigResourcesRequest>(1, &format!("types {types:?}"), &answer);
    }
}
