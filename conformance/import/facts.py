"""All that clients can find out about a broker, to be the same before and after."""
from confluent_kafka import Consumer, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ConfigSource, ResourceType

# What a broker may do meanwhile: compaction takes old records away.
MOVING = {"compacted"}
ISOLATIONS = {"transactional": ["read_uncommitted", "read_committed"]}
GROUPS = {"exactly-once": ["codec-none"], "midway": ["codec-gzip", "codec-zstd"], "midway-new": ["codec-gzip", "codec-zstd"], "simple": ["again"],
          "live": ["idempotent"]}
# Topics of the broker's own are described, but not read.
INTERNAL = {"__consumer_offsets", "__transaction_state"}
DYNAMIC = {ConfigSource.DYNAMIC_BROKER_CONFIG.value, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG.value}


def described(admin):
    """Topics with ids, partitions and configs; the broker's dynamic configs; the cluster's id."""
    names = sorted(admin.list_topics(timeout=20).topics)
    facts = {}
    for name, future in admin.describe_topics(TopicCollection(names)).items():
        topic = future.result(30)
        facts[f"topic {name}"] = (str(topic.topic_id), len(topic.partitions), topic.is_internal)
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names] + [ConfigResource(ResourceType.BROKER, "1")]
    for resource, future in admin.describe_configs(resources).items():
        for name, entry in future.result(30).items():
            is_topic = resource.restype == ResourceType.TOPIC
            # What static properties and defaults say is the business of the property file.
            if name != "write.caching" and (is_topic or entry.source in DYNAMIC):
                source = entry.source if entry.source in {1, *DYNAMIC} else "else"
                facts[f"{resource.name} {name}"] = (entry.value, source)
    facts["cluster"] = admin.describe_cluster().result(30).cluster_id
    return facts


def key_of(message):
    return (message.partition(), message.offset(), message.timestamp(), message.key(), message.value(), message.headers())


def read(bootstrap, topic, isolation="read_uncommitted"):
    """Every record of a topic, by partition and offset."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "nobody", "enable.auto.commit": False, "enable.partition.eof": True,
                         "auto.offset.reset": "earliest", "isolation.level": isolation, "check.crcs": True})
    partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    rows, left = [], set(partitions)
    while left:
        message = consumer.poll(20)
        assert message is not None, f"{topic}: no end of partitions {left}"
        if message.error() is None:
            rows.append(key_of(message))
        else:
            left.discard(message.partition())
    ends = {p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=20) for p in partitions}
    consumer.close()
    return sorted(rows, key=lambda row: row[:2]), ends


def committed(bootstrap, group, partitions):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group})
    found = [(p.topic, p.partition, p.offset, p.metadata) for p in consumer.committed(partitions, timeout=30)]
    consumer.close()
    return found


def of(bootstrap, without=()):
    """Everything, as a dictionary. `without` names topics that are being written to."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    facts = described(admin)
    topics = sorted(set(admin.list_topics(timeout=20).topics) - INTERNAL)
    for topic in topics:
        if topic not in without:
            for isolation in ISOLATIONS.get(topic, ["read_uncommitted"]):
                rows, ends = read(bootstrap, topic, isolation)
                if topic in MOVING:
                    ends = {partition: end for partition, (_, end) in ends.items()}
                    rows = sorted({(row[0], row[3]): row for row in rows}.values(), key=lambda row: row[:2])
                facts[f"records of {topic}, {isolation}"] = (rows, ends)
    for group, names in GROUPS.items():
        partitions = [TopicPartition(name, partition) for name in names for partition in range(2)]
        if not set(names) & set(without):
            facts[f"offsets of {group}"] = committed(bootstrap, group, partitions)
    return facts


def compare(before, after):
    """Fails with the first differences."""
    wrong = []
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if one != other:
            if isinstance(one, tuple) and isinstance(one[0], list) and other:
                different = [pair for pair in zip(one[0], other[0]) if pair[0] != pair[1]][:1]
                one, other = (len(one[0]), one[1], different), (len(other[0]), other[1])
            wrong.append(f"{name}: {str(one)[:300]} before, {str(other)[:300]} after")
    assert not wrong, f"{len(wrong)} of {len(before)} facts differ:\n    " + "\n    ".join(wrong[:12])
