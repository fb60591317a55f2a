"""Compression, sequences, and what has to be refused with which code."""
import tempfile
import time

from confluent_kafka import KafkaError, Producer

import clients
import topics
import wire

OUT_OF_ORDER_SEQUENCE, INVALID_PRODUCER_EPOCH, INVALID_RECORD, CORRUPT_MESSAGE = 45, 47, 87, 2
CODES = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
LAST_SEQUENCE = (1 << 31) - 1


def compression(family):
    """Each batch of the family is stored with the codec that was asked for."""
    def case(broker, admin):
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rows:
            rows.writelines(f"key\t{'the same words again ' * 10}{n}\n" for n in range(500))
            rows.flush()
            for codec, code in CODES.items():
                topic = topics.new(broker, admin)
                clients.produce(family, broker.bootstrap, topic, codec, rows.name)
                with wire.Connection(broker.bootstrap) as connection:
                    stored = wire.batches(wire.fetch(connection, topic, 0)[2])
                # a client may send a batch as it is if compression would not make it smaller
                codecs = {attributes & 7 for _, _, attributes, _, size in stored if size > 400}
                assert codecs == {code}, f"{codec}: stored with codecs {codecs}"
    return case


def refused(broker, topic, value, key=b"k", **how):
    """The code with which a producer's record is refused; None if it was taken."""
    codes = []
    producer = Producer({"bootstrap.servers": broker.bootstrap, "message.timeout.ms": 10_000, "message.max.bytes": 10_000_000})
    producer.produce(topic, value, key, on_delivery=lambda error, _: codes.append(error and error.code()), **how)
    producer.flush(15)
    return codes[0] if codes else "no answer"


def too_large(broker, admin):
    topic = topics.new(broker, admin, max_message_bytes=10_000)
    code = refused(broker, topic, b"x" * 20_000)
    assert code == KafkaError.MSG_SIZE_TOO_LARGE, f"code {code}"
    assert refused(broker, topic, b"x" * 5_000) is None, "a small record was refused after a large one"


def without_key(broker, admin):
    topic = topics.new(broker, admin, cleanup_policy="compact")
    code = refused(broker, topic, b"x", key=None)
    assert code == KafkaError.INVALID_RECORD, f"code {code}"


def from_the_future(broker, admin):
    topic = topics.new(broker, admin, message_timestamp_after_max_ms=3_600_000)
    code = refused(broker, topic, b"x", timestamp=int((time.time() + 86_400) * 1000))
    assert code == KafkaError.INVALID_TIMESTAMP, f"code {code}"


def repeated(broker, admin):
    """The same batch again is answered with the first one's offset and not stored; one that leaves out a sequence is refused."""
    topic = topics.new(broker, admin)
    with wire.Connection(broker.bootstrap) as connection:
        producer, epoch = wire.init_producer_id(connection)
        send = lambda sequence, count=2, epoch=epoch: wire.produce(connection, topic, wire.batch(
            [b"v"] * count, producer_id=producer, producer_epoch=epoch, base_sequence=sequence))
        first = [send(n) for n in (0, 2, 4, 6, 8)]
        assert first == [(0, n) for n in (0, 2, 4, 6, 8)], f"answers {first}"
        again = [send(n) for n in (0, 4, 8)]
        assert again == [(0, 0), (0, 4), (0, 8)], f"answers to the same batches again: {again}"
        assert send(12)[0] == OUT_OF_ORDER_SEQUENCE, "a gap was taken"
        assert send(10) == (0, 10), "the next batch was refused"
        assert send(5, epoch=epoch + 1)[0] == OUT_OF_ORDER_SEQUENCE, "a new epoch that does not begin at 0 was taken"
        assert send(0, epoch=epoch + 1) == (0, 12), "a new epoch was refused"
        assert send(12)[0] == INVALID_PRODUCER_EPOCH, "an old epoch was taken"
        stored = wire.batches(wire.fetch(connection, topic, 0)[2])
    assert [base for base, *_ in stored] == [0, 2, 4, 6, 8, 10, 12], f"stored {stored}"


def wrapped(broker, admin):
    """After sequence 2^31 - 1 comes 0."""
    topic = topics.new(broker, admin)
    with wire.Connection(broker.bootstrap) as connection:
        producer, epoch = wire.init_producer_id(connection)
        send = lambda sequence, count: wire.produce(connection, topic, wire.batch(
            [b"v"] * count, producer_id=producer, producer_epoch=epoch, base_sequence=sequence))
        assert send(LAST_SEQUENCE - 4, 3) == (0, 0)
        assert send(LAST_SEQUENCE - 1, 5) == (0, 3), "the batch across the end was refused"
        assert send(3, 2) == (0, 8), "the batch after it was refused"
        assert send(LAST_SEQUENCE - 1, 5) == (0, 3), "the same batch again"


def old_format(broker, admin):
    """Message formats 0 and 1 are refused with a code, and so is a batch whose checksum is wrong."""
    topic = topics.new(broker, admin)
    with wire.Connection(broker.bootstrap) as connection:
        code, _ = wire.produce(connection, topic, wire.batch([b"v"], magic=1))
        assert code in (INVALID_RECORD, CORRUPT_MESSAGE), f"magic 1: code {code}"
        broken = bytearray(wire.batch([b"v"]))
        broken[-1] ^= 1
        code, _ = wire.produce(connection, topic, bytes(broken))
        assert code == CORRUPT_MESSAGE, f"wrong checksum: code {code}"
        assert wire.produce(connection, topic, wire.batch([b"v"])) == (0, 0), "the good batch after them"


CASES = {**{f"compression-{family}": compression(family) for family in clients.FAMILIES}, "too-large": too_large,
         "without-key": without_key, "from-the-future": from_the_future, "repeated": repeated, "wrapped": wrapped, "old-format": old_format}
