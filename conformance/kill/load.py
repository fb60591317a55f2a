"""The producers of the kill rounds. Every record names its producer and its number; every acknowledgement goes to the ledger."""
import random
import struct
import zlib

from confluent_kafka import Producer

# Clients that come back at once when the broker does.
EAGER = {"reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 50, "retry.backoff.ms": 20, "retry.backoff.max.ms": 100,
         "socket.timeout.ms": 10_000, "log_level": 0}
# A record's value: producer, number, CRC of the rest; then a window of these bytes.
HEAD = struct.Struct(">IQI")
PAD = random.Random(1).randbytes(1 << 17)


def encode(producer, number, size):
    body = PAD[number % 1000:number % 1000 + size]
    return HEAD.pack(producer, number, zlib.crc32(body)) + body


def decode(value):
    """(producer, number); an assertion fails if a byte of the value is not what was sent."""
    producer, number, crc = HEAD.unpack_from(value)
    assert zlib.crc32(value[HEAD.size:]) == crc, f"record {number} of producer {producer} came back changed"
    return producer, number


class Source:
    """One producer. Its records are numbered for each partition, from 0."""

    def __init__(self, index, bootstrap, ledger, draw, *, topic, partitions, idempotent, codec, sizes, linger_ms):
        self.index, self.ledger, self.draw = index, ledger, draw
        self.topic, self.partitions, self.sizes, self.idempotent = topic, partitions, sizes, idempotent
        self.next = [0] * partitions
        self.failures = []
        self.client = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": idempotent, "linger.ms": linger_ms,
                                "compression.type": codec, "message.timeout.ms": 120_000, **EAGER})

    def burst(self):
        """Some records to one partition."""
        partition = self.draw.randrange(self.partitions)
        for _ in range(self.draw.randrange(1, 40 if self.sizes[1] < 2000 else 6)):
            number, self.next[partition] = self.next[partition], self.next[partition] + 1
            value = encode(self.index, number, self.draw.randrange(*self.sizes))
            self.client.produce(self.topic, value, partition=partition, on_delivery=self.delivered(number))
        self.client.poll(0)

    def delivered(self, number):
        def report(error, message):
            if error is not None:
                self.failures.append(f"producer {self.index}, record {number}: {error}")
            else:
                self.ledger.acknowledge(message.topic(), message.partition(), message.offset(), self.index, number)

        return report

    def finish(self):
        """Waits until every record is acknowledged: the broker is back, so none may fail."""
        left = self.client.flush(60)
        assert not self.failures, self.failures[0]
        assert left == 0, f"producer {self.index}: {left} records not acknowledged after 60 s"


def sources(bootstrap, ledger, draw, cached):
    """Those that live through every round."""
    make = lambda index, **how: Source(index, bootstrap, ledger, draw, **how)
    rolling = {"topic": "kill-rolling", "partitions": 3}
    return [
        make(0, **rolling, idempotent=True, codec="none", sizes=(20, 200), linger_ms=0),
        make(1, **rolling, idempotent=True, codec="lz4", sizes=(100, 1000), linger_ms=5),
        make(2, topic="kill-big", partitions=1, idempotent=True, codec="none", sizes=(5_000, 100_000), linger_ms=20),
        make(3, topic="kill-big", partitions=1, idempotent=False, codec="zstd", sizes=(500, 20_000), linger_ms=2),
        *([make(4, topic="kill-cached", partitions=2, idempotent=True, codec="snappy", sizes=(20, 500), linger_ms=1)] if cached else []),
    ]


def passing(index, bootstrap, ledger, draw):
    """One that is there for a round only: a producer id of its own."""
    return Source(index, bootstrap, ledger, draw, topic="kill-rolling", partitions=3, idempotent=True,
                  codec=draw.choice(["none", "gzip", "snappy", "lz4", "zstd"]), sizes=(20, 400), linger_ms=draw.choice([0, 1, 10]))
