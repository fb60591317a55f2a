"""The light pair: one producer and one consumer of small records, and how long each record takes between them."""
import time

import wire

PAUSE = 0.02


def create(bootstrap, topic, partitions=1, configs=()):
    """CreateTopics v2."""
    body = (wire.struct.pack(">i", 1) + wire.text(topic) + wire.struct.pack(">ihi", partitions, 1, 0)
            + wire.struct.pack(">i", len(configs)) + b"".join(wire.text(name) + wire.text(value) for name, value in configs)
            + wire.struct.pack(">ib", 20_000, 0))
    with wire.Connection(bootstrap) as connection:
        answer = connection.ask(19, 2, body)
    at = 4 + 4 + 2 + len(topic)
    error = wire.struct.unpack_from(">h", answer, at)[0]
    assert error in (0, 36), f"CreateTopics {topic}: error {error}"


class Pair:
    """Produces with acks=all and fetches what it produced, one record at a time."""

    def __init__(self, bootstrap, topic):
        self.topic = topic
        self.producer = wire.Connection(bootstrap, 60.0)
        self.consumer = wire.Connection(bootstrap, 60.0)
        end = self.producer.ask(2, 1, wire.struct.pack(">ii", -1, 1) + wire.text(topic) + wire.struct.pack(">iiq", 1, 0, -1))
        self.offset = wire.struct.unpack_from(">q", end, len(end) - 8)[0]

    def once(self):
        """Seconds until a record that is sent now is acknowledged, and until it is read."""
        began = time.monotonic()
        self.consumer.send(1, 4, wire.fetch_body(self.topic, self.offset, max_wait_ms=30_000))
        error, offset = wire.produce(self.producer, self.topic, wire.batch([b"x" * 100]))
        acknowledged = time.monotonic()
        assert error == 0 and offset == self.offset, f"produce: error {error}, offset {offset} for {self.offset}"
        answer = self.consumer.receive()
        assert answer is not None, "the consumer's connection was closed"
        error, _, records = wire.fetched(answer[1], self.topic)
        assert error == 0 and wire.batches(records)[0][0] == self.offset, f"fetch: error {error}"
        self.offset += 1
        return acknowledged - began, time.monotonic() - began

    def run(self, seconds):
        """[(acknowledged, read)] for so long."""
        out, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            out.append(self.once())
            time.sleep(PAUSE)
        return out

    def close(self):
        self.producer.close()
        self.consumer.close()


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]
