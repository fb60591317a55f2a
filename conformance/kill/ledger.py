"""What was acknowledged, what was read, and whether they agree."""
import array
import collections
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from load import EAGER, decode

# A record's origin in one number: producer and number.
SHIFT = 40


class Partition:
    """Everything read so far, by offset; and what has to be there."""

    def __init__(self):
        self.read = array.array("Q")
        self.acknowledged = {}  # offset -> origin, since the last check
        self.last = {}  # producer -> its last number, for idempotent producers


class Ledger:
    def __init__(self):
        self.partitions = collections.defaultdict(Partition)
        self.plain = set()  # producers that may double and reorder
        self.acknowledgements = 0

    def acknowledge(self, topic, partition, offset, producer, number):
        self.partitions[(topic, partition)].acknowledged[offset] = producer << SHIFT | number
        self.acknowledgements += 1

    def check(self, bootstrap):
        """Reads what is new and compares; an assertion fails with the first disagreement."""
        starts = {place: len(self.partitions[place].read) for place in self.partitions}
        for place, offset, value in read(bootstrap, starts):
            self.append(place, offset, decode(value))
        for place, partition in self.partitions.items():
            self.compare(place, partition)

    def append(self, place, offset, origin):
        partition = self.partitions[place]
        producer, number = origin
        assert offset == len(partition.read), f"{place}: offset {offset} follows {len(partition.read) - 1}"
        if producer not in self.plain:
            due = partition.last.get(producer, -1) + 1
            word = "doubled" if number < due else "missing before it"
            assert number == due, f"{place} offset {offset}: record {number} of idempotent producer {producer} where {due} was due: {word}"
            partition.last[producer] = number
        partition.read.append(producer << SHIFT | number)

    def compare(self, place, partition):
        for offset, origin in partition.acknowledged.items():
            name = f"{place} offset {offset}: acknowledged record {origin & (1 << SHIFT) - 1} of producer {origin >> SHIFT}"
            assert offset < len(partition.read), f"{name} is missing: the log ends at {len(partition.read)}"
            assert partition.read[offset] == origin, f"{name} is not there, another one is"
        partition.acknowledged.clear()

    def check_all(self, bootstrap):
        """Reads everything from the beginning: what was there once is still there, byte for byte."""
        counts = collections.Counter()
        for place, offset, value in read(bootstrap, {place: 0 for place in self.partitions}):
            producer, number = decode(value)
            assert offset == counts[place], f"{place}: offset {offset} where {counts[place]} was due"
            assert self.partitions[place].read[offset] == producer << SHIFT | number, f"{place} offset {offset} has changed"
            counts[place] += 1
        for place, partition in self.partitions.items():
            assert counts[place] == len(partition.read), f"{place}: {counts[place]} records left of {len(partition.read)}"


# What a client may still be told, or believe, right after the broker has come back.
PASSING = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError._TRANSPORT)


def end_offset(consumer, place):
    """The high watermark."""
    end = time.monotonic() + 20
    while True:
        try:
            return consumer.get_watermark_offsets(TopicPartition(*place), timeout=20, cached=False)[1]
        except KafkaException as error:
            if error.args[0].code() not in PASSING or time.monotonic() > end:
                raise
            time.sleep(0.05)


def read(bootstrap, starts):
    """(place, offset, value) of every record from the given offsets to the end of each partition."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "kill-check", "enable.auto.commit": False, "fetch.wait.max.ms": 20,
                         "fetch.error.backoff.ms": 20, "auto.offset.reset": "error", **EAGER})
    try:
        ends = {}
        for place, start in starts.items():
            end = end_offset(consumer, place)
            assert end >= start, f"{place}: the log ends at {end}, {start} were read before"
            ends[place] = end
        consumer.assign([TopicPartition(*place, start) for place, start in starts.items() if ends[place] > start])
        left, last = sum(ends[place] - start for place, start in starts.items()), time.monotonic()
        while left:
            messages = consumer.consume(min(left, 5000), timeout=0.2)
            for m in messages:
                assert m.error() is None, f"{m.topic()}-{m.partition()}: {m.error()}"
                yield (m.topic(), m.partition()), m.offset(), m.value()
                last = time.monotonic()
                left -= 1
            assert time.monotonic() - last < 20, f"{left} records below the high watermark do not come"
    finally:
        consumer.close()
