"""Versions, order of answers, configurations, topic ids."""
import struct
import time

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

import brokers
import topics
import wire

PRODUCE, FETCH, METADATA, API_VERSIONS = 0, 1, 3, 18
UNSUPPORTED_VERSION = 35


def table():
    """Kafka 4.3's own table of versions."""
    lines = [line.split("\t") for line in open(brokers.PEERS / "kafka" / "apiversions.tsv") if line[0].isdigit()]
    return {int(key): (int(low), int(high)) for key, _, low, high in lines}


def versions(broker, _):
    """librdkafka stops compressing unless Produce begins at 0; nothing is advertised that Kafka 4.3 does not have."""
    ours, kafka = wire.api_versions(broker.bootstrap), table()
    assert ours[PRODUCE][0] == 0, f"Produce begins at {ours[PRODUCE][0]}"
    for key, (low, high) in ours.items():
        assert key in kafka, f"API key {key} is not Kafka's"
        assert kafka[key][0] <= low <= high <= kafka[key][1], f"API key {key}: {low}..{high}, Kafka has {kafka[key]}"


def unknown_version(broker, _):
    """ApiVersions in a version from the future is answered with version 0 and error 35, so that the client can ask again."""
    with wire.Connection(broker.bootstrap) as connection:
        answer = connection.ask(API_VERSIONS, 99, b"\0")  # no tagged fields in the header; the body is not read
        error, count = struct.unpack_from(">hi", answer)
        assert error == UNSUPPORTED_VERSION, f"error {error}"
        assert count >= 1, "no versions in the answer"
        connection.ask(API_VERSIONS, 0, b"")  # the connection is still good


def answers_in_order(broker, admin):
    """A fetch that waits holds back the metadata asked for behind it."""
    topic = topics.new(broker, admin)
    with wire.Connection(broker.bootstrap) as connection:
        started = time.monotonic()
        first = connection.send(FETCH, 4, wire.fetch_body(topic, 0, max_wait_ms=700))
        second = connection.send(METADATA, 1, struct.pack(">i", -1))
        got = [connection.receive()[0], connection.receive()[0]]
        assert got == [first, second], f"answers {got}"
        assert time.monotonic() - started >= 0.65, "the fetch did not wait"


def list_configs(broker, admin):
    """APPEND and SUBTRACT of list configurations; refused for others, and the broker goes on."""
    topic = topics.new(broker, admin)

    def alter(name, value, operation):
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[ConfigEntry(name, value, incremental_operation=operation)])
        admin.incremental_alter_configs([resource])[resource].result(20)

    def value(name):
        resource = ConfigResource(ResourceType.TOPIC, topic)
        return admin.describe_configs([resource])[resource].result(20)[name].value

    alter("cleanup.policy", "compact", AlterConfigOpType.APPEND)
    assert value("cleanup.policy") == "delete,compact", value("cleanup.policy")
    alter("cleanup.policy", "delete", AlterConfigOpType.SUBTRACT)
    assert value("cleanup.policy") == "compact", value("cleanup.policy")
    try:
        alter("retention.ms", "1", AlterConfigOpType.APPEND)
    except KafkaException as error:
        assert "INVALID_CONFIG" in str(error) or "INVALID_REQUEST" in str(error), str(error)
    else:
        raise AssertionError("APPEND to a number was taken")
    assert value("retention.ms") == "604800000", value("retention.ms")


def topic_ids(broker, admin):
    """A topic made again under the same name has another id."""
    topic = topics.new(broker, admin)
    first = describe(admin, topic)
    admin.delete_topics([topic])[topic].result(20)
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(20)
    assert str(describe(admin, topic)) != str(first), f"the id is {first} again"


def describe(admin, topic):
    return admin.describe_topics(TopicCollection([topic]))[topic].result(20).topic_id


CASES = {"versions": versions, "unknown-version": unknown_version, "answers-in-order": answers_in_order, "list-configs": list_configs,
         "topic-ids": topic_ids}
