"""What runs during a soak: each kind of client in a thread of its own, at a bounded rate, until told to stop."""
import random
import struct
import threading
import time
import zlib

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

import session

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
HEAD = struct.Struct(">IQI")  # producer, number, CRC of the rest
KEYS = 500  # of the compacted topic
SEGMENT = {"segment.bytes": "1048576", "file.delete.delay.ms": "1000"}
TOPICS = {
    "soak-deleted": (6, {**SEGMENT, "retention.bytes": "3145728", "segment.ms": "20000"}),
    "soak-old": (2, {**SEGMENT, "retention.ms": "10000", "segment.ms": "2000"}),
    "soak-compacted": (3, {**SEGMENT, "cleanup.policy": "compact", "segment.ms": "5000", "min.cleanable.dirty.ratio": "0.1",
                           "delete.retention.ms": "5000"}),
    "soak-both": (1, {**SEGMENT, "cleanup.policy": "compact,delete", "segment.ms": "5000", "min.cleanable.dirty.ratio": "0.1",
                      "retention.ms": "20000"}),
    "soak-trimmed": (2, {**SEGMENT, "segment.ms": "5000"}),
    "soak-cached": (2, {**SEGMENT, "write.caching": "true", "flush.ms": "1000", "retention.bytes": "3145728"}),
}
QUIET = {"log_level": 0, "socket.timeout.ms": 10_000}


class Load:
    """Threads that stop together. An exception in one of them is a failure of the soak."""

    def __init__(self, bootstrap, seed):
        self.bootstrap, self.seed = bootstrap, seed
        self.stopping = threading.Event()
        self.threads, self.failures = [], []
        self.counts = dict.fromkeys(["produced", "consumed", "session", "rebalances", "topics", "trims", "clients"], 0)

    def begin(self):
        self.create()
        self.each(self.produce, [(n, codec, topic) for n, (codec, topic) in enumerate(zip(CODECS * 2, list(TOPICS) * 2))])
        self.each(self.member, [("soak-steady", None), ("soak-steady", None), ("soak-moving", 7.0), ("soak-moving", 5.0), ("soak-moving", 11.0)])
        for work in (self.slow, self.read_in_session, self.churn, self.trim, self.come_and_go):
            self.each(work, [()])

    def each(self, work, arguments):
        for each in arguments:
            draw = random.Random(f"{self.seed}-{len(self.threads)}")
            thread = threading.Thread(target=self.guarded, args=(work, draw, each), daemon=True)
            self.threads.append(thread)
            thread.start()

    def guarded(self, work, draw, arguments):
        try:
            work(draw, *arguments)
        except Exception as error:  # whatever it is, the soak tells
            self.failures.append(f"{work.__name__}{arguments}: {type(error).__name__}: {error}")

    def end(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
        self.failures += [f"{thread} does not end" for thread in self.threads if thread.is_alive()]

    def create(self):
        admin = AdminClient({"bootstrap.servers": self.bootstrap, **QUIET})
        for name, (partitions, config) in TOPICS.items():
            admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(30)

    def produce(self, draw, number, codec, topic):
        """One producer: some idempotent, some not, with every acks."""
        acks = ["all", "all", "1", "0"][number % 4]
        idempotent = number % 4 == 0
        client = Producer({"bootstrap.servers": self.bootstrap, "acks": acks, "enable.idempotence": idempotent, "compression.type": codec,
                           "linger.ms": number % 3 * 20, **QUIET})
        sent = 0
        while not self.stopping.wait(0.1):
            for _ in range(draw.randrange(1, 60)):
                body = draw.randbytes(40) * draw.randrange(1, 12)
                key = f"{draw.randrange(KEYS)}".encode()
                value = None if "both" in topic and sent % 50 == 0 else HEAD.pack(number, sent, zlib.crc32(body)) + body
                client.produce(topic, value, key=key, on_delivery=self.delivered)
                sent += 1
            client.poll(0)
        assert client.flush(30) == 0, "records not acknowledged after 30 s"

    def delivered(self, error, _):
        if error is not None:
            self.failures.append(f"delivery: {error}")
        self.counts["produced"] += 1

    def check(self, message):
        """A record's CRC; returns whether there was one."""
        if message is None or message.error() is not None:
            return False
        value = message.value()
        if value is not None:
            producer, number, crc = HEAD.unpack_from(value)
            assert zlib.crc32(value[HEAD.size:]) == crc, f"record {number} of producer {producer} came back changed"
        self.counts["consumed"] += 1
        return True

    def member(self, draw, group, life):
        """A member of a group, which leaves and comes back after `life` seconds."""
        while not self.stopping.is_set():
            client = Consumer({"bootstrap.servers": self.bootstrap, "group.id": group, "auto.offset.reset": "earliest",
                               "auto.commit.interval.ms": 500, "queued.max.messages.kbytes": 1024, **QUIET})
            client.subscribe(list(TOPICS))
            end = time.monotonic() + (life or 1e9) * (0.5 + draw.random())
            while time.monotonic() < end and not self.stopping.is_set():
                for message in client.consume(500, timeout=0.2):
                    self.check(message)
            client.close()
            self.counts["rebalances"] += 1

    def slow(self, draw):
        """Reads a few records now and then, so that retention is faster."""
        client = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "soak-slow", "auto.offset.reset": "earliest",
                           "queued.max.messages.kbytes": 64, "fetch.message.max.bytes": 16384, **QUIET})
        client.assign([TopicPartition("soak-deleted", partition, 0) for partition in range(6)])
        while not self.stopping.wait(0.2):
            self.check(client.poll(0))
        client.close()

    def read_in_session(self, draw):
        """A fetch session, begun anew now and then."""
        while not self.stopping.is_set():
            self.counts["session"] += session.read(self.bootstrap, "soak-deleted", range(6), self.stopping, draw.randrange(20, 200))

    def churn(self, draw):
        """Topics that come and go."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap, **QUIET})
        while not self.stopping.wait(0.5):
            # A client of its own: this one would know the last topic of the name.
            producer = Producer({"bootstrap.servers": self.bootstrap, **QUIET})
            name = f"soak-passing-{self.counts['topics'] % 20}"
            admin.create_topics([NewTopic(name, draw.randrange(1, 9), 1, config={"file.delete.delay.ms": "1000"})])[name].result(20)
            for _ in range(20):
                producer.produce(name, b"passing", on_delivery=self.delivered)
            assert producer.flush(20) == 0, "records not acknowledged after 20 s"
            admin.delete_topics([name])[name].result(20)
            self.counts["topics"] += 1

    def trim(self, draw):
        """DeleteRecords up to the end, or nearly."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap, **QUIET})
        client = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "soak-trim", **QUIET})
        while not self.stopping.wait(2.0):
            for partition in range(2):
                place = TopicPartition("soak-trimmed", partition)
                low, high = client.get_watermark_offsets(place, timeout=20, cached=False)
                place.offset = max(low, high - draw.randrange(200))
                admin.delete_records([place])[place].result(20)
                self.counts["trims"] += 1
        client.close()

    def come_and_go(self, draw):
        """Clients that live for a moment: a connection, a producer id, some records."""
        while not self.stopping.wait(1.0):
            client = Producer({"bootstrap.servers": self.bootstrap, "enable.idempotence": draw.random() < 0.5, **QUIET})
            client.produce("soak-old", b"".join([HEAD.pack(99, 0, zlib.crc32(b"x")), b"x"]), on_delivery=self.delivered)
            assert client.flush(20) == 0, "a record not acknowledged after 20 s"
            self.counts["clients"] += 1
