"""Fills a Kafka with a bit of everything, and keeps clients at work that are to go on after it was taken over."""
import random
import threading

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, ResourceType)

import brokers
import cases

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
EPOCH_MS = 1_700_000_000_000
# Old timestamps, and nothing may expire.
KEEP = {"retention.ms": "-1", "segment.bytes": "1048576"}
ROWS = 1_500


def create(admin, name, partitions=2, **config):
    config = {**KEEP, **{key.replace("_", "."): str(value) for key, value in config.items()}}
    admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(60)


def alter(admin, kind, name, **configs):
    entries = [ConfigEntry(key.replace("_", "."), str(value), incremental_operation=AlterConfigOpType.SET) for key, value in configs.items()]
    for done in admin.incremental_alter_configs([ConfigResource(kind, name, incremental_configs=entries)]).values():
        done.result(60)


def topics(admin):
    """Topics of all kinds, one of which was deleted and made again, and one that grew."""
    create(admin, "again", 1, max_message_bytes=77_777)
    for codec in CODECS:
        create(admin, f"codec-{codec}")
    create(admin, "compacted", 2, cleanup_policy="compact", min_cleanable_dirty_ratio="0.01", segment_ms=500)
    create(admin, "transactional")
    create(admin, "idempotent")
    create(admin, "cut", 1)
    create(admin, "empty", 3, cleanup_policy="compact,delete", min_insync_replicas=1, message_timestamp_type="LogAppendTime")
    admin.delete_topics(["again"])["again"].result(60)
    admin.create_partitions([NewPartitions("empty", 5)])["empty"].result(60)
    alter(admin, ResourceType.TOPIC, "empty", retention_bytes=123_456_789, index_interval_bytes=8192)
    alter(admin, ResourceType.BROKER, "1", message_max_bytes=2_000_000)
    cases.until(lambda: "again" not in admin.list_topics(timeout=10).topics, 20, "the deletion")
    create(admin, "again", 2, flush_ms=7_000)


def records(bootstrap):
    """Every codec, headers, null keys and values; a compacted topic whose keys come again and again."""
    draw = random.Random(4)
    for codec in CODECS:
        producer = Producer({"bootstrap.servers": bootstrap, "compression.type": codec, "linger.ms": 50, "batch.num.messages": 100})
        for n in range(ROWS):
            value = None if n % 97 == 0 else f"value {n} ".encode() * draw.randrange(1, 90)
            headers = [("n", str(n).encode()), ("n", None)] if n % 5 == 0 else None
            producer.produce(f"codec-{codec}", value, f"key {n % 71}".encode() if n % 3 else None, partition=n % 2, timestamp=EPOCH_MS + n, headers=headers)
            producer.poll(0)
        assert producer.flush(60) == 0, f"{codec}: not delivered"
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "batch.num.messages": 50})
    for n in range(4_000):
        producer.produce("compacted", None if n % 50 == 0 else f"{n}".encode() * 200, f"{n % 100}".encode(), partition=n % 2)
        producer.poll(0)
    for n in range(300):
        producer.produce("cut", f"{n}".encode(), partition=0, timestamp=EPOCH_MS)
        producer.produce("again", f"{n}".encode(), partition=n % 2, timestamp=EPOCH_MS)
    assert producer.flush(60) == 0, "not delivered"


def cut(admin):
    admin.delete_records([TopicPartition("cut", 0, 120)])[TopicPartition("cut", 0)].result(60)


def transactions(bootstrap):
    """Committed and aborted ones by turns, each with a group's offsets; so the group's offset is of the last committed one."""
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "mover", "compression.type": "lz4"})
    producer.init_transactions(60)
    reader = Consumer({"bootstrap.servers": bootstrap, "group.id": "exactly-once", "enable.auto.commit": False})
    reader.assign([TopicPartition("codec-none", 0, 0)])
    for n in range(10):
        producer.begin_transaction()
        for m in range(20):
            producer.produce("transactional", f"{n}-{m}".encode(), partition=m % 2, timestamp=EPOCH_MS + n)
        offsets = [TopicPartition("codec-none", 0, 10 * (n + 1))]
        producer.send_offsets_to_transaction(offsets, reader.consumer_group_metadata(), 60)
        if n % 2:
            producer.abort_transaction(60)
        else:
            producer.commit_transaction(60)
    reader.close()


def groups(bootstrap):
    """A group of the classic protocol and one of the new one, each midway; and one that only commits."""
    for group, protocol in (("midway", "classic"), ("midway-new", "consumer")):
        consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "group.protocol": protocol, "auto.offset.reset": "earliest",
                             "enable.auto.commit": False})
        consumer.subscribe(["codec-gzip", "codec-zstd"])
        read = 0
        while read < 700:
            message = consumer.poll(20)
            assert message is not None and message.error() is None, message and message.error()
            read += 1
        consumer.commit(asynchronous=False)
        consumer.close()
    simple = Consumer({"bootstrap.servers": bootstrap, "group.id": "simple", "enable.auto.commit": False})
    simple.commit(offsets=[TopicPartition("again", 0, 11), TopicPartition("again", 1, 12, "noted")], asynchronous=False)
    simple.close()


class Writer:
    """An idempotent producer that lives through the change; `acknowledged` is what it must find again, in order."""

    def __init__(self, bootstrap):
        self.acknowledged, self.sent = [], 0
        self.producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 1, "log_level": 0,
                                  "message.timeout.ms": 120_000, "reconnect.backoff.max.ms": 200})

    def send(self, count):
        for _ in range(count):
            self.producer.produce("idempotent", b"%d" % self.sent, partition=0, on_delivery=self.note)
            self.sent += 1
            self.producer.poll(0)

    def note(self, error, message):
        assert error is None, error
        self.acknowledged.append(message.value())

    def flush(self):
        assert self.producer.flush(60) == 0, "what the idempotent producer sent was not taken"
        assert len(self.acknowledged) == self.sent


class Load(threading.Thread):
    """A writer that goes on until it is told to stop, for a broker that is killed meanwhile."""

    def __init__(self, writer):
        super().__init__()
        self.writer, self.stop = writer, threading.Event()
        self.start()

    def run(self):
        while not self.stop.wait(0.002):
            self.writer.send(5)

    def end(self):
        self.stop.set()
        self.join()


class Reader:
    """A member of a group that lives through the change, and commits what it has read."""

    def __init__(self, bootstrap):
        self.read = []
        self.consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "live", "auto.offset.reset": "earliest", "log_level": 0,
                                  "enable.auto.commit": False, "session.timeout.ms": 10_000, "reconnect.backoff.max.ms": 200})
        self.consumer.subscribe(["idempotent"])

    def read_until(self, count, seconds=60):
        def more():
            for message in self.consumer.consume(500, 0.2):
                if message.error() is None:
                    self.read.append((message.partition(), message.offset(), message.value()))
            return len(self.read) >= count
        cases.until(more, seconds, f"reading {count} records (there are {len(self.read)})")
        try:
            self.consumer.commit(asynchronous=False)
        except KafkaException as error:
            assert "NO_OFFSET" in str(error), error


def everything(broker, admin):
    topics(admin)
    # The defaults of all brokers, which the Python client cannot set.
    brokers.tool("configs", "--bootstrap-server", broker.bootstrap, "--entity-type", "brokers", "--entity-default", "--alter",
                 "--add-config", "log.retention.ms=7777777777")
    records(broker.bootstrap)
    cut(admin)
    transactions(broker.bootstrap)
    groups(broker.bootstrap)
