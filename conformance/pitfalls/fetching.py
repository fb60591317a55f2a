"""Offsets inside a batch, limits, and waiting."""
import threading
import time

from confluent_kafka import Consumer, Producer, TopicPartition

import topics
import wire

COUNT = 50
FETCH_OFFSET_OUT_OF_RANGE = 1


def one_batch(broker, admin):
    """A topic with COUNT records in one compressed batch."""
    topic = topics.new(broker, admin)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 500, "compression.type": "lz4"})
    for n in range(COUNT):
        producer.produce(topic, b"%d" % n)
    assert producer.flush(20) == 0
    return topic


def inside_a_batch(broker, admin):
    """A fetch at an offset in the middle of a batch gives the whole batch, and a consumer that seeks there goes on from there."""
    topic = one_batch(broker, admin)
    with wire.Connection(broker.bootstrap) as connection:
        for offset in (0, 1, 25, COUNT - 1):
            _, _, records = wire.fetch(connection, topic, offset)
            bases = [(base, last) for base, last, *_ in wire.batches(records)]
            assert bases == [(0, COUNT - 1)], f"fetch at {offset} gave batches {bases}"
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "inside", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 37)])
    got = [int(m.value()) for m in consumer.consume(COUNT - 37, timeout=10)]
    consumer.close()
    assert got == list(range(37, COUNT)), f"got {got}"


def small_limits(broker, admin):
    """At least one whole batch comes, even if it exceeds every limit; with room for more, no more than the limit."""
    topic = topics.new(broker, admin)
    with wire.Connection(broker.bootstrap) as connection:
        for _ in range(10):
            wire.produce(connection, topic, wire.batch([b"x" * 1000]))
        size = wire.batches(wire.fetch(connection, topic, 0)[2])[0][4]
        for how, most in (({"max_bytes": 10}, 1), ({"partition_max_bytes": 10}, 1), ({"max_bytes": 3 * size}, 3), ({"partition_max_bytes": 3 * size}, 3)):
            whole = len(wire.batches(wire.fetch(connection, topic, 0, **how)[2]))
            assert whole == most, f"{how}: {whole} batches of {size} bytes"


def waits(broker, admin):
    """At the end of the log a fetch waits max_wait_ms, no longer and no shorter, and an append ends the wait at once."""
    topic = topics.new(broker, admin)
    with wire.Connection(broker.bootstrap) as connection, wire.Connection(broker.bootstrap) as other:
        started = time.monotonic()
        error, _, records = wire.fetch(connection, topic, 0, max_wait_ms=600)
        waited = time.monotonic() - started
        assert (error, records) == (0, b""), f"error {error}, {len(records)} bytes"
        assert 0.55 <= waited < 1.5, f"waited {waited:.2f} s instead of 0.6"
        append = threading.Timer(0.3, wire.produce, (other, topic, wire.batch([b"wake"])))
        append.start()
        started = time.monotonic()
        _, _, records = wire.fetch(connection, topic, 0, max_wait_ms=10_000)
        waited = time.monotonic() - started
        append.join()
        assert wire.batches(records), "nothing came"
        assert 0.25 <= waited < 1.5, f"an append after 0.3 s was seen after {waited:.2f}"


def waits_for_bytes(broker, admin):
    """min_bytes: one small append does not end the wait, enough of them do."""
    topic = topics.new(broker, admin)
    with wire.Connection(broker.bootstrap) as connection, wire.Connection(broker.bootstrap) as other:
        record = wire.batch([b"x" * 300])
        wire.produce(other, topic, record)
        connection.send(1, 4, wire.fetch_body(topic, 0, max_wait_ms=10_000, min_bytes=1000))
        started = time.monotonic()
        for _ in range(3):
            time.sleep(0.2)
            wire.produce(other, topic, record)
        _, _, records = wire.fetched(connection.receive()[1], topic)
        waited = time.monotonic() - started
        assert len(records) >= 1000, f"{len(records)} bytes came after {waited:.2f} s"
        assert waited < 3.0, f"waited {waited:.2f} s though there was enough"


def out_of_range(broker, admin):
    """Beyond the end: error 1 at once; at the end: nothing, no error."""
    topic = one_batch(broker, admin)
    with wire.Connection(broker.bootstrap) as connection:
        assert wire.fetch(connection, topic, COUNT + 1, max_wait_ms=5000)[0] == FETCH_OFFSET_OUT_OF_RANGE
        assert wire.fetch(connection, topic, COUNT, max_wait_ms=10)[0] == 0


CASES = {"inside-a-batch": inside_a_batch, "small-limits": small_limits, "waits": waits, "waits-for-bytes": waits_for_bytes,
         "out-of-range": out_of_range}
